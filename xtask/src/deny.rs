//! Checks the dependencies against `deny.toml`: licences, sources, banned packages, and known
//! vulnerabilities.
//!
//! Policy: a problem with a dependency is a failure. A missing network is not, but a message says
//! what was not checked. Licences, bans and sources come from the lock file and need no network
//! once cargo-deny is installed. The database of known vulnerabilities is fetched each time.

use std::process::{Command, Stdio};

use anyhow::Result;

use crate::step;
use crate::tools::CARGO_DENY;
use crate::workspace::Workspace;

/// Checks the dependencies.
pub fn run(workspace: &Workspace) -> Result<()> {
    let program = match CARGO_DENY.prepare(workspace) {
        Ok(program) => program,
        Err(error) if !CARGO_DENY.can_be_had(workspace) => {
            not_checked("the dependencies", &format!("{error:#}"));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let deny = || {
        let mut command = Command::new(&program);
        command
            .current_dir(&workspace.root)
            .args(["--workspace", "--locked"]);
        command
    };
    step::run(
        "checking the licences, bans and sources of the dependencies",
        deny().args(["check", "licenses", "bans", "sources"]),
    )?;
    step::say("fetching the database of known vulnerabilities");
    let fetched = deny()
        .args(["fetch", "db"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output();
    let reason = match fetched {
        Ok(output) if output.status.success() => {
            return step::run(
                "checking the dependencies for known vulnerabilities",
                deny().args(["check", "--disable-fetch", "advisories"]),
            );
        }
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    let what =
        "known vulnerabilities of the dependencies, because their database cannot be fetched";
    not_checked(what, &reason);
    Ok(())
}

fn not_checked(what: &str, reason: &str) {
    step::say(&format!("NOT CHECKED: {what}. {reason}"));
}
