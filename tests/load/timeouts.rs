//! Timeouts: how slow a client may be.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use pyblish_endpoint_tests::raw::Raw;
use pyblish_endpoint_tests::{Scenario, Server};
use pyblish_promise::{promise, promise_by, promise_eq};
use serde_json::json;

use super::requests::{HELLO, JSON, STATE, quick, serves, start, text};

/// The arguments of the servers in these tests: they wait for two seconds.
const RECEIVE: [&str; 2] = ["--receive-timeout", "2"];
const SEND: [&str; 2] = ["--send-timeout", "2"];

/// A pause shorter than that, and so many of them that they take longer together.
const PAUSE: Duration = Duration::from_millis(400);
const PAUSES: usize = 6;

/// Sends this now and then until the server ends the connection.
#[track_caller]
fn is_cut_off(raw: &mut Raw, part: &[u8]) {
    let begin = Instant::now();
    while raw.0.write_all(part).is_ok() {
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "the connection does not end"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn missing_head_is_cut_off() {
    let scenario = quick();
    let server = start(&scenario, &RECEIVE);
    let hello = text(&server, &format!("GET {HELLO}"), &[], "");
    let (first, second) = hello.split_at(20);
    // Slow, and in time.
    let mut raw = Raw::to(&server);
    raw.say(first);
    thread::sleep(PAUSE);
    raw.say(second);
    assert_eq!(raw.hear().status, 200);
    // And then it is silent.
    raw.ends();
    // Silent from the beginning, silent in the middle, and one that sends a byte now and then.
    Raw::to(&server).ends();
    let mut half = Raw::to(&server);
    half.say(first);
    promise_by!("LOAD-03", half.ends());
    let mut drop_by_drop = Raw::to(&server);
    promise_by!("LOAD-03", is_cut_off(&mut drop_by_drop, b"x"));
    serves(&server);
}

#[test]
fn missing_body_is_cut_off() {
    let scenario = quick();
    let server = start(&scenario, &RECEIVE);
    let request = text(
        &server,
        &format!("PUT {STATE}"),
        &[JSON],
        r#"{"plugin": "Quick"}"#,
    );
    let split = request.len() - 2 * PAUSES;
    // Slow, longer than the limit in total, but never silent for that long.
    let mut raw = Raw::to(&server);
    raw.say(&request[..split]);
    for part in request.as_bytes()[split..].chunks(2) {
        thread::sleep(PAUSE);
        raw.0.write_all(part).unwrap();
    }
    assert_eq!(raw.hear().status, 200);
    // And a body that stops.
    for (start, name) in [
        (format!("PUT {STATE}"), "message"),
        ("POST /pyblish/v2/sessions".into(), "detail"),
    ] {
        let request = text(&server, &start, &[JSON], r#"{"plugin": "Quick"}"#);
        let mut raw = Raw::to(&server);
        raw.say(&request[..request.len() - 4]);
        let heard = raw.hear();
        promise_eq!("LOAD-04", heard.status, 408);
        let json = heard.json();
        assert!(
            json[name]
                .as_str()
                .unwrap()
                .contains("no part of the body arrived for 2s"),
            "{json}"
        );
        raw.ends();
    }
    serves(&server);
}

#[test]
fn slow_body_is_cut_off() {
    let scenario = quick();
    let server = start(&scenario, &RECEIVE);
    let head = text(
        &server,
        &format!("PUT {STATE}"),
        &[JSON, "content-length: 1000"],
        "",
    );
    let mut raw = Raw::to(&server);
    raw.say(&head);
    let mut sender = raw.0.try_clone().unwrap();
    let sending = thread::spawn(move || {
        let mut sent = 0;
        while sender.write_all(b" ").is_ok() {
            sent += 1;
            assert!(sent < 900, "it is heard out");
            thread::sleep(Duration::from_millis(50));
        }
    });
    let heard = raw.hear();
    promise_eq!("LOAD-04", heard.status, 408);
    let message = heard.json()["message"].to_string();
    assert!(
        message.contains("longer than 20s") && message.contains("--receive-timeout"),
        "{message}"
    );
    raw.ends();
    sending.join().unwrap();
    serves(&server);
}

/// A server whose state has two megabytes, so that ten of them fit into no buffer.
fn large(more: &[&str]) -> (Scenario, Server) {
    let text = "x".repeat(2 << 20);
    let scenario = Scenario::of(
        json!([{"name": "Collect", "order": 0, "context": [{"set": {"text": text}}]}]),
    );
    let server = start(&scenario, more);
    server.succeed("Collect", None);
    (scenario, server)
}

const ANSWERS: usize = 10;

/// Sends requests for all of it at once.
fn ask_for_all(server: &Server) -> Raw {
    let mut raw = Raw::to(server);
    raw.say(&text(server, &format!("GET {STATE}"), &[], "").repeat(ANSWERS));
    raw
}

#[test]
fn slow_reader_gets_everything() {
    let (_scenario, server) = large(&SEND);
    let mut raw = ask_for_all(&server);
    for _ in 0..PAUSES {
        thread::sleep(PAUSE);
        let mut part = vec![0; 1 << 20];
        raw.0.read_exact(&mut part).unwrap();
    }
    // Read the rest at once; the beginning was read already.
    let mut rest = ANSWERS * (2 << 20) - PAUSES * (1 << 20);
    let mut part = vec![0; 1 << 16];
    while rest > 0 {
        let length = raw.0.read(&mut part).unwrap();
        promise!("LOAD-05", length > 0, "{rest} bytes are missing");
        rest = rest.saturating_sub(length);
    }
}

#[test]
fn stalled_reader_is_cut_off() {
    let (_scenario, server) = large(&SEND);
    let mut raw = ask_for_all(&server);
    // The server does not see this while it waits for its client to read; the system reports it
    // later.
    promise_by!("LOAD-05", is_cut_off(&mut raw, b"\r\n"));
    serves(&server);
}

#[test]
fn stalled_listener_resumes() {
    let text_of_it = "x".repeat(4 << 10);
    let created: Vec<_> = (0..500)
        .map(|n| json!({"create": format!("i{n}"), "data": {"family": "a", "text": text_of_it}}))
        .collect();
    let scenario = Scenario::of(json!([{"name": "Collect", "order": 0, "context": created}]));
    let server = start(&scenario, &SEND);
    let session = pyblish_endpoint_tests::v2::session(&server);
    let mut deaf = Raw::to(&server);
    deaf.say(&text(
        &server,
        &format!("GET {session}/events?after=0"),
        &[],
        "",
    ));
    // Two megabytes of events each time.
    for _ in 0..8 {
        server.send("POST", &format!("{session}/reset")).ok();
        server.succeed("Collect", None);
    }
    let begin = Instant::now();
    while deaf.0.write_all(b"\r\n").is_ok() {
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "the server waits for it without an end"
        );
        thread::sleep(Duration::from_millis(50));
    }
    let latest = server.send("GET", &session).ok()["sequence"]
        .as_u64()
        .unwrap();
    let mut events = server.listen(&format!("{session}/events?after=0"), None);
    let numbers = events.by_ref().take(latest as usize).map(|event| event.id);
    promise!("LOAD-06", numbers.eq(1..=latest));
}
