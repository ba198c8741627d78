//! The stream of events of the whole studio.

use pyblish_endpoint_tests::hub::{API, post_events, settled, start_hub, token};
use pyblish_endpoint_tests::postgres::Postgres;
use serde_json::json;

use crate::stream::{Message, Stream};

/// A batch of events with these names, from this number on.
fn batch(session: &str, first: u64, names: &[&str]) -> String {
    let head = json!({
        "session": session, "log": "log", "first": first, "adapter": "", "adapterVersion": "",
        "hosts": [], "open": true, "program": "0",
    });
    let events = (first..).zip(names).map(|(n, name)| {
        json!({"n": n, "at": n, "name": name, "body": {"text": format!("{session} {n}\n")}})
    });
    let lines: Vec<_> = [head]
        .into_iter()
        .chain(events)
        .map(|line| line.to_string())
        .collect();
    lines.join("\n")
}

/// What to compare: the session and the number of each.
fn numbers<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Vec<(String, u64)> {
    let of = |(_, _, data): &Message| {
        let session = data["session"].as_str().unwrap().to_owned();
        (session, data["sequence"].as_u64().unwrap())
    };
    messages.into_iter().map(of).collect()
}

#[test]
fn stream_goes_on_after_each_event() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let viewer = token(&postgres, &["--role", "viewer", "--name", "anna"]);
    let post = |lines: &str| post_events(&hub.address, &machine, lines).ok();
    post(&batch("a", 1, &["reset", "stageEnded", "reset"]));
    post(&batch("b", 1, &["reset"]));
    post(&batch("a", 4, &["reset", "reset"]));
    let open = |query: &str, last: Option<&str>| Stream::open(&hub.address, &viewer, query, last);
    let all: Vec<Message> = open("?after=0-0", None).take(6).collect();
    let pairs = |list: &[(&str, u64)]| {
        list.iter()
            .map(|(it, n)| ((*it).to_owned(), *n))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        numbers(&all),
        pairs(&[("a", 1), ("a", 2), ("a", 3), ("b", 1), ("a", 4), ("a", 5)])
    );
    assert_eq!(all[0].2["machine"], "ws1");
    assert_eq!(all[0].2["body"], json!({"text": "a 1\n"}));
    for (index, (id, ..)) in all.iter().enumerate().take(5) {
        let rest: Vec<_> = open("", Some(id)).take(5 - index).collect();
        assert_eq!(rest, all[index + 1..], "{id}");
    }
    let staged: Vec<_> = open("?after=0-0&names=stageEnded,none", None)
        .take(1)
        .collect();
    assert_eq!(numbers(&staged), pairs(&[("a", 2)]));
    let id = all[3].2["sessionId"].as_i64().unwrap();
    let of_b: Vec<_> = open(&format!("?after=0-0&session={id}"), None)
        .take(1)
        .collect();
    assert_eq!(numbers(&of_b), pairs(&[("b", 1)]));
}

#[test]
fn listener_of_another_hub_hears_what_comes() {
    let postgres = Postgres::start();
    let (one, other) = (start_hub(&postgres), start_hub(&postgres));
    let machine = token(&postgres, &["--machine", "ws1"]);
    let viewer = token(&postgres, &["--role", "viewer", "--name", "anna"]);
    post_events(&one.address, &machine, &batch("a", 1, &["reset"])).ok();
    settled(&postgres);
    // It starts with the next event.
    let mut stream = Stream::open(&other.address, &viewer, "", None);
    for n in 2..20 {
        post_events(&one.address, &machine, &batch("a", n, &["reset"])).ok();
        assert_eq!(numbers(&stream.next()), [("a".to_owned(), n)]);
    }
}

#[test]
fn wrong_place_is_refused() {
    let postgres = Postgres::start();
    let mut hub = start_hub(&postgres);
    hub.token = Some(token(&postgres, &["--role", "viewer", "--name", "anna"]));
    for query in ["?after=7", "?after=a-b", "?nothing=1"] {
        let refused = hub.send("GET", &format!("{API}/events{query}"));
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (400, &json!("bad-request")),
            "{query}"
        );
    }
}
