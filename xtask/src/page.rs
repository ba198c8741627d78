//! What the tests of the page need besides the runtime: Node's packages that drive a browser.
//!
//! Policy: the packages come from npm, in the versions and with the digests of `tests/page/package-lock.json`, into
//! cargo's target folder and nowhere else. A folder that was made from this lock file is whole; any other is made
//! anew. Node and Chromium are the user's business: who lacks them is told what to install.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::compile;
use crate::step;
use crate::workspace::{Workspace, brief};

/// The lock file, for each of its changes makes another folder.
const LOCK: &str = "package-lock.json";

/// How npm is called.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("page-node")
}

/// Installs the packages where they are missing, or are others.
pub fn prepare(workspace: &Workspace) -> Result<()> {
    let (from, to) = (workspace.root.join("tests").join("page"), folder(workspace));
    let lock = fs::read(from.join(LOCK)).context("cannot read tests/page/package-lock.json")?;
    // Written last, so that an installation that was interrupted is begun anew.
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
        &format!("installing what drives the browser into {}", brief(&to)),
        &mut command,
    )
    .context(
        "the tests of the page need Node and npm, and reach npm's registry once: on Debian, \
         `apt-get install nodejs npm`",
    )?;
    fs::write(done, lock).context("cannot note that the packages are installed")
}

/// Builds everything, and has the page photographed: each view, in both themes and at both widths.
pub fn screenshots(workspace: &Workspace) -> Result<()> {
    prepare(workspace)?;
    compile::all(workspace)?;
    let to = workspace.target.join("screenshots");
    fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
    let mut command = compile::native(workspace, "test");
    command
        .args(["--test", "screenshots"])
        .env("PYBLISH_SCREENSHOTS", &to);
    step::run("photographing the page", &mut command)?;
    step::say(&format!("the screenshots are in {}", brief(&to)));
    Ok(())
}
