use std::io;
use std::path::{Path, PathBuf};

use super::Version;

/// Why a host is not set up, or not put back.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    #[error(
        "{name:?} is no host that can be installed; there are {}",
        .known.join(", ")
    )]
    Unknown {
        name: String,
        known: Vec<&'static str>,
    },

    #[error(
        "no {label} of this user is found; looked for {}. Start it once, so that it makes its folder, or name \
         the folder with --into ({usual}){}",
        listed(.looked), or_version(.looked)
    )]
    NoPlace {
        label: &'static str,
        usual: &'static str,
        looked: Vec<PathBuf>,
    },

    #[error(
        "{} is there, and was not written by pyblish-endpoint; nothing is changed. Move it away, or install \
         elsewhere with --into",
        .0.display()
    )]
    Foreign(PathBuf),

    #[error(
        "{} was written by pyblish-endpoint, and changed since; nothing is changed now. Move it away, or delete it, \
         and try again",
        .0.display()
    )]
    Changed(PathBuf),

    #[error(
        "pyblish-endpoint's lines in {} were changed since they were written; nothing is changed now. Take them out by \
         hand, from `{}` on, and try again",
        .0.display(), super::block::BEGIN.trim_end()
    )]
    ChangedLines(PathBuf),

    #[error(
        "there is no folder for {label} {version} alone; the folders of {label} are {}. Leave --version out, or name \
         the folder with --into ({usual})",
        listed(.looked)
    )]
    NoVersion {
        label: &'static str,
        version: Version,
        usual: &'static str,
        looked: Vec<PathBuf>,
    },

    #[error(
        "this user has no home folder to look for hosts in; name the host's folder with --into"
    )]
    NoHome,

    #[error(
        "{} has the beginning of pyblish-endpoint's lines, but not their end; nothing is changed. Take the lines \
         out by hand, from `{}` on",
        .0.display(), super::block::BEGIN.trim_end()
    )]
    Torn(PathBuf),

    #[error("the path {} is no Unicode text, which {label} could not read; install elsewhere with --into", path.display())]
    NoText { path: PathBuf, label: &'static str },

    #[error("{} cannot be {what}: {error}", path.display())]
    File {
        what: &'static str,
        path: PathBuf,
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
    match looked.iter().any(versions) {
        true => ", or the version with --version",
        false => "",
    }
}
