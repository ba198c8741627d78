//! The REST API against its own document: schemathesis makes good and bad requests from the OpenAPI
//! document that the server answers with. No answer may be a server error, or one that the document
//! does not describe.
//!
//! The stream of events is left out, because it has no end. The Python is the one that xtask makes.

use std::process::Command;

use pyblish_endpoint_tests::v2::{end, session, shots, start};
use pyblish_endpoint_tests::{Server, python};
use serde_json::json;

/// How many requests are made up for each route and kind of mistake.
const EXAMPLES: &str = "25";

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

#[test]
fn answers_match_the_document() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    // Data to read: a session with results and a report.
    let run = start(&server, &session, json!({}));
    end(&server, &session, &run);
    let instances = server.send("GET", &format!("{session}/instances")).ok();
    // Once with ids that exist, without closing the session; and once with random input.
    let known = [
        ("session", session.rsplit('/').next().unwrap()),
        ("run", "r1"),
        ("plugin", "Validate"),
        (
            "instance",
            instances["instances"][0]["id"].as_str().unwrap(),
        ),
    ];
    let known = known.map(|(name, value)| format!("\"path.{name}\" = {value:?}\n"));
    let known = format!("[parameters]\n{}", known.concat());
    tried(&server, &known, &["--exclude-method", "DELETE"]);
    assert_eq!(server.send("GET", &session).ok()["state"], "idle");
    tried(&server, "", &[]);
    // The server still answers.
    assert_eq!(server.send("GET", "/pyblish/v2/sessions").status, 200);
}

/// Runs schemathesis with this configuration.
#[track_caller]
fn tried(server: &Server, configuration: &str, more: &[&str]) {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("schemathesis.toml");
    let token = server.token.as_deref().expect("a token");
    let headers = format!("headers = {{ Authorization = \"Bearer {token}\" }}\n");
    std::fs::write(&file, headers + configuration).expect("the configuration");
    let document = format!("{}/pyblish/v2/openapi.json", server.address);
    let mut command = Command::new(python("api-python"));
    command
        .current_dir(place.path())
        .args(["-I", "-m", "schemathesis.cli", "--config-file"])
        .arg(file)
        .args(["run", &document, "--checks", CHECKS])
        .args(["--max-examples", EXAMPLES, "--seed", "1", "--no-color"])
        .args(["--exclude-path-regex", "/events$"])
        .args(["--phases", "examples,coverage,fuzzing"])
        .args(more);
    let output = command.output().expect("schemathesis starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let trouble = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{trouble}");
    println!("{said}");
    // It must have sent some requests.
    assert!(said.contains(" generated, "), "{said}");
}
