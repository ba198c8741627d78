//! How long QML waits for our host in a whole publish, compared with its own host.
//!
//! Policy: as for `qml-reset`. The plug-ins are real little ones: each writes one log line, and
//! changes one value. Both sides run them in a plain Python. For each pair QML asks for the whole
//! context, which is most of what either side does. Our host has the plug-ins in another process
//! behind the bridge, and keeps a history on disk.

use std::fmt::Write as _;

use anyhow::Result;

use super::figure::Figure;
use super::host::Kind;
use super::measure::{Bound, Measured, Series, same};
use super::place::{self, Folder, Place};
use super::play::Play;
use super::qml_child::{self, Child, Deed, Done};
use super::server::Server;
use crate::pythons::OTHERS;

pub const FIGURE: Figure = Figure {
    name: "frontend-run",
    about: "a publish of 500 instances x 20 little plug-ins as QML drives it, through us, against its own host",
    bound: Bound::AtMost(0.8),
    goal: None,
    unit: "x",
    measure,
};

const PLAY: Play = Play::new(500, 20);

/// A round takes minutes: QML asks ten thousand times for five hundred instances.
const ROUNDS: usize = 3;

fn measure(place: &Place) -> Result<Measured> {
    OTHERS.prepare(place.workspace)?;
    Kind::Python.prepare(place)?;
    let plugins = plugins(place)?;
    let mut ours = Series::new("through us", "s");
    let mut own = Series::new("QML's own host", "s");
    for _ in 0..ROUNDS {
        let child = Child::new(place, Deed::Publish, 1)?;
        own.push(seconds(
            &child.with_host(qml_child::own_host(place, &plugins, &child))?,
        )?);
        let _host = Kind::Python.start(place, &plugins)?;
        let server = Server::start_in_host(place, "python", PLAY)?;
        let child = Child::new(place, Deed::Publish, 1)?;
        ours.push(seconds(
            &child.with_host(qml_child::through_us(place, &server, &child))?,
        )?);
    }
    let ratios = ours.by(&own, "of the time that its own host takes");
    Ok(Measured::of(ratios).beside([ours, own]))
}

/// The seconds of the one publish.
fn seconds(done: &[Done]) -> Result<f64> {
    let mut seconds = 0.0;
    for publish in done {
        same("instances that QML got", PLAY.instances, publish.instances)?;
        seconds += publish.seconds;
    }
    same("publishes", 1, done.len() as u64)?;
    Ok(seconds)
}

/// A collector, and plug-ins that write one log line and change one value.
fn plugins(place: &Place) -> Result<Folder> {
    let mut text = format!(
        "import pyblish.api\n\n\nclass Collect(pyblish.api.ContextPlugin):\n    order = 0\n\n    \
         def process(self, context):\n        for number in range({}):\n            \
         context.create_instance(\"instance%d\" % number, family=\"model\")\n",
        PLAY.instances
    );
    for number in 0..PLAY.plugins {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n\nclass Plugin{number}(pyblish.api.InstancePlugin):\n    order = 1\n\n    \
             def process(self, instance):\n        self.log.info(\"Checked %s\" % instance.name)\n        \
             instance.data[\"checked\"] = {number}\n"
        );
    }
    let folder = place.folder("plugins")?;
    place::write(&folder.join("plugins.py"), text.as_bytes())?;
    Ok(folder)
}
