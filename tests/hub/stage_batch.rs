//! Batches of events that mean nothing.

use pyblish_endpoint_tests::postgres::Postgres;
use serde_json::json;

/// A batch of this session of so many events from this number on.
pub fn batch(session: &str, first: u64, count: u64) -> String {
    let head = json!({
        "session": session, "log": "log", "first": first, "adapter": "folder", "adapterVersion": "1",
        "hosts": ["disk"], "open": true, "program": "0",
    });
    let events = (first..first + count).map(|n| {
        json!({"n": n, "at": n * 1_000_000, "name": "stageEnded", "run": 1,
            "body": {"runId": "r1", "stage": format!("stage {n} \u{0} ü")}})
    });
    let lines: Vec<_> = [head]
        .into_iter()
        .chain(events)
        .map(|line| line.to_string())
        .collect();
    lines.join("\n")
}

/// How many events each session has, from the first to the last.
pub fn stored(postgres: &Postgres) -> Vec<String> {
    postgres.sql(
        "SELECT s.name, count(*), min(e.number), max(e.number), s.last FROM events e
         JOIN sessions s ON s.id = e.session_id GROUP BY s.id ORDER BY s.id",
    )
}
