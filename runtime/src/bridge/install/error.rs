use std::io;
use std::path::{Path, PathBuf};

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
         the folder with --to ({usual})",
        listed(.looked)
    )]
    NoPlace {
        label: &'static str,
        usual: &'static str,
        looked: Vec<PathBuf>,
    },

    #[error(
        "{} is there, and was not written by pyblish-endpoint; nothing is changed. Move it away, or install \
         elsewhere with --to",
        .0.display()
    )]
    Foreign(PathBuf),

    #[error(
        "{} has the beginning of pyblish-endpoint's lines, but not their end; nothing is changed. Take the lines \
         out by hand, from `{}` on",
        .0.display(), super::block::BEGIN
    )]
    Torn(PathBuf),

    #[error("the path {} is no Unicode text, which {label} could not read; install elsewhere with --to", path.display())]
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
