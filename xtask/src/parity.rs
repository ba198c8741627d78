//! Plays random scenarios in the runtime and in Pyblish itself; the first difference ends it.
//!
//! Policy: this is the test `parity` with other numbers, so that what it plays is what the tests play. That
//! the judge can be had is found out first, for it takes seconds, and the build may take minutes.

use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{compile, pythons, step};

/// Plays the scenarios of `count` seeds.
pub fn run(workspace: &Workspace, count: u64, first: u64) -> Result<()> {
    let last = first
        .checked_add(count)
        .context("--seed and --count together are more than 2^64: take a smaller seed")?
        - 1;
    pythons::JUDGE.prepare(workspace)?;
    compile::all(workspace)?;
    let mut command = compile::native(workspace, "test");
    command
        .args(["--test", "parity", "--", "--nocapture", "random_scenarios"])
        .env("PYBLISH_PARITY_COUNT", count.to_string())
        .env("PYBLISH_PARITY_SEED", first.to_string());
    step::run(
        &format!("playing the scenarios of the seeds {first} to {last}"),
        &mut command,
    )
}
