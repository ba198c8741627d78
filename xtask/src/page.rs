//! Prepares the tests of the page: installs the Node packages that control a browser.
//!
//! Policy: the packages come from npm, with the versions and digests of
//! `tests/page/package-lock.json`, and are only installed in cargo's target folder. A folder that
//! was made from the same lock file is complete; any other is created again. The user installs Node
//! and Chromium; if they are missing, a message says what to install.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::compile;
use crate::step;
use crate::workspace::{Workspace, brief};

/// The lock file; when it changes, the folder is created again.
const LOCK: &str = "package-lock.json";

/// The name of npm.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("page-node")
}

/// Installs the packages if they are missing or different.
pub fn prepare(workspace: &Workspace) -> Result<()> {
    let (from, to) = (workspace.root.join("tests").join("page"), folder(workspace));
    let lock = fs::read(from.join(LOCK)).context("cannot read tests/page/package-lock.json")?;
    // Written last, so that an interrupted installation is repeated.
    let done = to.join("installed.json");
    if fs::read(&done).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
    for name in ["package.json", LOCK] {
        fs::copy(from.join(name), to.join(name))
            .with_context(|| format!("cannot copy {name} to {}", to.display()))?;
    }
    let mut command = Command::new(NPM);
    command
        .current_dir(&to)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .args(["--no-update-notifier", "--loglevel", "error"]);
    step::run(
        &format!(
            "installing the packages that control the browser into {}",
            brief(&to)
        ),
        &mut command,
    )
    .context(
        "the tests of the page need Node and npm, and access to npm's registry once: on Debian, \
         `apt-get install nodejs npm`",
    )?;
    fs::write(done, lock).context("cannot note that the packages are installed")
}

/// Builds everything, and takes screenshots of the page: each view, in both themes and at both
/// widths.
pub fn screenshots(workspace: &Workspace) -> Result<()> {
    prepare(workspace)?;
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
