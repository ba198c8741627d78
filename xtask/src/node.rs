//! The Node packages of the tests.
//!
//! Policy: the packages come from npm, with the versions and digests of a `package-lock.json`, and
//! are only installed in cargo's target folder. A folder that was made from the same lock file is
//! complete; any other is created again. The user installs Node; if it is missing, a message says
//! what to install.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::step;
use crate::workspace::{Workspace, brief};

/// The lock file; when it changes, the folder is created again.
const LOCK: &str = "package-lock.json";

/// The name of npm.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// Some packages that are installed together.
pub struct Packages {
    /// The folder in `tests` that names them.
    from: &'static [&'static str],
    /// The folder in `target`.
    to: &'static str,
    /// What they are, for the user.
    what: &'static str,
}

/// Those that control a browser.
pub const PAGE: Packages = Packages {
    from: &["page"],
    to: "page-node",
    what: "the packages that control the browser",
};

/// Those that compile TypeScript, and make a client from an OpenAPI document.
pub const CLIENTS: Packages = Packages {
    from: &["clients", "node"],
    to: "clients-node",
    what: "the packages that compile clients in TypeScript",
};

impl Packages {
    /// Installs the packages if they are missing or different.
    pub fn prepare(&self, workspace: &Workspace) -> Result<()> {
        let mut from = workspace.root.join("tests");
        from.extend(self.from);
        let to = workspace.target.join(self.to);
        let lock = from.join(LOCK);
        let lock = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
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
            &format!("installing {} into {}", self.what, brief(&to)),
            &mut command,
        )
        .context(
            "these tests need Node and npm, and access to npm's registry once: on Debian, \
             `apt-get install nodejs npm`",
        )?;
        fs::write(done, lock).context("cannot note that the packages are installed")
    }
}
