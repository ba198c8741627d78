//! The time to open a session with Python in the sandbox, if its adapter was compiled before but
//! the server has not loaded it yet.
//!
//! Policy: it is an absolute number, because that was promised. Two times are shown beside it: that
//! of a session of the adapter `scenario`, also compiled before, on the same server, which is the
//! cost of the history on disk and the request; and that of a second session with Python, whose
//! adapter is already loaded.

use std::time::Instant;

use anyhow::Result;
use serde_json::json;

use super::figure::Figure;
use super::host;
use super::measure::{Bound, Measured, Series};
use super::place::Place;
use super::play::Play;
use super::sandbox;
use super::server::Server;

pub const FIGURE: Figure = Figure {
    name: "sandbox-ready",
    about: "the time until a session with Python in the sandbox is there, its adapter from the compile cache",
    bound: Bound::AtMost(100.0),
    goal: None,
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
    let grant = format!("{}=/scenario:ro", scenario.display());
    let config =
        place.configured("other", "scenario", &grant) + &sandbox::configured(place, &plugins);
    let mut first = Series::new("the first session with Python", "ms");
    let mut second = Series::new("the second one", "ms");
    let mut other = Series::new("a session of the adapter scenario", "ms");
    for _ in 0..ROUNDS {
        let server = Server::start_beside(place, PLAY, &config)?;
        let request = json!({
            "adapter": "other",
            "settings": {"file": "scenario.json"},
        });
        other.push(timed(|| {
            server.ask("POST", "/pyblish/v2/sessions", Some(&request))
        })?);
        first.push(timed(|| sandbox::open(&server))?);
        second.push(timed(|| sandbox::open(&server))?);
    }
    Ok(Measured::of(first).beside([second, other]))
}

/// The time in milliseconds.
fn timed<T>(deed: impl FnOnce() -> Result<T>) -> Result<f64> {
    let begin = Instant::now();
    deed()?;
    Ok(begin.elapsed().as_secs_f64() * 1000.0)
}
