//! The time of a publish in `bpy` through HTTP, the sandbox, the bridge, and the history on disk,
//! compared with Pyblish alone in the same interpreter.

use anyhow::Result;
use serde::Deserialize;

use super::child::Talker;
use super::figure::Figure;
use super::host::{self, Kind};
use super::measure::{Bound, Measured, Series, same};
use super::place::Place;
use super::play::Play;
use super::server::Server;

pub const FIGURE: Figure = Figure {
    name: "host-run",
    about: "a publish in bpy of 200 instances x 20 plug-ins that do nothing, against pyblish.util.publish() there",
    bound: Bound::AtMost(4.0),
    goal: Some(Bound::AtMost(2.0)),
    unit: "x",
    measure,
};

const PLAY: Play = Play::new(200, 20);

const ROUNDS: usize = 9;

/// The output of Pyblish alone for a run.
#[derive(Deserialize)]
struct Published {
    seconds: f64,
    instances: u64,
}

fn measure(place: &Place) -> Result<Measured> {
    Kind::Bpy.prepare(place)?;
    let plugins = host::folder(place, PLAY, false)?;
    let _host = Kind::Bpy.start(place, &plugins)?;
    let server = Server::start_in_host(place, "blender", PLAY)?;
    let mut alone = host::alone(place, Kind::Bpy, &plugins)?;
    against_pyblish(&server, &mut alone, PLAY, ROUNDS)
}

/// The time of the server compared with Pyblish alone, measured in turns so that both have the same
/// conditions.
pub fn against_pyblish(
    server: &Server,
    alone: &mut Talker,
    play: Play,
    rounds: usize,
) -> Result<Measured> {
    let mut pyblish = Series::new("pyblish.util.publish()", "s");
    let mut ours = Series::new("the run, until readers see its end", "s");
    for round in 0..=rounds {
        alone.tell("")?;
        let published: Published = alone.hear_past_noise()?;
        same(
            "instances of Pyblish's run",
            play.instances,
            published.instances,
        )?;
        let seconds = server.publish()?;
        // The first run warms up both.
        if round > 0 {
            pyblish.push(published.seconds);
            ours.push(seconds);
        }
    }
    let ratio = ours.by(&pyblish, "times as long");
    Ok(Measured::of(ratio).beside([ours, pyblish]))
}
