//! How fast the page's first list comes from a database with years of publishes.
//!
//! Policy: the runs and results are made in the database, because sending them would take hours.
//! There are 1,000,000 runs and as many results, which is a hundredth of what a large studio has in
//! a year: the list does not read results, and more of them would take the disk of this machine. The
//! hub's time is that of a request over HTTP, with the check of its token and the total; psql's is
//! its own `\timing` of the bare query, on one connection.

use anyhow::Result;
use serde::Deserialize;

use super::figure::Figure;
use super::hub::Hub;
use super::measure::{Bound, Measured, Series};
use super::place::Place;

pub const FIGURE: Figure = Figure {
    name: "hub-list",
    about: "the page's first list among 1,000,000 runs and 1,000,000 results, against the bare query in psql",
    bound: Bound::AtMost(3.0),
    goal: None,
    unit: "x",
    measure,
};

const RUNS: u64 = 1_000_000;
const RESULTS: u64 = 1_000_000;

#[derive(Deserialize)]
struct Listed {
    hub: Vec<f64>,
    psql: Vec<f64>,
}

fn measure(place: &Place) -> Result<Measured> {
    let mut hub = Hub::start(place)?;
    let Listed { hub, psql } = hub.does(&format!("list {RUNS} {RESULTS}"))?;
    let hub = Series::of("the hub's list", "ms", hub);
    let psql = Series::of("the bare query in psql", "ms", psql);
    let ratio = hub.by(&psql, "of the time of the bare query");
    Ok(Measured::of(ratio).beside([hub, psql]))
}
