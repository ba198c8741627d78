//! How long it takes from a result on a machine to a listener of the hub.
//!
//! Policy: it is an absolute number, because that was promised. 200 simulated machines publish at
//! once by the real protocol, two results a second each, one batch at a time as a runtime does. A
//! listener reads the stream of the whole studio, and checks that the results of each machine come
//! in order and without a gap. All of them and the database share this machine.

use anyhow::Result;
use serde::Deserialize;

use super::figure::Figure;
use super::hub::Hub;
use super::measure::{Bound, Measured, Series, same};
use super::place::Place;

pub const FIGURE: Figure = Figure {
    name: "hub-latency",
    about: "from a result on one of 200 machines that publish at once to a listener of the hub",
    bound: Bound::AtMost(200.0),
    goal: None,
    unit: "ms",
    measure,
};

const MACHINES: u64 = 200;
const RESULTS: u64 = 20;
const EVERY: u64 = 500;

const ROUNDS: usize = 3;

#[derive(Deserialize)]
struct Heard {
    results: u64,
    median: f64,
    most: f64,
    highest: f64,
}

fn measure(place: &Place) -> Result<Measured> {
    let mut median = Series::new("the median", "ms");
    let mut most = Series::new("19 of 20 results", "ms");
    let mut highest = Series::new("the slowest result", "ms");
    for _ in 0..ROUNDS {
        let mut hub = Hub::start(place)?;
        let heard: Heard = hub.does(&format!("latency {MACHINES} {RESULTS} {EVERY}"))?;
        same("results", MACHINES * RESULTS, heard.results)?;
        median.push(heard.median);
        most.push(heard.most);
        highest.push(heard.highest);
    }
    Ok(Measured::of(median).beside([most, highest]))
}
