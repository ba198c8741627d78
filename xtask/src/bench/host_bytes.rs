//! The bytes on the bridge for one changed key among 1,000 instances: the request, and the answer
//! with its frames.

use anyhow::Result;
use serde::Deserialize;

use super::figure::Figure;
use super::host::{self, Kind};
use super::measure::{Bound, Measured, Series, same};
use super::place::Place;
use super::play::Play;

pub const FIGURE: Figure = Figure {
    name: "host-bytes",
    about: "bytes on the bridge for a plug-in that changes one key, among 1,000 instances",
    bound: Bound::AtMost(2048.0),
    goal: None,
    unit: "bytes",
    measure,
};

const PLAY: Play = Play::new(1000, 1);

const ROUNDS: usize = 5;

#[derive(Deserialize)]
struct Changed {
    bytes: u32,
    instances: u64,
}

fn measure(place: &Place) -> Result<Measured> {
    Kind::Python.prepare(place)?;
    let plugins = host::folder(place, PLAY, true)?;
    let mut bridge = Kind::Python.drive(place, &plugins)?;
    let mut bytes = Series::new("bytes", "bytes");
    for _ in 0..ROUNDS {
        bridge.tell("change")?;
        let changed: Changed = bridge.hear()?;
        same("instances in the host", PLAY.instances, changed.instances)?;
        bytes.push(f64::from(changed.bytes));
    }
    Ok(Measured::of(bytes))
}
