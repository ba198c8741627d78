//! Hosts with the bridge in them: `bpy` in a Python, `blender -b`, and a plain Python.
//!
//! Policy: each is a separate process, with the same plug-ins in a folder. `host.py` beside this
//! file runs in the host. It is also the other side of the bridge when only the bridge is measured.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::child::Talker;
use super::place::{self, Folder, Place};
use super::play::Play;
use crate::python::Environment;
use crate::pythons::{BLENDER, JUDGE};
use crate::step;

/// Which host.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// The reference Python, with pyblish-base.
    Python,
    /// `bpy` in a Python.
    Bpy,
    /// The installed `blender -b`.
    Background,
    /// The installed Blender with a window, on the X11 screen of this number.
    Window(u32),
}

/// A collector, a plug-in that changes something and is for no instance, and this many that do
/// nothing.
fn plugins(play: Play) -> String {
    let mut text = format!(
        "import pyblish.api\n\n\
         class Collect(pyblish.api.ContextPlugin):\n    order = 0\n    def process(self, context):\n        \
         for number in range({}):\n            context.create_instance('instance%d' % number, family='model', \
         families=['a', 'b'], frames=[1001, 1002])\n\n",
        play.instances
    );
    for number in 0..play.plugins {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "class Plugin{number}(pyblish.api.InstancePlugin):\n    order = 1\n    def process(self, instance):\n        \
             pass\n\n"
        );
    }
    text
}

/// A plug-in that changes one key, for the figure that measures this.
const CHANGE: &str = "class Change(pyblish.api.InstancePlugin):\n    order = 0.1\n    def process(self, instance):\n        \
    instance.data['frame'] = instance.data.get('frame', 0) + 1\n";

/// A folder with these plug-ins.
pub fn folder(place: &Place, play: Play, with_change: bool) -> Result<Folder> {
    let folder = place.folder("plugins")?;
    let mut text = plugins(play);
    if with_change {
        text += CHANGE;
    }
    place::write(&folder.join("plugins.py"), text.as_bytes())?;
    Ok(folder)
}

impl Kind {
    /// Installs what the host needs, or says what is missing.
    pub fn prepare(self, place: &Place) -> Result<()> {
        JUDGE.prepare(place.workspace)?;
        match self {
            Kind::Python => Ok(()),
            Kind::Bpy => BLENDER.prepare(place.workspace),
            Kind::Background | Kind::Window(_) => {
                let asked = Command::new("blender").arg("--version").output();
                asked.map(drop).context(
                    "there is no blender on PATH (`cargo xtask test --hosts` installs Debian's)",
                )
            }
        }
    }

    /// The command that starts it with the bridge.
    pub fn command(self, place: &Place, plugins: &Folder) -> Result<Command> {
        let script = place.workspace.root.join("xtask/src/bench/host.py");
        let (mut command, module, host) = match self {
            Kind::Python => (JUDGE.python(place.workspace), "json", "python"),
            Kind::Bpy => (BLENDER.python(place.workspace), "bpy", "blender"),
            Kind::Background | Kind::Window(_) => (blender(self), "bpy", "blender"),
        };
        command
            .arg(script)
            .args(["--", "serve", module, "--host", host, "--paths"])
            .arg(&**plugins)
            .env("BENCH_BRIDGE", place.workspace.release())
            .env("BENCH_PYBLISH", pyblish(place)?)
            .env("XDG_RUNTIME_DIR", place.meeting())
            .env("PYTHONDONTWRITEBYTECODE", "1");
        Ok(command)
    }

    /// A running host for a server to find. It ends when this is dropped.
    pub fn start(self, place: &Place, plugins: &Folder) -> Result<Talker> {
        let mut command = self.command(place, plugins)?;
        command.args(["--exit-with", &std::process::id().to_string()]);
        let mut host = Talker::start("the host", command)?;
        let _: Listening = host.hear_past_noise()?;
        Ok(host)
    }

    /// A running host, and an adapter in Python for it.
    pub fn drive(self, place: &Place, plugins: &Folder) -> Result<Talker> {
        let host = self.command(place, plugins)?;
        let mut command = script(place, &JUDGE);
        command
            .arg("drive")
            .arg(host.get_program())
            .args(host.get_args())
            .env("BENCH_BRIDGE", place.workspace.release())
            .env("BENCH_PYBLISH", pyblish(place)?)
            .env("XDG_RUNTIME_DIR", place.meeting());
        Talker::start("the bridge", command)
    }
}

/// The message of a host when its bridge listens.
#[derive(Deserialize)]
struct Listening {
    #[serde(rename = "address")]
    _address: String,
}

/// Pyblish alone, in the Python with `bpy` or in the reference Python.
pub fn alone(place: &Place, kind: Kind, plugins: &Folder) -> Result<Talker> {
    let mut command = match kind {
        Kind::Python => script(place, &JUDGE),
        Kind::Bpy => script(place, &BLENDER),
        Kind::Background | Kind::Window(_) => {
            let mut command = blender(kind);
            let script = place.workspace.root.join("xtask/src/bench/host.py");
            command.arg(script).arg("--");
            command.env("BENCH_PYBLISH", pyblish(place)?);
            command
        }
    };
    let module = if kind == Kind::Python { "json" } else { "bpy" };
    command.args(["alone", module]).arg(&**plugins);
    Talker::start("Pyblish", command)
}

/// The installed Blender, which runs the script that comes next.
fn blender(kind: Kind) -> Command {
    let mut command = Command::new("blender");
    match kind {
        Kind::Window(screen) => command
            .env("DISPLAY", format!(":{screen}"))
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env_remove("WAYLAND_DISPLAY"),
        _ => command.arg("-b"),
    };
    command.args(["--factory-startup", "--python"]);
    command
}

fn script(place: &Place, environment: &Environment) -> Command {
    let mut command = environment.python(place.workspace);
    command.arg(place.workspace.root.join("xtask/src/bench/host.py"));
    command
}

/// The folder of the reference Python's pyblish-base, for a host without one.
fn pyblish(place: &Place) -> Result<String> {
    let mut command = JUDGE.python(place.workspace);
    let line = "import os, pyblish; print(os.path.dirname(os.path.dirname(pyblish.__file__)))";
    let output = command
        .args(["-c", line])
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| step::cannot_start(&command))?;
    ensure!(
        output.status.success(),
        "there is no pyblish-base in {command:?}"
    );
    let text = String::from_utf8(output.stdout).context("the path is not UTF-8")?;
    Ok(text.trim().to_owned())
}
