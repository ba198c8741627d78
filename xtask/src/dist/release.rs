//! What is released: the version, the commit, and the time that every file in a package has.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::child;
use crate::step;
use crate::workspace::Workspace;

/// What is released.
pub struct Release {
    pub version: &'static str,
    /// 40 hexadecimal digits.
    pub commit: String,
    /// Seconds since 1970: when the commit was made. The time of every file, so that packages that
    /// are made again are the same.
    pub epoch: u64,
}

impl Release {
    /// That of the checkout, which must have no changes: a package says of which commit it is.
    pub fn find(workspace: &Workspace) -> Result<Self> {
        let git = |arguments: &[&str]| ask(workspace, arguments);
        let changes = git(&["status", "--porcelain"])?;
        if !changes.is_empty() {
            bail!(
                "the checkout has changes, and a release is of a commit: commit them or put them \
                 aside (`git stash --include-untracked`)\n{changes}"
            );
        }
        let epoch = git(&["show", "--no-patch", "--format=%ct", "HEAD"])?;
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            commit: git(&["rev-parse", "HEAD"])?,
            epoch: epoch.parse().context("git says no time of the commit")?,
        })
    }

    /// The time, as the program `date` writes it in this format, without a time zone.
    pub fn utc(&self, format: &str) -> Result<String> {
        let mut date = Command::new("date");
        date.args(["--utc", &format!("+{format}")])
            .arg(format!("--date=@{}", self.epoch));
        Ok(child::quietly(&mut date)?.trim().to_owned())
    }

    /// What the names of all its files begin with.
    pub fn name(&self) -> String {
        format!("pyblish-endpoint-{}", self.version)
    }
}

fn ask(workspace: &Workspace, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("git");
    command.current_dir(&workspace.root).args(arguments);
    let output = command
        .output()
        .with_context(|| step::cannot_start(&command))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("git {}: {}", arguments.join(" "), said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
