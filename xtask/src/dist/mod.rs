//! Makes a release: everything that a studio needs to install the program, in `target/dist`.
//!
//! Policy: whatever makes a package well makes ours: dpkg-deb, rpmbuild, npm, PyPA's wheel, umoci. We
//! say which files go where, and give them the time of the commit, so that the same commit makes the
//! same bytes. `--prove` then uses each package as its users would (`prove/`).
//!
//! Parts: `target` has the systems, `program` builds for one, `shared` makes what all packages have;
//! then one file for each kind of package. `stage` is a folder with the files of one package.

mod archive;
mod image;
mod making;
mod msi;
mod needs;
mod npm;
mod program;
mod prove;
mod release;
mod rez;
mod sbom;
mod shared;
mod stage;
mod sums;
mod system;
mod target;
mod wheel;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::step;
use crate::workspace::{Workspace, brief};
pub use prove::ProofTests;

use making::Making;
use release::Release;

/// What `cargo xtask dist` is asked for.
pub struct DistOptions {
    /// What rustc calls the systems; all if there are none.
    pub targets: Vec<String>,
    pub prove: bool,
    /// Which tests the proof runs.
    pub tests: ProofTests,
    /// The secret key of the signature.
    pub key: Option<PathBuf>,
}

/// Makes everything, and proves it if asked to.
pub fn run(workspace: &Workspace, options: &DistOptions) -> Result<ExitCode> {
    let targets = target::chosen(&options.targets)?;
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!("releases are made on Linux, x86_64: packages and their proofs need its programs");
    }
    let release = Release::find(workspace)?;
    // It is read in another folder.
    let key = options
        .key
        .as_deref()
        .map(std::path::absolute)
        .transpose()?;
    needs::install(options.prove)?;
    let into = workspace.target.join("dist");
    stage::remove(&into)?;
    let making = Making {
        workspace,
        release: &release,
        into: &into,
    };
    let (shared, programs) = making.all(&targets)?;
    match &key {
        Some(key) => sums::sign(&into, &release, key)?,
        None => step::say("NOT SIGNED: name a secret key of minisign with --key"),
    }
    let (name, commit) = (release.name(), &release.commit);
    step::say(&format!("{name} of {commit} is in {}", brief(&into)));
    if !options.prove {
        return Ok(ExitCode::SUCCESS);
    }
    prove::run(&prove::Proving {
        workspace,
        release: &release,
        shared: &shared,
        programs: &programs,
        made: &into,
        work: workspace.target.join("dist-proof"),
        key: key.as_deref(),
        tests: &options.tests,
    })
}
