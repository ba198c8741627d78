//! Connections that end at any moment.

use std::net::Shutdown;

use pyblish_endpoint_tests::raw::Raw;
use pyblish_endpoint_tests::v2::{self, session};
use pyblish_endpoint_tests::{Scenario, Server};
use pyblish_promise::{promise, promise_by, promise_eq};
use serde_json::json;

use super::requests::{JSON, SESSIONS, STATE, ask, listen, quick, serves, start, text};

#[test]
fn partial_request_does_nothing() {
    let scenario = quick();
    let server = start(&scenario, &[]);
    let results = || {
        let state = server.state();
        // There is no list before the first result.
        let results = state["context"]["data"]["results"].as_array();
        results.map_or(0, Vec::len)
    };
    let request = text(
        &server,
        &format!("PUT {STATE}"),
        &[JSON],
        r#"{"plugin": "Quick"}"#,
    );
    for end in 0..request.len() {
        let mut raw = Raw::to(&server);
        raw.say(&request[..end]);
        // Half of them close their sending side first; the others just disconnect.
        if end.is_multiple_of(2) {
            raw.0.shutdown(Shutdown::Write).unwrap();
            if let Some(heard) = raw.try_hear() {
                assert_eq!(heard.status, 400, "{end}: {heard:?}");
            }
        }
    }
    serves(&server);
    promise_eq!("LOAD-11", results(), 0, "a partial request was executed");
    let mut raw = Raw::to(&server);
    raw.say(&request);
    assert_eq!(raw.hear().status, 200);
    assert_eq!(results(), 1);
}

/// Each route that changes something, with its method, and a body that it would take.
fn changing_routes(server: &Server, session: &str) -> Vec<(String, String, String)> {
    let document = server.send("GET", "/pyblish/v2/openapi.json").ok();
    let instances = server.send("GET", &format!("{session}/instances")).ok();
    let revision = &instances["revision"];
    let instance = instances["items"][0]["id"].as_str().unwrap();
    let bodies = json!({
        "messages": {"message": "show"},
        "callbacks": {"event": "published"},
        "{pluginId}": {"revision": revision, "active": false},
        "instances": {"revision": revision, "instanceIds": [instance], "set": {"cut": true}},
        "{instanceId}": {"revision": revision, "set": {"cut": true}},
        "context": {"revision": revision, "set": {"cut": true}},
        "process": {"pluginId": "Quick"},
        "repair": {"pluginId": "Quick"},
        "actions": {"pluginId": "Quick", "actionId": "none"},
        "sessions": {"adapter": "scenario"},
    });
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let methods = methods.as_object().unwrap().keys();
        for method in methods.filter(|method| *method != "get") {
            let last = path.rsplit('/').next().unwrap();
            let body = bodies.get(last).unwrap_or(&json!({})).to_string();
            let path = path
                .replace("/pyblish/v2/sessions/{sessionId}", session)
                .replace("{pluginId}", "Quick")
                .replace("{instanceId}", instance)
                .replace("{runId}", "r1");
            routes.push((method.to_uppercase(), path, body));
        }
    }
    for (method, path) in [
        ("POST", STATE),
        ("PUT", STATE),
        ("DELETE", STATE),
        ("POST", "/pyblish/v1/client"),
    ] {
        let body = r#"{"plugin": "Quick"}"#.to_owned();
        routes.push((method.into(), path.into(), body));
    }
    routes
}

/// Sends a part of a request and leaves. Every second one waits for the answer, which must be a
/// refusal.
#[track_caller]
fn break_off(server: &Server, request: &str, end: usize) {
    let mut raw = Raw::to(server);
    raw.say(&request[..end]);
    if end.is_multiple_of(2) {
        raw.0.shutdown(Shutdown::Write).unwrap();
        if let Some(heard) = raw.try_hear() {
            assert_eq!(heard.status, 400, "{}: {heard:?}", &request[..end]);
        }
    }
}

#[test]
fn partial_body_does_nothing_on_any_route() {
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [{"create": "one", "data": {"family": "a"}}]},
        {"name": "Quick", "order": 0.1, "context": [{"set": {"done": true}}]},
    ]));
    let server = start(&scenario, &[]);
    let session = session(&server);
    let run = v2::start(&server, &session, json!({}));
    v2::end(&server, &session, &run);
    let routes = changing_routes(&server, &session);
    assert!(routes.len() >= 20, "{routes:?}");
    let sequence = || {
        server.send("GET", &session).ok()["sequence"]
            .as_u64()
            .unwrap()
    };
    let process = || {
        let body = r#"{"pluginId": "Quick"}"#;
        let heard = ask(&server, &format!("POST {session}/process"), &[JSON], body);
        assert_eq!(heard.status, 200, "{heard:?}");
    };
    // The number of events that the request itself causes.
    let before = sequence();
    process();
    let usual = sequence() - before;
    for (method, path, body) in &routes {
        let begin = sequence();
        let head = format!("{method} {path}");
        let announced = text(&server, &head, &[JSON], body);
        for end in 0..announced.len() {
            break_off(&server, &announced, end);
        }
        let chunked = text(&server, &head, &[JSON, "transfer-encoding: chunked"], "");
        let first = chunked.len();
        let chunked = format!("{chunked}{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        for end in first..chunked.len() {
            break_off(&server, &chunked, end);
        }
        // Waiting commands of the session run before this.
        process();
        promise_eq!(
            "LOAD-11",
            sequence() - begin,
            usual,
            "{method} {path} was done"
        );
    }
    let sessions = server.send("GET", SESSIONS).ok();
    assert_eq!(sessions["total"], 1);
    assert_eq!(
        server.send("GET", "/pyblish/v1/client").ok()["queue"],
        json!([])
    );
    let runs = server.send("GET", &format!("{session}/runs")).ok();
    assert_eq!(runs["total"], 1);
    // With the rest, the request is executed.
    for (method, path, body) in &routes[..] {
        if path.ends_with("/reset") {
            let begin = sequence();
            let heard = ask(&server, &format!("{method} {path}"), &[JSON], body);
            assert_eq!(heard.status, 200, "{heard:?}");
            assert!(sequence() > begin);
        }
    }
}

#[test]
fn early_disconnect_is_harmless() {
    let scenario = quick();
    let server = start(&scenario, &["--max-listeners", "5", "--max-requests", "5"]);
    let session = session(&server);
    let get = text(&server, &format!("GET {STATE}"), &[], "");
    // More of them than the limit: their resources are given back.
    for number in 0..50 {
        let mut raw = Raw::to(&server);
        raw.say(&get.repeat(3));
        if number % 2 == 0 {
            raw.hear();
        }
    }
    for _ in 0..50 {
        // A connection that has just closed may still be counted.
        let (_stream, heard) = listen(&server, &session);
        assert!([200, 429].contains(&heard.status), "{heard:?}");
    }
    let begin = std::time::Instant::now();
    while listen(&server, &session).1.status != 200 {
        assert!(
            begin.elapsed().as_secs() < 20,
            "no listener is let in any more"
        );
    }
    promise_by!("LOAD-12", serves(&server));
}

#[test]
fn other_protocol_is_refused() {
    let scenario = quick();
    let server = start(&scenario, &[]);
    for garbage in [
        "\x16\x03\x01 this is no HTTP\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
        "GET /pyblish/v1/state HTTP/1.1\r\nhost : x\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
        "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\nzz\r\n",
    ] {
        let mut raw = Raw::to(&server);
        raw.say(garbage);
        raw.0.shutdown(Shutdown::Write).unwrap();
        let heard = raw.try_hear();
        let status = heard.map_or(400, |heard| heard.status);
        promise!(
            "LOAD-13",
            (400..500).contains(&status),
            "{garbage:?}: {status}"
        );
        raw.ends();
    }
    serves(&server);
    assert_eq!(server.state()["context"]["children"], json!([]));
}
