//! `SHA256SUMS` of all files, and its signature by minisign.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::release::Release;
use super::stage;
use crate::child;
use crate::step;

/// The list of digests, and what its signature is called.
pub const SUMS: &str = "SHA256SUMS";
pub const SIGNATURE: &str = "SHA256SUMS.minisig";

/// Writes the digests of all files in this folder.
pub fn write(folder: &Path) -> Result<()> {
    let files = stage::files(folder)?;
    let files = files.iter().filter(|file| !file.starts_with(SUMS));
    let sums = child::quietly(Command::new("sha256sum").args(files).current_dir(folder))?;
    std::fs::write(folder.join(SUMS), sums).context("cannot write SHA256SUMS")
}

/// Signs them with this key, which must have no password: nobody sits beside a build.
pub fn sign(folder: &Path, release: &Release, key: &Path) -> Result<()> {
    step::say("signing SHA256SUMS");
    let comment = format!("pyblish-endpoint {} {}", release.version, release.commit);
    let mut command = Command::new("minisign");
    command
        .args(["-S", "-m", SUMS, "-x", SIGNATURE])
        .args(["-t", &comment, "-c", "pyblish-endpoint"])
        .arg("-s")
        .arg(key)
        .current_dir(folder);
    child::quietly(&mut command).map(drop).with_context(|| {
        format!(
            "cannot sign with {}: it must be a secret key of minisign without a password \
             (`minisign -G -W`)",
            key.display()
        )
    })
}
