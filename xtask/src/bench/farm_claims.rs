//! How many tasks a hub gives to workers in a second.
//!
//! Policy: 16 workers claim at once over HTTP, each with a token of its own, which the hub checks for
//! each claim; 16 clients of pgbench do the bare `FOR UPDATE SKIP LOCKED` on a table with the same
//! index, over the socket. Both have as many ready rows, with five priorities. The workers, the hub
//! and the database share this machine (`tests/examples/claims.rs`), and the database has `fsync`, as
//! that of a studio.

use anyhow::Result;
use serde::Deserialize;

use super::child::Talker;
use super::figure::Figure;
use super::measure::{Bound, Measured, Series};
use super::place::Place;

pub const FIGURE: Figure = Figure {
    name: "farm-claims",
    about: "tasks a second that a hub gives to 16 workers, against the bare SKIP LOCKED of 16 clients of pgbench",
    bound: Bound::AtLeast(0.5),
    goal: None,
    unit: "x",
    measure,
};

const ROUNDS: usize = 5;

#[derive(Deserialize)]
struct Round {
    hub: f64,
    bare: f64,
}

fn measure(place: &Place) -> Result<Measured> {
    let mut talker = Talker::start("the claims", place.example("claims"))?;
    let mut hub = Series::new("the hub", "/s");
    let mut bare = Series::new("the bare statement", "/s");
    for _ in 0..ROUNDS {
        let round: Round = talker.hear()?;
        hub.push(round.hub);
        bare.push(round.bare);
    }
    let ratio = hub.by(&bare, "of the bare statement");
    Ok(Measured::of(ratio).beside([hub, bare]))
}
