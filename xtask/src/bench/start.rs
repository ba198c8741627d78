//! The time from starting the program to its first answer, with the adapter in the compile cache,
//! compared with a Python that imports Flask, which the first Pyblish Endpoint did at its start.
//!
//! Policy: our time is until `GET /pyblish/v2` is answered. The Python does nothing but import.

use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::figure::Figure;
use super::measure::{Bound, Measured, Series};
use super::place::Place;
use super::play::Play;
use super::server::Server;
use crate::pythons::FLASK;
use crate::step;

pub const FIGURE: Figure = Figure {
    name: "start",
    about: "from starting the process to its first answer, against `python3 -c 'import flask'`",
    bound: Bound::AtMost(0.25),
    goal: None,
    unit: "x",
    measure,
};

const PLAY: Play = Play::new(1, 1);

const ROUNDS: usize = 11;

fn measure(place: &Place) -> Result<Measured> {
    FLASK.prepare(place.workspace)?;
    let mut ours = Series::new("pyblish-endpoint serve", "s");
    let mut python = Series::new("python3 -c 'import flask'", "s");
    for round in 0..=ROUNDS {
        let begin = Instant::now();
        let server = Server::start(place, PLAY)?;
        server.get("/pyblish/v2")?;
        let started = begin.elapsed().as_secs_f64();
        drop(server);
        let imported = import_flask(place)?;
        // The first round compiles the adapter, and reads both programs into memory.
        if round > 0 {
            ours.push(started);
            python.push(imported);
        }
    }
    let ratio = ours.by(&python, "of the time of the import");
    Ok(Measured::of(ratio).beside([ours, python]))
}

fn import_flask(place: &Place) -> Result<f64> {
    let mut command = FLASK.python(place.workspace);
    command.args(["-c", "import flask"]).stdin(Stdio::null());
    let begin = Instant::now();
    let status = command
        .status()
        .with_context(|| step::cannot_start(&command))?;
    let seconds = begin.elapsed().as_secs_f64();
    ensure!(status.success(), "{command:?} failed ({status})");
    Ok(seconds)
}
