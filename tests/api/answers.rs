//! Answers as they are sent: with headers that keep a browser from misusing them, also to odd
//! requests.

use pyblish_endpoint_tests::raw::{Heard, Raw, request};
use pyblish_endpoint_tests::v2::{end, session, shots, start};
use pyblish_endpoint_tests::{Server, serve};
use pyblish_promise::promise;
use serde_json::json;

const STATE: &str = "/pyblish/v1/state";
const SESSIONS: &str = "/pyblish/v2/sessions";
const JSON: &str = "content-type: application/json";

/// A request with these lines beside the host and the token.
#[track_caller]
fn ask(server: &Server, start: &str, more: &[&str], body: &str) -> Heard {
    let known = [format!("host: {}", server.host()), server.authorization()];
    let lines: Vec<_> = known
        .iter()
        .map(String::as_str)
        .chain(more.iter().copied())
        .collect();
    Raw::to(server).ask(start, &lines, body)
}

/// Whether the headers keep a browser from misusing it.
#[track_caller]
fn is_safe(what: &str, heard: &Heard) {
    let header = |name| heard.header(name).unwrap_or_default();
    assert_eq!(
        header("x-content-type-options"),
        "nosniff",
        "{what}: {heard:?}"
    );
    assert_eq!(header("referrer-policy"), "no-referrer", "{what}");
    assert_eq!(header("x-frame-options"), "DENY", "{what}");
    assert_eq!(
        header("cross-origin-resource-policy"),
        "same-origin",
        "{what}"
    );
    let policy = header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{what}: {policy}");
    let page = what.starts_with("GET / ") || what.starts_with("GET /page");
    assert_eq!(
        policy.contains("script-src"),
        page && heard.status < 400,
        "{what}: {policy}"
    );
    let cache = header("cache-control");
    let kept = ["no-store", "no-cache", "private, no-cache"];
    assert!(kept.contains(&cache), "{what}: {cache}");
}

#[test]
fn security_headers_are_sent() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let run = start(&server, &session, json!({}));
    end(&server, &session, &run);
    let tag = ask(&server, &format!("GET {session}"), &[], "");
    let tag = format!("if-none-match: {}", tag.header("etag").unwrap());
    for (line, more, body, status) in [
        ("GET /".to_owned(), &[][..], "", 200),
        ("GET /page/main.js".into(), &[], "", 200),
        ("GET /page/none.js".into(), &[], "", 404),
        ("GET /?code=none".into(), &[], "", 403),
        ("GET /pyblish/v1/hello".into(), &[], "", 200),
        ("HEAD /pyblish/v1/hello".into(), &[], "", 200),
        ("PATCH /pyblish/v1/hello".into(), &[JSON], "", 405),
        ("GET /nothing".into(), &[], "", 404),
        ("OPTIONS /nothing".into(), &[], "", 404),
        (format!("GET {STATE}"), &[], "", 200),
        (format!("PUT {STATE}"), &[JSON], "{", 400),
        (format!("GET {SESSIONS}"), &[], "", 200),
        (format!("GET {session}"), &[], "", 200),
        (format!("GET {session}"), &[&tag], "", 304),
        (format!("GET {session}/instances"), &[], "", 200),
        (
            format!("GET {session}/instances/none/thumbnail"),
            &[],
            "",
            404,
        ),
        (format!("GET {run}/report"), &[], "", 200),
        (format!("GET {run}/report?format=html"), &[], "", 200),
        (format!("GET {run}/report?format=junit"), &[], "", 200),
        (format!("GET {run}/report?format=pdf"), &[], "", 400),
        (
            format!("POST {SESSIONS}"),
            &["content-type: text/plain"],
            "{}",
            415,
        ),
        (format!("POST {SESSIONS}"), &[JSON], "{", 400),
        (format!("POST {SESSIONS}"), &[JSON], "{}", 422),
        (
            format!("POST {session}/reset"),
            &[JSON],
            &"x".repeat(70_000),
            413,
        ),
        (format!("GET {session}/events"), &[], "", 200),
        (format!("GET {session}/events?after=999999"), &[], "", 400),
    ] {
        let mut raw = Raw::to(&server);
        let known = [format!("host: {}", server.host()), server.authorization()];
        let lines: Vec<_> = known
            .iter()
            .map(String::as_str)
            .chain(more.iter().copied())
            .collect();
        raw.say(&request(&line, &lines, body));
        let heard = match line.starts_with("HEAD") {
            true => raw.hear_head(),
            false => raw.hear(),
        };
        assert_eq!(heard.status, status, "{line}: {heard:?}");
        is_safe(&format!("{line} "), &heard);
    }
    let host = format!("host: {}", server.host());
    let other = Raw::to(&server).ask("GET /", &["host: evil.example"], "");
    assert_eq!(other.status, 403);
    is_safe("another host", &other);
    let nobody = Raw::to(&server).ask(&format!("GET {STATE}"), &[&host], "");
    assert_eq!(nobody.status, 401);
    is_safe("nobody", &nobody);
    let page = server.started["page"].as_str().unwrap();
    let page = page.strip_prefix(&server.address).unwrap();
    let entered = Raw::to(&server).ask(&format!("GET {page}"), &[&host], "");
    assert_eq!(
        (entered.status, entered.header("cache-control")),
        (303, Some("no-store"))
    );
    is_safe("entered", &entered);
    // A report runs no script, and has no origin.
    let html = ask(&server, &format!("GET {run}/report?format=html"), &[], "");
    let policy = html.header("content-security-policy").unwrap();
    promise!(
        "ACCESS-23",
        policy.contains("sandbox") && !policy.contains("script"),
        "{policy}"
    );
}

#[test]
fn odd_request_is_explained() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let run = start(&server, &session, json!({}));
    end(&server, &session, &run);
    for (line, more, status, words) in [
        (format!("GET {SESSIONS}/"), &[][..], 404, "openapi.json"),
        (
            format!("PUT {SESSIONS}"),
            &[JSON],
            405,
            "PUT is not allowed",
        ),
        (
            format!("OPTIONS {session}"),
            &[JSON],
            405,
            "see the Allow header",
        ),
        (
            format!("GET {SESSIONS}/%2e%2e"),
            &[],
            404,
            "no session \\\"..\\\"",
        ),
        (format!("GET {SESSIONS}/%ff"), &[], 400, "UTF-8"),
        (
            format!("GET {session}/runs/r99999999999999999999"),
            &[],
            404,
            "is no run",
        ),
        (format!("GET {session}/results?limit=-1"), &[], 400, "limit"),
        (
            format!("GET {session}/results?limit=99999999999999999999"),
            &[],
            400,
            "too large",
        ),
        (
            format!("GET {session}/results?limit=1&limit=2"),
            &[],
            400,
            "duplicate",
        ),
        (
            format!("GET {session}/results?what=1"),
            &[],
            400,
            "no \\\"what\\\"; it takes pluginId",
        ),
        (
            format!("GET {session}/results?state=what"),
            &[],
            400,
            "is not a state",
        ),
        (
            format!("GET {session}/instances?state=what"),
            &[],
            400,
            "is not a state",
        ),
        (format!("GET {session}/events?after=-1"), &[], 400, "after"),
        (
            format!("GET {session}/events?after=999999"),
            &[],
            400,
            "no event 999999 yet",
        ),
        (
            format!("GET {session}/events"),
            &["last-event-id: what"],
            400,
            "not the number",
        ),
        (
            format!("GET {run}/report?format=xml"),
            &[],
            400,
            "is not a format",
        ),
        (
            format!("POST {run}/cancel?grace=NaN"),
            &[JSON],
            400,
            "grace",
        ),
        (
            format!("POST {session}/process"),
            &["content-type: text/json"],
            415,
            "application/json",
        ),
    ] {
        let heard = ask(&server, &line, more, "");
        assert_eq!(heard.status, status, "{line}: {heard:?}");
        assert!(heard.body.contains(words), "{line}: {}", heard.body);
        assert_eq!(heard.header("allow").is_some(), status == 405, "{line}");
    }
    // Media types and header names ignore case; a body that is not needed is not parsed.
    let body = r#"{"pluginId": "Collect"}"#;
    for kind in ["Application/JSON", "application/json; charset=utf-8"] {
        let kind = format!("content-type: {kind}");
        let heard = ask(&server, &format!("POST {session}/process"), &[&kind], body);
        assert_eq!(heard.status, 200, "{kind}: {heard:?}");
    }
    for line in [
        "accept: image/png",
        "if-match: \"a\", \"b\"",
        "range: bytes=0-1",
    ] {
        assert_eq!(
            ask(&server, &format!("GET {session}"), &[line], "").status,
            200,
            "{line}"
        );
    }
    // A proxy may have made the tag weak.
    let tag = ask(&server, &format!("GET {session}"), &[], "");
    let tag = tag.header("etag").unwrap();
    for known in [
        tag.to_owned(),
        format!("W/{tag}"),
        format!("\"0\", {tag}"),
        "*".into(),
    ] {
        let known = format!("if-none-match: {known}");
        let heard = ask(&server, &format!("GET {session}"), &[&known], "");
        assert_eq!(heard.status, 304, "{known}");
    }
}

#[test]
fn broken_stream_says_why() {
    let (scenario, data) = (shots(), tempfile::tempdir().unwrap());
    let start_here = || {
        let mut command = serve();
        command.args(scenario.arguments());
        command.arg("--history-dir").arg(data.path());
        Server::start_with(command)
    };
    let mut server = start_here();
    let path = session(&server);
    let run = start(&server, &path, json!({}));
    end(&server, &path, &run);
    assert_eq!(server.interrupt(), Some(0));
    // Events from before the start are on disk only.
    let server = start_here();
    for entry in std::fs::read_dir(data.path()).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if name.contains(".sqlite") {
            let length = entry.metadata().unwrap().len();
            std::fs::write(entry.path(), vec![0xff; length as usize]).unwrap();
        }
    }
    let mut raw = Raw::to(&server);
    // Otherwise the connection stays open for another request until it times out.
    let known = [
        format!("host: {}", server.host()),
        server.authorization(),
        "connection: close".into(),
    ];
    let lines = known.each_ref().map(String::as_str);
    raw.say(&request(&format!("GET {path}/events?after=0"), &lines, ""));
    assert_eq!(raw.hear_head().status, 200);
    let said = raw.hear_until("detail");
    assert!(said.contains("retry: 2000\n"), "{said}");
    assert!(
        said.contains("event: failed\ndata: {\"type\"") && said.contains("\"status\":500"),
        "{said}"
    );
    raw.ends();
}
