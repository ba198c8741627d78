//! Pages of other sites: one that the user allows uses the API with the token, and nothing else.

use std::fs;

use pyblish_endpoint_tests::raw::{Heard, ask};
use pyblish_endpoint_tests::v2::{session, shots};
use pyblish_endpoint_tests::{Server, run, serve};
use pyblish_promise::{promise, promise_eq};

use super::requests::{HELLO, JSON, SESSIONS, STATE, answer, cookie, refused, start};

const PAGE: &str = "http://localhost:3000";

fn allowing() -> (pyblish_endpoint_tests::Scenario, Server) {
    let scenario = shots();
    let server = start(&scenario, &["--allow-origin", PAGE]);
    (scenario, server)
}

/// The header that lets the page of an origin read the answer.
fn reader(heard: &Heard) -> Option<&str> {
    heard.header("access-control-allow-origin")
}

#[test]
fn allowed_page_uses_the_api() {
    let (_scenario, server) = allowing();
    let session = session(&server);
    let token = server.authorization();
    let page = [
        "origin: http://localhost:3000",
        "sec-fetch-site: same-site",
        "sec-fetch-mode: cors",
    ];
    // The browser asks first, without the token.
    let asked = [
        &page[..],
        &[
            "access-control-request-method: POST",
            "access-control-request-headers: authorization,content-type,idempotency-key",
            "access-control-request-private-network: true",
        ],
    ];
    let heard = answer(&server, &format!("OPTIONS {session}/runs"), &asked.concat());
    promise_eq!("ACCESS-25", heard.status, 204, "{heard:?}");
    assert_eq!(reader(&heard), Some(PAGE));
    assert!(heard.body.is_empty());
    for (name, parts) in [
        (
            "access-control-allow-methods",
            &["GET", "POST", "PATCH", "DELETE"][..],
        ),
        (
            "access-control-allow-headers",
            &["authorization", "content-type", "idempotency-key"],
        ),
        ("access-control-allow-private-network", &["true"]),
        ("vary", &["origin"]),
    ] {
        let value = heard.header(name).unwrap_or_else(|| panic!("no {name}"));
        for part in parts {
            assert!(value.contains(part), "{name}: {value}");
        }
    }
    // Then it sends the request, with the token, and the page reads the answer.
    let known = [&page[..], &[&token, JSON]].concat();
    let heard = answer(&server, &format!("POST {session}/reset"), &known);
    assert_eq!((heard.status, reader(&heard)), (200, Some(PAGE)));
    let heard = answer(&server, &format!("GET {session}"), &known);
    assert_eq!((heard.status, reader(&heard)), (200, Some(PAGE)));
    let exposed = heard.header("access-control-expose-headers").unwrap();
    assert!(
        exposed.contains("etag") && exposed.contains("location"),
        "{exposed}"
    );
    // It reads errors, too.
    let heard = answer(&server, &format!("GET {SESSIONS}/none"), &known);
    assert_eq!((heard.status, reader(&heard)), (404, Some(PAGE)));
    // No cache may give to one page what another one may read.
    let heard = answer(&server, &format!("GET {session}"), &[&token]);
    assert_eq!(
        (heard.header("vary"), reader(&heard)),
        (Some("origin"), None)
    );
}

#[test]
fn allowed_page_needs_the_token() {
    let (_scenario, server) = allowing();
    let session = session(&server);
    let known = cookie(&server);
    let origin = format!("origin: {PAGE}");
    for lines in [
        vec![&origin[..]],
        vec![&origin, "authorization: Bearer no"],
        // A browser sends the cookie of our page along to another port of this machine.
        vec![&origin, &known],
        vec![&origin, &known, JSON],
    ] {
        for line in [format!("GET {session}"), format!("POST {session}/reset")] {
            let heard = answer(&server, &line, &lines);
            promise_eq!("ACCESS-26", heard.status, 401, "{line} {lines:?}");
            promise_eq!(
                "ACCESS-26",
                heard.header("access-control-allow-credentials"),
                None
            );
        }
    }
    // Its name must still be right.
    let token = server.authorization();
    let rebound = ["host: evil.example", &origin[..], &token];
    assert_eq!(
        ask(&server, &format!("GET {session}"), &rebound, "").status,
        403
    );
    // Neither the page nor v1 is for it.
    for line in ["GET /", "GET /?code=1", "GET /page/main.js"] {
        assert_eq!(
            answer(&server, line, &[&origin, &token]).status,
            403,
            "{line}"
        );
    }
    for line in [format!("GET {HELLO}"), format!("GET {STATE}")] {
        let heard = answer(&server, &line, &[&origin, &token]);
        promise_eq!("ACCESS-26", heard.status, 403, "{line}");
        assert_eq!(reader(&heard), None);
    }
}

#[test]
fn other_origins_stay_out() {
    let (_scenario, server) = allowing();
    let session = session(&server);
    let token = server.authorization();
    for origin in [
        "http://localhost:3001",
        "http://localhost",
        "https://localhost:3000",
        "http://127.0.0.1:3000",
        "http://localhost:3000/",
        "http://evil.localhost:3000",
        "http://localhost:30000",
        "null",
    ] {
        let origin = format!("origin: {origin}");
        let preflight = [&origin[..], "access-control-request-method: GET"];
        for (line, lines) in [
            (format!("GET {session}"), vec![&origin[..], &token]),
            (format!("OPTIONS {session}"), preflight.to_vec()),
        ] {
            let heard = answer(&server, &line, &lines);
            promise_eq!("ACCESS-25", heard.status, 403, "{line} {origin}");
            promise!("ACCESS-25", reader(&heard).is_none(), "{line} {origin}");
        }
    }
    // Two origins are none.
    let twice = [&format!("origin: {PAGE}")[..], "origin: null", &token];
    assert_eq!(
        answer(&server, &format!("GET {session}"), &twice).status,
        403
    );
}

#[test]
fn origin_is_checked_at_the_start() {
    for (origin, words) in [
        ("http://localhost:3000/", "without a slash"),
        ("*", "name each origin"),
        ("null", "sandboxed frames"),
        ("localhost:3000", "no scheme"),
        ("https://studio.example:443", "usual port"),
    ] {
        let output = refused(&["--allow-origin", origin], &[words]);
        assert_eq!(output.status.code(), Some(64), "{origin}");
    }
    refused(
        &["--allow-origin", PAGE, "--socket", "/tmp/none.sock"],
        &["cannot be used with"],
    );
    // The same in a file.
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("endpoint.toml");
    fs::write(&file, "[serve]\nallow-origin = ['https://a.example/b']\n").unwrap();
    let scenario = shots();
    let mut command = serve();
    command
        .args(scenario.arguments())
        .arg("--config")
        .arg(&file);
    let (output, said) = run(command);
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(
        said.contains("no path") && said.contains("allow-origin"),
        "{said}"
    );
    let good = format!("[serve]\nallow-origin = ['https://a.example', '{PAGE}']\n");
    fs::write(&file, good).unwrap();
    let server = start(&scenario, &["--config", file.to_str().unwrap()]);
    let lines = [&format!("origin: {PAGE}")[..], &server.authorization()];
    let heard = answer(&server, &format!("GET {SESSIONS}"), &lines);
    assert_eq!((heard.status, reader(&heard)), (200, Some(PAGE)));
}
