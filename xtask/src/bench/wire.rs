//! How many bytes a machine sends to the hub for a pair that does nothing.
//!
//! Policy: all bytes to the hub count, with the headers of HTTP, as a proxy between the two counts
//! them. They are divided by the pairs of the publish.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::figure::Figure;
use super::hub::{Counted, Hub};
use super::measure::{Bound, Measured, Series};
use super::place::Place;
use super::play::Play;
use super::server::Server;

pub const FIGURE: Figure = Figure {
    name: "wire",
    about: "bytes to the hub for each pair of a publish of 1,000 instances x 100 plug-ins that do nothing",
    bound: Bound::AtMost(40.0),
    goal: None,
    unit: "bytes",
    measure,
};

const PLAY: Play = Play::new(1000, 100);

const ROUNDS: usize = 3;

/// How long to wait for what is on its way, and how often.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS: usize = 3000;

fn measure(place: &Place) -> Result<Measured> {
    let mut each = Series::new("for each pair", "bytes");
    let mut hub = Hub::start(place)?;
    let server = Server::start_beside(place, PLAY, &hub.config(&hub.counted))?;
    for _ in 0..ROUNDS {
        let before: Counted = hub.does("counted")?;
        server.publish()?;
        let mut after: Counted = hub.does("counted")?;
        let mut looks = 0;
        while after.results < before.results + PLAY.pairs() {
            ensure!(looks < LOOKS, "the hub does not get all results");
            looks += 1;
            thread::sleep(LOOK);
            after = hub.does("counted")?;
        }
        each.push((after.bytes - before.bytes) as f64 / PLAY.pairs() as f64);
    }
    Ok(Measured::of(each))
}
