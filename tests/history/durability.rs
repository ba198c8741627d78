//! Everything that a client was told is still there after any end of the runtime.

use std::collections::HashSet;
use std::path::Path;

use pyblish_endpoint_tests::{Event, Scenario, Server, serve};
use pyblish_promise::{promise, promise_eq};
use serde_json::{Value, json};

const SESSIONS: &str = "/pyblish/v2/sessions";

/// A server that keeps its history here, and the path of its session.
fn server(scenario: &Scenario, data: &Path) -> (Server, String) {
    let mut command = serve();
    command
        .env("XDG_DATA_HOME", data)
        .args(scenario.arguments());
    let server = Server::start_with(command);
    let sessions = server.send("GET", SESSIONS).ok();
    let session = format!(
        "{SESSIONS}/{}",
        sessions["items"][0]["id"].as_str().unwrap()
    );
    (server, session)
}

/// Ten instances, and six plug-ins that log something on each, slowly enough to be killed
/// meanwhile.
fn busy() -> Scenario {
    let created = (0..10).map(|n| json!({"create": format!("i{n}"), "data": {"family": "a"}}));
    let mut plugins =
        vec![json!({"name": "Collect", "order": 0, "context": created.collect::<Value>()})];
    for n in 0..6 {
        plugins.push(json!({"name": format!("Validate{n}"), "order": 1, "families": ["a"], "instance": [
            {"log": "info", "message": format!("looking, {n}")}, {"sleep": 1}, {"set": {format!("seen{n}"): true}},
        ]}));
    }
    Scenario::of(plugins.into())
}

/// All events that the session has, in order.
fn told(server: &Server, session: &str) -> Vec<Event> {
    let latest = server.send("GET", session).ok()["sequence"]
        .as_u64()
        .unwrap();
    let mut events = Vec::new();
    for event in server.listen(&format!("{session}/events?after=0"), None) {
        let last = event.id == latest;
        events.push(event);
        if last {
            break;
        }
    }
    events
}

#[test]
fn kill_loses_no_event() {
    let scenario = busy();
    let data = tempfile::tempdir().unwrap();
    let mut states = HashSet::new();
    for moment in 0..50_usize {
        let (server, session) = server(&scenario, data.path());
        let mut events = server.listen(&format!("{session}/events"), None);
        let started = server.send_json("POST", &format!("{session}/runs"), &json!({}), &[]);
        assert_eq!(started.status, 202);
        // Spread over the run, which has some 270 events.
        let seen: Vec<Event> = events.by_ref().take(1 + moment * 5).collect();
        // Dropping the server kills it.
        drop(server);
        // Events that arrived before the end count, too.
        let seen: Vec<Event> = seen.into_iter().chain(events).collect();

        let (again, session) = self::server(&scenario, data.path());
        let all = told(&again, &session);
        for event in &seen {
            promise!(
                "DATA-01",
                all.contains(event),
                "{event:?} was told, and is lost"
            );
        }
        let ids: Vec<u64> = all.iter().map(|event| event.id).collect();
        promise!(
            "DATA-01",
            ids.windows(2).all(|pair| pair[1] == pair[0] + 1),
            "a gap in {ids:?}"
        );
        let run = format!("{session}/runs/{}", started.body["id"].as_str().unwrap());
        let state = again.send("GET", &run).ok();
        states.insert(state["state"].as_str().unwrap().to_owned());
        assert_eq!(state["id"], format!("r{}", moment + 1));
        let results = seen.iter().filter(|event| event.name == "result").count() as u64;
        let done = state["succeeded"].as_u64().unwrap() + state["failed"].as_u64().unwrap();
        assert!(done >= results, "{done} of {results} results");
    }
    assert!(
        states.contains("interrupted"),
        "no run was caught in the middle: {states:?}"
    );
}

#[test]
fn listener_resumes_after_restart() {
    let scenario = busy();
    let data = tempfile::tempdir().unwrap();
    let (first, session) = server(&scenario, data.path());
    let mut events = first.listen(&format!("{session}/events"), None);
    first.send_json("POST", &format!("{session}/runs"), &json!({}), &[]);
    let seen: Vec<Event> = events.by_ref().take(20).collect();
    events
        .find(|event| event.name == "runEnded")
        .expect("its end");
    drop(first);
    let (second, again) = server(&scenario, data.path());
    assert_eq!(session, again, "the session has the same name");
    let last = seen.last().unwrap().id;
    let next = second
        .listen(&format!("{session}/events"), Some(last))
        .next()
        .unwrap();
    promise_eq!("DATA-02", next.id, last + 1);
}

#[test]
fn repeated_start_is_one_run() {
    let scenario = busy();
    let data = tempfile::tempdir().unwrap();
    let key = [("Idempotency-Key", "once")];
    let mut ids = HashSet::new();
    for _ in 0..2 {
        let (server, session) = server(&scenario, data.path());
        let started = server.send_json("POST", &format!("{session}/runs"), &json!({}), &key);
        assert_eq!(started.status, 202);
        ids.insert(started.body["id"].as_str().unwrap().to_owned());
        let runs = server.send("GET", &format!("{session}/runs")).ok();
        assert_eq!(runs["total"], 1);
    }
    promise_eq!("DATA-03", ids.len(), 1);
}

/// A laptop sleeps during a run with more events than are kept in memory. The missed events come
/// from disk, and the event `behind` says so.
#[test]
fn late_listener_misses_nothing() {
    let long = "x".repeat(50_000);
    let says = json!({"log": "info", "message": long});
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [{"create": "one", "data": {"family": "a"}}]},
        {"name": "Talk", "order": 1, "context": vec![says; 200]},
    ]));
    let data = tempfile::tempdir().unwrap();
    let (server, session) = server(&scenario, data.path());
    let path = format!("{session}/events");
    let mut events = server.listen(&path, None);
    server.send_json("POST", &format!("{session}/runs"), &json!({}), &[]);
    let seen: Vec<Event> = events.by_ref().take(5).collect();
    // The run goes on without the listener.
    drop(events);
    let ended = |event: &Event| event.name == "runEnded";
    let mut other = server.listen(&format!("{path}?after=0"), None);
    other.find(ended).expect("its end");

    let last = seen.last().unwrap().id;
    let (mut rest, mut events) = (Vec::new(), server.listen(&path, Some(last)));
    for event in events.by_ref() {
        let end = ended(&event);
        rest.push(event);
        if end {
            break;
        }
    }
    assert_eq!(events.behind.len(), 1, "{:?}", events.behind);
    assert_eq!(events.behind[0]["from"], last);
    let ids: Vec<u64> = rest.iter().map(|event| event.id).collect();
    let expected: Vec<u64> = (last + 1..).take(ids.len()).collect();
    promise_eq!("DATA-04", ids, expected);
    assert!(rest.iter().filter(|event| event.name == "record").count() > 190);
}

#[test]
fn start_removes_partial_files() {
    let scenario = busy();
    let data = tempfile::tempdir().unwrap();
    let (first, session) = server(&scenario, data.path());
    let id = session.rsplit('/').next().unwrap();
    let folder = data.path().join("pyblish-endpoint/history");
    let halves = ["json.AbC123", "sqlite.AbC123", "sqlite.rest.AbC123"]
        .map(|half| folder.join(format!("{id}.{half}.part")));
    for path in &halves {
        std::fs::write(path, "{").unwrap();
    }
    // Their process may be writing them now.
    let (second, _) = server(&scenario, data.path());
    assert!(halves.iter().all(|path| path.exists()));
    drop((first, second));
    let _third = server(&scenario, data.path());
    promise!("DATA-18", halves.iter().all(|path| !path.exists()));
}
