//! A folder for temporary files, which only this user can enter and which is removed with its
//! value.
//!
//! A process that is killed cannot remove its folder. So each folder has a file that its process
//! keeps locked, and the next one who makes such a folder removes those whose lock is free. A lock
//! ends with its process, and is seen from containers that share the folder; a process id is not.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::trusted::{Trust, TrustedFolder};

/// How the folders' names begin.
const PREFIX: &str = "pyblish-endpoint-";

/// The folder inside, for the files.
const FILES: &str = "files";

/// The file that is locked while the folder is in use.
const LOCK: &str = "lock";

/// A folder for temporary files.
#[derive(Debug)]
pub struct TemporaryFolder {
    /// Declared first: on Windows an open file cannot be removed.
    _lock: File,
    folder: TempDir,
}

impl TemporaryFolder {
    /// Makes one in the system's folder for temporary files. Removes those that killed processes of
    /// this user left there.
    pub fn create() -> io::Result<Self> {
        Self::create_in(&std::env::temp_dir())
    }

    fn create_in(place: &Path) -> io::Result<Self> {
        sweep(place);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o700));
        }
        let folder = builder.tempdir_in(place)?;
        #[cfg(windows)]
        super::acl::restrict(folder.path())?;
        // It gets its name when it is locked, so that nobody takes it for a free one.
        let unlocked = folder.path().join("unlocked");
        let lock = File::create(&unlocked)?;
        lock.lock()?;
        fs::rename(unlocked, folder.path().join(LOCK))?;
        fs::create_dir(folder.path().join(FILES))?;
        Ok(TemporaryFolder {
            _lock: lock,
            folder,
        })
    }

    /// The folder for the files.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join(FILES)
    }
}

/// Removes what processes left that were killed. What cannot be removed stays.
fn sweep(place: &Path) {
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(PREFIX)) && is_left(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether this is such a folder of this user, and its process is gone.
fn is_left(path: &Path) -> bool {
    let Ok(folder) = TrustedFolder::open(path, Trust::Private) else {
        return false;
    };
    let lock = folder.open_file(Path::new(LOCK), Trust::Owned);
    lock.is_ok_and(|lock| lock.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_is_private_and_ends_with_its_value() {
        let place = tempfile::tempdir().unwrap();
        let folder = TemporaryFolder::create_in(place.path()).unwrap();
        fs::write(folder.path().join("file"), "text").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let outer = folder.path().parent().unwrap().to_owned();
            let mode = fs::metadata(outer).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{mode:o}");
        }
        drop(folder);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[test]
    fn only_folders_of_ended_processes_are_removed() {
        let place = tempfile::tempdir().unwrap();
        let names = |place: &Path| {
            let entries = fs::read_dir(place).unwrap().flatten();
            let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
            names.sort();
            names
        };
        let used = TemporaryFolder::create_in(place.path()).unwrap();
        let left = TemporaryFolder::create_in(place.path()).unwrap();
        // As if its process had been killed: the lock is free, and the folder is there.
        let TemporaryFolder { _lock, folder } = left;
        let left = folder.keep();
        drop(_lock);
        // Not ours: it has no lock, or another name.
        fs::create_dir(place.path().join("pyblish-endpoint-other")).unwrap();
        fs::create_dir(place.path().join("other")).unwrap();
        let before = names(place.path());
        let new = TemporaryFolder::create_in(place.path()).unwrap();
        assert!(!left.exists() && used.path().exists() && new.path().exists());
        assert_eq!(names(place.path()).len(), before.len());
    }
}
