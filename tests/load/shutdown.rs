//! How a busy server ends: it drains, then it cancels, then it stops by force. Published files stay
//! whole.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use pyblish_endpoint_tests::raw::Raw;
use pyblish_endpoint_tests::v2::{long, session, start as start_run, start_long};
use pyblish_endpoint_tests::{Folders, Scenario, Server, serve};
use pyblish_promise::{promise, promise_eq};
use serde_json::{Value, json};

use super::requests::{JSON, STATE, quick, start, text};

/// A server with a history of its own.
fn with_history(scenario: &Scenario, data: &Path, more: &[&str]) -> Server {
    let mut command = serve();
    command
        .env("XDG_DATA_HOME", data)
        .args(scenario.arguments())
        .args(more);
    Server::start_with(command)
}

/// The run as another server on the same history has it.
fn afterwards(scenario: &Scenario, data: &Path, run: &str) -> Value {
    whole(scenario, data).send("GET", run).ok()
}

/// Another server on the same history, which has no gap.
fn whole(scenario: &Scenario, data: &Path) -> Server {
    let server = with_history(scenario, data, &[]);
    let session = session(&server);
    let latest = server.send("GET", &session).ok()["sequence"]
        .as_u64()
        .unwrap();
    let events = server.listen(&format!("{session}/events?after=0"), None);
    let numbers = events.take(latest as usize).map(|event| event.id);
    assert!(numbers.eq(1..=latest), "the history has a gap");
    server
}

/// Asks the server to end, and waits until it begins nothing new.
fn told_to_end(server: &Server, session: &str) {
    let signal = std::process::Command::new("kill")
        .args(["-INT", &server.pid().to_string()])
        .status();
    assert!(signal.unwrap().success());
    let context = format!("{session}/context");
    let change = json!({"revision": 0, "data": {}});
    let begin = Instant::now();
    while server.send_json("PATCH", &context, &change, &[]).status != 503 {
        assert!(begin.elapsed() < Duration::from_secs(10), "it does not end");
    }
}

#[test]
fn run_can_be_cancelled_during_drain() {
    let scenario = long(false);
    let data = tempfile::tempdir().unwrap();
    let mut server = with_history(&scenario, data.path(), &["--drain", "3600"]);
    let session = session(&server);
    let run = start_long(&server, &session);
    told_to_end(&server, &session);
    // No other request begins anything.
    for path in ["runs", "reset", "restart", "runs/cancel"] {
        let answer = server.send_json("POST", &format!("{session}/{path}"), &json!({}), &[]);
        assert_eq!(answer.status, 503, "{path}");
    }
    let cancelled = server.send("POST", &format!("{run}/cancel"));
    assert_eq!(cancelled.status, 202, "{cancelled:?}");
    assert_eq!(server.wait(), Some(0));
    promise_eq!(
        "LOAD-27",
        afterwards(&scenario, data.path(), &run)["state"],
        "cancelled"
    );
}

#[test]
fn drain_finishes_and_starts_nothing() {
    let scenario = Scenario::of(json!([
        {"name": "Work", "order": 0, "context": [{"progress": 0.5, "message": "half"}, {"sleep": 1500, "deaf": true}]},
    ]));
    let data = tempfile::tempdir().unwrap();
    let mut server = with_history(&scenario, data.path(), &[]);
    let session = session(&server);
    let run = start_long(&server, &session);
    let latest = server.send("GET", &session).ok()["sequence"].as_u64();
    let mut events = server.listen(&format!("{session}/events"), latest);
    let signal = std::process::Command::new("kill")
        .args(["-INT", &server.pid().to_string()])
        .status();
    assert!(signal.unwrap().success());
    // From then on, requests that change something are refused, and reads are not.
    let begin = Instant::now();
    let refused = loop {
        let answer = server.send_json(
            "PATCH",
            &format!("{session}/context"),
            &json!({"revision": 0, "data": {}}),
            &[],
        );
        if answer.status == 503 || begin.elapsed() > Duration::from_secs(10) {
            break answer;
        }
    };
    assert!(
        refused.body["detail"].as_str().unwrap().contains("ending"),
        "{refused:?}"
    );
    assert_eq!(server.send("GET", &run).ok()["state"], "running");
    let end = events
        .find(|event| event.name == "runEnded")
        .expect("its end is told");
    promise_eq!("LOAD-16", end.data["state"], "succeeded");
    assert_eq!(events.next(), None);
    assert_eq!(server.wait(), Some(0));
    assert_eq!(
        afterwards(&scenario, data.path(), &run)["state"],
        "succeeded"
    );
}

#[test]
fn deadline_cancels_the_run() {
    let (scenario, data) = (long(false), tempfile::tempdir().unwrap());
    let mut server = with_history(&scenario, data.path(), &["--drain", "1"]);
    let session = session(&server);
    let run = start_long(&server, &session);
    assert_eq!(server.interrupt(), Some(0));
    let log = server.log();
    promise!("LOAD-17", log.contains("cancelling the run"), "{log}");
    assert_eq!(
        afterwards(&scenario, data.path(), &run)["state"],
        "cancelled"
    );
}

#[test]
fn deaf_run_is_stopped() {
    let (scenario, data) = (long(true), tempfile::tempdir().unwrap());
    let mut server = with_history(&scenario, data.path(), &["--drain", "0"]);
    let session = session(&server);
    let run = start_long(&server, &session);
    promise_eq!("LOAD-17", server.interrupt(), Some(0));
    assert_eq!(
        afterwards(&scenario, data.path(), &run)["state"],
        "cancelled"
    );
}

#[test]
fn deaf_plugin_is_stopped() {
    let (scenario, data) = (long(true), tempfile::tempdir().unwrap());
    let mut server = with_history(&scenario, data.path(), &["--drain", "0"]);
    let session = session(&server);
    let body = json!({"pluginId": "Work"});
    let work = text(
        &server,
        &format!("POST {session}/process"),
        &[JSON],
        &body.to_string(),
    );
    let mut raw = Raw::to(&server);
    raw.say(&work);
    let mut events = server.listen(&format!("{session}/events?after=0"), None);
    assert!(events.any(|event| event.name == "progress"));
    promise_eq!("LOAD-18", server.interrupt(), Some(0));
    assert!(raw.try_hear().is_none());
    whole(&scenario, data.path());
}

#[test]
fn idle_connections_delay_nothing() {
    let scenario = quick();
    // The server does not wait for idle connections: that would take an hour.
    let mut server = start(&scenario, &["--drain", "3600"]);
    let _idle = Raw::to(&server);
    let mut half = Raw::to(&server);
    half.say("GET ");
    promise_eq!("LOAD-18", server.interrupt(), Some(0));

    // A request whose body never comes is cut off.
    let server = start(&scenario, &["--drain", "1"]);
    let request = text(
        &server,
        &format!("PUT {STATE}"),
        &[JSON],
        r#"{"plugin": "Quick"}"#,
    );
    let mut stubborn = Raw::to(&server);
    stubborn.say(&request[..request.len() - 2]);
    // It is under way once another client was served after it.
    server.state();
    let log = server.log();
    promise!("LOAD-18", log.contains("closed 1 connections"), "{log}");
}

#[test]
fn folder_is_whole_after_any_end() {
    // During the copying, before it, or after it.
    for events in [3, 6, 9, 12] {
        let folders = Folders::empty();
        fs::write(folders.inbox().join("large.txt"), vec![b'x'; 32 << 20]).unwrap();
        let arguments = folders.arguments().into_iter();
        let mut server = Server::start(arguments.chain(["--drain".into(), "0".into()]));
        let session = session(&server);
        let seen = server.listen(&format!("{session}/events"), None);
        start_run(&server, &session, json!({}));
        seen.take(events).for_each(drop);
        assert_eq!(server.interrupt(), Some(0));
        // A version is complete, or not there.
        if let Ok(versions) = fs::read_dir(folders.root().join("document/large")) {
            for version in versions.flatten() {
                let text = fs::read_to_string(version.path().join("publish.json")).unwrap();
                let manifest: Value = serde_json::from_str(&text).unwrap();
                assert!(manifest.to_string().contains("large"));
                let size = fs::metadata(version.path().join("large.txt"))
                    .unwrap()
                    .len();
                promise_eq!("LOAD-19", size, 32 << 20);
            }
        }
        promise_eq!("LOAD-19", folders.inbox_files()[0].1.len(), 32 << 20);
    }
}
