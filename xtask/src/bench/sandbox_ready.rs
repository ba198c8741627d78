//! How long it takes until a session with Python in the sandbox is there, when its adapter was compiled before: a server that has not
//! loaded it is asked for one.
//!
//! Policy: an absolute number, for that is what was promised. What a session of the adapter `scenario`, which was compiled before
//! too, takes on the same server is told beside it: that much is the history on disk and the request. So is the second session with
//! Python, whose adapter is loaded.

use std::time::Instant;

use anyhow::Result;
use serde_json::json;

use super::host;
use super::measure::{Bound, Measured, Series};
use super::place::Place;
use super::play::Play;
use super::server::Server;
use super::{Figure, sandbox};

pub const FIGURE: Figure = Figure {
    name: "sandbox-ready",
    about: "the time until a session with Python in the sandbox is there, its adapter from the compile cache",
    bound: Bound::AtMost(100.0),
    unit: "ms",
    measure,
};

const PLAY: Play = Play::new(1, 20);

const ROUNDS: usize = 9;

fn measure(place: &Place) -> Result<Measured> {
    sandbox::prepare(place)?;
    let plugins = host::folder(place, PLAY, false)?;
    let scenario = place.folder("scenario")?;
    PLAY.write(&scenario)?;
    let mut first = Series::new("the first session with Python", "ms");
    let mut second = Series::new("the second one", "ms");
    let mut other = Series::new("a session of the adapter scenario", "ms");
    for _ in 0..ROUNDS {
        let server = Server::start(place, PLAY)?;
        let request = json!({
            "adapter": "scenario",
            "settings": {"file": "scenario.json"},
            "folders": [format!("{}=/scenario:ro", scenario.display())],
        });
        other.push(timed(|| {
            server.ask("POST", "/pyblish/v2/sessions", Some(&request))
        })?);
        first.push(timed(|| sandbox::open(&server, &plugins))?);
        second.push(timed(|| sandbox::open(&server, &plugins))?);
    }
    Ok(Measured::of(first).beside([second, other]))
}

/// Milliseconds.
fn timed<T>(deed: impl FnOnce() -> Result<T>) -> Result<f64> {
    let begin = Instant::now();
    deed()?;
    Ok(begin.elapsed().as_secs_f64() * 1000.0)
}
