//! `wrk`, which sends requests as fast as they are answered.
//!
//! Policy: a load generator must be faster than what it measures, and well known, so that the
//! figure can be trusted. wrk is a closed loop: each connection waits for an answer before it sends
//! the next request. So while the server hangs, the requests that would have been late are not
//! sent. Therefore its slowest 1% is a lower bound for what users see.

use std::num::NonZero;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::child::Talker;
use super::place::{self, Folder, Place};

/// As many connections as a studio may have open.
const CONNECTIONS: u32 = 16;

/// More threads than this do not help with so many connections.
const MOST_THREADS: usize = 4;

const INSTALL: &str = "wrk makes the requests; install it (Debian and Ubuntu: apt-get install wrk, macOS: brew install wrk)";

/// A script that makes wrk print its result as JSON; times are in microseconds.
const SCRIPT: &str = r#"
function done(summary, latency, requests)
    local e = summary.errors
    io.write(string.format('\n{"requests":%d,"micros":%d,"p99":%d,"median":%d,"errors":%d}\n', summary.requests,
        summary.duration, latency:percentile(99), latency:percentile(50),
        e.connect + e.read + e.write + e.status + e.timeout))
end
"#;

/// The result of wrk.
#[derive(Debug, Deserialize)]
pub struct Load {
    requests: f64,
    micros: f64,
    p99: f64,
    errors: u64,
}

impl Load {
    pub fn requests(&self) -> f64 {
        self.requests
    }

    /// Requests per second.
    pub fn rate(&self) -> f64 {
        self.requests / (self.micros / 1e6)
    }

    /// The shortest time of the slowest 1%, in milliseconds.
    pub fn p99(&self) -> f64 {
        self.p99 / 1000.0
    }
}

/// A load in progress.
pub struct Wrk {
    talker: Talker,
    /// Contains its script.
    _folder: Folder,
}

/// Checks that wrk is installed; the error says how to install it.
pub fn check() -> Result<()> {
    let mut command = Command::new("wrk");
    command.arg("--version");
    command.output().map(drop).context(INSTALL)
}

impl Wrk {
    /// Requests this path of `HOST:PORT`, with this token, for this time in whole seconds.
    pub fn start(
        place: &Place,
        address: &str,
        token: &str,
        path: &str,
        time: Duration,
    ) -> Result<Self> {
        let folder = place.folder("wrk")?;
        let script = folder.join("done.lua");
        // Not on the command line, which others can read.
        let header = format!("wrk.headers[\"Authorization\"] = \"Bearer {token}\"\n");
        place::write(&script, (header + SCRIPT).as_bytes())?;
        let threads = thread::available_parallelism()
            .map_or(1, NonZero::get)
            .min(MOST_THREADS);
        let mut command = Command::new("wrk");
        command
            .args(["--threads", &threads.to_string()])
            .args(["--connections", &CONNECTIONS.to_string()])
            .args(["--duration", &format!("{}s", time.as_secs())])
            .args(["--timeout", "30s", "--script"])
            .arg(script)
            .arg(format!("http://{address}{path}"));
        Ok(Wrk {
            talker: Talker::start("wrk", command)?,
            _folder: folder,
        })
    }

    /// Whether its time is over.
    pub fn has_ended(&mut self) -> Result<bool> {
        self.talker.has_ended()
    }

    /// Waits for its end.
    pub fn end(mut self) -> Result<Load> {
        let line = self.talker.last()?;
        let load: Load = serde_json::from_str(&line)
            .with_context(|| format!("wrk printed {line:?} instead of JSON"))?;
        if load.errors > 0 || load.requests < 1.0 {
            bail!(
                "{} requests of wrk were answered, {} failed",
                load.requests,
                load.errors
            );
        }
        Ok(load)
    }
}

/// Requests this path for this time.
pub fn load(place: &Place, address: &str, token: &str, path: &str, time: Duration) -> Result<Load> {
    Wrk::start(place, address, token, path, time)?.end()
}
