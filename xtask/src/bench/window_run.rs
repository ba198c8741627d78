//! The time of a publish of a scene in a Blender with a window, compared with Pyblish alone there,
//! and how long that window cannot do its own work meanwhile.
//!
//! Policy: the window is on a virtual screen, drawn by the processor. Its own drawing is part of
//! both figures: Pyblish alone draws nothing until it has ended.

use anyhow::Result;

use super::figure::Figure;
use super::host::Kind;
use super::measure::{Bound, Measured};
use super::place::Place;
use super::scene;
use super::screen::Screen;

pub const FIGURE: Figure = Figure {
    name: "window-run",
    about: "the same in a Blender with a window, against pyblish.util.publish() from its console",
    bound: Bound::AtMost(5.0),
    goal: Some(Bound::AtMost(2.5)),
    unit: "x",
    measure,
};

pub const GAP_FIGURE: Figure = Figure {
    name: "window-gap",
    about: "the longest time between two turns of that window's own loop, while little plug-ins run",
    bound: Bound::AtMost(50.0),
    goal: None,
    unit: "ms",
    measure: scene::gap,
};

fn measure(place: &Place) -> Result<Measured> {
    let screen = Screen::start()?;
    scene::run(place, Kind::Window(screen.number))
}
