//! What this user has on this machine, beside their work: folders and files that nobody else can read, and
//! processes.

pub mod files;
pub mod private;
pub mod process;

use std::path::PathBuf;

use directories::ProjectDirs;

/// Where running servers, hosts and this user's secret are: what the system clears when the user logs out, or
/// else beside the user's data. None for a user without a home folder.
pub fn run_folder() -> Option<PathBuf> {
    let user = ProjectDirs::from("", "", "pyblish-endpoint")?;
    Some(match user.runtime_dir() {
        Some(folder) => folder.to_path_buf(),
        None => user.data_dir().join("run"),
    })
}
