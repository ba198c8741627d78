//! A hub, and machines that send to it.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

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

/// Waits until this is so. It asks again and again, because the other side tells nobody.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "it never came to be: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
