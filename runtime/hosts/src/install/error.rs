use std::io;
use std::path::{Path, PathBuf};

use super::Version;

/// Why a host cannot be set up, or the setup cannot be removed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// No host has this name.
    #[error(
        "{name:?} is not a host that can be set up; there are {}",
        .known.join(", ")
    )]
    Unknown {
        /// The name that was given.
        name: String,
        /// The names that there are.
        known: Vec<&'static str>,
    },

    /// The host has no folder on this machine.
    #[error(
        "no {label} of this user is found; looked for {}. Start it once, so that it makes its folder, or name \
         the folder with --into ({usual}){}",
        listed(.looked), or_version(.looked)
    )]
    NoPlace {
        /// The host's name, as users write it.
        label: &'static str,
        /// Where its folder usually is.
        usual: &'static str,
        /// The folders that were looked for.
        looked: Vec<PathBuf>,
    },

    /// A file of somebody else is in the way.
    #[error(
        "{} is there, and was not written by pyblish-endpoint; nothing is changed. Move it away, or install \
         elsewhere with --into",
        .0.display()
    )]
    Foreign(PathBuf),

    /// A file of ours was changed since.
    #[error(
        "{} was written by pyblish-endpoint, and changed since; nothing is changed now. Move it away, or delete it, \
         and try again",
        .0.display()
    )]
    Changed(PathBuf),

    /// Our lines in a file of the user's were changed since.
    #[error(
        "pyblish-endpoint's lines in {} were changed since they were written; nothing is changed now. Take them out by \
         hand, from `{}` on, and try again",
        .0.display(), super::block::BEGIN.trim_end()
    )]
    ChangedLines(PathBuf),

    /// This version of the host has no folder of its own.
    #[error(
        "there is no folder for {label} {version} alone; the folders of {label} are {}. Leave --version out, or name \
         the folder with --into ({usual})",
        listed(.looked)
    )]
    NoVersion {
        /// The host's name, as users write it.
        label: &'static str,
        /// The version that was asked for.
        version: Version,
        /// Where its folder usually is.
        usual: &'static str,
        /// The folders that were looked for.
        looked: Vec<PathBuf>,
    },

    /// The user has no home folder.
    #[error(
        "this user has no home folder to look for hosts in; set HOME, or name the host's folder with --into"
    )]
    NoHome,

    /// Our lines in a file of the user's have a beginning and no end.
    #[error(
        "{} has the beginning of pyblish-endpoint's lines, but not their end; nothing is changed. Take the lines \
         out by hand, from `{}` on",
        .0.display(), super::block::BEGIN.trim_end()
    )]
    UnclosedBlock(PathBuf),

    /// A path that must be written into a file is no Unicode text.
    #[error("the path {} is no Unicode text, which {label} could not read; install elsewhere with --into", path.display())]
    NoText {
        /// The file or folder.
        path: PathBuf,
        /// The host's name, as users write it.
        label: &'static str,
    },

    /// A file cannot be read, written or removed.
    #[error("{} cannot be {what}: {error}", path.display())]
    File {
        /// `read`, `written` or `removed`.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the library or the system.
        error: io::Error,
    },
}

impl InstallError {
    pub(super) fn file(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |error| InstallError::File { what, path, error }
    }
}

fn listed(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}

/// What else helps where each version has a folder of its own.
fn or_version(looked: &[PathBuf]) -> &'static str {
    let versions = |path: &PathBuf| {
        let text = path.to_string_lossy();
        text.contains("X.Y") || text.contains("X-Y")
    };
    if looked.iter().any(versions) {
        ", or the version with --version"
    } else {
        ""
    }
}
