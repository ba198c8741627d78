//! The parts of the example `hub`.

mod ingest;
mod latency;
mod list;
mod machine;
mod proxy;

use std::io::{self, BufRead, Write};

use pyblish_endpoint_tests::Server;
use pyblish_endpoint_tests::hub::{start_hub, token};
use pyblish_endpoint_tests::postgres::Postgres;
use serde_json::{Value, json};

use proxy::Proxy;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A hub with its database.
pub(crate) struct Studio {
    pub(crate) postgres: Postgres,
    pub(crate) hub: Server,
    /// A token of somebody who reads.
    pub(crate) viewer: String,
}

pub(crate) fn run() -> Result<()> {
    let postgres = Postgres::start_durable();
    let hub = start_hub(&postgres);
    let viewer = token(&postgres, &["--role", "viewer", "--name", "bench"]);
    let machine = token(&postgres, &["--machine", "bench"]);
    let proxy = Proxy::start(&hub.address)?;
    let studio = Studio {
        postgres,
        hub,
        viewer,
    };
    say(&json!({"address": studio.hub.address, "counted": proxy.address, "machine": machine}))?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let number = |index: usize| words.get(index).unwrap_or(&"").parse::<usize>();
        match words[0] {
            // Posts the events of the runtime again, as so many machines; COPY of their rows.
            "ingest" => say(&ingest::run(&studio, number(1)?, number(2)?)?)?,
            // So many machines publish so many results, one each so many milliseconds.
            "latency" => say(&latency::run(&studio, number(1)?, number(2)?, number(3)?)?)?,
            // The first list among so many runs and results, and the bare query.
            "list" => say(&list::run(&studio, number(1)?, number(2)?)?)?,
            // How many bytes went through the proxy to the hub, and how many results the hub has.
            "counted" => {
                let results = studio.postgres.sql("SELECT count(*) FROM results");
                let results: u64 = results[0].parse()?;
                say(&json!({"bytes": proxy.count(), "results": results}))?;
            }
            other => return Err(format!("there is no command {other:?}").into()),
        }
    }
    Ok(())
}

fn say(line: &Value) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
