//! Which host is meant, and which of its folders.

use std::path::PathBuf;

use clap::Args;

use crate::stderr::Error;
use pyblish_hosts::install::{
    self as setup, InstallError, InstallPlan, InstallTarget, UserEnvironment, Version,
};

/// The exit codes of all commands that change or show a host's set-up.
pub(super) const EXIT_CODES: &str = "\
Exit codes: 0 done, or there was nothing to do; 1 it failed: the reason is on stderr, and what was \
done before on stdout; 64 the command line is wrong.";

/// A host, and the choice of its folders.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// blender, freecad, houdini, krita, maya or nuke
    #[arg(value_name = "HOST", value_parser = setup::find)]
    pub(super) host: setup::SupportedHost,

    /// Only the folder of this version, such as 4.2, even if the host has not run yet; by default
    /// all that are found
    #[arg(long, value_name = "X.Y", conflicts_with = "into")]
    pub(super) version: Option<Version>,

    /// This folder, instead of the host's own folders; for example one that a studio shares (in
    /// $BLENDER_USER_SCRIPTS, $NUKE_PATH, $HOUDINI_PATH and the like)
    #[arg(long, value_name = "FOLDER")]
    pub(super) into: Option<PathBuf>,
}

impl Choice {
    /// The files to install in each of the folders.
    pub(super) fn plans(&self) -> Result<Vec<InstallPlan>, Error> {
        if let Some(folder) = &self.into {
            let folder = std::path::absolute(folder)
                .map_err(|error| format!("the folder {}: {error}", folder.display()))?;
            // Needs nothing of this user, not even a home.
            return Ok(vec![InstallPlan::in_folder(
                self.host,
                &folder,
                &program()?,
            )?]);
        }
        let place = match self.version {
            Some(version) => InstallTarget::Version(version),
            None => InstallTarget::Found,
        };
        let surroundings = UserEnvironment::of_user().ok_or(InstallError::NoHome)?;
        Ok(setup::plans(self.host, &place, &program()?, &surroundings)?)
    }
}

/// The program that the menu entry starts: this one.
pub(super) fn program() -> Result<PathBuf, Error> {
    std::env::current_exe()
        .map_err(|error| format!("the path of this program is not known: {error}").into())
}
