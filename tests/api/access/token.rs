//! The token: needed on every route that tells something, in a file of the user's, never in a log.

use pyblish_endpoint_tests::raw::ask;
use pyblish_endpoint_tests::v2::{session, shots};
use pyblish_endpoint_tests::{endpoint, run, serve};
use pyblish_promise::{promise, promise_by, promise_eq};
use serde_json::Value;

use super::requests::{
    FORM, HELLO, JSON, SESSIONS, STATE, answer, cookie, host, printed, refused, start, status,
};

#[test]
fn token_is_required() {
    let scenario = shots();
    let server = start(&scenario, &[]);
    let session = session(&server);
    let token = server.authorization();
    let wrong = token.replace(|c: char| c.is_ascii_digit(), "a");
    let events = format!("{session}/events");
    let reads = [
        STATE,
        SESSIONS,
        &session,
        &events,
        "/pyblish/v2/openapi.json",
        "/nothing",
    ];
    for path in reads {
        let get = format!("GET {path}");
        promise_eq!("ACCESS-01", status(&server, &get, &[]), 401, "{path}");
        assert_eq!(status(&server, &get, &[&wrong]), 401, "{path}");
        assert_eq!(status(&server, &get, &[&token, &token]), 401, "{path}");
    }
    for change in [
        "POST /pyblish/v1/state",
        "DELETE /pyblish/v1/state",
        "POST /pyblish/v2/codes",
    ] {
        assert_eq!(status(&server, change, &[JSON]), 401, "{change}");
    }
    assert_eq!(status(&server, &format!("GET {HELLO}"), &[]), 200);
    for path in ["/", "/page/main.js"] {
        assert_ne!(status(&server, &format!("GET {path}"), &[]), 401, "{path}");
    }
    for path in [STATE, &session] {
        assert_eq!(status(&server, &format!("GET {path}"), &[&token]), 200);
    }

    // Each answer has the form of its API, and says what to do.
    let refused = answer(&server, &format!("GET {SESSIONS}"), &[]);
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    assert_eq!(
        refused.header("content-type"),
        Some("application/problem+json")
    );
    assert!(
        refused.json()["detail"]
            .as_str()
            .unwrap()
            .contains("tokenFile")
    );
    let refused = answer(&server, &format!("GET {STATE}"), &[]).json();
    assert!(refused["message"].as_str().unwrap().contains("Bearer"));
}

#[cfg(unix)]
#[test]
fn token_file_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let scenario = shots();
    let servers = [start(&scenario, &[]), start(&scenario, &[])];
    let [one, other] = servers
        .each_ref()
        .map(|server| server.token.as_deref().unwrap());
    assert_ne!(one, other);
    for (server, others) in servers.iter().zip([other, one]) {
        let token = server.token.as_deref().unwrap();
        promise!(
            "ACCESS-02",
            token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit())
        );
        let get = format!("GET {STATE}");
        let others = format!("authorization: Bearer {others}");
        promise_eq!("ACCESS-02", status(server, &get, &[&others]), 401);

        // As a frontend that looks for a server.
        let mut command = endpoint();
        command.args(["list", "--json"]);
        let (output, said) = run(command);
        assert!(output.status.success(), "{said}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains(token));
        let listed: Value = serde_json::from_str(&text).unwrap();
        let mut listed = listed.as_array().unwrap().iter();
        let listed = listed.find(|it| it["pid"] == server.pid()).unwrap();
        assert_eq!(listed["address"], server.address);
        let file = std::path::Path::new(listed["tokenFile"].as_str().unwrap());
        let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        promise_eq!(
            "ACCESS-03",
            (mode(file), mode(file.parent().unwrap())),
            (0o600, 0o700)
        );
        let found = std::fs::read_to_string(file).unwrap();
        let found = format!("authorization: Bearer {found}");
        assert_eq!(status(server, &get, &[&found]), 200);
    }
    let files = servers
        .each_ref()
        .map(|server| server.started["tokenFile"].clone());
    for mut server in servers {
        assert_eq!(server.interrupt(), Some(0));
    }
    for file in files {
        assert!(!std::path::Path::new(file.as_str().unwrap()).exists());
    }
}

#[cfg(unix)]
#[test]
fn no_auth_is_announced() {
    let scenario = shots();
    let server = start(&scenario, &["--no-auth"]);
    assert_eq!(server.started["tokenFile"], Value::Null);
    assert_eq!(server.started["page"], format!("{}/", server.address));
    let body = "plugin=Collect";
    let put = |lines: &[&str]| {
        let host = host(&server);
        ask(
            &server,
            &format!("PUT {STATE}"),
            &[&[&host[..], FORM], lines].concat(),
            body,
        )
        .status
    };
    assert_eq!(put(&[]), 200);
    assert_eq!(put(&["origin: http://evil.example"]), 403);
    assert_eq!(put(&["sec-fetch-site: same-site"]), 403);
    assert_eq!(status(&server, &format!("GET {SESSIONS}"), &[]), 200);
    let session = session(&server);
    let reset = format!("POST {session}/reset");
    assert_eq!(status(&server, &reset, &[FORM]), 415);
    assert_eq!(status(&server, &reset, &[JSON]), 200);
    assert_eq!(status(&server, "POST /pyblish/v2/codes", &[JSON]), 409);
    let log = server.log();
    assert!(
        log.contains("--no-auth: every program and every user"),
        "{log}"
    );
    // Also when nothing is logged.
    let mut command = serve();
    command.args(scenario.arguments());
    command.args(["--no-auth", "--log", "off", "--listen", "127.0.0.1:0"]);
    promise!(
        "ACCESS-06",
        printed(command, 3)[2].contains("no token: every program and every user")
    );

    // Refused where others can reach it.
    let arguments = ["--no-auth", "--listen", "0.0.0.0:0", "--allow-remote"];
    promise_by!(
        "ACCESS-06",
        refused(
            &arguments,
            &["0.0.0.0:0", "--no-auth gives everybody access"]
        )
    );
}

#[cfg(unix)]
#[test]
fn secrets_are_not_logged() {
    let scenario = shots();
    let server = start(&scenario, &["--log", "trace"]);
    let page = server.started["page"].as_str().unwrap();
    let code = page.split_once("code=").unwrap().1.to_owned();
    let token = server.token.clone().unwrap();
    let known = cookie(&server);
    let value = known.rsplit_once('=').unwrap().1.to_owned();
    // A refused token is not logged either.
    let almost = format!("authorization: Bearer {token}0");
    for (start, lines) in [
        (format!("GET {SESSIONS}"), vec![server.authorization()]),
        (format!("GET {SESSIONS}"), vec![almost]),
        (format!("GET {SESSIONS}?token={token}"), vec![]),
        (format!("GET {SESSIONS}"), vec![known.clone()]),
        (format!("GET /?code={code}"), vec![]),
        (format!("GET /?code={code}"), vec![known.clone()]),
        (
            format!("POST {SESSIONS}"),
            vec![known.clone(), "origin: http://evil.example".into()],
        ),
    ] {
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        status(&server, &start, &lines);
    }
    let log = server.log();
    assert!(log.contains("TRACE"), "the log is no trace");
    for secret in [&token, &code, &value] {
        promise!("ACCESS-04", !log.contains(&secret[..16]));
    }
}
