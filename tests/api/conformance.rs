//! A recorded conversation with Pyblish Endpoint 1.1.9, replayed request by request.
//!
//! Every answer must have the recorded status and all keys of the recorded answer; more keys are
//! fine. Values must be equal, except for those that describe a Python process or a moment. An
//! error's message may be any text. Where the original answered 500 to a mistake of the client,
//! 400, 404, 409 or 422 is right.

use std::fs;

use pyblish_endpoint_tests::{Server, data};
use serde_json::Value;

/// Keys whose values differ from run to run, or come from a Python process. Only the type must
/// match.
const VOLATILE: &[&str] = &[
    "created",
    "msecs",
    "relativeCreated",
    "duration",
    "connectTime",
    "port",
    "user",
    "host",
    "pyblishVersion",
    "endpointVersion",
];

/// The same, and null is allowed.
const NULLABLE: &[&str] = &[
    "thread",
    "threadName",
    "process",
    "processName",
    "pythonVersion",
    "pathname",
    "filename",
    "module",
    "lineno",
    "funcName",
    "line_number",
    "fname",
    "func",
    "exc",
    "args",
    "exc_text",
    "exc_info",
];

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// What is in `want` and not in `got`, each with its path.
fn differences(want: &Value, got: &Value, path: &str, found: &mut Vec<String>) {
    let key = path.rsplit('.').next().unwrap_or(path);
    let is_loggers_name = key == "name" && path.contains("records");
    if VOLATILE.contains(&key) || NULLABLE.contains(&key) || is_loggers_name {
        let excused = want.is_null() || got.is_null() && NULLABLE.contains(&key);
        if kind(want) != kind(got) && !excused {
            found.push(format!("{path}: {got}, where the original has {want}"));
        }
        return;
    }
    match (want, got) {
        (Value::Object(want), Value::Object(got)) => {
            for (key, want) in want {
                match got.get(key) {
                    Some(got) => differences(want, got, &format!("{path}.{key}"), found),
                    None => found.push(format!("{path}.{key}: missing")),
                }
            }
        }
        (Value::Array(want), Value::Array(got)) => {
            if want.len() != got.len() {
                let (got, want) = (got.len(), want.len());
                found.push(format!(
                    "{path}: {got} items, where the original has {want}"
                ));
            }
            for (index, (want, got)) in want.iter().zip(got).enumerate() {
                differences(want, got, &format!("{path}[{index}]"), found);
            }
        }
        (Value::Number(want_number), Value::Number(got_number)) => {
            if want_number.as_f64() != got_number.as_f64() {
                found.push(format!("{path}: {got}, where the original has {want}"));
            }
        }
        _ if want == got => {}
        _ => found.push(format!("{path}: {got}, where the original has {want}")),
    }
}

/// Sends one recorded request. Returns what its answer lacks.
fn replay(server: &Server, exchange: &Value) -> Vec<String> {
    let request = &exchange["request"];
    let text = |key: &str| request[key].as_str();
    let (method, path) = (text("method").unwrap(), text("path").unwrap());
    let answer = match text("body") {
        Some(body) => server.send_body(method, path, text("type").unwrap_or_default(), body),
        None => server.send(method, path),
    };
    let want = &exchange["answer"];
    let status = want["status"].as_u64().unwrap();
    let excused = status == 500 && [400, 404, 409, 422].contains(&answer.status);
    if u64::from(answer.status) != status && !excused {
        return vec![format!(
            "status {}, where the original has {status}: {}",
            answer.status, answer.body
        )];
    }
    let Some(want) = want.get("json") else {
        return Vec::new();
    };
    let mut want = want.clone();
    let mut found = Vec::new();
    if answer.status >= 400 && want.get("message").is_some() {
        if answer.body["message"].as_str().is_none_or(str::is_empty) {
            found.push("an error without a message".to_owned());
        }
        want.as_object_mut()
            .unwrap()
            .retain(|key, _| key != "message" && key != "status");
    }
    differences(&want, &answer.body, "$", &mut found);
    found
}

#[test]
fn recorded_answers_match() {
    let folder = data("conformance");
    let grant = format!("{}=/scenario:ro", folder.display());
    let server = Server::start([
        // Old frontends do not know the token.
        "--no-auth",
        "--adapter",
        "scenario",
        "--set",
        "file=/scenario/shots.scenario.json",
        "--dir",
        &grant,
    ]);
    let transcript = fs::read_to_string(folder.join("shots.transcript.json")).unwrap();
    let transcript: Value = serde_json::from_str(&transcript).unwrap();
    let exchanges = transcript["exchanges"].as_array().unwrap();
    assert_eq!(exchanges.len(), 73);
    let mut wrong = String::new();
    for (number, exchange) in exchanges.iter().enumerate() {
        for line in replay(&server, exchange) {
            wrong += &format!("{number} {}: {line}\n", exchange["request"]);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn difference_is_found() {
    let found = |want: &str, got: &str| {
        let mut found = Vec::new();
        let value = |text| serde_json::from_str(text).unwrap();
        differences(&value(want), &value(got), "$", &mut found);
        found.len()
    };
    assert_eq!(
        found(
            r#"{"a": [1, {"b": null}], "created": 1}"#,
            r#"{"a": [1.0, {"b": null}], "created": 2, "c": 1}"#
        ),
        0
    );
    assert_eq!(found(r#"{"a": 1}"#, r#"{}"#), 1);
    assert_eq!(found(r#"{"a": 1}"#, r#"{"a": "1"}"#), 1);
    assert_eq!(found("[1, 2]", "[1]"), 1);
    assert_eq!(found("[1]", "[2]"), 1);
    assert_eq!(found(r#"{"created": 1}"#, r#"{"created": null}"#), 1);
    assert_eq!(found(r#"{"lineno": 1}"#, r#"{"lineno": null}"#), 0);
}
