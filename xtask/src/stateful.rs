//! Plays random sequences against the real server for a given time, and stops at the first finding.
//!
//! Policy: this is the test `stateful` with other numbers, so that both play the same sequences.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{compile, step};

/// Plays for this many minutes, from this seed on.
pub fn run(workspace: &Workspace, minutes: u64, seed: u64, without: &[String]) -> Result<()> {
    compile::all(workspace)?;
    let mut command = compile::native(workspace, "test");
    command
        .args(["--test", "stateful", "--", "--nocapture"])
        .env("PYBLISH_STATEFUL_MINUTES", minutes.to_string())
        .env("PYBLISH_STATEFUL_SEED", seed.to_string())
        .env("PYBLISH_STATEFUL_WITHOUT", without.join(","));
    step::run(
        &format!("playing for {minutes} minutes, from the seed {seed} on"),
        &mut command,
    )
}
