//! Builds everything, then runs every test.
//!
//! Policy: the integration tests start the real runtime with the real adapters, so both are built
//! first. They are built and tested with one selection of packages, which `compile.rs` explains.
//! The Pythons of the tests and the packages that control the browser are prepared even before,
//! because it only takes seconds to find out that they are missing. xtask's own tests run
//! separately, because xtask is not in that selection. After a complete run, the promises of the
//! documentation are compared with those that the run has shown (`tests/promise`).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use pyblish_promise::book::Book;

use crate::workspace::Workspace;
use crate::{compile, docs, node, pythons, step};

/// Tests of which a complete run leaves out the slow ones, and `cargo xtask test` has a flag for.
struct Slow {
    /// The test binary.
    group: &'static str,
    /// What the names of its tests begin with.
    module: &'static str,
}

/// `--attacks`, `--cases`, `--examples`, `--kills`, `--farm`.
const SLOW: [Slow; 5] = [
    Slow {
        group: "scripts",
        module: "attacks::",
    },
    Slow {
        group: "scripts",
        module: "cases::",
    },
    Slow {
        group: "guides",
        module: "examples::",
    },
    Slow {
        group: "hub",
        module: "killed::",
    },
    Slow {
        group: "farm",
        module: "slow::",
    },
];

/// Arguments for `cargo test` that run all tests of the requested kinds, which are in the order of
/// `SLOW`, including the slow ones; none if no kind is requested.
pub fn with_slow(requested: [bool; 5], arguments: &[String]) -> Option<Vec<String>> {
    let kinds = || SLOW.iter().zip(requested);
    let groups: BTreeSet<_> = kinds()
        .filter_map(|(kind, is_requested)| is_requested.then_some(kind.group))
        .collect();
    if groups.is_empty() {
        return None;
    }
    // What is not requested is skipped, so that a name in `arguments` selects among the requested.
    let skipped = kinds().filter_map(|(kind, is_requested)| (!is_requested).then_some(kind.module));
    let mut all: Vec<String> = groups
        .iter()
        .flat_map(|group| ["--test".to_owned(), (*group).to_owned()])
        .collect();
    // Arguments for the tests themselves come after another `--`.
    let (for_cargo, for_tests) = match arguments.iter().position(|argument| argument == "--") {
        Some(at) => (&arguments[..at], &arguments[at + 1..]),
        None => (arguments, &[][..]),
    };
    all.extend_from_slice(for_cargo);
    all.extend(["--".to_owned(), "--include-ignored".to_owned()]);
    all.extend(skipped.flat_map(|module| ["--skip".to_owned(), module.to_owned()]));
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
    prepare(workspace, !arguments.is_empty())?;
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

/// Prepares the Pythons and the browser of the tests. `some`: only some tests will run, which may
/// not need all of them.
pub fn prepare(workspace: &Workspace, some: bool) -> Result<()> {
    for environment in [
        &pythons::JUDGE,
        &pythons::API,
        &pythons::CLIENT,
        &pythons::OTHERS,
        &pythons::OPENJD,
        &pythons::COMPONENTIZE,
    ] {
        if let Err(error) = environment.prepare(workspace) {
            if !some {
                return Err(error);
            }
            step::say(&format!("some tests will fail: {error:#}"));
        }
    }
    for packages in [node::PAGE, node::CLIENTS] {
        if let Err(error) = packages.prepare(workspace) {
            if !some {
                return Err(error);
            }
            step::say(&format!("some tests will fail: {error:#}"));
        }
    }
    Ok(())
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
    fn what_is_asked_for_is_played_whole() {
        let given = ["pipes", "--", "--nocapture"].map(str::to_owned);
        let all = |requested, given: &[String]| {
            with_slow(requested, given).map(|arguments| arguments.join(" "))
        };
        assert_eq!(all([false; 5], &given), None);
        assert_eq!(
            all([true, false, false, false, false], &[]).unwrap(),
            "--test scripts -- --include-ignored --skip cases:: --skip examples:: --skip killed:: --skip slow::"
        );
        assert_eq!(
            all([false, true, false, false, false], &given).unwrap(),
            "--test scripts pipes -- --include-ignored --skip attacks:: --skip examples:: --skip killed:: --skip slow:: --nocapture"
        );
        assert_eq!(
            all([true, false, true, true, false], &[]).unwrap(),
            "--test guides --test hub --test scripts -- --include-ignored --skip cases:: --skip slow::"
        );
    }
}
