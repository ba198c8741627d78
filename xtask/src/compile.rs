//! Builds the adapters and the runtime, and puts the one where the other looks for it.
//!
//! Policy: wasmtime takes minutes to compile, so `serve` and `test` must share one build of it. Cargo
//! unites the features that the packages of one command ask of a dependency, and builds the dependency,
//! with all that rests on it, once for each set of features. So each command for this machine has
//!
//! - the profile `release`;
//! - the selection `--workspace --exclude xtask`: with `-p pyblish-endpoint` instead, the features that
//!   the adapters ask of `log` are missing, and a tenth of the crates is built again, wasmtime and
//!   Cranelift among them. xtask stays out because it is running: Windows cannot replace a running program;
//! - the features of dev-dependencies, which `cargo test` adds, and `cargo build` only when it selects
//!   tests or examples. `--bins --examples` does, and builds neither the tests, which nobody needs in
//!   order to serve, nor the adapters as native libraries.
//!
//! `cargo build --unit-graph` (unstable) shows what a command builds, without building it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step;
use crate::wasm::Toolchain;
use crate::workspace::{Workspace, brief};

/// What is built and tested for this machine; see above.
const SELECTION: [&str; 4] = ["--release", "--workspace", "--exclude", "xtask"];

/// What of it is built to run, with the features that tests will ask for; see above.
const PROGRAMS: [&str; 2] = ["--bins", "--examples"];

/// Everything that `serve` and `test` need.
pub fn all(workspace: &Workspace) -> Result<()> {
    if !workspace.runtime().exists() {
        step::say(
            "the first build takes about five minutes on two cores, for it compiles wasmtime",
        );
    }
    adapters(workspace)?;
    runtime(workspace)
}

/// `cargo SUBCOMMAND` on all that is native.
pub fn native(workspace: &Workspace, subcommand: &str) -> Command {
    let mut command = workspace.cargo();
    command.arg(subcommand).args(SELECTION);
    command
}

fn adapters(workspace: &Workspace) -> Result<()> {
    if workspace.adapters.is_empty() {
        step::say("no adapter to build: no package under components/ declares one");
        return Ok(());
    }
    let toolchain = Toolchain::find(workspace)?;
    let mut command = toolchain.cargo_build(workspace)?;
    for adapter in &workspace.adapters {
        command.args(["--package", &adapter.package]);
    }
    let way = toolchain.name();
    step::run(
        &format!("building the adapters for wasm32-wasip2 ({way})"),
        &mut command,
    )?;

    let folder = workspace.adapters_folder();
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    for adapter in &workspace.adapters {
        let to = folder.join(format!("{}.wasm", adapter.name));
        let from = toolchain.built(workspace, adapter);
        let changed = install(&from, &to)
            .with_context(|| format!("cannot put the adapter {} in its place", adapter.name))?;
        if changed {
            step::say(&format!("the adapter {} is {}", adapter.name, brief(&to)));
        }
    }
    Ok(())
}

fn runtime(workspace: &Workspace) -> Result<()> {
    let mut command = native(workspace, "build");
    step::run("building the runtime", command.args(PROGRAMS))?;
    let program = workspace.runtime();
    if !program.exists() {
        bail!(
            "cargo made no {}: if a cargo configuration has a [build] target, take it away",
            program.display()
        );
    }
    Ok(())
}

/// Copies a file if it differs, in one step: a runtime that starts now finds the old one or the new one,
/// never a part of one; and one that did not change keeps its time.
fn install(from: &Path, to: &Path) -> Result<bool> {
    let new = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(false);
    }
    // Beside its place, for a rename cannot cross file systems; with the process in its name, for two
    // builds may run at once; and with another extension, for the runtime looks for .wasm.
    let part = to.with_extension(format!("{}.part", std::process::id()));
    let placed = fs::write(&part, new).and_then(|()| fs::rename(&part, to));
    if placed.is_err() {
        let _ = fs::remove_file(&part);
    }
    placed.with_context(|| format!("cannot write {}", to.display()))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::Scratch;

    #[test]
    fn a_file_is_copied_only_when_it_differs() {
        let folder = Scratch::new("install");
        let (from, to) = (folder.join("library.wasm"), folder.join("folder.wasm"));
        fs::write(&from, "one").unwrap();
        assert!(install(&from, &to).unwrap());
        assert!(!install(&from, &to).unwrap());
        fs::write(&from, "two").unwrap();
        assert!(install(&from, &to).unwrap());
        assert_eq!(fs::read_to_string(&to).unwrap(), "two");
        assert_eq!(
            fs::read_dir(&*folder).unwrap().count(),
            2,
            "nothing is left over"
        );
    }

    #[test]
    fn what_was_not_built_is_named() {
        let folder = Scratch::new("install-missing");
        let error = install(&folder.join("no.wasm"), &folder.join("to.wasm")).unwrap_err();
        assert!(error.to_string().contains("no.wasm"), "{error:#}");
    }
}
