//! Browsers: a code opens the page, a cookie identifies the browser then, and pages of other sites
//! reach nothing.

use pyblish_endpoint_tests::raw::{Raw, ask};
use pyblish_endpoint_tests::v2::{session, shots};
use pyblish_endpoint_tests::{endpoint, run, serve};
use pyblish_promise::{promise, promise_eq};

use super::requests::{
    FORM, HELLO, JSON, STATE, answer, cookie, entered, host, printed, start, status,
};

#[test]
fn code_opens_the_page_once() {
    let scenario = shots();
    let server = start(&scenario, &[]);
    let session = session(&server);
    let known = cookie(&server);
    assert!(!known.contains(server.token.as_deref().unwrap()));
    let page = server.started["page"].as_str().unwrap();
    let path = page.strip_prefix(&server.address).unwrap();
    let again = answer(&server, &format!("GET {path}"), &[]);
    promise_eq!("ACCESS-10", again.status, 403);
    assert!(
        again.body.contains("pyblish-endpoint open"),
        "{}",
        again.body
    );

    assert_eq!(status(&server, &format!("GET {session}"), &[&known]), 200);
    let reset = format!("POST {session}/reset");
    for kind in [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
    ] {
        let kind = format!("content-type: {kind}");
        promise_eq!(
            "ACCESS-09",
            status(&server, &reset, &[&known, &kind]),
            415,
            "{kind}"
        );
        assert_eq!(
            status(&server, &format!("POST {STATE}"), &[&known, &kind]),
            415,
            "{kind}"
        );
    }
    assert_eq!(status(&server, &reset, &[&known]), 415);
    assert_eq!(status(&server, &reset, &[&known, JSON]), 200);
    assert_eq!(
        status(&server, &reset, &[&server.authorization(), FORM]),
        200
    );

    // A client with the token lets another browser in.
    let code = server.send("POST", "/pyblish/v2/codes");
    assert_eq!(code.status, 201);
    let path = code.body["path"].as_str().unwrap();
    assert_eq!(
        path,
        format!("/?code={}", code.body["code"].as_str().unwrap())
    );
    let other = entered(&server, path);
    assert_ne!(other, known);
    assert_eq!(status(&server, &format!("GET {session}"), &[&other]), 200);
}

#[test]
fn cookie_reads_and_listens() {
    let scenario = shots();
    let server = start(&scenario, &[]);
    let session = session(&server);
    let (host, known) = (host(&server), cookie(&server));
    let origin = format!("origin: {}", server.address);
    let same = "sec-fetch-site: same-origin";
    // As a browser sends what a page fetches: with the origin if the request may change something.
    let fetched = [
        &known[..],
        same,
        "sec-fetch-mode: cors",
        "accept: application/json",
    ];
    assert_eq!(status(&server, &format!("GET {session}"), &fetched), 200);
    let changing = [&fetched[..], &[&origin, JSON]].concat();
    let process = ask(
        &server,
        &format!("POST {session}/process"),
        &[&[&host[..]], &changing[..]].concat(),
        r#"{"pluginId": "Collect"}"#,
    );
    promise_eq!("ACCESS-11", process.status, 200, "{}", process.body);
    // And as an `EventSource` asks; events come.
    let mut raw = Raw::to(&server);
    let events = [
        &host[..],
        &known,
        same,
        "accept: text/event-stream",
        "cache-control: no-cache",
    ];
    let heard = raw.ask(&format!("GET {session}/events?after=0"), &events, "");
    assert_eq!(
        (heard.status, heard.header("content-type")),
        (200, Some("text/event-stream"))
    );
    let mut text = String::new();
    let mut part = [0; 4096];
    while !text.contains("event: instanceAdded") {
        let length = std::io::Read::read(&mut raw.0, &mut part).unwrap();
        assert!(length > 0, "the stream ended: {text}");
        text += &String::from_utf8_lossy(&part[..length]);
    }
    // Pictures and files, and the address when it is opened again.
    let files = [
        &known[..],
        same,
        "sec-fetch-mode: no-cors",
        "sec-fetch-dest: image",
    ];
    assert_eq!(
        status(&server, &format!("GET {session}/plugins"), &files),
        200
    );
    let typed = [
        &known[..],
        "sec-fetch-site: none",
        "sec-fetch-mode: navigate",
    ];
    assert_ne!(status(&server, "GET /", &typed), 401);
    // The same for a page that calls the server by another of its names.
    let port = server.host().rsplit(':').next().unwrap();
    let (host, origin) = (
        format!("host: localhost:{port}"),
        format!("origin: http://localhost:{port}"),
    );
    let reset = format!("POST {session}/reset");
    let lines = [&host[..], &origin, &known, same, JSON];
    assert_eq!(ask(&server, &reset, &lines, "").status, 200);
}

#[test]
fn serve_prints_the_page_address() {
    let scenario = shots();
    let mut command = serve();
    command
        .args(scenario.arguments())
        .args(["--listen", "127.0.0.1:0"]);
    let lines = printed(command, 3);
    let address = lines[1].strip_prefix("API at ").unwrap();
    let address = address.strip_suffix("/pyblish/v1").unwrap();
    assert!(lines[2].starts_with("token in "), "{lines:?}");
    let code = lines[0].strip_prefix(&format!("{address}/?code="));
    promise_eq!("ACCESS-11", code.map(str::len), Some(64), "{lines:?}");
}

#[test]
fn open_prints_the_page_address() {
    let scenario = shots();
    let server = start(&scenario, &[]);
    let mut command = endpoint();
    command.args(["open", "--pid", &server.pid().to_string()]);
    let (output, said) = run(command);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let path = printed.trim_end().strip_prefix(&server.address).unwrap();
    entered(&server, path);

    let place = tempfile::tempdir().unwrap();
    let mut command = endpoint();
    command.arg("open").env("XDG_RUNTIME_DIR", place.path());
    let (output, said) = run(command);
    assert_eq!(output.status.code(), Some(1));
    promise!(
        "ACCESS-11",
        said.contains("no server is running") && said.contains("serve"),
        "{said}"
    );
}

#[test]
fn blocked_port_has_no_page() {
    let scenario = shots();
    // One of the ports that browsers refuse, like 6000.
    let server = start(&scenario, &["--port", "10080"]);
    assert_eq!(server.started["page"], serde_json::Value::Null);
    let mut command = endpoint();
    command.args(["open", "--pid", &server.pid().to_string()]);
    let (output, said) = run(command);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("port 10080") && said.contains("--port"),
        "{said}"
    );
    let log = server.log();
    assert!(
        log.contains("no browser opens a page on port 10080"),
        "{log}"
    );
}

#[test]
fn other_site_is_refused() {
    let scenario = shots();
    let server = start(&scenario, &[]);
    let (token, known) = (server.authorization(), cookie(&server));
    for lines in [
        vec!["origin: http://evil.example"],
        vec!["origin: null"],
        vec!["origin: http://localhost:1"],
        vec!["sec-fetch-site: cross-site"],
        // Another program of this machine; to a browser it is the same site.
        vec!["sec-fetch-site: same-site"],
    ] {
        for (start, more) in [
            (format!("GET {HELLO}"), vec![]),
            ("GET /".into(), vec![]),
            (format!("GET {STATE}"), vec![&token[..]]),
            (format!("GET {STATE}"), vec![&known[..]]),
            (format!("DELETE {STATE}"), vec![&known[..], JSON]),
            (
                format!("OPTIONS {STATE}"),
                vec!["access-control-request-method: DELETE"],
            ),
        ] {
            let heard = answer(&server, &start, &[lines.clone(), more].concat());
            promise_eq!("ACCESS-08", heard.status, 403, "{start} {lines:?}");
            let cors = heard
                .head
                .iter()
                .any(|line| line.to_ascii_lowercase().starts_with("access-control"));
            promise!("ACCESS-08", !cors, "{:?}", heard.head);
        }
    }
    let own = format!("origin: {}", server.address);
    let heard = answer(
        &server,
        &format!("GET {STATE}"),
        &[&known, &own, "sec-fetch-site: same-origin"],
    );
    assert_eq!(heard.status, 200);
    assert_eq!(heard.header("access-control-allow-origin"), None);
}
