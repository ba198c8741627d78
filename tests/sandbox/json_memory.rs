//! The memory of JSON: a few times its text, whatever is in it, and nothing once it is gone.

#![cfg(target_os = "linux")]

use pyblish_promise::{promise_by, promise_eq};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use pyblish_endpoint_tests::hostile::Beside;
use pyblish_endpoint_tests::v2::session;
use pyblish_endpoint_tests::{Scenario, Server};
use serde_json::json;

/// How many times its text a value may cost, including copies on its way: in the sandbox, out of
/// it, into the history, to readers.
const TIMES: usize = 10;

/// A constant part: new threads, code, and memory that the allocator keeps.
const BESIDE: usize = 64 << 20;

/// Bytes of the process's memory: `VmRSS` is the current value, `VmHWM` the peak.
fn memory(server: &Server, what: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    let line = line.expect("a line").trim_matches([':', ' ', '\t']);
    let kilobytes: usize = line.trim_end_matches(" kB").parse().expect("a number");
    kilobytes << 10
}

/// How much the memory grew at the peak of this.
fn height(server: &Server, work: impl FnOnce()) -> usize {
    let before = memory(server, "VmRSS");
    // Resets the peak.
    fs::write(format!("/proc/{}/clear_refs", server.pid()), "5").expect("a process of ours");
    work();
    memory(server, "VmHWM").saturating_sub(before)
}

/// A request on a connection of its own.
fn ask(server: &Server, method: &str, path: &str, body: &str) -> TcpStream {
    let host = server.host();
    let mut stream = TcpStream::connect(host).expect("a server");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\n{}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        server.authorization(),
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("a server");
    stream.write_all(body.as_bytes()).expect("a server");
    stream
}

/// The status of a request. The answer is not parsed, so it takes no memory here.
#[track_caller]
fn send(server: &Server, method: &str, path: &str, body: &str) -> u16 {
    let mut stream = ask(server, method, path, body);
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let status = answer.split(|byte| *byte == b' ').nth(1).expect("a status");
    String::from_utf8_lossy(status).parse().expect("a status")
}

#[track_caller]
fn in_order(what: &str, text: usize, height: usize) {
    println!("{what}: {} MiB of text, {} MiB", text >> 20, height >> 20);
    assert!(
        height < TIMES * text + BESIDE,
        "{what}: {height} for {text}"
    );
}

#[test]
fn answers_cost_their_text() {
    let beside = Beside::with(&["json-values=1000000000", "items=10000000"]);
    // The deed, how many values, and bytes of each in the sandbox.
    for (deed, amount, bytes) in [
        ("Values", 8 << 20, 3),
        ("Objects", 4 << 20, 7),
        ("Members", 2 << 20, 8),
        ("Long", 24 << 20, 1),
        // The texts are small because the values are empty: a change has 56 bytes, and a key or an
        // id.
        ("Keys", 200_000, 64),
        ("Instances", 200_000, 68),
    ] {
        let session = beside.so_much(amount);
        let text = usize::try_from(amount).unwrap() * bytes;
        let height_of = |work: &dyn Fn()| height(&beside.server, work);
        let answered = height_of(&|| drop(beside.can(&session, deed)));
        promise_by!("SANDBOX-17", in_order(deed, text, answered));
        let context = format!("{session}/context");
        let read = height_of(&|| assert_eq!(send(&beside.server, "GET", &context, ""), 200));
        in_order(&format!("{deed}, read"), text, read);
        beside.server.send("DELETE", &session);
    }
    beside.all_is_right();
}

#[test]
fn bodies_cost_their_text() {
    let scenario = Scenario::of(json!([{"name": "Quick", "order": 0, "context": []}]));
    let server = Server::start(scenario.arguments());
    let session = session(&server);
    let revision = u64::MAX;
    for (what, status, values) in [
        ("objects", 413, r#"{"":0}"#),
        ("lists", 413, "[]"),
        ("numbers", 413, "0"),
        ("infinite", 400, "1e999999"),
        ("escapes", 413, r#""\u0041\/\ud83c\udfac""#),
    ] {
        let many = |bytes: usize| {
            let list = format!("{values},").repeat(bytes / (values.len() + 1));
            format!("[{list}{values}]")
        };
        let set = format!(
            "{{\"revision\": {revision}, \"set\": {{\"key\": {}}}}}",
            many(15 << 20)
        );
        let list = format!(
            "{{\"revision\": {revision}, \"unset\": {}}}",
            many(15 << 20)
        );
        for body in [set, list] {
            let sent = height(&server, || {
                let path = format!("{session}/context");
                assert_eq!(send(&server, "PATCH", &path, &body), status);
            });
            in_order(what, body.len(), sent);
        }
    }
    // As many values as the limit, in a value that the sandbox parses as a tree.
    let list = vec![r#"{"":0}"#; 99_000].join(",");
    let body = format!("{{\"revision\": {revision}, \"set\": {{\"key\": [{list}]}}}}");
    let answer = server.send_body(
        "PATCH",
        &format!("{session}/context"),
        "application/json",
        &body,
    );
    promise_eq!("LOAD-21", answer.ok()["data"]["key"][0], json!({"": 0}));
}

#[test]
fn listeners_share_a_long_event() {
    const LONG: usize = 16 << 20;
    let beside = Beside::with(&[]);
    let session = beside.so_much(LONG as u64);
    let events = format!("{session}/events");
    let listen = || ask(&beside.server, "GET", &events, "");
    let mut listeners: Vec<_> = (0..40).map(|_| listen()).collect();
    let mut buffer = vec![0; 64 << 10];
    for listener in &mut listeners {
        // The head of the stream: from here on it listens.
        listener.read_exact(&mut buffer[..16]).expect("a stream");
    }
    let all = height(&beside.server, || {
        beside.can(&session, "Long");
        for listener in &mut listeners {
            // Read into the long event.
            listener.read_exact(&mut buffer).expect("events");
        }
    });
    in_order("40 listeners", LONG, all);
    // Each listener gets the whole event in the end.
    let mut first = listeners.swap_remove(0);
    let mut letters = 0;
    while letters < LONG - buffer.len() {
        let count = first.read(&mut buffer).expect("events");
        assert!(count > 0, "the stream has ended");
        letters += buffer[..count].iter().filter(|byte| **byte == b'x').count();
    }
}
