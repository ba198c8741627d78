//! How long QML waits for our host at a reset, compared with its own host.
//!
//! Policy: both sides use the same child instead of QML, which makes QML's calls and is started by
//! the host that it measures. Both do the same work: a collector that creates the instances, and
//! plug-ins that do nothing, read from a file at each reset. QML's own host has everything in its
//! process. Our host has the session in another process, keeps a history on disk, and receives the
//! events before it answers.

use anyhow::Result;

use super::figure::Figure;
use super::measure::{Bound, Measured, Series, same};
use super::place::{self, Place};
use super::play::Play;
use super::qml_child::{self, Child, Deed, Done};
use super::server::Server;
use crate::pythons::OTHERS;

pub const FIGURE: Figure = Figure {
    name: "qml-reset",
    about: "QML's reset of 500 instances x 50 plug-ins through us, against its own host in its process",
    bound: Bound::AtMost(1.0),
    goal: None,
    unit: "x",
    measure,
};

const PLAY: Play = Play::new(500, 50);

const ROUNDS: usize = 7;

/// How many resets a round has on each side; the first few warm up and are not counted.
const RESETS: usize = 25;
const FIRST: usize = 5;

fn measure(place: &Place) -> Result<Measured> {
    OTHERS.prepare(place.workspace)?;
    let mut ours = Series::new("through us", "ms");
    let mut own = Series::new("QML's own host", "ms");
    for _ in 0..ROUNDS {
        ours.push(through_us(place)?);
        own.push(own_host(place)?);
    }
    let ratios = ours.by(&own, "ratio");
    Ok(Measured::of(ratios).beside([ours, own]))
}

fn through_us(place: &Place) -> Result<f64> {
    let server = Server::start(place, PLAY)?;
    let child = Child::new(place, Deed::Reset, RESETS)?;
    median(&child.with_host(qml_child::through_us(place, &server, &child))?)
}

fn own_host(place: &Place) -> Result<f64> {
    let plugins = place.folder("qml-plugins")?;
    let text = plugins_of(PLAY);
    place::write(&plugins.join("plugins.py"), text.as_bytes())?;
    let child = Child::new(place, Deed::Reset, RESETS)?;
    median(&child.with_host(qml_child::own_host(place, &plugins, &child))?)
}

/// Milliseconds of a reset.
fn median(resets: &[Done]) -> Result<f64> {
    let mut times = Series::new("a reset", "ms");
    for reset in resets.iter().skip(FIRST) {
        same("instances that QML got", PLAY.instances, reset.instances)?;
        same("plug-ins that QML got", PLAY.plugins + 1, reset.plugins)?;
        times.push(reset.seconds * 1000.0);
    }
    Ok(times.median())
}

/// The same as the scenario that [`Play`] writes.
fn plugins_of(play: Play) -> String {
    let Play { instances, plugins } = play;
    let mut text = format!(
        "import pyblish.api\n\n\nclass Collect(pyblish.api.ContextPlugin):\n    order = 0\n\n    \
         def process(self, context):\n        for number in range({instances}):\n            \
         context.create_instance(\"instance%d\" % number)\n"
    );
    for number in 0..plugins {
        text += &format!(
            "\n\nclass Plugin{number}(pyblish.api.InstancePlugin):\n    order = 1\n\n    \
             def process(self, instance):\n        pass\n"
        );
    }
    text
}
