//! How a server ends that has something to do: it drains, then it cancels, then it stops by force; and what it
//! leaves is whole.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use pyblish_endpoint_tests::raw::Raw;
use pyblish_endpoint_tests::v2::{long, session, start as start_run, start_long};
use pyblish_endpoint_tests::{Folders, Scenario, Server, serve};
use serde_json::{Value, json};

use super::talk::{JSON, STATE, quick, start, text};

/// A server with a history of its own.
fn with_history(scenario: &Scenario, data: &Path, more: &[&str]) -> Server {
    let mut command = serve();
    command
        .env("XDG_DATA_HOME", data)
        .args(scenario.arguments())
        .args(more);
    Server::start_with(command)
}

/// The run as a server tells it that is started anew on the same history.
fn afterwards(scenario: &Scenario, data: &Path, run: &str) -> Value {
    whole(scenario, data).send("GET", run).ok()
}

/// A server that is started anew on the same history, which has no gap.
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

#[test]
fn what_is_under_way_may_end_and_nothing_new_begins() {
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
    // What would change something is refused from then on, and what reads is not.
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
    assert_eq!(end.data["state"], "succeeded");
    assert_eq!(events.next(), None);
    assert_eq!(server.wait(), Some(0));
    assert_eq!(
        afterwards(&scenario, data.path(), &run)["state"],
        "succeeded"
    );
}

#[test]
fn a_run_that_does_not_end_is_cancelled_at_the_deadline() {
    let (scenario, data) = (long(false), tempfile::tempdir().unwrap());
    let mut server = with_history(&scenario, data.path(), &["--drain", "1"]);
    let session = session(&server);
    let run = start_long(&server, &session);
    assert_eq!(server.interrupt(), Some(0));
    let log = server.log();
    assert!(log.contains("cancelling the run"), "{log}");
    assert_eq!(
        afterwards(&scenario, data.path(), &run)["state"],
        "cancelled"
    );
}

#[test]
fn a_run_that_is_deaf_is_stopped_by_force() {
    let (scenario, data) = (long(true), tempfile::tempdir().unwrap());
    let mut server = with_history(&scenario, data.path(), &["--drain", "0"]);
    let session = session(&server);
    let run = start_long(&server, &session);
    assert_eq!(server.interrupt(), Some(0));
    assert_eq!(
        afterwards(&scenario, data.path(), &run)["state"],
        "cancelled"
    );
}

#[test]
fn a_single_plugin_that_is_deaf_does_not_keep_it() {
    let (scenario, data) = (long(true), tempfile::tempdir().unwrap());
    let mut server = with_history(&scenario, data.path(), &["--drain", "0"]);
    let session = session(&server);
    let body = json!({"plugin": "Work"});
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
    assert_eq!(server.interrupt(), Some(0));
    assert!(raw.try_hear().is_none());
    whole(&scenario, data.path());
}

#[test]
fn idle_and_stubborn_connections_do_not_keep_it() {
    let scenario = quick();
    // They are nothing that is drained: it would take an hour.
    let mut server = start(&scenario, &["--drain", "3600"]);
    let _idle = Raw::to(&server);
    let mut half = Raw::to(&server);
    half.say("GET ");
    assert_eq!(server.interrupt(), Some(0));

    // A request whose body never comes is under way, and is cut off.
    let server = start(&scenario, &["--drain", "1"]);
    let request = text(
        &server,
        &format!("PUT {STATE}"),
        &[JSON],
        r#"{"plugin": "Quick"}"#,
    );
    let mut stubborn = Raw::to(&server);
    stubborn.say(&request[..request.len() - 2]);
    // It is under way once somebody else was served after it.
    server.state();
    let log = server.log();
    assert!(log.contains("cut off 1 connections"), "{log}");
}

#[test]
fn the_folder_is_whole_whenever_it_ends() {
    // In the middle of the copying, or before it, or behind it.
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
        // A version has everything, or is not there.
        if let Ok(versions) = fs::read_dir(folders.root().join("document/large")) {
            for version in versions.flatten() {
                let text = fs::read_to_string(version.path().join("publish.json")).unwrap();
                let manifest: Value = serde_json::from_str(&text).unwrap();
                assert!(manifest.to_string().contains("large"));
                let size = fs::metadata(version.path().join("large.txt"))
                    .unwrap()
                    .len();
                assert_eq!(size, 32 << 20);
            }
        }
        assert_eq!(folders.inbox_files()[0].1.len(), 32 << 20);
    }
}
