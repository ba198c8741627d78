//! Wheels: the program for `pip install`, and the Python client.
//!
//! The program's wheel holds no Python but the bridge: pip puts the program beside the other
//! commands of an environment, and the adapters into its `share`, where the program finds them.
//! PyPA's `wheel` packs it, so that its list of digests is as pip wants it.

use std::path::Path;

use anyhow::Result;

use super::program::Program;
use super::release::Release;
use super::shared::Shared;
use super::stage::Stage;
use crate::child;
use crate::pythons::{CLIENT, RELEASES};
use crate::step;
use crate::workspace::Workspace;

/// The program's wheel for one system.
pub fn program(
    workspace: &Workspace,
    release: &Release,
    shared: &Shared,
    program: &Program,
    into: &Path,
) -> Result<()> {
    let tag = format!("py3-none-{}", program.target.wheel);
    step::say(&format!("packing the wheel {tag}"));
    let name = format!("pyblish_endpoint-{}", release.version);
    let place = workspace.target.join("dist-work").join("wheels");
    let stage = Stage::new(&place.join(&tag).join(&name), release.epoch)?;
    let data = format!("{name}.data");
    let scripts = format!("{data}/scripts/{}", program.target.program());
    stage.program(&program.file, &scripts)?;
    let share = format!("{data}/data/share");
    stage.copy(
        &shared.adapters,
        &format!("{share}/pyblish-endpoint/adapters"),
    )?;
    stage.copy(&shared.man, &format!("{share}/man/man1"))?;
    let bridge = shared.bridge.file_name().unwrap_or_default();
    stage.copy(&shared.bridge, &bridge.to_string_lossy())?;
    let info = format!("{name}.dist-info");
    stage.write(&format!("{info}/METADATA"), &metadata(release.version))?;
    stage.write(&format!("{info}/WHEEL"), &wheel(&tag))?;
    shared.licences(&stage, &format!("{info}/licenses"))?;
    let folder = stage.done()?;
    child::quietly(
        RELEASES
            .python(workspace)
            .args(["-m", "wheel", "pack"])
            .arg(&folder)
            .arg("--dest-dir")
            .arg(into)
            .env("SOURCE_DATE_EPOCH", release.epoch.to_string()),
    )
    .map(drop)
}

fn metadata(version: &str) -> String {
    format!(
        "Metadata-Version: 2.4\n\
         Name: pyblish-endpoint\n\
         Version: {version}\n\
         Summary: Publish from any host through sandboxed adapters, over REST\n\
         License-Expression: MIT OR Apache-2.0\n\
         License-File: LICENSE-APACHE\n\
         License-File: LICENSE-MIT\n\
         Project-URL: Source, {}\n\
         Requires-Python: >=3.7\n",
        env!("CARGO_PKG_REPOSITORY")
    )
}

fn wheel(tag: &str) -> String {
    format!("Wheel-Version: 1.0\nGenerator: cargo xtask dist\nRoot-Is-Purelib: false\nTag: {tag}\n")
}

/// The wheel of the Python client, which runs everywhere.
pub fn client(workspace: &Workspace, release: &Release, into: &Path) -> Result<()> {
    step::say("packing the wheel of the Python client");
    CLIENT.prepare(workspace)?;
    let from = workspace.root.join("clients").join("python");
    // A copy, because setuptools writes beside its sources.
    let place = workspace.target.join("dist-work").join("client-python");
    let stage = Stage::new(&place, release.epoch)?;
    for name in ["README.md", "pyproject.toml"] {
        stage.copy(&from.join(name), name)?;
    }
    let package = "pyblish_endpoint_client";
    for path in super::stage::sorted(&from.join(package))? {
        if path.is_file() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            stage.copy(&path, &format!("{package}/{name}"))?;
        }
    }
    let folder = stage.done()?;
    child::quietly(
        CLIENT
            .python(workspace)
            .args(["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"])
            .args(["--no-build-isolation", "--disable-pip-version-check"])
            .arg("--wheel-dir")
            .arg(into)
            .arg(&folder)
            .env("SOURCE_DATE_EPOCH", release.epoch.to_string()),
    )
    .map(drop)
}
