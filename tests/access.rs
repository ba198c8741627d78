//! Who gets in, and who does not: the real server, asked as a frontend, a browser and an attacker would ask it.

use std::process::Output;
use std::sync::Arc;

use pyblish_endpoint_tests::raw::{Heard, Raw, ask};
use pyblish_endpoint_tests::v2::shots;
use pyblish_endpoint_tests::{Scenario, Server, endpoint, run, serve};
use serde_json::{Value, json};

const HELLO: &str = "/pyblish/v1/hello";
const STATE: &str = "/pyblish/v1/state";
const SESSIONS: &str = "/pyblish/v2/sessions";
const JSON: &str = "content-type: application/json";
const FORM: &str = "content-type: application/x-www-form-urlencoded";

fn host(server: &Server) -> String {
    format!("host: {}", server.host())
}

/// The status of a request with these lines beside the right `Host`.
#[track_caller]
fn status(server: &Server, start: &str, lines: &[&str]) -> u16 {
    answer(server, start, lines).status
}

#[track_caller]
fn answer(server: &Server, start: &str, lines: &[&str]) -> Heard {
    let host = host(server);
    ask(server, start, &[&[&host[..]], lines].concat(), "")
}

/// A server on a scenario, with more arguments.
fn start(scenario: &Scenario, more: &[&str]) -> Server {
    let more = more.iter().map(|text| (*text).to_owned());
    Server::start(scenario.arguments().into_iter().chain(more))
}

/// The cookie of a browser that opens the page for the first time.
#[track_caller]
fn cookie(server: &Server) -> String {
    let page = server.started["page"].as_str().unwrap();
    let path = page.strip_prefix(&server.address).unwrap();
    entered(server, path)
}

#[track_caller]
fn entered(server: &Server, path: &str) -> String {
    let answer = answer(server, &format!("GET {path}"), &[]);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    let cookie = answer.header("set-cookie").unwrap();
    let (pair, flags) = cookie.split_once("; ").unwrap();
    assert_eq!(flags, "HttpOnly; SameSite=Strict; Path=/");
    format!("cookie: {pair}")
}

#[test]
fn nothing_but_hello_and_the_page_is_answered_without_the_token() {
    let scenario = shots();
    let server = start(&scenario, &[]);
    let session = pyblish_endpoint_tests::v2::session(&server);
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
        assert_eq!(status(&server, &get, &[]), 401, "{path}");
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

    // Each in the form of its API, with what to do.
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
fn no_auth_is_said_and_lets_old_frontends_in_alone() {
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
    let session = pyblish_endpoint_tests::v2::session(&server);
    let reset = format!("POST {session}/reset");
    assert_eq!(status(&server, &reset, &[FORM]), 415);
    assert_eq!(status(&server, &reset, &[JSON]), 200);
    assert_eq!(status(&server, "POST /pyblish/v2/codes", &[JSON]), 409);
    let log = server.log();
    assert!(
        log.contains("--no-auth: every program and every user"),
        "{log}"
    );

    // Not where others can reach it.
    let arguments = ["--no-auth", "--listen", "0.0.0.0:0", "--allow-remote"];
    refused(&arguments, &["0.0.0.0:0", "--no-auth lets everybody in"]);
}

#[test]
fn a_code_opens_the_page_once_and_its_cookie_can_do_what_no_form_can() {
    let scenario = shots();
    let server = start(&scenario, &[]);
    let session = pyblish_endpoint_tests::v2::session(&server);
    let known = cookie(&server);
    assert!(!known.contains(server.token.as_deref().unwrap()));
    let page = server.started["page"].as_str().unwrap();
    let path = page.strip_prefix(&server.address).unwrap();
    let again = answer(&server, &format!("GET {path}"), &[]);
    assert_eq!(again.status, 403);
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
        assert_eq!(status(&server, &reset, &[&known, &kind]), 415, "{kind}");
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

    // Whoever has the token lets another browser in.
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
fn open_prints_an_address_that_opens_the_page() {
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
    assert!(
        said.contains("no server is running") && said.contains("serve"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn nothing_secret_is_ever_logged() {
    let scenario = shots();
    let server = start(&scenario, &["--log", "trace"]);
    let page = server.started["page"].as_str().unwrap();
    let code = page.split_once("code=").unwrap().1.to_owned();
    let token = server.token.clone().unwrap();
    let known = cookie(&server);
    let value = known.rsplit_once('=').unwrap().1.to_owned();
    // All that may be said of it when it is refused, too.
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
        assert!(!log.contains(&secret[..16]));
    }
}

#[test]
fn a_page_of_another_site_reaches_nothing_and_is_told_nothing() {
    let scenario = shots();
    let server = start(&scenario, &[]);
    let (token, known) = (server.authorization(), cookie(&server));
    for lines in [
        vec!["origin: http://evil.example"],
        vec!["origin: null"],
        vec!["origin: http://localhost:1"],
        vec!["sec-fetch-site: cross-site"],
        // Another program of this machine, which to a browser is the same site.
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
            assert_eq!(heard.status, 403, "{start} {lines:?}");
            let cors = heard
                .head
                .iter()
                .any(|line| line.to_ascii_lowercase().starts_with("access-control"));
            assert!(!cors, "{:?}", heard.head);
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

#[test]
fn a_host_of_another_name_is_refused_before_anything_is_looked_at() {
    let scenario = shots();
    let server = start(&scenario, &["--allow-name", "studio.example"]);
    let port = server.host().rsplit(':').next().unwrap();
    let get = format!("GET {HELLO}");
    let with = |hosts: &[&str]| {
        let lines: Vec<_> = hosts.iter().map(|host| format!("host: {host}")).collect();
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        ask(&server, &get, &lines, "").status
    };
    for name in ["127.0.0.1", "[::1]", "localhost", "studio.example"] {
        assert_eq!(with(&[&format!("{name}:{port}")]), 200, "{name}");
        assert_eq!(with(&[&format!("{name}:1")]), 403, "{name}");
        assert_eq!(with(&[name]), 403, "{name}");
    }
    for name in [
        "evil.example",
        "localhost.evil.example",
        "a.studio.example",
        "0.0.0.0",
        "127.1",
        "localhost.",
    ] {
        assert_eq!(with(&[&format!("{name}:{port}")]), 403, "{name}");
    }
    let right = format!("localhost:{port}");
    assert_eq!(with(&[]), 400);
    assert_eq!(with(&[&right, &right]), 400);
    // As to a proxy.
    let start = format!("GET http://evil.example:{port}{HELLO}");
    assert_eq!(
        ask(&server, &start, &[&format!("host: {right}")], "").status,
        403
    );
    // Before it is looked at whether there is such a route, or a token.
    let heard = ask(
        &server,
        "GET /pyblish/v2/nothing",
        &["host: evil.example"],
        "",
    );
    assert_eq!(
        (heard.status, heard.json()["status"].as_u64()),
        (403, Some(403))
    );
}

/// What `serve` says that does not start with these arguments.
#[track_caller]
fn refused(more: &[&str], parts: &[&str]) -> Output {
    let scenario = shots();
    let mut command = serve();
    command.args(scenario.arguments()).args(more);
    let (output, said) = run(command);
    assert!(!output.status.success());
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
    output
}

/// A certificate for `localhost` and its key, as PEM.
fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

#[test]
fn beyond_the_loopback_it_listens_with_a_flag_a_token_and_tls_only() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key) = certificate();
    std::fs::write(path("cert.pem"), &certificate).unwrap();
    std::fs::write(path("key.pem"), &key).unwrap();
    let (cert_file, key_file) = (path("cert.pem"), path("key.pem"));
    let everywhere = ["--listen", "0.0.0.0:0"];
    let remote = [&everywhere[..], &["--allow-remote"]].concat();
    let tls = ["--tls-cert", &cert_file, "--tls-key", &key_file];
    refused(&everywhere, &["other machines", "--allow-remote"]);
    refused(&remote, &["without TLS", "--tls-cert"]);
    refused(&[&everywhere[..], &tls].concat(), &["--allow-remote"]);
    refused(
        &[&remote[..], &tls].concat(),
        &["0.0.0.0:0", "--allow-name"],
    );
    refused(
        &[&remote[..], &tls, &["--no-auth"]].concat(),
        &["--no-auth"],
    );
    refused(&[&remote[..], &tls[..2]].concat(), &["--tls-key"]);
    let swapped = ["--tls-cert", &key_file[..], "--tls-key", &cert_file];
    refused(&swapped, &["key.pem", "no certificate"]);
    let missing = ["--tls-cert", &cert_file[..], "--tls-key", "none.pem"];
    refused(&missing, &["none.pem", "--tls-key"]);

    let scenario = shots();
    let mut command = serve();
    command.args(scenario.arguments()).args(&remote).args(tls);
    command.args(["--allow-name", "localhost"]);
    let server = Server::start_there(command);
    assert!(
        server.address.starts_with("https://localhost:"),
        "{}",
        server.address
    );
    let mut secured = secured(&server, &certificate);
    let (host, token) = (host(&server), server.authorization());
    assert_eq!(
        secured.ask(&format!("GET {STATE}"), &[&host], "").status,
        401
    );
    assert_eq!(
        secured
            .ask(&format!("GET {STATE}"), &[&host, &token], "")
            .status,
        200
    );
    let page = server.started["page"].as_str().unwrap();
    let path = page.strip_prefix(&server.address).unwrap();
    let entered = secured.ask(&format!("GET {path}"), &[&host], "");
    assert!(
        entered
            .header("set-cookie")
            .unwrap()
            .ends_with("; Path=/; Secure")
    );
    // Who does not speak TLS hears nothing.
    let mut plain = Raw::to(&server);
    plain.say(&format!("GET {HELLO} HTTP/1.1\r\n{host}\r\n\r\n"));
    let heard = plain.try_hear();
    assert!(heard.is_none(), "{heard:?}");
}

/// A connection with TLS, to who has this certificate.
#[track_caller]
fn secured(server: &Server, certificate: &str) -> Raw<impl std::io::Read + std::io::Write + use<>> {
    use tokio_rustls::rustls::pki_types::CertificateDer;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::{
        ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring,
    };
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    Raw(StreamOwned::new(client, Raw::to(server).0))
}

#[cfg(unix)]
#[test]
fn a_unix_socket_is_its_users_alone_and_asks_for_the_token_too() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("server.sock");
    let text = path.to_str().unwrap();
    let scenario = shots();
    let start = || {
        let mut command = serve();
        command.args(scenario.arguments()).args(["--socket", text]);
        Server::start_there(command)
    };
    let mut server = start();
    assert_eq!(server.address, format!("unix:{text}"));
    assert_eq!(server.started["page"], Value::Null);
    let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let mut raw = Raw(UnixStream::connect(&path).unwrap());
    let token = server.authorization();
    assert_eq!(
        raw.ask(&format!("GET {HELLO}"), &["host: localhost"], "")
            .status,
        200
    );
    assert_eq!(
        raw.ask(&format!("GET {STATE}"), &["host: localhost"], "")
            .status,
        401
    );
    assert_eq!(
        raw.ask(&format!("GET {STATE}"), &["host: localhost", &token], "")
            .status,
        200
    );
    assert_eq!(
        raw.ask(&format!("GET {HELLO}"), &["host: evil.example"], "")
            .status,
        403
    );
    drop(raw);

    refused(&["--socket", text], &[text, "in use"]);
    assert_eq!(server.interrupt(), Some(0));
    let left: Vec<_> = std::fs::read_dir(place.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    // What a server that was killed has left is in nobody's way; what is no socket stays.
    drop(start());
    assert!(path.exists());
    let server = start();
    assert_eq!(json!(server.address), server.started["address"]);
    let file = place.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    refused(
        &["--socket", file.to_str().unwrap()],
        &["exists", "--socket"],
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}
