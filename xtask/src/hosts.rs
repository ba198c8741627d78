//! Tests with real hosts and the real QML: installs those that are missing, and runs `tests/real`.
//!
//! Policy: it says in advance what it installs, with the size. Blender as a module goes into
//! cargo's target folder. Programs are Debian's packages, which need root; on other systems the
//! step names them and fails. If a host is missing, its test fails instead of being skipped; to run
//! fewer tests, name them.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{compile, debian, pythons, step};

/// Debian's packages: hosts, modules that their Pythons need, and a virtual screen.
const PACKAGES: [&str; 10] = [
    "blender",
    "python3-numpy",
    "freecad-python3",
    "krita",
    "python3-pyqt5",
    "python3-sip",
    "xvfb",
    // Libraries that Qt loads, and tools that click in its window and take pictures of it.
    "libpulse-mainloop-glib0",
    "xdotool",
    "imagemagick",
];

/// `arguments` are for the tests, such as a part of their names.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    debian::install(&PACKAGES, "without them no host can be tested")?;
    // The hosts from Debian's packages use its pyblish-base.
    pythons::JUDGE.prepare(workspace)?;
    pythons::BLENDER.prepare(workspace)?;
    pythons::QML.prepare(workspace)?;
    compile::all(workspace)?;
    let mut command = compile::native(workspace, "test");
    command.args(["--test", "real"]).args(arguments);
    step::run(
        "testing with Blender, FreeCAD, Krita and Pyblish QML",
        &mut command,
    )
}
