//! Which files of configuration there are, the weakest first: what a later one says wins.
//!
//! 1. The file of the machine, which only an administrator can write.
//! 2. The files that `PYBLISH_ENDPOINT_CONFIG` names: those of a studio, a show or a job.
//! 3. The user's own file, or the one that `--config` names in its place.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use pyblish_platform::trusted::Trust;

/// Names more files, separated as in `PATH`.
pub const VARIABLE: &str = "PYBLISH_ENDPOINT_CONFIG";

const NAME: &str = "endpoint.toml";

/// A file of configuration that may be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub path: PathBuf,
    /// A file that somebody names must be there, and may belong to anybody. The others must belong
    /// to the user or to an administrator.
    pub is_named: bool,
}

impl Source {
    /// The files, the weakest first. `chosen` takes the place of the user's own.
    pub fn all(chosen: Option<&Path>) -> Vec<Source> {
        let named = |path: PathBuf| Source {
            path,
            is_named: true,
        };
        let unnamed = |path: PathBuf| Source {
            path,
            is_named: false,
        };
        let mut all: Vec<_> = machine_folder()
            .map(|folder| unnamed(folder.join(NAME)))
            .into_iter()
            .collect();
        let listed = std::env::var_os(VARIABLE).unwrap_or_default();
        let listed = std::env::split_paths(&listed);
        all.extend(
            listed
                .filter(|path| !path.as_os_str().is_empty())
                .map(named),
        );
        all.extend(match chosen {
            Some(path) => Some(named(path.to_owned())),
            None => user_file().map(unnamed),
        });
        all
    }

    pub fn trust(&self) -> Trust {
        match self.is_named {
            true => Trust::Any,
            false => Trust::Owned,
        }
    }
}

/// The user's own file.
pub fn user_file() -> Option<PathBuf> {
    let user = ProjectDirs::from("", "", "pyblish-endpoint")?;
    Some(user.config_dir().join(NAME))
}

/// The folder of the machine.
fn machine_folder() -> Option<PathBuf> {
    let name = "pyblish-endpoint";
    if cfg!(windows) {
        // Not ProgramData: every user may create folders there, and so grant others' adapters what
        // they like.
        return Some(PathBuf::from(std::env::var_os("ProgramFiles")?).join(name));
    }
    let above = match cfg!(target_os = "macos") {
        true => "/Library/Application Support",
        false => "/etc",
    };
    Some(Path::new(above).join(name))
}
