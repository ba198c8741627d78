//! Connections that end in the middle of anything.

use std::net::Shutdown;

use pyblish_endpoint_tests::raw::Raw;
use pyblish_endpoint_tests::v2::session;
use serde_json::json;

use super::talk::{JSON, STATE, listen, quick, serves, start, text};

#[test]
fn a_request_that_breaks_off_anywhere_does_nothing() {
    let scenario = quick();
    let server = start(&scenario, &[]);
    let results = || {
        let state = server.state();
        // There is no list before the first of them.
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
        // Half of them say that they have sent all; the others are just gone.
        if end % 2 == 0 {
            raw.0.shutdown(Shutdown::Write).unwrap();
            if let Some(heard) = raw.try_hear() {
                assert_eq!(heard.status, 400, "{end}: {heard:?}");
            }
        }
    }
    serves(&server);
    assert_eq!(results(), 0, "half a request was done");
    let mut raw = Raw::to(&server);
    raw.say(&request);
    assert_eq!(raw.hear().status, 200);
    assert_eq!(results(), 1);
}

#[test]
fn who_leaves_before_or_in_the_middle_of_the_answer_harms_nobody() {
    let scenario = quick();
    let server = start(&scenario, &["--max-listeners", "5", "--max-requests", "5"]);
    let session = session(&server);
    let get = text(&server, &format!("GET {STATE}"), &[], "");
    // More of them than there may be at a time: what they had is given back.
    for number in 0..50 {
        let mut raw = Raw::to(&server);
        raw.say(&get.repeat(3));
        if number % 2 == 0 {
            raw.hear();
        }
    }
    for _ in 0..50 {
        // One that has just left may still be counted.
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
    serves(&server);
}

#[test]
fn what_is_no_http_is_answered_or_closed() {
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
        assert!((400..500).contains(&status), "{garbage:?}: {status}");
        raw.ends();
    }
    serves(&server);
    assert_eq!(server.state()["context"]["children"], json!([]));
}
