//! Builds the adapters and the runtime, seals the adapters, and puts them where the runtime finds
//! them.
//!
//! Policy: wasmtime takes minutes to compile, so `serve` and `test` must share one build of it.
//! Cargo unifies the features that the packages of one command request from a dependency, and
//! builds the dependency and everything that uses it once for each set of features. So each command
//! for this machine has
//!
//! - the profile `release`;
//! - the selection `--workspace --exclude xtask`. xtask is excluded because it is running: Windows
//!   cannot replace a running program;
//! - the features of dev-dependencies, which `cargo test` adds, and `cargo build` only when it
//!   selects tests or examples. `--bins --examples` does, and builds neither the tests, which
//!   `serve` does not need, nor the adapters as native libraries.
//!
//! Other selections share that build, because every crate uses the workspace's table of
//! dependencies with all features, and `runtime/adapter/Cargo.toml` requests the remaining ones.
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

/// The packages that are built and tested for this machine; see above.
const SELECTION: [&str; 4] = ["--release", "--workspace", "--exclude", "xtask"];

/// The targets that are built to run, with the features of the tests; see above.
const PROGRAMS: [&str; 2] = ["--bins", "--examples"];

/// Everything that `serve` and `test` need.
pub fn all(workspace: &Workspace) -> Result<()> {
    if !workspace.runtime().exists() {
        step::say(
            "the first build takes about five minutes on two cores, because it compiles wasmtime",
        );
    }
    adapters(workspace)?;
    runtime(workspace)?;
    bridge(&workspace.bridge())?;
    seal(workspace)
}

/// Puts the bridge, as the single file that hosts get, beside the runtime, which also contains it.
fn bridge(to: &Path) -> Result<()> {
    // Do not write it again if it is the same, because a host may be reading it.
    if fs::read(to).is_ok_and(|there| there == pyblish_bridge::BRIDGE.as_bytes()) {
        return Ok(());
    }
    fs::write(to, pyblish_bridge::BRIDGE)
        .with_context(|| format!("cannot write {}", to.display()))?;
    step::say(&format!("the bridge is {}", brief(to)));
    Ok(())
}

/// `cargo SUBCOMMAND` for everything native.
pub fn native(workspace: &Workspace, subcommand: &str) -> Command {
    let mut command = workspace.cargo();
    command.arg(subcommand).args(SELECTION);
    command
}

/// Builds the adapters for users among the builds of `elsewhere`, with these flags for rustc, and
/// seals them with this program into a folder.
pub fn release_adapters(
    workspace: &Workspace,
    elsewhere: &Workspace,
    flags: &str,
    program: &Path,
    into: &Path,
) -> Result<()> {
    let toolchain = Toolchain::find(workspace)?;
    if !matches!(toolchain, Toolchain::Rustup) {
        bail!("releases need a Rust of rustup's, with the target wasm32-wasip2");
    }
    let mut command = toolchain.cargo_build(elsewhere)?;
    command
        .arg("--locked")
        .env("CARGO_ENCODED_RUSTFLAGS", flags);
    let adapters = || workspace.adapters.iter().filter(|adapter| adapter.released);
    for adapter in adapters() {
        command.args(["--package", &adapter.package]);
    }
    step::run("building the adapters for wasm32-wasip2", &mut command)?;
    let Some(pyplugins) = componentize::build(workspace)? else {
        bail!("a release has the adapter {}", componentize::NAME);
    };
    fs::create_dir_all(into).with_context(|| format!("cannot make {}", into.display()))?;
    let built = adapters().map(|it| (&*it.name, toolchain.built(elsewhere, it)));
    for (name, from) in built.chain([(componentize::NAME, pyplugins)]) {
        seal_with(program, name, &from, &into.join(format!("{name}.wasm")))?;
    }
    Ok(())
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

/// Seals the adapters, and puts them where the runtime looks for them.
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
        seal_with(&workspace.runtime(), name, &from, &to)?;
        step::say(&format!("the adapter {name} is {}", brief(&to)));
    }
    Ok(())
}

/// Seals an adapter with this runtime.
fn seal_with(runtime: &Path, name: &str, from: &Path, to: &Path) -> Result<()> {
    let mut command = Command::new(runtime);
    command.args(["adapters", "seal"]).arg(from);
    command.arg("--output").arg(to);
    step::run(&format!("sealing the adapter {name}"), &mut command)
}

/// Builds the runtime alone.
pub fn runtime(workspace: &Workspace) -> Result<()> {
    let mut command = native(workspace, "build");
    step::run("building the runtime", command.args(PROGRAMS))?;
    let program = workspace.runtime();
    if !program.exists() {
        bail!(
            "cargo did not build {}: if a cargo configuration has a [build] target, remove it",
            program.display()
        );
    }
    Ok(())
}

/// Whether this is the built adapter, sealed: then it begins with the built one, and has more after
/// it.
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
    fn bridge_is_written_where_it_differs() {
        let folder = Scratch::new("bridge");
        let file = folder.join("pyblish_endpoint_bridge.py");
        for before in [None, Some("older")] {
            if let Some(text) = before {
                fs::write(&file, text).unwrap();
            }
            bridge(&file).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), pyblish_bridge::BRIDGE);
        }
        let written = fs::metadata(&file).unwrap().modified().unwrap();
        bridge(&file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), written);
    }

    #[test]
    fn what_was_not_built_is_named() {
        let folder = Scratch::new("sealed-missing");
        let error = is_sealed(&folder.join("no.wasm"), &folder.join("to.wasm")).unwrap_err();
        assert!(error.to_string().contains("no.wasm"), "{error:#}");
    }
}
