//! Makes everything again, and compares the bytes.
//!
//! Our own crates are compiled again, and the whole program is optimized and linked again. The
//! libraries are not: that would take as long as a release. That they are the same is the promise of
//! cargo's lock file and of rustc.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::super::making::Making;
use super::super::{program, stage, sums};
use super::proving::{Proof, Proving};
use crate::child;

/// Makes it again, and compares all digests.
pub fn same(proving: &Proving<'_>) -> Result<Proof> {
    let elsewhere = program::built_in(proving.workspace);
    for target in proving.programs.iter().map(|program| program.target) {
        let mut clean = elsewhere.cargo();
        clean.args([
            "clean",
            "--quiet",
            "--profile",
            "dist",
            "--workspace",
            "--target",
            target.triple,
        ]);
        child::quietly(&mut clean)?;
    }
    let again = proving.folder("again")?;
    let targets: Vec<_> = proving
        .programs
        .iter()
        .map(|program| program.target)
        .collect();
    let making = Making {
        workspace: proving.workspace,
        release: proving.release,
        into: &again,
    };
    making.all(&targets)?;
    let (first, second) = (digests(proving.made)?, digests(&again)?);
    let mut differ = Vec::new();
    for (name, digest) in &first {
        if second.get(name) != Some(digest) {
            differ.push(name.as_str());
        }
    }
    let is_mac = |name: &&str| name.contains("-apple-darwin") || name.contains("-macosx_");
    if !differ.iter().all(is_mac) {
        bail!("these differ: {}", differ.join(", "));
    }
    if !differ.is_empty() {
        return Ok(Proof::NotShown(format!(
            "the symbols of programs for macOS have the times of object files in them, so these differ: {}; \
             the other {} files are the same",
            differ.join(", "),
            first.len() - differ.len()
        )));
    }
    Ok(Proof::Shown(format!("all {} files", first.len())))
}

fn digests(folder: &std::path::Path) -> Result<BTreeMap<String, String>> {
    let mut digests = BTreeMap::new();
    for name in stage::files(folder)? {
        if name.starts_with(sums::SUMS) {
            continue;
        }
        let said = child::quietly(Command::new("sha256sum").arg(&name).current_dir(folder))?;
        let digest = said.split(' ').next().context("sha256sum says nothing")?;
        digests.insert(name, digest.to_owned());
    }
    Ok(digests)
}
