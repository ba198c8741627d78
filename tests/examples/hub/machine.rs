//! A machine that sends by the real protocol, on one connection.

use std::time::Duration;

use pyblish_endpoint_tests::hub::API;
use pyblish_endpoint_tests::postgres::Postgres;
use serde_json::{Value, json};

use super::Result;

pub(crate) struct Machine {
    agent: ureq::Agent,
    url: String,
    token: String,
}

impl Machine {
    pub(crate) fn new(address: &str, token: &str) -> Machine {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(120)))
            .build();
        Machine {
            agent: config.into(),
            url: format!("{address}{API}/events"),
            token: token.to_owned(),
        }
    }

    /// Sends a batch of this session: the head is made here, and the lines of events are given.
    pub(crate) fn send(&self, session: &str, first: usize, events: &[String]) -> Result<()> {
        let head = json!({
            "session": session, "log": "log", "first": first, "adapter": "scenario", "adapterVersion": "1",
            "hosts": [], "open": true, "program": "0",
        });
        let mut lines = head.to_string();
        for event in events {
            lines.push('\n');
            lines.push_str(event);
        }
        let body = zstd::encode_all(lines.as_bytes(), 3)?;
        let answer = self
            .agent
            .post(&self.url)
            .header("content-type", "application/x-ndjson")
            .header("content-encoding", "zstd")
            .header("authorization", format!("Bearer {}", self.token))
            .send(&body[..])?
            .into_body()
            .read_to_string()?;
        let last = first + events.len() - 1;
        let answer: Value = serde_json::from_str(&answer)?;
        match answer == json!({ "last": last }) {
            true => Ok(()),
            false => Err(format!("the hub answers {answer} instead of {last}").into()),
        }
    }
}

/// Tokens of so many new machines. Making each by the command line would take minutes.
pub(crate) fn tokens(postgres: &Postgres, name: &str, count: usize) -> Vec<String> {
    postgres.sql(&format!(
        "WITH made AS (INSERT INTO machines (name) SELECT '{name}' || n FROM generate_series(1, {count}) n
             RETURNING id, name)
         INSERT INTO tokens (digest, role, name, machine_id)
             SELECT sha256(('token ' || name)::bytea), 'machine', name, id FROM made"
    ));
    (1..=count).map(|n| format!("token {name}{n}")).collect()
}
