//! A hub, and machines that send to it.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub use crate::PATIENCE;
use crate::postgres::Postgres;
use crate::{Answer, Server, endpoint, run};

/// Where the hub's API begins.
pub const API: &str = "/pyblish/hub/v1";

/// A command of the hub, with this database.
pub fn hub_command(postgres: &Postgres, arguments: &[&str]) -> Command {
    let mut command = endpoint();
    command.arg("hub").args(arguments);
    command.env("PYBLISH_HUB_DATABASE", postgres.url());
    command
}

/// Starts a hub on a free port. Requests have no token until one is set.
#[track_caller]
pub fn start_hub(postgres: &Postgres) -> Server {
    Server::start_with(hub_command(postgres, &[]))
}

/// The same on this port of the loopback.
#[track_caller]
pub fn start_hub_at(postgres: &Postgres, address: &str) -> Server {
    let mut command = hub_command(postgres, &[]);
    command.args(["--listen", address]);
    Server::start_there(command)
}

/// Makes a token. `whose` are the arguments of `hub tokens add` that say for whom.
#[track_caller]
pub fn token(postgres: &Postgres, whose: &[&str]) -> String {
    let mut command = hub_command(postgres, &["tokens", "add", "--json"]);
    command.args(whose);
    let (output, said) = run(command);
    assert!(output.status.success(), "{said}");
    let made: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    made["token"].as_str().expect("a token").to_owned()
}

/// Has a server send to this hub, with this token in a file in this folder.
pub fn sends_to(command: &mut Command, address: &str, token: &str, folder: &Path) {
    let file = folder.join("hub.token");
    std::fs::write(&file, token).expect("a token file");
    command.args(["--hub", address]);
    command.arg("--hub-token-file").arg(file);
}

/// Posts this to the hub, as a machine with this token does: lines of JSON, compressed.
#[track_caller]
pub fn post_events(address: &str, token: &str, lines: &str) -> Answer {
    let body = zstd::encode_all(lines.as_bytes(), 3).expect("compressed");
    post_bytes(address, Some(token), Some("zstd"), &body)
}

/// The same with any body.
#[track_caller]
pub fn post_bytes(
    address: &str,
    token: Option<&str>,
    encoding: Option<&str>,
    body: &[u8],
) -> Answer {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .build();
    let agent: ureq::Agent = config.into();
    let mut request = agent
        .post(format!("{address}{API}/events"))
        .header("content-type", "application/x-ndjson");
    if let Some(encoding) = encoding {
        request = request.header("content-encoding", encoding);
    }
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut response = request.send(body).expect("an answer");
    let text = response.body_mut().read_to_string().expect("a body");
    Answer {
        status: response.status().as_u16(),
        tag: None,
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}

/// Waits until all batches have their places in the feed, and are counted.
#[track_caller]
pub fn settled(postgres: &Postgres) {
    until("the batches have their places", || {
        postgres.sql("SELECT count(*) FROM feed_pending") == ["0"]
    });
}

/// A batch that is a whole run of this number, as a machine sends it: it began at this time (seconds
/// since 1970), took a second, and has one result of each of two plug-ins.
pub fn run_lines(
    session: &str,
    number: u64,
    at: f64,
    user: &str,
    project: &str,
    fails: bool,
) -> String {
    let first = (number - 1) * 7 + 1;
    let info = |state: &str, ended: Option<f64>| {
        json!({"id": format!("r{number}"), "state": state, "until": null, "only": null, "targets": [],
            "comment": format!("take {number}"), "started": at, "ended": ended, "progress": 0.0, "stage": null,
            "succeeded": if ended.is_some() { 2 - u64::from(fails) } else { 0 },
            "failed": u64::from(fails && ended.is_some()),
            "facts": {"user": user, "machine": "here", "adapter": "folder", "adapterVersion": "1.2",
                "adapterDigest": "c0ffee".repeat(10), "host": "disk", "scene": "hero.ma",
                "published": if ended.is_some() && !fails {
                    json!([{"instanceId": "i", "name": "hero", "version": number, "path": "hero_v.ma"}])
                } else { json!([]) }}})
    };
    let started = |id: &str, plugin: &str, stage: &str| {
        json!({"pluginId": id, "plugin": plugin, "instanceId": "i", "instance": "hero",
            "runId": format!("r{number}"), "progress": 0.5, "stage": stage})
    };
    let result = |id: &str, plugin: &str, stage: &str, error: Value| {
        json!({"stage": stage, "runId": format!("r{number}"), "result": {"pluginId": id, "plugin": plugin, "instanceId": "i",
            "instance": "hero", "mode": "process", "success": error.is_null(), "error": error, "started": at,
            "duration": 10.0 * number as f64}})
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
        ("pluginStarted", started("p1", "Collect", "collect")),
        ("result", result("p1", "Collect", "collect", Value::Null)),
        ("pluginStarted", started("p2", "ValidateMesh", "validate")),
        ("result", result("p2", "ValidateMesh", "validate", error)),
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

/// Waits until this is so. It asks again and again, because the other side tells nobody.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "it never came to be: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
