//! How fast a publish is, against Pyblish's own.
//!
//! Policy: the figure is the publish itself, in a server and in an interpreter that are both warm. What it takes to
//! start the two programs is told beside it: a farm pays for that too, but it is another question. Ours is timed
//! from the request to the moment when a reader sees the run's end, so it includes HTTP and the history on disk,
//! of which Pyblish has neither. Each round has a server of its own: after three such runs in one history its
//! retention begins to forget, and only some rounds would pay for it. Ours has two threads at work and Pyblish one,
//! so a busy neighbour slows ours more: the processor time of both is told, which says how much that was.

use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::measure::{Bound, Measured, Series, same};
use super::place::Place;
use super::play::Play;
use super::python::{self, Python};
use super::server::{self, Server};
use super::{Figure, resident};
use crate::step;

pub const FIGURE: Figure = Figure {
    name: "run",
    about: "a publish of 1,000 instances x 100 plug-ins that do nothing: times as fast as pyblish-base 1.8.12",
    bound: Bound::AtLeast(3.0),
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

/// Seconds of one run in a server that has had a small one, and seconds of processor time.
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

/// Seconds of a process that publishes once. What it did is asked of its history afterwards.
fn whole(place: &Place) -> Result<f64> {
    let (scenario, history) = (place.folder("scenario")?, place.folder("history")?);
    PLAY.write(&scenario)?;
    let mut command = place.endpoint();
    command
        .arg("publish")
        .args(server::arguments(&scenario, &history))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // A line for each pair: a farm writes them to a file.
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
    let mut command = place.endpoint();
    command
        .args(["history", "list", "--json", "--history-dir"])
        .arg(&*history);
    let output = command
        .output()
        .with_context(|| step::cannot_start(&command))?;
    let sessions: Value =
        serde_json::from_slice(&output.stdout).context("the history is no JSON")?;
    let succeeded = sessions[0]["runs"][0]["succeeded"].as_u64().unwrap_or(0);
    same("pairs of the process's run", PLAY.pairs() + 1, succeeded)?;
    Ok(seconds)
}
