//! The time of a publish of a scene in `blender -b`, compared with Pyblish alone there.

use anyhow::Result;

use super::figure::Figure;
use super::host::Kind;
use super::measure::{Bound, Measured};
use super::place::Place;
use super::scene;

pub const FIGURE: Figure = Figure {
    name: "background-run",
    about: "a publish in blender -b of 2,000 objects x 12 little plug-ins, against pyblish.util.publish() there",
    bound: Bound::AtMost(4.5),
    goal: Some(Bound::AtMost(2.0)),
    unit: "x",
    measure,
};

fn measure(place: &Place) -> Result<Measured> {
    scene::run(place, Kind::Background)
}
