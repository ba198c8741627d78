//! How large a request may be.

use pyblish_endpoint_tests::raw::Raw;

use super::talk::{HELLO, JSON, SESSIONS, STATE, ask, quick, serves, start, text};

/// JSON of so many bytes that says nothing wrong.
fn body(length: usize) -> String {
    let empty = r#"{"plugin":"Quick","x":""}"#;
    empty.replace(r#""""#, &format!("{:?}", "x".repeat(length - empty.len())))
}

#[test]
fn a_body_has_so_many_bytes_and_no_more() {
    let scenario = quick();
    let server = start(&scenario, &["--max-body", "1000"]);
    let put = |length| ask(&server, &format!("PUT {STATE}"), &[JSON], &body(length));
    assert_eq!(put(1000).status, 200);
    let refused = put(1001);
    assert_eq!(refused.status, 413);
    assert!(
        refused.json()["message"]
            .as_str()
            .unwrap()
            .contains("1000 bytes")
    );
    // Also one of which nobody knows the size beforehand.
    let chunked = |length: usize| {
        let mut raw = Raw::to(&server);
        raw.say(&text(
            &server,
            &format!("PUT {STATE}"),
            &[JSON, "transfer-encoding: chunked"],
            "",
        ));
        let body = body(length);
        let (first, second) = body.split_at(length / 2);
        for part in [first, second, ""] {
            raw.say(&format!("{:x}\r\n{part}\r\n", part.len()));
        }
        raw.hear().status
    };
    assert_eq!(chunked(1000), 200);
    assert_eq!(chunked(1001), 413);
    // In v2 the fitting one is told what does not fit in it, and the other is a problem.
    let post = |length| ask(&server, &format!("POST {SESSIONS}"), &[JSON], &body(length));
    assert_eq!(post(1000).status, 422);
    let refused = post(1001);
    assert_eq!(
        (refused.status, refused.json()["title"].as_str()),
        (413, Some("Too large"))
    );
    // One that is far too large is heard out only so far.
    assert_eq!(put(15_000).status, 413);
    serves(&server);
}

#[test]
fn a_head_has_so_many_bytes_and_no_more() {
    let scenario = quick();
    let server = start(&scenario, &[]);
    let get = |length: usize| {
        let long = format!("x: {}", "x".repeat(length));
        ask(&server, &format!("GET {HELLO}"), &[&long], "").status
    };
    assert_eq!(get(60 << 10), 200);
    // So many bytes without an end, and nothing behind them that would be lost with the answer.
    let begin = text(&server, &format!("GET {HELLO}"), &["x: "], "");
    let begin = begin.trim_end();
    let mut raw = Raw::to(&server);
    raw.say(&format!("{begin}{}", "x".repeat((64 << 10) - begin.len())));
    assert_eq!(raw.hear().status, 431);
    raw.ends();
    let many: Vec<_> = (0..150).map(|n| format!("x{n}: x")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(
        ask(&server, &format!("GET {HELLO}"), &many[..50], "").status,
        200
    );
    assert_eq!(ask(&server, &format!("GET {HELLO}"), &many, "").status, 431);
    serves(&server);
}
