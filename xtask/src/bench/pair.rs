//! Whether a pair costs the same among many: time per pair of a long run, against short ones.
//!
//! Policy: 100,000 pairs are 1,000 instances x 100 plug-ins. There are several ways to have 1,000: as many plug-ins
//! and a hundredth of the instances, the other way round, or a tenth of both. Each hides something: what a run
//! costs for each plug-in, or for each instance, weighs most where there are few of the other. So all three are
//! measured, and the cheapest of them, per pair, is what the long run is held against: whatever grows, with
//! instances, plug-ins or results, shows. All of it goes through one server, so that no start counts, in turns.
//! Each round has a server of its own: its retention must not begin to forget in mid-round.

use anyhow::Result;

use super::Figure;
use super::measure::{Bound, Measured, Series};
use super::place::Place;
use super::play::Play;
use super::run;
use super::server::Server;

pub const FIGURE: Figure = Figure {
    name: "pair",
    about: "time per pair in a run of 100,000 pairs, against runs of 1,000",
    bound: Bound::AtMost(1.3),
    unit: "x",
    measure,
};

/// 1,000 pairs in different ways.
const SHORT: [Play; 3] = [Play::new(10, 100), Play::new(100, 10), Play::new(1000, 1)];

const ROUNDS: usize = 5;

/// How often a short run is made in each round, for one takes milliseconds.
const REPEATS: usize = 9;

fn measure(place: &Place) -> Result<Measured> {
    let mut ratios = Series::new("ratio", "x");
    let mut long = Series::new("per pair, 1,000 instances x 100 plug-ins", "us");
    let mut short = SHORT.map(|Play { instances, plugins }| {
        Series::new(&format!("per pair, {instances} x {plugins}"), "us")
    });
    for _ in 0..ROUNDS {
        let mut server = Server::start(place, SHORT[0])?;
        // Memory and code are fetched, and the history's file is there.
        server.publish()?;
        for (series, play) in short.iter_mut().zip(SHORT) {
            server.play(play)?;
            let times = (0..REPEATS)
                .map(|_| per_pair(&server, play))
                .collect::<Result<_>>()?;
            series.push(Series::of("", "us", times).median());
        }
        server.play(run::PLAY)?;
        long.push(per_pair(&server, run::PLAY)?);
        let latest = |series: &Series| series.values().last().copied().unwrap_or(f64::NAN);
        let cheapest = short.iter().map(latest).fold(f64::NAN, f64::min);
        ratios.push(latest(&long) / cheapest);
    }
    Ok(Measured::of(ratios).beside([long]).beside(short))
}

/// Microseconds.
fn per_pair(server: &Server, play: Play) -> Result<f64> {
    Ok(server.publish()? * 1e6 / play.pairs() as f64)
}
