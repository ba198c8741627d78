//! Takes screenshots of the page.

use std::fs;

use anyhow::{Context, Result};

use crate::compile;
use crate::node;
use crate::step;
use crate::workspace::{Workspace, brief};

/// Builds everything, and takes screenshots of the page: each view, in both themes and at both
/// widths.
pub fn screenshots(workspace: &Workspace) -> Result<()> {
    node::PAGE.prepare(workspace)?;
    compile::all(workspace)?;
    let to = workspace.target.join("screenshots");
    fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
    let mut command = compile::native(workspace, "test");
    command
        .args(["--test", "screenshots"])
        .env("PYBLISH_SCREENSHOTS", &to);
    step::run("taking screenshots of the page", &mut command)?;
    step::say(&format!("the screenshots are in {}", brief(&to)));
    Ok(())
}
