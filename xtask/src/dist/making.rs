//! All packages, one after the other.

use std::path::Path;

use anyhow::{Context, Result};

use super::program::{self, Program};
use super::release::Release;
use super::shared::{self, Shared};
use super::target::{self, System, Target};
use super::{image, msi, npm, rez, sbom, sums, system, wheel};
use crate::workspace::Workspace;

/// The making of all packages into one folder.
pub struct Making<'a> {
    pub workspace: &'a Workspace,
    pub release: &'a Release,
    pub into: &'a Path,
}

impl Making<'_> {
    /// Makes the packages for these systems, and `SHA256SUMS`.
    pub fn all(&self, targets: &[&'static Target]) -> Result<(Shared, Vec<Program>)> {
        let Self {
            workspace,
            release,
            into,
        } = *self;
        std::fs::create_dir_all(into).with_context(|| format!("cannot make {}", into.display()))?;
        // It runs here, so it seals the adapters of all.
        let native = program::build(workspace, release, target::NATIVE)?;
        let shared = Shared::make(workspace, &native)?;
        let mut programs = Vec::new();
        for target in targets {
            programs.push(self.for_one(&shared, target)?);
        }
        wheel::client(workspace, release, into)?;
        npm::client(workspace, into)?;
        rez::package(workspace, release, &shared, &programs, into)?;
        sums::write(into)?;
        Ok((shared, programs))
    }

    /// Makes the packages for one system.
    fn for_one(&self, shared: &Shared, target: &'static Target) -> Result<Program> {
        let Self {
            workspace,
            release,
            into,
        } = *self;
        let program = program::build(workspace, release, target)?;
        shared::archives(workspace, release, shared, &program, into)?;
        wheel::program(workspace, release, shared, &program, into)?;
        if target.system == System::Windows {
            msi::installer(workspace, release, shared, &program, into)?;
        }
        if let Some(names) = &target.linux {
            let of = (&program, names);
            system::deb(workspace, release, shared, of, into)?;
            system::rpm(workspace, release, shared, of, into)?;
            image::image(workspace, release, shared, of, into)?;
        }
        sbom::list(workspace, release, target, into)?;
        Ok(program)
    }
}
