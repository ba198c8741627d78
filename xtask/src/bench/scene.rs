//! A scene in the installed Blender: two thousand objects, and little plug-ins that do what a
//! studio's do with each.
//!
//! Policy: Pyblish alone runs in another process of the same Blender, from a script, as from its
//! console. Both run the same file of plug-ins, and have published once before.

use anyhow::Result;
use serde_json::Value;

use super::child::Talker;
use super::host::{self, Kind};
use super::host_run::against_pyblish;
use super::measure::{Measured, Series};
use super::place::{self, Folder, Place};
use super::play::Play;
use super::screen::Screen;
use super::server::Server;

/// What is published.
pub const PLAY: Play = Play::new(2000, 12);

const ROUNDS: usize = 5;

/// The beginning of the plug-ins: the scene and its collector. `bench_gap` is of `host.py`, where
/// Blender has a window.
const COLLECTOR: &str = "\
import bpy
import pyblish.api
try:
    import bench_gap
except ImportError:
    bench_gap = None


class Collect(pyblish.api.ContextPlugin):
    order = 0

    def process(self, context):
        for number in range(COUNT):
            name = 'object%04d' % number
            thing = bpy.data.objects.get(name) or bpy.data.objects.new(name, None)
            context.create_instance(name, family='model').append(thing)


class BeginGap(pyblish.api.ContextPlugin):
    order = 0.4

    def process(self, context):
        bench_gap and bench_gap.begin()


class EndGap(pyblish.api.ContextPlugin):
    order = 3

    def process(self, context):
        context.data['gap'] = bench_gap and bench_gap.end()
";

/// What the plug-ins do with an instance, in turns.
const WORK: [&str; 4] = [
    "assert tuple(instance[0].scale) == (1, 1, 1)",
    "assert instance.name == instance[0].name and len(instance.name) < 64",
    "self.log.info('Checked %s' % instance.name)",
    "instance.data['location'] = list(instance[0].location)",
];

/// A folder with the plug-ins.
pub fn plugins(place: &Place) -> Result<Folder> {
    let mut text = COLLECTOR.replace("COUNT", &PLAY.instances.to_string());
    for (number, work) in (0..PLAY.plugins).zip(WORK.iter().cycle()) {
        text += &format!(
            "\n\nclass Plugin{number}(pyblish.api.InstancePlugin):\n    order = 1\n\n    \
             def process(self, instance):\n        {work}\n"
        );
    }
    let folder = place.folder("plugins")?;
    place::write(&folder.join("plugins.py"), text.as_bytes())?;
    Ok(folder)
}

/// A publish of the scene through us, against Pyblish alone in the same kind of Blender.
pub fn run(place: &Place, kind: Kind) -> Result<Measured> {
    kind.prepare(place)?;
    let plugins = plugins(place)?;
    let _host = kind.start(place, &plugins)?;
    let server = Server::start_in_host(place, "blender", PLAY)?;
    let mut alone: Talker = host::alone(place, kind, &plugins)?;
    against_pyblish(&server, &mut alone, PLAY, ROUNDS)
}

/// The longest time for which the window's loop did nothing of its own while plug-ins ran, in
/// milliseconds.
pub fn gap(place: &Place) -> Result<Measured> {
    let screen = Screen::start()?;
    let window = Kind::Window(screen.number);
    window.prepare(place)?;
    let plugins = plugins(place)?;
    let _host = window.start(place, &plugins)?;
    let server = Server::start_in_host(place, "blender", PLAY)?;
    let mut longest = Series::new("the longest gap", "ms");
    let mut ours = Series::new("the longest time of ours in one turn", "ms");
    let mut turns = Series::new("turns of the window's loop in a run", "");
    for round in 0..=ROUNDS {
        server.publish()?;
        let context = server.ask("GET", &format!("{}/context", server.session), None)?;
        let gap = |name: &str| context["data"]["gap"][name].as_f64().unwrap_or(f64::NAN);
        if round > 0 {
            longest.push(gap("longest") * 1000.0);
            ours.push(gap("ours") * 1000.0);
            turns.push(gap("turns"));
        }
    }
    Ok(Measured::of(longest).beside([ours, turns]))
}

/// How many of the scene's instances the session has.
pub fn listed(server: &Server) -> Result<u64> {
    let path = format!("{}/instances?limit=100", server.session);
    let list: Value = server.ask("GET", &path, None)?;
    Ok(list["total"].as_u64().unwrap_or(0))
}
