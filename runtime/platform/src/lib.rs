//! What differs between operating systems: files and folders of this user, processes, and the
//! limits of this process.
//!
//! Other crates contain no `cfg` for these things. Each module has one side for Unix and one for
//! Windows, or says why the other side needs nothing.
//!
//! - [`trusted`] reads files that somebody else may have put there. Use it for every path that
//!   another user, an adapter or a client can influence.
//! - [`private`] makes files and folders that only this user can read.
//! - [`atomic`] replaces a file as a whole, so that a crash leaves the old one or the new one.
//! - [`output`] writes the files that users ask for.
//! - [`temporary`] makes folders that are removed when they are no longer used.
//! - [`file_manager`] shows a folder to this user.
//! - [`location`] compares folders: whether two are the same, or one lies in the other.
//! - [`disk`] tells how much is free.
//! - [`identity`] tells the names of the user and of the machine.
//! - [`files`], [`memory`] and [`threads`] check that there is enough of each before work begins;
//!   [`process`] limits a process, and tells whether one is alive.

#[cfg(windows)]
mod acl;
pub mod atomic;
pub mod disk;
mod file_error;
pub mod file_manager;
pub mod files;
pub mod identity;
pub mod location;
pub mod memory;
pub mod output;
pub mod private;
pub mod process;
#[cfg(any(windows, test))]
mod sddl;
pub mod temporary;
pub mod threads;
pub mod trusted;

use std::path::PathBuf;

use directories::ProjectDirs;

/// The folder of running servers, running hosts and this user's secret. The system clears it when
/// the user logs out; where it has no such folder, this one lies beside the user's data. None for a
/// user without a home folder.
pub fn run_folder() -> Option<PathBuf> {
    let user = ProjectDirs::from("", "", "pyblish-endpoint")?;
    Some(match user.runtime_dir() {
        Some(folder) => folder.to_path_buf(),
        None => user.data_dir().join("run"),
    })
}
