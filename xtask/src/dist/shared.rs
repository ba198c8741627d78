//! What is the same in the packages for all systems: adapters, the bridge, man pages, completions,
//! licences.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::archive::{self, Effort};
use super::program::{self, Program};
use super::release::Release;
use super::stage::{self, Stage};
use super::target::System;
use crate::child;
use crate::compile;
use crate::step;
use crate::workspace::{RUNTIME, Workspace};

/// Where they are on this machine.
pub struct Shared {
    pub adapters: PathBuf,
    pub bridge: PathBuf,
    pub man: PathBuf,
    /// Each shell's file, under the shell's name.
    pub completions: PathBuf,
    root: PathBuf,
}

/// The shells with completions, and what the completions are called there.
pub const SHELLS: [(&str, &str); 5] = [
    ("bash", "pyblish-endpoint"),
    ("zsh", "_pyblish-endpoint"),
    ("fish", "pyblish-endpoint.fish"),
    ("powershell", "pyblish-endpoint.ps1"),
    ("elvish", "pyblish-endpoint.elv"),
];

const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

impl Shared {
    /// Makes them. `native` runs on this machine.
    pub fn make(workspace: &Workspace, native: &Program) -> Result<Self> {
        let folder = workspace.target.join("dist-work").join("shared");
        stage::remove(&folder)?;
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let shared = Self {
            adapters: folder.join("adapters"),
            bridge: folder.join("pyblish_endpoint_bridge.py"),
            man: folder.join("man"),
            completions: folder.join("completions"),
            root: workspace.root.clone(),
        };
        let elsewhere = program::built_in(workspace);
        let flags = program::rust_flags(&elsewhere);
        compile::release_adapters(
            workspace,
            &elsewhere,
            &flags,
            &native.file,
            &shared.adapters,
        )?;
        write(&shared.bridge, pyblish_bridge::BRIDGE)?;
        step::say("printing the man pages and the completions");
        let mut man = Command::new(&native.file);
        child::quietly(man.args(["man", "--into"]).arg(&shared.man))?;
        for (shell, file) in SHELLS {
            let mut command = Command::new(&native.file);
            let script = child::quietly(command.args(["completions", shell]))?;
            write(&shared.completions.join(shell).join(file), &script)?;
        }
        Ok(shared)
    }

    /// Adds the licences to a package.
    pub fn licences(&self, stage: &Stage, folder: &str) -> Result<()> {
        for name in LICENCES {
            stage.copy(&self.root.join(name), &format!("{folder}/{name}"))?;
        }
        Ok(())
    }

    /// The licences, for metadata that names them.
    pub fn licence_files(&self) -> impl Iterator<Item = PathBuf> {
        LICENCES.into_iter().map(|name| self.root.join(name))
    }

    /// Adds the program and its adapters, as a system has them: in `/usr`.
    pub fn usr(&self, stage: &Stage, program: &Program) -> Result<()> {
        stage.program(&program.file, &format!("usr/bin/{RUNTIME}"))?;
        stage.copy(&self.adapters, &format!("usr/share/{RUNTIME}/adapters"))
    }

    /// Adds the program and its adapters, as they are in an archive: everything in one folder.
    pub fn archive(&self, stage: &Stage, program: &Program) -> Result<()> {
        stage.program(&program.file, &program.target.program())?;
        stage.copy(&self.adapters, "adapters")?;
        let bridge = self.bridge.file_name().unwrap_or_default();
        stage.copy(&self.bridge, &bridge.to_string_lossy())?;
        for name in LICENCES.iter().chain(&["CHANGELOG.md"]) {
            stage.copy(&self.root.join(name), name)?;
        }
        if program.target.system == System::Windows {
            return stage.copy(&self.completions.join("powershell"), "completions");
        }
        stage.copy(&self.completions, "completions")?;
        stage.copy(&self.man, "man/man1")
    }
}

fn write(to: &Path, text: &str) -> Result<()> {
    let made = || {
        fs::create_dir_all(to.parent().unwrap_or(to))?;
        fs::write(to, text)
    };
    made().with_context(|| format!("cannot write {}", to.display()))
}

/// The archive of one system, and that of its symbols.
pub fn archives(
    workspace: &Workspace,
    release: &Release,
    shared: &Shared,
    program: &Program,
    into: &Path,
) -> Result<()> {
    let name = format!("{}-{}", release.name(), program.target.triple);
    step::say(&format!("packing {name}"));
    let work = workspace.target.join("dist-work");
    let stage = Stage::new(&work.join(&name), release.epoch)?;
    shared.archive(&stage, program)?;
    let folder = stage.done()?;
    match program.target.system {
        System::Windows => archive::zip(&folder, &into.join(format!("{name}.zip")))?,
        System::Linux | System::Mac => {
            let file = into.join(format!("{name}.tar.gz"));
            archive::tar_gz(&folder, &file, release.epoch, Effort::Most)?;
        }
    }
    let Some(symbols) = &program.symbols else {
        return Ok(());
    };
    let name = format!("{name}-symbols");
    let stage = Stage::new(&work.join(&name), release.epoch)?;
    let file = symbols.file_name().unwrap_or_default().to_string_lossy();
    stage.copy(symbols, &file)?;
    let file = into.join(format!("{name}.tar.gz"));
    archive::tar_gz(&stage.done()?, &file, release.epoch, Effort::Least)
}
