//! Builds everything, then runs every test.
//!
//! Policy: the integration tests start the real runtime with the real adapters, so both are built
//! first. They are built and tested with one selection of packages, which `compile.rs` explains.
//! The Pythons of the tests and the packages that control the browser are prepared even before,
//! because it only takes seconds to find out that they are missing. xtask's own tests run
//! separately, because xtask is not in that selection. After a complete run, the promises of the
//! documentation are compared with those that the run has shown (`tests/promise`).

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use pyblish_promise::book::Book;

use crate::workspace::Workspace;
use crate::{compile, docs, node, pythons, step};

/// Arguments for `cargo test` that run all attacks, all cases, or both, including the slow ones;
/// none if neither is requested.
pub fn with_slow(attacks: bool, cases: bool, arguments: &[String]) -> Option<Vec<String>> {
    // Both are in one binary. The other kind is skipped, so that a name in `arguments` selects
    // among the requested ones.
    let skipped = match (attacks, cases) {
        (false, false) => return None,
        (true, true) => None,
        (true, false) => Some("cases::"),
        (false, true) => Some("attacks::"),
    };
    let mut all = ["--test", "scripts"].map(str::to_owned).to_vec();
    // Arguments for the tests themselves come after another `--`.
    let (for_cargo, for_tests) = match arguments.iter().position(|argument| argument == "--") {
        Some(at) => (&arguments[..at], &arguments[at + 1..]),
        None => (arguments, &[][..]),
    };
    all.extend_from_slice(for_cargo);
    all.extend(["--".to_owned(), "--include-ignored".to_owned()]);
    if let Some(skipped) = skipped {
        all.extend(["--skip".to_owned(), skipped.to_owned()]);
    }
    all.extend_from_slice(for_tests);
    Some(all)
}

/// How many random scenarios a nightly run plays: in the runtime, in a host, in the sandbox. And how
/// many items a large delivery has.
const NIGHTLY: [(&str, &str); 4] = [
    ("PYBLISH_PARITY_COUNT", "20000"),
    ("PYBLISH_PARITY_HOST", "2000"),
    ("PYBLISH_PARITY_SANDBOX", "500"),
    ("PYBLISH_DELIVERY_ITEMS", "300"),
];

/// `arguments` are for `cargo test`. If there are any, only what they select matters, so xtask's
/// own tests are left out.
pub fn run(workspace: &Workspace, arguments: &[String], nightly: bool) -> Result<()> {
    for environment in [
        &pythons::JUDGE,
        &pythons::API,
        &pythons::CLIENT,
        &pythons::OTHERS,
        &pythons::COMPONENTIZE,
    ] {
        if let Err(error) = environment.prepare(workspace) {
            // The selected tests may not need it.
            if arguments.is_empty() {
                return Err(error);
            }
            step::say(&format!("some tests will fail: {error:#}"));
        }
    }
    for packages in [node::PAGE, node::CLIENTS] {
        if let Err(error) = packages.prepare(workspace) {
            if arguments.is_empty() {
                return Err(error);
            }
            step::say(&format!("some tests will fail: {error:#}"));
        }
    }
    compile::all(workspace)?;
    if arguments.is_empty() {
        docs::check(workspace, &workspace.runtime())?;
        let mut own = workspace.cargo();
        own.args(["test", "--release", "--package", "xtask"]);
        step::run("testing xtask", &mut own)?;
    }
    let mut command = compile::native(workspace, "test");
    if nightly {
        command.envs(NIGHTLY);
    }
    let shown = workspace.target.join("promises.txt");
    if arguments.is_empty() {
        fs::write(&shown, "").with_context(|| format!("cannot write {}", shown.display()))?;
        command.env(pyblish_promise::FILE, &shown);
    }
    step::run(
        "testing the runtime, the adapters and the whole",
        command.args(arguments),
    )?;
    match arguments.is_empty() {
        true => promises(workspace, &shown),
        false => Ok(()),
    }
}

/// Checks that each promise of the documentation was shown in the run that wrote this file.
fn promises(workspace: &Workspace, shown: &Path) -> Result<()> {
    let written =
        fs::read_to_string(shown).with_context(|| format!("cannot read {}", shown.display()))?;
    let book = Book::read(&workspace.root).context("cannot read docs/ and the sources")?;
    let (wrong, not_here) = book.of_run(&written);
    for promise in &not_here {
        step::say(&format!("not checked on this machine: {promise}"));
    }
    if !wrong.is_empty() {
        bail!(
            "the promises of docs/ and those that this run has shown differ:\n{}",
            wrong.join("\n")
        );
    }
    step::say(&format!(
        "{} promises of docs/ were shown",
        book.promises.len() - not_here.len()
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_attacks_and_all_cases_are_played_where_they_are_asked_for() {
        let given = ["pipes", "--", "--nocapture"].map(str::to_owned);
        let all = |attacks, cases, given: &[String]| {
            with_slow(attacks, cases, given).map(|arguments| arguments.join(" "))
        };
        assert_eq!(all(false, false, &given), None);
        assert_eq!(
            all(true, false, &[]).unwrap(),
            "--test scripts -- --include-ignored --skip cases::"
        );
        assert_eq!(
            all(false, true, &given).unwrap(),
            "--test scripts pipes -- --include-ignored --skip attacks:: --nocapture"
        );
        assert_eq!(
            all(true, true, &[]).unwrap(),
            "--test scripts -- --include-ignored"
        );
    }
}
