//! Builds the adapters and the runtime, and puts the ones, sealed, where the other looks for them.
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

use crate::componentize;
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
    runtime(workspace)?;
    seal(workspace)
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

    Ok(())
}

/// Puts the adapters where the runtime looks for them, each with what it says of itself in its file.
fn seal(workspace: &Workspace) -> Result<()> {
    let mut built = Vec::new();
    if !workspace.adapters.is_empty() {
        let toolchain = Toolchain::find(workspace)?;
        let adapters = workspace.adapters.iter();
        built.extend(adapters.map(|it| (&*it.name, it.test, toolchain.built(workspace, it))));
    }
    if let Some(made) = componentize::build(workspace)? {
        built.push((componentize::NAME, false, made));
    }
    for (name, test, from) in built {
        let folder = workspace.adapters_folder(test);
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let to = folder.join(format!("{name}.wasm"));
        if is_sealed(&from, &to)? {
            continue;
        }
        let mut command = Command::new(workspace.runtime());
        command.args(["adapters", "seal"]).arg(&from);
        command.arg("--output").arg(&to);
        step::run(&format!("sealing the adapter {name}"), &mut command)?;
        step::say(&format!("the adapter {name} is {}", brief(&to)));
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

/// Whether this is the adapter that was built, sealed: then it begins like it, and goes on.
fn is_sealed(built: &Path, sealed: &Path) -> Result<bool> {
    let built = fs::read(built).with_context(|| format!("cannot read {}", built.display()))?;
    Ok(fs::read(sealed)
        .is_ok_and(|sealed| sealed.len() > built.len() && sealed.starts_with(&built)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::Scratch;

    #[test]
    fn an_adapter_is_sealed_when_it_differs() {
        let folder = Scratch::new("sealed");
        let (from, to) = (folder.join("library.wasm"), folder.join("folder.wasm"));
        fs::write(&from, "one").unwrap();
        assert!(!is_sealed(&from, &to).unwrap());
        fs::write(&to, "one").unwrap();
        assert!(!is_sealed(&from, &to).unwrap());
        fs::write(&to, "one and what it says").unwrap();
        assert!(is_sealed(&from, &to).unwrap());
        fs::write(&from, "two").unwrap();
        assert!(!is_sealed(&from, &to).unwrap());
    }

    #[test]
    fn what_was_not_built_is_named() {
        let folder = Scratch::new("sealed-missing");
        let error = is_sealed(&folder.join("no.wasm"), &folder.join("to.wasm")).unwrap_err();
        assert!(error.to_string().contains("no.wasm"), "{error:#}");
    }
}
