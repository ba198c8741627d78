//! The time of a publish of Python plug-ins in the sandbox (with HTTP, the Python inside the
//! adapter, and the history on disk), compared with Pyblish alone in CPython with the same
//! plug-ins.

use anyhow::Result;

use super::figure::Figure;
use super::host::{self, Kind};
use super::host_run::against_pyblish;
use super::measure::{Bound, Measured};
use super::place::Place;
use super::play::Play;
use super::sandbox;
use super::server::Server;

pub const FIGURE: Figure = Figure {
    name: "sandbox-run",
    about: "a publish in the sandbox of 200 instances x 20 Python plug-ins that do nothing, against pyblish.util.publish()",
    bound: Bound::AtMost(4.0),
    goal: Some(Bound::AtMost(2.0)),
    unit: "x",
    measure,
};

const PLAY: Play = Play::new(200, 20);

const ROUNDS: usize = 15;

fn measure(place: &Place) -> Result<Measured> {
    Kind::Python.prepare(place)?;
    sandbox::prepare(place)?;
    let plugins = host::folder(place, PLAY, false)?;
    let server = Server::start_in_sandbox(place, &plugins, PLAY)?;
    let mut alone = host::alone(place, Kind::Python, &plugins)?;
    against_pyblish(&server, &mut alone, PLAY, ROUNDS)
}
