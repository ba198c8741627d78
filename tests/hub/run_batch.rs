//! Whole runs, as machines send them.

use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

/// A time in 2023.
pub const LONG_AGO: f64 = 1_700_000_000.0;

/// Now.
pub fn now() -> f64 {
    UNIX_EPOCH.elapsed().unwrap_or_default().as_secs_f64()
}

/// A batch that is a whole run of this number, with one result of each of two plug-ins. It begins
/// `number` seconds after `since`, in seconds since 1970.
pub fn run(
    session: &str,
    number: u64,
    since: f64,
    user: &str,
    project: &str,
    fails: bool,
) -> String {
    let first = (number - 1) * 5 + 1;
    let at = since + number as f64;
    let info = |state: &str, ended: Option<f64>| {
        json!({"id": format!("r{number}"), "state": state, "targets": [], "comment": format!("take {number}"),
            "started": at, "ended": ended, "succeeded": if ended.is_some() { 2 - u64::from(fails) } else { 0 },
            "failed": u64::from(fails && ended.is_some()),
            "facts": {"user": user, "adapter": "folder", "host": "disk", "published": if ended.is_some() && !fails {
                json!([{"instanceId": "i", "name": "hero", "version": number, "path": "hero_v.ma"}])
            } else { json!([]) }}})
    };
    let result = |plugin: &str, error: Value| {
        json!({"runId": format!("r{number}"), "result": {"plugin": plugin, "instance": "hero", "success": error.is_null(),
            "error": error, "duration": 10.0 * number as f64}})
    };
    let error = match fails {
        true => json!({"kind": "E", "message": "the mesh has ngons"}),
        false => Value::Null,
    };
    let bodies = [
        ("runStarted", info("running", None)),
        (
            "contextChanged",
            json!({"key": "project", "value": project}),
        ),
        ("result", result("Collect", Value::Null)),
        ("result", result("ValidateMesh", error)),
        (
            "runEnded",
            info(if fails { "failed" } else { "succeeded" }, Some(at + 1.0)),
        ),
    ];
    let head = json!({
        "session": session, "log": "log", "first": first, "adapter": "folder", "adapterVersion": "1",
        "hosts": ["disk"], "open": true, "program": "0",
    });
    let events = (first..).zip(bodies).map(|(n, (name, body))| {
        json!({"n": n, "at": (at * 1e6) as u64, "run": number, "name": name, "body": body})
    });
    let lines: Vec<_> = [head]
        .into_iter()
        .chain(events)
        .map(|line| line.to_string())
        .collect();
    lines.join("\n")
}
