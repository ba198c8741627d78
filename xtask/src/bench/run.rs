//! The speed of a publish, compared with Pyblish's own.
//!
//! Policy: the figure is the publish itself, in a server and an interpreter that are both warm. The
//! start of the two programs is shown beside it: it matters on a farm, but is a separate question.
//! Our time is from the request until a reader sees the run's end, so it includes HTTP and the
//! history on disk, which Pyblish does not have. Each round has its own server, so that a round
//! does not depend on the runs before it. We use two threads and Pyblish uses one, so a busy
//! machine slows us more. The processor time of both is shown, so that you can see this.

use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::figure::Figure;
use super::measure::{Bound, Measured, Series, same};
use super::place::Place;
use super::play::Play;
use super::python::{self, Python};
use super::resident;
use super::server::{self, Server};
use crate::step;

pub const FIGURE: Figure = Figure {
    name: "run",
    about: "a publish of 1,000 instances x 100 plug-ins that do nothing: times as fast as pyblish-base 1.8.12",
    bound: Bound::AtLeast(3.0),
    goal: Some(Bound::AtLeast(8.0)),
    unit: "x",
    measure,
};

pub const PLAY: Play = Play::new(1000, 100);

const ROUNDS: usize = 5;

fn measure(place: &Place) -> Result<Measured> {
    let mut python = Python::warm(place, PLAY)?;
    let mut pyblish = Series::new("pyblish.util.publish()", "s");
    let mut ours = Series::new("the run, until readers see its end", "s");
    let mut pyblish_busy = Series::new("processor time of it", "s");
    let mut our_busy = Series::new("processor time of it, and of its reset", "s");
    let mut pyblish_process = Series::new("a whole Python process", "s");
    let mut our_process = Series::new("a whole `pyblish-endpoint publish` process", "s");
    for _ in 0..ROUNDS {
        let (seconds, busy) = python.publish()?;
        pyblish.push(seconds);
        pyblish_busy.push(busy);
        let (seconds, busy) = in_server(place)?;
        ours.push(seconds);
        our_busy.push(busy);
        let begin = Instant::now();
        python::once(place, PLAY)?;
        pyblish_process.push(begin.elapsed().as_secs_f64());
        our_process.push(whole(place)?);
    }
    let ratio = pyblish.by(&ours, "times as fast");
    let of_processes = pyblish_process.by(&our_process, "times as fast, whole processes");
    Ok(Measured::of(ratio).beside([
        pyblish,
        pyblish_busy,
        ours,
        our_busy,
        of_processes,
        pyblish_process,
        our_process,
    ]))
}

/// The seconds of one run in a server that has done a small one, and the seconds of processor time.
fn in_server(place: &Place) -> Result<(f64, f64)> {
    let mut server = Server::start(place, Play::new(10, 10))?;
    server.publish()?;
    server.play(PLAY)?;
    let before = resident::time(server.pid());
    let seconds = server.publish()?;
    let busy = resident::time(server.pid()).zip(before);
    Ok((
        seconds,
        busy.map_or(f64::NAN, |(after, before)| after - before),
    ))
}

/// The seconds of a process that publishes once. Its history afterwards shows what it did.
fn whole(place: &Place) -> Result<f64> {
    let (scenario, history) = (place.folder("scenario")?, place.folder("history")?);
    PLAY.write(&scenario)?;
    let seconds = publish(place, &scenario, &history)?;
    check(place, &history, PLAY.pairs() + 1)?;
    Ok(seconds)
}

/// The seconds of a process that publishes this scenario once, and keeps its history here.
pub fn publish(place: &Place, scenario: &Path, history: &Path) -> Result<f64> {
    let mut command = place.endpoint();
    command
        .arg("publish")
        .args(server::arguments(scenario, history))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // It prints a line for each pair, which a farm writes to a file.
        .stderr(Stdio::null());
    let begin = Instant::now();
    let status = command
        .status()
        .with_context(|| step::cannot_start(&command))?;
    let seconds = begin.elapsed().as_secs_f64();
    ensure!(
        status.success(),
        "pyblish-endpoint publish failed ({status})"
    );
    Ok(seconds)
}

/// Checks that the one run of this history did so many pairs.
pub fn check(place: &Place, history: &Path, pairs: u64) -> Result<()> {
    let mut command = place.endpoint();
    command
        .args(["history", "list", "--json", "--history-dir"])
        .arg(history);
    let output = command
        .output()
        .with_context(|| step::cannot_start(&command))?;
    let sessions: Value =
        serde_json::from_slice(&output.stdout).context("the history is not JSON")?;
    let succeeded = sessions[0]["runs"][0]["succeeded"].as_u64().unwrap_or(0);
    same("pairs of the process's run", pairs, succeeded)
}
