//! Whether a neighbour that misbehaves takes time from others: the slowest 1% of the work of a healthy session beside one
//! that spins, against alone.
//!
//! Policy: what is timed is a plug-in that does nothing, run and answered, one after the other: it takes an adapter, the
//! disk and the server, where a read would take the server only. The neighbour is another session of the same server, whose
//! adapter spins. It takes a processor, which is why this needs two: on one, the system would share that out, and no server
//! could help it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::measure::{Bound, Measured, Series};
use super::place::Place;
use super::play::Play;
use super::server::Server;
use super::{Figure, place};

pub const FIGURE: Figure = Figure {
    name: "isolation",
    about: "the slowest 1% of calls in a session while the adapter of another spins, against alone",
    bound: Bound::AtMost(2.0),
    unit: "x",
    measure,
};

const ROUNDS: usize = 5;

/// How many calls are timed of each kind in each round: the slowest 1% are twenty.
const CALLS: usize = 2000;

/// How long the neighbour may take to begin; far longer than it does.
const PATIENCE: Duration = Duration::from_secs(30);

const PLAY: Play = Play::new(10, 1);

fn measure(place: &Place) -> Result<Measured> {
    if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        bail!("it needs two processors: the neighbour takes one");
    }
    let mut alone = Series::new("p99 alone", "ms");
    let mut beside = Series::new("p99 beside it", "ms");
    for _ in 0..ROUNDS {
        let server = Server::start(place, PLAY)?;
        server.collect()?;
        // The first few are slower, with or without a neighbour.
        calls(&server)?;
        alone.push(calls(&server)?);
        let scenario = place.folder("scenario")?;
        let neighbour = spinning(&server, &scenario)?;
        beside.push(calls(&server)?);
        if !is_at_work(&server, &neighbour)? {
            bail!("the neighbour ended before all was measured");
        }
    }
    let ratio = beside.by(&alone, "ratio");
    Ok(Measured::of(ratio).beside([alone, beside]))
}

/// Opens a session of the same server whose adapter spins; its path, once it does.
fn spinning(server: &Server, folder: &Path) -> Result<String> {
    let spin = json!({"plugins": [{"name": "Spin", "order": 1, "context": [{"spin": true}]}]});
    place::write(&folder.join("scenario.json"), spin.to_string().as_bytes())?;
    let request = json!({
        "adapter": "scenario",
        "settings": {"file": "scenario.json"},
        "folders": [format!("{}=/scenario:ro", folder.display())],
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
    bail!("the neighbour does not begin");
}

fn is_at_work(server: &Server, session: &str) -> Result<bool> {
    let state = server.ask("GET", session, None)?;
    Ok(state["doing"] == "Spin")
}

/// The slowest 1% of so many calls, in milliseconds.
fn calls(server: &Server) -> Result<f64> {
    let path = format!("{}/process", server.session);
    let instances = server.ask("GET", &server.instances(), None)?;
    let pair = json!({"plugin": "Plugin0", "instance": instances["instances"][0]["id"]});
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
