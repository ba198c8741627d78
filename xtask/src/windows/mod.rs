//! `cargo xtask test --windows`: the program for Windows, under wine.
//!
//! Policy: what an artist does is done with the real program, in a Windows that is made anew for
//! each run (`acts`). The unit tests of crates with code for one system run there, too. What wine
//! cannot show, and what is not run here for another reason, is listed in
//! docs/src/contributing/windows.md.

mod acts;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::scene::Scene;
use crate::wine::{self, TRIPLE, Wine};
use crate::workspace::{RUNTIME, Workspace};
use crate::{child, compile, step};

/// The crates with code for one system, whose unit tests run under wine.
const CRATES: [&str; 3] = ["pyblish-platform", "pyblish-copy", "pyblish-history"];

/// Builds for Windows, then runs the unit tests and what an artist does.
pub fn run(workspace: &Workspace) -> Result<()> {
    compile::all(workspace)?;
    let folder = workspace.target.join("windows-test");
    empty(&folder)?;
    step::say("making a Windows with wine");
    let wine = Wine::start(&folder)?;
    add_target()?;
    unit_tests(workspace, &wine)?;
    let mut command = cargo(workspace, "build");
    command.args(["--package", RUNTIME, "--bin", RUNTIME]);
    step::run(
        &format!(
            "building the program for {TRIPLE} (the first time about six minutes on two cores)"
        ),
        &mut command,
    )?;
    // As in the archive: the adapters beside the program.
    let name = format!("{RUNTIME}.exe");
    let beside = folder.join("program");
    copy(&workspace.adapters_folder(false), &beside.join("adapters"))?;
    let built = workspace.target.join(TRIPLE).join("release").join(&name);
    let program = beside.join(&name);
    std::fs::copy(&built, &program).with_context(|| format!("cannot copy {}", built.display()))?;
    for what in afternoon(workspace, &wine, &program, &folder)? {
        step::say(&format!("shown under wine: {what}"));
    }
    Ok(())
}

/// Does what an artist does with this program, and returns what that has shown.
pub fn afternoon(
    workspace: &Workspace,
    wine: &Wine,
    program: &Path,
    folder: &Path,
) -> Result<Vec<&'static str>> {
    let mut scene = Scene::new(workspace, folder)?;
    scene.named = wine::of_windows;
    let studio = acts::Studio {
        wine,
        program: program.to_owned(),
        scene,
    };
    let mut shown = Vec::new();
    for act in acts::ACTS {
        step::say(&format!("under wine: {}", act.what));
        (act.play)(&studio).with_context(|| format!("under wine: {}", act.what))?;
        shown.push(act.what);
    }
    Ok(shown)
}

fn unit_tests(workspace: &Workspace, wine: &Wine) -> Result<()> {
    let mut command = cargo(workspace, "test");
    for name in CRATES {
        command.args(["--package", name]);
    }
    command.args(["--lib", "--tests"]);
    wine.run_tests_of(&mut command);
    step::run("testing system-specific crates under wine", &mut command)
}

fn cargo(workspace: &Workspace, subcommand: &str) -> Command {
    let mut command = workspace.cargo();
    command.args([subcommand, "--release", "--locked", "--target", TRIPLE]);
    command
}

/// Adds the standard library for Windows.
fn add_target() -> Result<()> {
    let mut command = Command::new("rustup");
    command.args(["target", "add", TRIPLE]);
    child::quietly(&mut command)
        .map(drop)
        .context("programs for Windows need a Rust of rustup's")
}

fn empty(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display())),
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let copied = || {
        std::fs::create_dir_all(to)?;
        for entry in from.read_dir()? {
            let entry = entry?;
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
        Ok::<_, std::io::Error>(())
    };
    copied().with_context(|| format!("cannot copy {}", from.display()))
}
