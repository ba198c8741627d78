//! How people enter the page: codes, cookies, and what is kept about it.

use std::io::{Read, Write};
use std::net::TcpStream;

use pyblish_endpoint_tests::hub::{API, hub_command, start_hub, token};
use pyblish_endpoint_tests::postgres::Postgres;
use pyblish_endpoint_tests::{Server, run};
use pyblish_promise::{promise, promise_eq};
use serde_json::{Value, json};

/// What the hub answers to a request with these headers, as a browser sends it.
struct Reply {
    status: u16,
    cookie: Option<String>,
    body: Value,
}

fn ask(hub: &Server, line: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let host = hub.address.trim_start_matches("http://");
    let mut text = format!("{line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("content-length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect(host).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let cookie = head
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "));
    // A body may be in one chunk.
    let json = body
        .find('{')
        .map(|at| &body[at..=body.rfind('}').unwrap()]);
    Reply {
        status,
        cookie: cookie.map(str::to_owned),
        body: json.map_or(Value::Null, |text| {
            serde_json::from_str(text).unwrap_or_default()
        }),
    }
}

const JSON: (&str, &str) = ("content-type", "application/json");

fn enter(hub: &Server, code: &str) -> Reply {
    let line = format!("POST {API}/browsers");
    ask(hub, &line, &[JSON], &json!({"code": code}).to_string())
}

fn get(hub: &Server, path: &str, cookie: &str) -> Reply {
    ask(hub, &format!("GET {API}{path}"), &[("cookie", cookie)], "")
}

/// The part of the header that a browser sends back.
fn pair(cookie: &str) -> String {
    cookie.split(';').next().unwrap().to_owned()
}

/// A code of the command line.
fn code(postgres: &Postgres, whose: &[&str]) -> String {
    let arguments = [&["tokens", "code", "--json"], whose].concat();
    let (made, said) = run(hub_command(postgres, &arguments));
    assert!(made.status.success(), "{said}");
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let page = made["page"].as_str().unwrap();
    let (address, code) = page.split_once("/#code=").unwrap();
    assert_eq!(address, "http://127.0.0.1:6100");
    code.to_owned()
}

#[test]
fn code_lets_in_one_browser_as_its_person() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    token(&postgres, &["--role", "viewer", "--name", "anna"]);
    let one = code(&postgres, &["--name", "anna"]);
    let entered = enter(&hub, &one);
    assert_eq!(
        (
            entered.status,
            &entered.body["name"],
            &entered.body["role"],
            &entered.body["browser"]
        ),
        (201, &json!("anna"), &json!("viewer"), &json!(true))
    );
    let header = entered.cookie.unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(header.contains(part), "{header}");
    }
    // Without TLS no browser would send it back otherwise.
    assert!(!header.contains("Secure"), "{header}");
    let cookie = pair(&header);
    assert_eq!(get(&hub, "/runs", &cookie).status, 200);
    assert_eq!(get(&hub, "/me", &cookie).body["name"], "anna");
    // It is not an admin.
    assert_eq!(get(&hub, "/audit", &cookie).status, 403);
    // A code works once, and a wrong one never.
    for wrong in [one.as_str(), "", &"0".repeat(64)] {
        let refused = enter(&hub, wrong);
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (403, &json!("old-code")),
            "{wrong}"
        );
        assert!(refused.cookie.is_none());
    }
    for wrong in ["", "pyblish-hub=1", "pyblish-hub-00000000=1"] {
        assert_eq!(get(&hub, "/runs", wrong).status, 401, "{wrong}");
    }
    // Another hub of the same database knows it, too.
    let other = start_hub(&postgres);
    assert_eq!(get(&other, "/runs", &cookie).status, 200);
}

#[test]
fn secrets_are_stored_nowhere() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    token(&postgres, &["--role", "admin", "--name", "carla"]);
    let [used, unused] = [(), ()].map(|()| code(&postgres, &["1"]));
    let cookie = pair(&enter(&hub, &used).cookie.unwrap());
    let value = cookie.split_once('=').unwrap().1;
    let dump = ["codes", "browsers", "tokens", "audit"]
        .map(|table| postgres.sql(&format!("SELECT * FROM {table}")).join("\n"))
        .join("\n");
    for secret in [&*used, &*unused, value] {
        promise!("HUB-01", !dump.contains(secret), "{dump}");
    }
    // What was done is kept, and an admin sees it.
    let audit = get(&hub, "/audit", &cookie).body;
    let deeds: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|deed| deed["what"].as_str().unwrap())
        .collect();
    assert_eq!(
        deeds,
        [
            "entered with a browser (1), by a code of the token 1",
            "made a code of the token 1 for a browser of carla",
            "made a code of the token 1 for a browser of carla",
            "made the token 1 with the role admin for carla",
        ]
    );
    assert_eq!(audit["items"][0]["who"], "carla");
    let first = get(&hub, "/audit?limit=3", &cookie).body;
    let next = first["next"].as_str().unwrap();
    let rest = get(&hub, &format!("/audit?after={next}"), &cookie).body;
    assert_eq!(rest["items"][0]["what"], deeds[3]);
}

#[test]
fn browser_ends_with_its_token_and_when_its_person_leaves() {
    let postgres = Postgres::start();
    let mut hub = start_hub(&postgres);
    let anna = token(&postgres, &["--role", "viewer", "--name", "anna"]);
    let cookie = |hub: &Server| {
        let code = code(&postgres, &["--name", "anna"]);
        pair(&enter(hub, &code).cookie.unwrap())
    };
    let (leaving, staying) = (cookie(&hub), cookie(&hub));
    let leave = format!("DELETE {API}/me");
    let left = ask(&hub, &leave, &[("cookie", &leaving), JSON], "");
    assert_eq!(left.status, 204);
    assert!(left.cookie.unwrap().contains("Max-Age=0"));
    assert_eq!(get(&hub, "/runs", &leaving).status, 401);
    assert_eq!(get(&hub, "/runs", &staying).status, 200);
    // Whoever has a token makes codes with it, too.
    hub.token = Some(anna);
    let made = hub.send("POST", &format!("{API}/codes"));
    assert_eq!((made.status, &made.body["seconds"]), (201, &json!(300)));
    let unused = made.body["code"].as_str().unwrap().to_owned();
    let (removed, said) = run(hub_command(&postgres, &["tokens", "remove", "1"]));
    assert!(removed.status.success(), "{said}");
    promise_eq!("HUB-03", get(&hub, "/runs", &staying).status, 401);
    promise_eq!("HUB-03", enter(&hub, &unused).status, 403);
    for whose in [["--name", "anna"], ["--name", "nobody"]] {
        let (refused, said) = run(hub_command(
            &postgres,
            &[&["tokens", "code"], &whose[..]].concat(),
        ));
        assert_eq!(refused.status.code(), Some(1));
        assert!(said.contains("hub tokens add"), "{said}");
    }
}

#[test]
fn old_codes_and_browsers_are_refused() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    token(&postgres, &["--role", "viewer", "--name", "anna"]);
    let one = code(&postgres, &["1", "--minutes", "10"]);
    postgres.sql("UPDATE codes SET expires = expires - interval '9 minutes'");
    let cookie = pair(&enter(&hub, &one).cookie.unwrap());
    let two = code(&postgres, &["1"]);
    postgres.sql("UPDATE codes SET expires = expires - interval '5 minutes'");
    promise_eq!("HUB-02", enter(&hub, &two).status, 403);
    postgres.sql("UPDATE browsers SET expires = expires - interval '29 days'");
    assert_eq!(get(&hub, "/runs", &cookie).status, 200);
    postgres.sql("UPDATE browsers SET expires = expires - interval '1 day'");
    assert_eq!(get(&hub, "/runs", &cookie).status, 401);
    // Of many codes and browsers the oldest end.
    let codes: Vec<_> = (0..17).map(|_| code(&postgres, &["1"])).collect();
    assert_eq!(enter(&hub, &codes[0]).status, 403);
    let cookies: Vec<_> = codes[1..]
        .iter()
        .map(|code| pair(&enter(&hub, code).cookie.unwrap()))
        .collect();
    let known = |cookie: &String| get(&hub, "/me", cookie).status == 200;
    assert!(cookies.iter().all(known));
    let last = code(&postgres, &["1"]);
    assert_eq!(enter(&hub, &last).status, 201);
    assert!(!known(&cookies[0]) && known(&cookies[1]));
}

#[test]
fn page_of_another_site_can_do_nothing() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    token(&postgres, &["--role", "viewer", "--name", "anna"]);
    let one = code(&postgres, &["1"]);
    let cookie = pair(&enter(&hub, &one).cookie.unwrap());
    let cookie = ("cookie", &*cookie);
    let foreign = ("sec-fetch-site", "cross-site");
    let opening = [
        foreign,
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    // A link of a chat leads to the page, which says nothing.
    assert_eq!(ask(&hub, "GET /", &opening, "").status, 200);
    assert_eq!(ask(&hub, "GET /page/main.js", &[], "").status, 200);
    let runs = format!("GET {API}/runs");
    promise_eq!(
        "HUB-04",
        ask(&hub, &runs, &[&opening[..], &[cookie]].concat(), "").status,
        403
    );
    let codes = format!("POST {API}/codes");
    for headers in [
        &[cookie, JSON, foreign][..],
        &[cookie, JSON, ("origin", "http://evil.example")],
    ] {
        let refused = ask(&hub, &codes, headers, "");
        promise_eq!(
            "HUB-04",
            (refused.status, &refused.body["code"]),
            (403, &json!("forbidden"))
        );
    }
    // A form has no content type of JSON.
    let refused = ask(
        &hub,
        &codes,
        &[cookie, ("content-type", "text/plain")],
        "{}",
    );
    promise_eq!(
        "HUB-04",
        (refused.status, &refused.body["code"]),
        (415, &json!("not-json"))
    );
    let refused = ask(
        &hub,
        &format!("POST {API}/browsers"),
        &[("content-type", "text/plain")],
        "{\"code\": \"1\"}",
    );
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (415, &json!("not-json"))
    );
    assert_eq!(ask(&hub, &codes, &[cookie, JSON], "").status, 201);
}

#[test]
fn command_opens_the_page_with_a_token() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("anna.token");
    std::fs::write(
        &file,
        token(&postgres, &["--role", "viewer", "--name", "anna"]),
    )
    .unwrap();
    let open = |file: &std::path::Path| {
        let mut command = hub_command(&postgres, &["open", "--hub", &hub.address]);
        command.arg("--token-file").arg(file);
        run(command)
    };
    let (opened, said) = open(&file);
    assert!(opened.status.success(), "{said}");
    let page = String::from_utf8(opened.stdout).unwrap();
    let code = page.trim().split_once("/#code=").unwrap().1.to_owned();
    assert_eq!(enter(&hub, &code).body["name"], "anna");
    // A machine's token opens nothing.
    std::fs::write(&file, token(&postgres, &["--machine", "ws1"])).unwrap();
    let (refused, said) = open(&file);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said.contains("a machine's token reads nothing"), "{said}");
    let (refused, said) = open(&place.path().join("missing"));
    assert_eq!(refused.status.code(), Some(1));
    assert!(said.contains("your token cannot be read"), "{said}");
    for wrong in [
        &["tokens", "code"][..],
        &["tokens", "code", "--name", "a", "--hub", "https://a/b"],
        &["tokens", "code", "1", "--minutes", "0"],
    ] {
        assert_eq!(
            run(hub_command(&postgres, wrong)).0.status.code(),
            Some(64),
            "{wrong:?}"
        );
    }
}
