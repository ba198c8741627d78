//! Plays random scenarios in the runtime and in Pyblish itself, and stops at the first difference.
//!
//! Policy: this is the test `parity::scenarios` with other numbers, so that both play the same
//! scenarios. It prepares the reference Python first, because that takes seconds and may fail,
//! while the build may take minutes.

use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{compile, pythons, step};

/// Plays the scenarios of `count` seeds.
pub fn run(workspace: &Workspace, count: u64, first: u64) -> Result<()> {
    let last = first
        .checked_add(count)
        .context("--seed and --count together are more than 2^64: choose a smaller seed")?
        - 1;
    pythons::JUDGE.prepare(workspace)?;
    compile::all(workspace)?;
    let mut command = compile::native(workspace, "test");
    command
        .args([
            "--test",
            "parity",
            "--",
            "--nocapture",
            "random_scenarios_agree",
        ])
        .env("PYBLISH_PARITY_COUNT", count.to_string())
        .env("PYBLISH_PARITY_SEED", first.to_string());
    step::run(
        &format!("playing the scenarios of the seeds {first} to {last}"),
        &mut command,
    )
}
