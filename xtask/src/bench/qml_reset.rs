//! How long QML waits for our host at a reset, compared with its own host.
//!
//! Policy: both sides use the same child instead of QML, which makes QML's calls and is started by
//! the host that it measures. Both do the same work: a collector that creates the instances, and
//! plug-ins that do nothing, read from a file at each reset. QML's own host has everything in its
//! process. Our host has the session in another process, keeps a history on disk, and receives the
//! events before it answers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::figure::Figure;
use super::measure::{Bound, Measured, Series, same};
use super::place::{self, Folder, Place};
use super::play::Play;
use super::server::Server;
use crate::pythons::OTHERS;
use crate::step;

pub const FIGURE: Figure = Figure {
    name: "qml-reset",
    about: "QML's reset of 500 instances x 50 plug-ins through us, against its own host in its process",
    bound: Bound::AtMost(1.0),
    unit: "x",
    measure,
};

const PLAY: Play = Play::new(500, 50);

const ROUNDS: usize = 7;

/// How many resets a round has on each side; the first few warm up and are not counted.
const RESETS: usize = 25;
const FIRST: usize = 5;

/// The child's record of a reset.
#[derive(Deserialize)]
struct Reset {
    seconds: f64,
    plugins: u64,
    instances: u64,
}

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
    let child = Child::new(place)?;
    let mut command = place.endpoint();
    let url = format!("http://{}", server.address);
    command
        .args(["qml", "--url", &url, "--python"])
        .arg(&child.path);
    child.resets(command)
}

fn own_host(place: &Place) -> Result<f64> {
    let plugins = place.folder("qml-plugins")?;
    let text = plugins_of(PLAY);
    place::write(&plugins.join("plugins.py"), text.as_bytes())?;
    let child = Child::new(place)?;
    let mut command = OTHERS.python(place.workspace);
    command
        .arg(place.workspace.root.join("xtask/src/bench/qml_host.py"))
        .arg(&*plugins)
        .arg(&child.path);
    child.resets(command)
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

#[cfg(unix)]
fn make_program(script: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(script, fs::Permissions::from_mode(0o700))
        .with_context(|| format!("cannot make {} a program", script.display()))
}

#[cfg(not(unix))]
fn make_program(_: &Path) -> Result<()> {
    anyhow::bail!("the stand-in for QML is a shell script, so this can only be measured on Unix")
}

/// The program that is started instead of QML.
struct Child {
    _folder: Folder,
    path: PathBuf,
    out: PathBuf,
}

impl Child {
    fn new(place: &Place) -> Result<Self> {
        let folder = place.folder("qml-child")?;
        let (path, out) = (folder.join("child"), folder.join("out.json"));
        let python = OTHERS.python(place.workspace);
        let script = place.workspace.root.join("xtask/src/bench/qml_child.py");
        let word = |path: &Path| format!("'{}'", path.display());
        let text = format!(
            "#!/bin/sh\nexec {} {} {} {RESETS} \"$@\"\n",
            word(python.get_program().as_ref()),
            word(&script),
            word(&out)
        );
        place::write(&path, text.as_bytes())?;
        make_program(&path)?;
        Ok(Child {
            _folder: folder,
            path,
            out,
        })
    }

    /// Milliseconds of a reset with this host.
    fn resets(&self, mut command: Command) -> Result<f64> {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let status = command
            .status()
            .with_context(|| step::cannot_start(&command))?;
        ensure!(
            status.success(),
            "{command:?} failed ({status}); see its messages above"
        );
        let text = fs::read_to_string(&self.out)
            .with_context(|| format!("there is no {}", self.out.display()))?;
        let resets: Vec<Reset> =
            serde_json::from_str(&text).context("the child's records are not JSON")?;
        let mut times = Series::new("a reset", "ms");
        for reset in resets.iter().skip(FIRST) {
            same("instances that QML got", PLAY.instances, reset.instances)?;
            same("plug-ins that QML got", PLAY.plugins + 1, reset.plugins)?;
            times.push(reset.seconds * 1000.0);
        }
        Ok(times.median())
    }
}
