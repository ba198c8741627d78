//! Whether a misbehaving session slows others: the slowest 1% of the calls of a healthy session,
//! beside a session that spins, compared with alone.
//!
//! Policy: it times calls of a plug-in that does nothing, one after the other. Such a call uses an
//! adapter, the disk and the server, while a read would only use the server. The neighbour is
//! another session of the same server, whose adapter spins and occupies one processor. So this
//! needs two processors: with one, the system would share it between both, and the server could not
//! prevent that.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::figure::Figure;
use super::measure::{Bound, Measured, Series};
use super::place;
use super::place::Place;
use super::play::Play;
use super::server::Server;

pub const FIGURE: Figure = Figure {
    name: "isolation",
    about: "the slowest 1% of calls in a session while the adapter of another spins, against alone",
    bound: Bound::AtMost(2.0),
    goal: None,
    unit: "x",
    measure,
};

const ROUNDS: usize = 5;

/// How many calls of each kind are timed in each round; the slowest 1% of them are twenty.
const CALLS: usize = 2000;

/// The time limit for the neighbour to start, far longer than it needs.
const PATIENCE: Duration = Duration::from_secs(30);

const PLAY: Play = Play::new(10, 1);

fn measure(place: &Place) -> Result<Measured> {
    if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        bail!("it needs two processors: the neighbour takes one");
    }
    let mut alone = Series::new("p99 alone", "ms");
    let mut beside = Series::new("p99 beside it", "ms");
    for _ in 0..ROUNDS {
        let scenario = place.folder("scenario")?;
        let grant = format!("{}=/scenario:ro", scenario.display());
        let config = place.configured("neighbour", "scenario", &grant);
        let server = Server::start_beside(place, PLAY, &config)?;
        server.collect()?;
        // The first few are slower, with or without a neighbour.
        calls(&server)?;
        alone.push(calls(&server)?);
        let neighbour = spinning(&server, &scenario)?;
        beside.push(calls(&server)?);
        if !is_at_work(&server, &neighbour)? {
            bail!("the neighbour ended before the measurement was complete");
        }
    }
    let ratio = beside.by(&alone, "ratio");
    Ok(Measured::of(ratio).beside([alone, beside]))
}

/// Opens a session of the same server whose adapter spins; returns its path once it spins.
fn spinning(server: &Server, folder: &Path) -> Result<String> {
    let spin = json!({"plugins": [{"name": "Spin", "order": 1, "context": [{"spin": true}]}]});
    place::write(&folder.join("scenario.json"), spin.to_string().as_bytes())?;
    let request = json!({
        "adapter": "neighbour",
        "settings": {"file": "scenario.json"},
    });
    let opened = server.ask("POST", "/pyblish/v2/sessions", Some(&request))?;
    let id = opened["id"].as_str().context("the neighbour has no id")?;
    let path = format!("/pyblish/v2/sessions/{id}");
    server.ask("POST", &format!("{path}/runs"), Some(&json!({})))?;
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        if is_at_work(server, &path)? {
            return Ok(path);
        }
    }
    bail!("the neighbour does not start");
}

fn is_at_work(server: &Server, session: &str) -> Result<bool> {
    let state = server.ask("GET", session, None)?;
    Ok(state["doing"] == "Spin")
}

/// The slowest 1% of this many calls, in milliseconds.
fn calls(server: &Server) -> Result<f64> {
    let path = format!("{}/process", server.session);
    let instances = server.ask("GET", &server.instances(), None)?;
    let pair = json!({"pluginId": "Plugin0", "instanceId": instances["items"][0]["id"]});
    let mut times = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let begin = Instant::now();
        let result = server.ask("POST", &path, Some(&pair))?;
        times.push(begin.elapsed().as_secs_f64() * 1000.0);
        if result["success"] != true {
            bail!("a call of the healthy session failed: {result}");
        }
    }
    times.sort_by(f64::total_cmp);
    let place = CALLS - CALLS / 100;
    times.get(place).copied().context("nothing was measured")
}
