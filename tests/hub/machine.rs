//! A runtime that sends to a hub, what it has, and what the hub has of it.

use std::path::Path;

use pyblish_endpoint_tests::hub::{sends_to, until};
use pyblish_endpoint_tests::postgres::Postgres;
use pyblish_endpoint_tests::v2::{self, SESSIONS};
use pyblish_endpoint_tests::{Server, serve};
use serde_json::{Value, json};

/// What lets everything leave the machine.
pub const ALL: [&str; 8] = [
    "--hub-send",
    "records",
    "--hub-send",
    "tracebacks",
    "--hub-send",
    "paths",
    "--hub-send",
    "data",
];

/// A server that keeps its history in this folder and sends to this hub.
pub fn machine(
    arguments: &[String],
    place: &Path,
    hub: &str,
    token: &str,
    more: &[&str],
) -> Server {
    let mut command = serve();
    command
        .env("XDG_DATA_HOME", place)
        .args(arguments)
        .args(more);
    sends_to(&mut command, hub, token, place);
    Server::start_with(command)
}

/// The session of a server, as it is listed.
pub fn session(server: &Server) -> Value {
    server.send("GET", SESSIONS).ok()["items"][0].take()
}

/// Waits until the hub has everything of the one session of this server.
#[track_caller]
pub fn until_sent(server: &Server) {
    until("the hub has everything", || {
        session(server)["hub"]["behind"] == 0
    });
}

/// Publishes once. Returns the run.
#[track_caller]
pub fn publish(server: &Server) -> Value {
    let session = v2::session(server);
    let run = v2::start(server, &session, json!({}));
    v2::end(server, &session, &run)
}

/// All events of the one session of a server, as `NUMBER|RUN|NAME|BODY`.
pub fn told(server: &Server) -> Vec<String> {
    let path = v2::session(server);
    let latest = session(server)["sequence"].as_u64().unwrap();
    let mut told = Vec::new();
    for event in server.listen(&format!("{path}/events?after=0"), None) {
        told.push(format!("{}|{}|{}", event.id, event.name, event.data));
        if event.id == latest {
            break;
        }
    }
    told
}

/// The same, as the hub has them of the only machine in it. JSON is written anew, so that spaces do
/// not matter.
pub fn stored(postgres: &Postgres) -> Vec<String> {
    rows(postgres, "")
}

/// The same of the machine of this name.
pub fn stored_of(postgres: &Postgres, machine: &str) -> Vec<String> {
    rows(postgres, &format!("WHERE m.name = '{machine}'"))
}

/// The same of all sessions with this adapter.
pub fn stored_with(postgres: &Postgres, adapter: &str) -> Vec<String> {
    rows(postgres, &format!("WHERE s.adapter = '{adapter}'"))
}

fn rows(postgres: &Postgres, condition: &str) -> Vec<String> {
    let rows = postgres.sql(&format!(
        "SELECT number, e.name, body FROM events e JOIN sessions s ON s.id = e.session_id
         JOIN machines m ON m.id = s.machine_id {condition} ORDER BY s.id, number"
    ));
    let again = rows.iter().map(|row| {
        let parts: Vec<&str> = row.splitn(3, '|').collect();
        let body: Value = serde_json::from_str(parts[2]).expect("JSON");
        format!("{}|{}|{body}", parts[0], parts[1])
    });
    again.collect()
}
