//! Whether a pair costs the same in a large run: the time per pair of a long run, compared with
//! short ones.
//!
//! Policy: 100,000 pairs are 1,000 instances x 100 plug-ins. There are several ways to get 1,000
//! pairs: as many plug-ins and a hundredth of the instances, the other way round, or a tenth of
//! both. Each hides something, because the cost per plug-in or per instance matters most if there
//! are few of the other. So all three are measured, and the long run is compared with the cheapest
//! one per pair. Then every growth with instances, plug-ins or results shows. Each run has its own
//! server in each round, which is already running, so that neither its start nor the retention
//! counts.

use anyhow::Result;

use super::figure::Figure;
use super::measure::{Bound, Measured, Series};
use super::place::Place;
use super::play::Play;
use super::run;
use super::server::Server;

pub const FIGURE: Figure = Figure {
    name: "pair",
    about: "time per pair in a run of 100,000 pairs, against runs of 1,000",
    bound: Bound::AtMost(1.3),
    goal: None,
    unit: "x",
    measure,
};

/// The ways to get 1,000 pairs.
const SHORT: [Play; 3] = [Play::new(10, 100), Play::new(100, 10), Play::new(1000, 1)];

const ROUNDS: usize = 5;

/// How many short runs are made in each round: together they have as many pairs as the long run. A
/// single one takes milliseconds, and might miss a disturbance that slows the long run.
const REPEATS: u32 = 100;

fn measure(place: &Place) -> Result<Measured> {
    let mut ratios = Series::new("ratio", "x");
    let mut long = Series::new("per pair, 1,000 instances x 100 plug-ins", "us");
    let mut short = SHORT.map(|Play { instances, plugins }| {
        Series::new(&format!("per pair, {instances} x {plugins}"), "us")
    });
    for _ in 0..ROUNDS {
        for (series, play) in short.iter_mut().zip(SHORT) {
            series.push(per_pair(place, play, REPEATS)?);
        }
        long.push(per_pair(place, run::PLAY, 1)?);
        let latest = |series: &Series| series.values().last().copied().unwrap_or(f64::NAN);
        let cheapest = short.iter().map(latest).fold(f64::NAN, f64::min);
        ratios.push(latest(&long) / cheapest);
    }
    Ok(Measured::of(ratios).beside([long]).beside(short))
}

/// The average time of this many runs in one server, in microseconds.
fn per_pair(place: &Place, play: Play, repeats: u32) -> Result<f64> {
    let mut server = Server::start(place, Play::new(10, 10))?;
    // Warm up: load memory and code, and create the history's file.
    server.publish()?;
    server.play(play)?;
    let mut seconds = 0.0;
    for _ in 0..repeats {
        seconds += server.publish()?;
    }
    Ok(seconds * 1e6 / (play.pairs() as f64 * f64::from(repeats)))
}
