//! pyblish-base itself, doing the same work: `publish.py` beside this file, in the reference
//! Python.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::child::Talker;
use super::measure::same;
use super::place::Place;
use super::play::Play;
use crate::pythons::JUDGE;
use crate::step;

/// A Python with pyblish-base in it, which has published once already.
pub struct Python {
    talker: Talker,
    play: Play,
}

/// The result of a publish.
#[derive(Deserialize)]
struct Published {
    seconds: f64,
    /// Seconds of processor time.
    busy: f64,
    pairs: u64,
    instances: u64,
}

impl Python {
    /// Starts it, and publishes a little, so that everything is loaded.
    pub fn warm(place: &Place, play: Play) -> Result<Self> {
        JUDGE.prepare(place.workspace)?;
        let talker = Talker::start("Python", script(place))?;
        let small = Play::new(10, 10);
        let mut python = Python {
            talker,
            play: small,
        };
        python.publish()?;
        python.play = play;
        Ok(python)
    }

    /// Seconds of one `pyblish.util.publish()`, and seconds of processor time.
    pub fn publish(&mut self) -> Result<(f64, f64)> {
        let Play { instances, plugins } = self.play;
        self.talker.tell(&format!("{instances} {plugins}"))?;
        let published: Published = self.talker.hear()?;
        same(
            "pairs of Pyblish's run",
            self.play.pairs() + 1,
            published.pairs,
        )?;
        same("instances of Pyblish's run", instances, published.instances)?;
        Ok((published.seconds, published.busy))
    }
}

fn script(place: &Place) -> Command {
    let mut command = JUDGE.python(place.workspace);
    command.arg(place.workspace.root.join("xtask/src/bench/publish.py"));
    command
}

/// A whole process that publishes once.
pub fn once(place: &Place, play: Play) -> Result<()> {
    let mut command = script(place);
    command.args([play.instances.to_string(), play.plugins.to_string()]);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output();
    let output = output.with_context(|| step::cannot_start(&command))?;
    ensure!(
        output.status.success(),
        "Python failed ({}); see its messages above",
        output.status
    );
    let published: Published =
        serde_json::from_slice(&output.stdout).context("Python did not print JSON")?;
    same("pairs of Pyblish's run", play.pairs() + 1, published.pairs)
}
