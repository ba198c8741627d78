//! How the command starts, and its errors if it cannot.

use std::fs;
use std::process::Command;

use pyblish_endpoint_tests::hosts::python;
use pyblish_endpoint_tests::qml::{Qml, command};
use pyblish_endpoint_tests::v2::{SESSIONS, session, shots};
use pyblish_endpoint_tests::{endpoint, run};
use serde_json::json;

/// The error of a command that does not start.
#[track_caller]
fn refused(command: Command) -> String {
    let (output, said) = run(command);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty());
    said
}

#[test]
fn missing_qml_is_explained() {
    let scenario = shots();
    let server = scenario.serve();
    let mut none = command(&server);
    none.args(["--python", "/nowhere/python"]);
    let said = refused(none);
    assert!(
        said.contains("/nowhere/python: it cannot be started"),
        "{said}"
    );
    assert!(
        said.contains("-m pip install pyblish-qml==1.11.5 PyQt5"),
        "{said}"
    );
    // The parity Python has only pyblish-base.
    let mut without = command(&server);
    without.env("PYBLISH_QML_PYTHON_EXECUTABLE", python());
    let said = refused(without);
    assert!(said.contains("No module named 'pyblish_qml'"), "{said}");
    let mut bare = command(&server);
    let empty = tempfile::tempdir().unwrap();
    bare.env_remove("PYBLISH_QML_PYTHON_EXECUTABLE")
        .env("PATH", empty.path());
    let said = refused(bare);
    assert!(
        said.contains("  python3: it cannot be started") && said.contains("  python: "),
        "{said}"
    );
}

#[test]
fn several_servers_are_listed() {
    let scenario = shots();
    let server = scenario.serve();
    let place = tempfile::tempdir().unwrap();
    let alone = || {
        let mut command = endpoint();
        command.arg("qml").env("XDG_RUNTIME_DIR", place.path());
        // The Python with QML is checked before anything else.
        Qml::refused(command)
    };
    assert!(alone().contains("no server is running; start one with `pyblish-endpoint serve`"));
    let folder = scenario.folder().display();
    let more = json!({
        "adapter": "scenario",
        "settings": {"file": "scenario.json"},
        "folders": [format!("{folder}=/scenario:ro")],
    });
    let id = session(&server);
    let first = id.rsplit('/').next().unwrap();
    let answer = server.send_json("POST", SESSIONS, &more, &[]);
    assert_eq!(answer.status, 201, "{}", answer.body);
    let second = answer.body["id"].as_str().unwrap();
    let said = Qml::refused(command(&server));
    assert!(
        said.contains("several sessions, choose one with --session"),
        "{said}"
    );
    assert!(said.contains(first) && said.contains(second), "{said}");
    let mut unknown = command(&server);
    unknown.args(["--session", "other"]);
    let said = Qml::refused(unknown);
    assert!(said.contains("no session \"other\"; there are"), "{said}");
    let mut chosen = command(&server);
    chosen.args(["--session", second, "--target", "farm", "--validate"]);
    let mut qml = Qml::start_with(chosen);
    assert_eq!(qml.arguments[4..], ["--targets", "default", "farm"]);
    assert_eq!(qml.told[0]["args"][0]["autoValidate"], true);
    qml.reset();
    assert_eq!(server.send("GET", &id).ok()["instances"], 0);
    let there = server.send("GET", &format!("{SESSIONS}/{second}")).ok();
    assert_eq!(there["instances"], 2);
}

#[test]
fn bad_address_or_token_is_explained() {
    let scenario = shots();
    let server = scenario.serve();
    let url = |url: &str| {
        let mut command = endpoint();
        command.args(["qml", "--url", url]);
        command
    };
    let said = Qml::refused(url("http://127.0.0.1:1"));
    assert!(
        said.contains("nobody answers at http://127.0.0.1:1"),
        "{said}"
    );
    let said = Qml::refused(url("https://127.0.0.1:1"));
    assert!(said.contains("is no address of a server here"), "{said}");
    // For a server that `list` does not show, the token file is named.
    let place = tempfile::tempdir().unwrap();
    let mut elsewhere = command(&server);
    elsewhere.env("XDG_RUNTIME_DIR", place.path());
    let said = Qml::refused(elsewhere);
    assert!(said.contains("token"), "{said}");
    let mut named = command(&server);
    named.env("XDG_RUNTIME_DIR", place.path()).args([
        "--token-file",
        server.started["tokenFile"].as_str().unwrap(),
    ]);
    Qml::start_with(named).reset();
    let open = place.path().join("open");
    fs::write(&open, "x").unwrap();
    let mut public = command(&server);
    public.arg("--token-file").arg(&open);
    let said = Qml::refused(public);
    assert!(said.contains("nobody else can read"), "{said}");
}

#[test]
fn unix_socket_works() {
    let scenario = shots();
    let place = tempfile::tempdir().unwrap();
    let mut serve = pyblish_endpoint_tests::serve();
    let socket = place.path().join("socket");
    serve
        .args(scenario.arguments())
        .arg("--socket")
        .arg(&socket);
    let server = pyblish_endpoint_tests::Server::start_there(serve);
    let mut qml = Qml::start(&server);
    qml.reset();
    assert_eq!(qml.instances().len(), 2);
    assert_eq!(qml.call("context", json!([]))["data"]["port"], -1);
}
