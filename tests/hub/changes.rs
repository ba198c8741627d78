//! Requests that change something: each is done once, whichever hub it reaches, and however often.

use std::thread;

use pyblish_endpoint_tests::hub::{API, start_hub, token};
use pyblish_endpoint_tests::postgres::Postgres;
use pyblish_endpoint_tests::{Answer, Server};
use serde_json::{Value, json};

fn new(name: &str) -> Value {
    json!({"name": name, "url": "https://chat.example/"})
}

fn post(hub: &Server, body: &Value, key: &str) -> Answer {
    let path = format!("{API}/webhooks");
    hub.send_json("POST", &path, body, &[("idempotency-key", key)])
}

#[test]
fn change_that_reaches_two_hubs_at_once_is_done_once() {
    let postgres = Postgres::start();
    let (mut one, mut other) = (start_hub(&postgres), start_hub(&postgres));
    let admin = token(&postgres, &["--role", "admin", "--name", "anna"]);
    (one.token, other.token) = (Some(admin.clone()), Some(admin));
    let body = new("chat");
    let answers: Vec<Answer> = thread::scope(|scope| {
        let hubs = [&one, &other].into_iter().cycle().take(8);
        let threads: Vec<_> = hubs
            .map(|hub| scope.spawn(|| post(hub, &body, "k")))
            .collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert_eq!(answers[0].status, 201, "{}", answers[0].body);
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    assert_eq!(postgres.sql("SELECT count(*) FROM webhooks"), ["1"]);
    // Another admin's key is another one.
    one.token = Some(token(&postgres, &["--role", "admin", "--name", "berta"]));
    assert_ne!(post(&one, &body, "k").body, answers[0].body);
    assert_eq!(postgres.sql("SELECT count(*) FROM webhooks"), ["2"]);
}

#[test]
fn key_of_what_failed_can_be_used_again() {
    let postgres = Postgres::start();
    let mut hub = start_hub(&postgres);
    hub.token = Some(token(&postgres, &["--role", "admin", "--name", "anna"]));
    assert_eq!(post(&hub, &new(""), "k").status, 422);
    assert_eq!(post(&hub, &new("chat"), "k").status, 201);
    let removed = hub.send_json(
        "DELETE",
        &format!("{API}/webhooks/1"),
        &json!({}),
        &[("idempotency-key", "d")],
    );
    assert_eq!(removed.status, 204);
    let again = hub.send_json(
        "DELETE",
        &format!("{API}/webhooks/1"),
        &json!({}),
        &[("idempotency-key", "d")],
    );
    assert_eq!(again, removed);
}

#[test]
fn key_has_limits() {
    let postgres = Postgres::start();
    let mut hub = start_hub(&postgres);
    hub.token = Some(token(&postgres, &["--role", "admin", "--name", "anna"]));
    assert_eq!(post(&hub, &new("chat"), &"k".repeat(256)).status, 201);
    let refused = post(&hub, &new("chat"), &"k".repeat(257));
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (400, &json!("bad-request"))
    );
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("1 to 256"), "{detail}");
}
