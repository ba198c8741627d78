//! The REST API against its own document: schemathesis makes good and bad requests from the OpenAPI
//! document that the server answers with. No answer may be a server error, or one that the document
//! does not describe.
//!
//! The stream of events is left out, because it has no end. The Python is the one that xtask makes.

use std::io::Write;
use std::process::{Command, Stdio};

use pyblish_endpoint_tests::v2::{end, session, shots, start};
use pyblish_endpoint_tests::{Server, python};
use serde_json::{Value, json};

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
        ("sessionId", session.rsplit('/').next().unwrap()),
        ("runId", "r1"),
        ("pluginId", "Validate"),
        ("instanceId", instances["items"][0]["id"].as_str().unwrap()),
    ];
    let known = known.map(|(name, value)| format!("\"path.{name}\" = {value:?}\n"));
    let known = format!("[parameters]\n{}", known.concat());
    tried(&server, &known, &["--exclude-method", "DELETE"]);
    assert_eq!(server.send("GET", &session).ok()["state"], "idle");
    tried(&server, "", &[]);
    // The server still answers.
    assert_eq!(server.send("GET", "/pyblish/v2/sessions").status, 200);
}

#[test]
fn document_is_valid() {
    let scenario = shots();
    let server = scenario.serve();
    let document = server.send("GET", "/pyblish/v2/openapi.json").ok();
    let script = "import json, sys; from openapi_spec_validator import validate; \
                  validate(json.load(sys.stdin))";
    let mut command = Command::new(python("api-python"));
    command.args(["-I", "-c", script]).stdin(Stdio::piped());
    let mut child = command
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut input = child.stdin.take().expect("stdin is piped");
    input
        .write_all(document.to_string().as_bytes())
        .expect("it is read");
    drop(input);
    let output = child.wait_with_output().expect("Python ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    // Each error has a code and a type.
    let missing = server.send("GET", "/pyblish/v2/sessions/none");
    assert_eq!(missing.body["code"], "not-found");
    assert_eq!(
        missing.body["type"],
        "urn:pyblish-endpoint:problem:not-found"
    );
}

/// Checks each event of a run against its schema in the document.
#[test]
fn events_match_their_schemas() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let mut events = server.listen(&format!("{session}/events"), Some(0));
    let run = start(&server, &session, json!({"comment": "c"}));
    end(&server, &session, &run);
    let mut seen = Vec::new();
    for event in events.by_ref() {
        let is_last = event.name == "runEnded";
        seen.push(json!({"name": event.name, "data": event.data}));
        if is_last {
            break;
        }
    }
    let document = server.send("GET", "/pyblish/v2/openapi.json").ok();
    let script = "
import json, sys
import jsonschema_rs
given = json.load(sys.stdin)
schemas = given['document']['components']['schemas']
for event in given['events']:
    name = event['name'][0].upper() + event['name'][1:] + 'Event'
    schema = {'$ref': '#/components/schemas/' + name, 'components': {'schemas': schemas}}
    jsonschema_rs.validator_for(schema).validate(event['data'])
";
    let mut command = Command::new(python("api-python"));
    command.args(["-I", "-c", script]).stdin(Stdio::piped());
    let mut child = command
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut input = child.stdin.take().expect("stdin is piped");
    let given = json!({"document": document, "events": seen}).to_string();
    input.write_all(given.as_bytes()).expect("it is read");
    drop(input);
    let output = child.wait_with_output().expect("Python ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let names: std::collections::BTreeSet<_> =
        seen.iter().map(|it| it["name"].to_string()).collect();
    assert!(names.len() > 6, "{names:?}");
}

#[test]
fn unknown_query_is_refused() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    for path in [
        format!("{session}?all=1"),
        format!("{session}/plugins?state=failed"),
        format!("{session}/instances?famly=a"),
        format!("{session}/results?latst=true"),
        format!("{session}/runs?offset=1"),
    ] {
        let refused = server.send("GET", &path);
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (400, &json!("unknown-query")),
            "{path}"
        );
    }
    // What the page asks for, so that its browser shows a new picture.
    let picture = server.send("GET", &format!("{session}/instances/none/thumbnail?v=1"));
    let code = &picture.body["code"];
    assert_eq!((picture.status, code), (404, &json!("unknown-instance")));
    for path in [
        "instances?state=lost",
        "results?state=lost",
        "results?latest=2",
        "results?newestFirst=yes",
        "results?pluginId=Nothing",
        "results?instanceId=nobody",
        "results?limit=0",
        "results?after=-1",
        "instances?limit=10001",
        "plugins?limit=0",
        "runs?after=r1",
        "runs?limit=10001",
    ] {
        assert_eq!(
            server.send("GET", &format!("{session}/{path}")).status,
            400,
            "{path}"
        );
    }
}

#[test]
fn command_with_a_key_is_done_once() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let run = start(&server, &session, json!({"until": "collect"}));
    end(&server, &session, &run);
    let instances = server.send("GET", &format!("{session}/instances")).ok();
    let pair = json!({"pluginId": "Validate", "instanceId": instances["items"][0]["id"]});
    let process = |key: &str, pair: &Value| {
        let key = [("Idempotency-Key", key)];
        server.send_json("POST", &format!("{session}/process"), pair, &key)
    };
    let count = || server.send("GET", &format!("{session}/results")).ok()["total"].clone();
    let before = count().as_u64().unwrap();
    let first = process("one", &pair).ok();
    assert_eq!(process("one", &pair).ok(), first);
    assert_eq!(count(), before + 1);
    process("two", &pair).ok();
    assert_eq!(count(), before + 2);
    let other = json!({"pluginId": "Validate", "instanceId": instances["items"][1]["id"]});
    let refused = process("one", &other);
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("idempotency-key-reused"))
    );
    assert_eq!(process("", &pair).status, 400);
    // What was refused is refused again, and what the server could not do may be tried again.
    let unknown = json!({"pluginId": "Nothing"});
    assert_eq!(process("three", &unknown).status, 404);
    assert_eq!(process("three", &unknown).status, 404);
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
