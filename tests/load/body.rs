//! How large a request may be.

use pyblish_endpoint_tests::raw::Raw;
use pyblish_endpoint_tests::v2::session;
use pyblish_promise::promise_eq;

use super::requests::{HELLO, JSON, SESSIONS, STATE, ask, quick, serves, start, text};

/// Valid JSON of so many bytes.
fn body(length: usize) -> String {
    let empty = r#"{"plugin":"Quick","x":""}"#;
    empty.replace(r#""""#, &format!("{:?}", "x".repeat(length - empty.len())))
}

#[test]
fn body_bytes_are_capped() {
    let scenario = quick();
    let server = start(&scenario, &["--max-body", "1000"]);
    let put = |length| ask(&server, &format!("PUT {STATE}"), &[JSON], &body(length));
    assert_eq!(put(1000).status, 200);
    let refused = put(1001);
    promise_eq!("LOAD-01", refused.status, 413);
    assert!(
        refused.json()["message"]
            .as_str()
            .unwrap()
            .contains("1000 bytes")
    );
    // Also a body whose size is not announced.
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
    promise_eq!("LOAD-01", chunked(1001), 413);
    // In v2 the one within the limit gets an error about its content, the other one about its size.
    let post = |length| ask(&server, &format!("POST {SESSIONS}"), &[JSON], &body(length));
    assert_eq!(post(1000).status, 422);
    let refused = post(1001);
    assert_eq!(
        (refused.status, refused.json()["title"].as_str()),
        (413, Some("Too large"))
    );
    // A body that is far too large is not read to its end.
    assert_eq!(put(15_000).status, 413);
    serves(&server);
}

#[test]
fn unused_body_is_small() {
    let scenario = quick();
    let server = start(&scenario, &[]);
    let session = session(&server);
    const MOST: usize = 64 << 10;
    for line in [
        format!("POST {session}/reset"),
        format!("POST {session}/restart"),
        format!("DELETE {STATE}"),
        format!("GET {STATE}"),
        format!("DELETE {SESSIONS}/none"),
        "POST /pyblish/v2/nothing".to_owned(),
    ] {
        let with = |body: &str| ask(&server, &line, &[JSON], body);
        let usual = with("").status;
        for body in ["x", "{\"a\": 1}", &"x".repeat(MOST)] {
            assert_eq!(with(body).status, usual, "{line}");
        }
        let heard = with(&"x".repeat(MOST + 1));
        assert_eq!(heard.status, 413, "{line}");
        assert!(heard.body.contains("65536 bytes"), "{}", heard.body);
        assert!(heard.body.contains("leave it out"), "{}", heard.body);
    }
    // A smaller limit of all bodies applies here, too.
    let server = start(&scenario, &["--max-body", "10"]);
    let delete = |body: &str| ask(&server, &format!("DELETE {STATE}"), &[JSON], body).status;
    promise_eq!(
        "LOAD-20",
        [delete("0123456789"), delete("0123456789a")],
        [200, 413]
    );
}

#[test]
fn body_values_are_capped() {
    let scenario = quick();
    let server = start(&scenario, &["--max-values", "100"]);
    let body = |known: &str, values: usize| {
        let values = vec!["0"; values].join(", ");
        format!("{{{known}, \"x\": [{values}]}}")
    };
    // The object, the plug-in's name and the list are values too.
    let put = |values| {
        let body = body(r#""plugin": "Quick""#, values);
        ask(&server, &format!("PUT {STATE}"), &[JSON], &body)
    };
    assert_eq!(put(97).status, 200);
    let refused = put(98);
    assert_eq!(refused.status, 413);
    let said = refused.json()["message"].to_string();
    assert!(
        said.contains("100 values") && said.contains("--max-values"),
        "{said}"
    );
    // In v2 the one within the limit gets an error about its content, the other one about its size.
    let post = |values| {
        let body = body(r#""settings": {}"#, values);
        ask(&server, &format!("POST {SESSIONS}"), &[JSON], &body)
    };
    assert_eq!(post(97).status, 422);
    let refused = post(98);
    assert_eq!(
        (refused.status, refused.json()["title"].as_str()),
        (413, Some("Too large"))
    );
    // JSON in an argument of v1 is counted, too.
    let changes = |values: usize| {
        let change = format!("{{\"new\": {:?}, \"old\": 0}}", vec![0; values]);
        let text = format!("{{\"context\": {{\"one\": {{\"key\": {change}}}}}}}");
        let form = "content-type: application/x-www-form-urlencoded";
        let body = format!("changes={}", text.replace('"', "%22"));
        ask(&server, &format!("POST {STATE}"), &[form], &body).status
    };
    // Four objects, the list and the value of `old`.
    promise_eq!("LOAD-21", (changes(94), changes(95)), (200, 413));
    serves(&server);
}

#[test]
fn head_bytes_are_capped() {
    let scenario = quick();
    let server = start(&scenario, &[]);
    let get = |length: usize| {
        let long = format!("x: {}", "x".repeat(length));
        ask(&server, &format!("GET {HELLO}"), &[&long], "").status
    };
    assert_eq!(get(60 << 10), 200);
    // So many bytes without an end, and no bytes after them that would be lost with the answer.
    let begin = text(&server, &format!("GET {HELLO}"), &["x: "], "");
    let begin = begin.trim_end();
    let mut raw = Raw::to(&server);
    raw.say(&format!("{begin}{}", "x".repeat((64 << 10) - begin.len())));
    promise_eq!("LOAD-02", raw.hear().status, 431);
    raw.ends();
    let many: Vec<_> = (0..150).map(|n| format!("x{n}: x")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(
        ask(&server, &format!("GET {HELLO}"), &many[..50], "").status,
        200
    );
    promise_eq!(
        "LOAD-02",
        ask(&server, &format!("GET {HELLO}"), &many, "").status,
        431
    );
    serves(&server);
}
