//! The rez package, in a repository of its own.

use std::process::Command;

use anyhow::{Result, bail};

use super::super::target::NATIVE;
use super::proving::{Proof, Proving};
use crate::child;
use crate::pythons::REZ;
use crate::scene::Scene;

/// rez's commands, whose scripts cannot be moved with their folder.
const START: &str = "
import sys
from rez.cli import _entry_points
sys.argv[0] = 'rez-' + sys.argv[1]
command = getattr(_entry_points, 'run_rez_' + sys.argv.pop(1))
sys.exit(command())
";

/// Resolves it, and runs the program in the resolved environment.
pub fn resolves(proving: &Proving<'_>) -> Result<Proof> {
    if !proving
        .targets(NATIVE.system)
        .any(|target| target == NATIVE)
    {
        return Ok(Proof::NotShown(
            "its variant for this machine was not made".into(),
        ));
    }
    REZ.prepare(proving.workspace)?;
    let folder = proving.folder("rez")?;
    let file = proving
        .made
        .join(format!("{}-rez.tar.gz", proving.release.name()));
    child::quietly(
        Command::new("tar")
            .arg("-xf")
            .arg(file)
            .arg("-C")
            .arg(&folder),
    )?;
    let scene = Scene::new(proving.workspace, &folder)?;
    let rez = |arguments: &[&str]| {
        let mut command = REZ.python(proving.workspace);
        command.args(["-c", START]).args(arguments);
        scene.user(&mut command);
        command.env("REZ_PACKAGES_PATH", &folder);
        command.env("REZ_LOCAL_PACKAGES_PATH", &folder);
        child::quietly(&mut command)
    };
    // A studio has these.
    for name in ["platform", "arch"] {
        rez(&["bind", name])?;
    }
    let said = rez(&[
        "env",
        "pyblish_endpoint",
        "--",
        "pyblish-endpoint",
        "adapters",
        "list",
    ])?;
    for adapter in ["folder", "blender", "pyplugins"] {
        if !said.contains(adapter) {
            bail!("the adapter {adapter} is not listed:\n{said}");
        }
    }
    rez(&["env", "pyblish_endpoint", "--", "pyblish-endpoint", "list"])?;
    let grants = scene.grants();
    let publish = [
        "env",
        "pyblish_endpoint",
        "--",
        "pyblish-endpoint",
        "publish",
    ];
    let grants = grants.iter().map(String::as_str);
    rez(&publish.into_iter().chain(grants).collect::<Vec<_>>())?;
    scene.has_version("v001")?;
    Ok(Proof::Shown("resolved, listed, published".into()))
}
