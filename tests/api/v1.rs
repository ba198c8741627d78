//! The server and the routes of v1, with the folder adapter: requests, answers, and the errors for
//! clients' mistakes.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use pyblish_endpoint_tests::{Folders, Scenario, endpoint, run, v2};
use serde_json::{Value, json};

const STATE: &str = "/pyblish/v1/state";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn hello_answers() {
    let folders = Folders::empty();
    let server = folders.serve();
    let answer = server.send("GET", "/pyblish/v1/hello").ok();
    assert_eq!(answer, json!({"ok": true, "message": "hello"}));
}

#[test]
fn state_has_plugins_at_start() {
    let folders = Folders::empty();
    let server = folders.serve();
    let state = server.state();
    let plugins = state["plugins"].as_array().unwrap();
    assert_eq!(plugins[0]["name"], "CollectFiles");
    assert!(
        plugins
            .iter()
            .all(|plugin| plugin["data"]["doc"].as_str().is_some())
    );
    assert_eq!(state["context"]["children"], json!([]));
    assert_eq!(state["context"]["data"]["host"], "folder");
}

#[test]
fn session_can_be_reset() {
    let folders = Folders::sample();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    assert_ne!(server.state()["context"]["children"], json!([]));
    assert_eq!(server.send("DELETE", STATE).ok(), json!({"ok": true}));
    let forgotten = server.state();
    assert_eq!(forgotten["context"]["children"], json!([]));
    assert_eq!(forgotten["plugins"], json!([]));
    assert_eq!(server.send("POST", STATE).ok(), json!({"ok": true}));
    assert_ne!(server.state()["plugins"], json!([]));
}

#[test]
fn instance_can_be_changed() {
    let folders = Folders::sample();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    let changes = json!({"context": {"hero": {"publish": {"new": false, "old": true}}}});
    let body = json!({"changes": changes.to_string()}).to_string();
    let answer = server.send_body("POST", STATE, JSON, &body).ok();
    assert_eq!(answer, json!({"ok": true, "changes": changes}));
    let state = server.state();
    let hero = state["context"]["children"].as_array().unwrap().iter();
    let hero = hero.clone().find(|child| child["name"] == "hero").unwrap();
    assert_eq!(hero["data"]["publish"], false);
}

#[test]
fn messages_reach_the_frontend() {
    let folders = Folders::empty();
    let server = folders.serve();
    let queue = server.send("GET", "/pyblish/v1/client").ok();
    assert_eq!(queue, json!({"ok": true, "queue": []}));
    let message = server.send("POST", "/pyblish/v1/client").ok();
    assert_eq!(message, json!({"ok": true, "message": "heartbeat"}));
}

#[test]
fn mistakes_are_explained() {
    let folders = Folders::sample();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    let put = |body: &str| server.send_body("PUT", STATE, JSON, body);
    let post = |body: &str| server.send_body("POST", STATE, JSON, body);

    assert!(put("{not json").refused(400).contains("not JSON"));
    assert!(put("[1]").refused(400).contains("not an object"));
    assert!(put("{}").refused(400).contains("`plugin` is missing"));
    assert!(
        put(r#"{"plugin": "ValidateName", "mode": "explode"}"#)
            .refused(400)
            .contains("explode")
    );
    let unknown = put(r#"{"plugin": "ValidateName", "instance": "nobody"}"#).refused(404);
    assert!(
        unknown.contains("\"nobody\"") && unknown.contains("collect first"),
        "{unknown}"
    );
    assert!(
        post(r#"{"changes": "{broken"}"#)
            .refused(400)
            .contains("not JSON")
    );
    assert!(
        server
            .send_body("PUT", STATE, FORM, "instance=hero")
            .refused(400)
            .contains("plugin")
    );
    assert!(
        server
            .send("GET", "/pyblish/v1/nothing")
            .refused(404)
            .contains("/pyblish/v1/state")
    );
    assert!(
        server
            .send("GET", "/pyblish/v1/state/")
            .refused(404)
            .contains("/pyblish/v1/state")
    );
    assert!(server.send("PATCH", STATE).refused(405).contains("PATCH"));
    // All of these were mistakes, and none changed anything.
    assert_eq!(
        server.state()["context"]["data"]["results"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

/// The original did one thing after the other, and its frontends never ask again.
#[test]
fn changes_wait_for_the_end_of_a_run() {
    let scenario = v2::long(false);
    let server = scenario.serve();
    let session = v2::session(&server);
    let run = v2::start_long(&server, &session);
    std::thread::scope(|scope| {
        let reset = scope.spawn(|| server.send("POST", STATE));
        let plugin =
            scope.spawn(|| server.send_body("PUT", STATE, JSON, r#"{"plugin": "Collect"}"#));
        server.send("POST", &format!("{run}/cancel"));
        assert_eq!(reset.join().unwrap().ok(), json!({"ok": true}));
        assert_eq!(plugin.join().unwrap().ok()["result"]["success"], true);
    });
    assert_eq!(v2::end(&server, &session, &run)["state"], "cancelled");
}

/// The members that the schemas of the original ask for, with their types.
#[test]
fn answers_fit_the_schemas_of_the_original() {
    let scenario = Scenario::of(json!([
        {"name": "Early", "order": -1, "context": []},
        {"name": "Collect", "order": 0.2, "version": [2], "context": [
            {"create": "one", "data": {"family": "shot"}}, {"create": "none"},
            {"unset": ["family"], "on": "none"},
        ]},
        {"name": "Validate", "order": 1.3, "families": ["shot"], "instance": [{"fail": "no"}]},
        {"name": "Extract", "order": 2, "instance": []},
        {"name": "Late", "order": 7, "instance": []},
    ]));
    let server = scenario.serve();
    server.succeed("Collect", None);
    let failed = server.run(json!({"plugin": "Validate", "instance": "one"}));
    for (key, value) in failed["error"].as_object().unwrap() {
        assert!(value.is_string() || key == "line_number", "{key}: {value}");
    }
    let state = server.state();
    let data = &state["context"]["data"];
    assert_eq!(data["pythonVersion"], "(no Python)");
    for instance in state["context"]["children"].as_array().unwrap() {
        assert!(instance["data"]["family"].is_string(), "{instance}");
    }
    let plugins = state["plugins"].as_array().unwrap();
    let types: Vec<_> = plugins
        .iter()
        .map(|it| it["data"]["type"].clone())
        .collect();
    assert_eq!(
        types,
        [
            "Selector",
            "Selector",
            "Validator",
            "Extractor",
            "Conformer"
        ]
    );
    for plugin in plugins {
        let data = &plugin["data"];
        assert_eq!(data["version"].as_array().unwrap().len(), 3, "{data}");
        assert!(data.get("module").is_none_or(Value::is_string), "{data}");
        assert!(data.get("label").is_none_or(Value::is_string), "{data}");
    }
}

/// Nothing is told of a folder that is no longer the one that the user sees.
#[test]
fn inbox_that_was_replaced_is_said() {
    let folders = Folders::sample();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    let (inbox, aside) = (folders.inbox(), folders.inbox().with_extension("aside"));
    fs::rename(&inbox, &aside).unwrap();
    fs::create_dir(&inbox).unwrap();
    let said = server.send("POST", STATE).refused(503);
    let path = inbox.display().to_string();
    assert!(
        said.contains(&path) && said.contains("another took its place"),
        "{said}"
    );
    fs::remove_dir(&inbox).unwrap();
    assert!(server.send("POST", STATE).refused(503).contains(&path));
    fs::rename(&aside, &inbox).unwrap();
    assert_eq!(server.send("POST", STATE).ok(), json!({"ok": true}));
}

#[test]
fn unknown_plugin_is_a_failed_result() {
    let folders = Folders::empty();
    let server = folders.serve();
    let result = server.run(json!({"plugin": "NoSuchPlugin"}));
    assert_eq!(result["success"], false);
    assert_eq!(result["error"]["message"], "'NoSuchPlugin not in list'");
    assert!(
        result["error"]["detail"]
            .as_str()
            .unwrap()
            .contains("listed in its state")
    );
}

#[test]
fn large_body_is_refused() {
    let folders = Folders::empty();
    let server = folders.serve();
    let body = format!(r#"{{"plugin": "{}"}}"#, "x".repeat(17 << 20));
    assert!(
        server
            .send_body("PUT", STATE, JSON, &body)
            .refused(413)
            .contains("16777216 bytes")
    );
    server.send("GET", "/pyblish/v1/hello").ok();
}

#[test]
fn broken_connection_is_harmless() {
    let folders = Folders::empty();
    let server = folders.serve();
    let address = server.address.strip_prefix("http://").unwrap();
    let mut garbage = TcpStream::connect(address).unwrap();
    garbage
        .write_all(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    garbage.read_to_end(&mut answer).unwrap();
    let mut half = TcpStream::connect(address).unwrap();
    half.write_all(b"PUT /pyblish/v1/state HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nplu")
        .unwrap();
    drop(half);
    server.send("GET", "/pyblish/v1/hello").ok();
}

/// The status of a request with these lines in its head, sent as they are.
fn status(address: &str, lines: &[&str]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = lines.join("\r\n");
    write!(stream, "{head}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn other_site_is_refused() {
    let folders = Folders::empty();
    let server = folders.serve();
    let address = server.address.strip_prefix("http://").unwrap();
    let host = format!("host: {address}");
    for path in [
        "/pyblish/v1/hello",
        "/pyblish/v1/state",
        "/pyblish/v2/sessions",
        "/nothing",
    ] {
        let get = format!("GET {path} HTTP/1.1");
        assert_eq!(
            status(address, &[&get, "host: evil.example:6000"]),
            "403",
            "{path}"
        );
        assert_eq!(
            status(address, &[&get, &host, "origin: http://evil.example"]),
            "403",
            "{path}"
        );
        assert_eq!(
            status(address, &[&get, &host, "sec-fetch-site: cross-site"]),
            "403",
            "{path}"
        );
        assert_eq!(status(address, &[&get, &host, &host]), "400", "{path}");
    }
    let delete = ["DELETE /pyblish/v1/state HTTP/1.1", "host: evil.example"];
    assert_eq!(status(address, &delete), "403");
    assert_ne!(
        server.state()["plugins"],
        json!([]),
        "nothing was forgotten"
    );
    let own = format!("origin: {}", server.address);
    assert_eq!(
        status(address, &["GET /pyblish/v1/hello HTTP/1.1", &host, &own]),
        "200"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_server() {
    let folders = Folders::empty();
    let mut server = folders.serve();
    assert_eq!(server.interrupt(), Some(0));
}

#[test]
fn help_names_exit_codes() {
    for arguments in [&["--help"][..], &["serve", "--help"]] {
        let mut command = endpoint();
        command.args(arguments);
        let (output, _) = run(command);
        assert_eq!(output.status.code(), Some(0));
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("Exit codes:"), "{said}");
    }
}
