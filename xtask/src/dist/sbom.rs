//! The list of everything that is in a program (SBOM), in the format of CycloneDX.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::release::Release;
use super::stage;
use super::target::Target;
use crate::child;
use crate::step;
use crate::tools::CARGO_CYCLONEDX;
use crate::workspace::Workspace;

/// Writes the list for one system.
pub fn list(workspace: &Workspace, release: &Release, target: &Target, into: &Path) -> Result<()> {
    let name = format!("{}-{}.cdx", release.name(), target.triple);
    step::say(&format!(
        "listing what is in the program for {}",
        target.triple
    ));
    let program = CARGO_CYCLONEDX.prepare(workspace)?;
    // It writes beside each manifest, so it gets a copy of the sources.
    let copy = workspace.target.join("dist-work").join("sources");
    stage::remove(&copy)?;
    std::fs::create_dir_all(&copy).with_context(|| format!("cannot make {}", copy.display()))?;
    let archive = copy.with_extension("tar");
    child::quietly(
        Command::new("git")
            .args(["archive", "--format=tar", "--output"])
            .arg(&archive)
            .arg(&release.commit)
            .current_dir(&workspace.root),
    )?;
    child::quietly(
        Command::new("tar")
            .arg("-xf")
            .arg(&archive)
            .arg("-C")
            .arg(&copy),
    )?;
    let mut command = Command::new(program);
    workspace.set(&mut command);
    command
        .args([
            "cyclonedx",
            "--quiet",
            "--format",
            "json",
            "--no-build-deps",
        ])
        .args(["--target", target.triple, "--override-filename", &name])
        .arg("--manifest-path")
        .arg(copy.join("runtime/cli/Cargo.toml"))
        .env("SOURCE_DATE_EPOCH", release.epoch.to_string())
        .current_dir(&copy);
    child::quietly(&mut command)?;
    let file = format!("{name}.json");
    std::fs::copy(copy.join("runtime/cli").join(&file), into.join(&file))
        .with_context(|| format!("cargo-cyclonedx wrote no {file}"))
        .map(drop)
}
