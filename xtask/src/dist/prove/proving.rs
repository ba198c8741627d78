//! What every proof gets, and what it comes to.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::super::program::Program;
use super::super::release::Release;
use super::super::shared::Shared;
use super::super::stage;
use super::super::target::{System, Target};
use crate::child;
use crate::workspace::Workspace;

/// What a proof has come to.
pub enum Proof {
    Shown(String),
    NotShown(String),
}

/// Which tests run with the program of the archive.
pub enum ProofTests {
    All,
    /// Only these groups of `tests/`; none if there are none.
    Groups(Vec<String>),
}

/// What is proven, and where.
pub struct Proving<'a> {
    pub workspace: &'a Workspace,
    pub release: &'a Release,
    pub shared: &'a Shared,
    pub programs: &'a [Program],
    /// The packages.
    pub made: &'a Path,
    /// A folder for what the proofs unpack and install.
    pub work: PathBuf,
    /// The secret key of the signature, if there is one.
    pub key: Option<&'a Path>,
    /// Which tests of the test command run.
    pub tests: &'a ProofTests,
}

impl Proving<'_> {
    /// An empty folder of one proof.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.work.join(name);
        stage::remove(&folder)?;
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// The archive of one system, unpacked.
    pub fn unpacked(&self, target: &Target) -> Result<PathBuf> {
        let folder = self.folder(&format!("archive-{}", target.triple))?;
        let name = format!("{}-{}", self.release.name(), target.triple);
        let mut command = match target.system {
            System::Windows => {
                let mut command = Command::new("python3");
                command.args(["-m", "zipfile", "-e"]);
                command
                    .arg(self.made.join(format!("{name}.zip")))
                    .arg(&folder);
                command
            }
            System::Linux | System::Mac => {
                let mut command = Command::new("tar");
                command
                    .arg("-xf")
                    .arg(self.made.join(format!("{name}.tar.gz")));
                command.arg("-C").arg(&folder);
                command
            }
        };
        child::quietly(&mut command)?;
        Ok(folder.join(name))
    }

    /// The systems of this kind that packages were made for.
    pub fn targets(&self, system: System) -> impl Iterator<Item = &'static Target> {
        let targets = self.programs.iter().map(|program| program.target);
        targets.filter(move |target| target.system == system)
    }
}
