//! What the tests of REST v2 share: a session, its runs, and two scenarios.

use serde_json::{Value, json};

use crate::{Answer, Scenario, Server};

/// Where the sessions are.
pub const SESSIONS: &str = "/pyblish/v2/sessions";

/// The id of the one session that `serve` opened, as a path.
#[track_caller]
pub fn session(server: &Server) -> String {
    let sessions = server.send("GET", SESSIONS).ok();
    format!(
        "{SESSIONS}/{}",
        sessions["items"][0]["id"].as_str().unwrap()
    )
}

/// Starts a run, which must be accepted. Returns its path.
#[track_caller]
pub fn start(server: &Server, session: &str, request: Value) -> String {
    let answer = server.send_json("POST", &format!("{session}/runs"), &request, &[]);
    assert_eq!(answer.status, 202, "{}", answer.body);
    format!("{session}/runs/{}", answer.body["id"].as_str().unwrap())
}

/// Waits for the end of the run, by the events of its session. Returns the run.
#[track_caller]
pub fn end(server: &Server, session: &str, run: &str) -> Value {
    let id = run.rsplit('/').next().unwrap();
    let mut events = server.listen(&format!("{session}/events?after=0"), None);
    events
        .find(|event| event.name == "runEnded" && event.data["id"] == id)
        .expect("its end");
    server.send("GET", run).ok()
}

/// The detail of a problem with this status.
#[track_caller]
pub fn problem(answer: Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.body["status"], status, "{}", answer.body);
    assert!(
        answer.body["title"]
            .as_str()
            .is_some_and(|title| !title.is_empty())
    );
    answer.body["detail"].as_str().expect("a detail").to_owned()
}

/// Two instances, a validator that fails on one of them, an extractor.
pub fn shots() -> Scenario {
    Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": "good", "data": {"family": "shot"}},
            {"create": "bad", "data": {"family": "shot", "broken": true}},
        ]},
        {"name": "Validate", "order": 1, "families": ["shot"], "instance": [
            {"log": "warning", "message": "looking"},
            {"fail": "It is broken: mend it", "when": {"broken": true}},
        ], "repairInstance": [{"set": {"broken": false}}]},
        {"name": "Extract", "order": 2, "families": ["shot"], "instance": [{"set": {"path": "x"}}]},
    ]))
}

/// A collector, and a plug-in that works for an hour.
pub fn long(deaf: bool) -> Scenario {
    Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [{"create": "one", "data": {"family": "shot"}}]},
        {"name": "Work", "order": 1, "context": [
            {"progress": 0.25, "message": "a quarter"}, {"sleep": 3_600_000, "deaf": deaf},
        ]},
    ]))
}

/// Starts a run of [`long`], and waits until its plug-in is at work. Returns the run's path.
#[track_caller]
pub fn start_long(server: &Server, session: &str) -> String {
    let mut events = server.listen(&format!("{session}/events?after=0"), None);
    let run = start(server, session, json!({}));
    let at_work = events.find(|event| event.name == "progress");
    at_work.expect("its progress");
    run
}
