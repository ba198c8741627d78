//! Folders and files that are this user's alone. What only Unix has is here, with the other side written.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder that only this user can enter, or makes sure that it is one.
pub fn folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, MetadataExt};
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let metadata = fs::symlink_metadata(path)?;
        let ours = metadata.uid() == rustix::process::geteuid().as_raw();
        if !metadata.is_dir() || !ours || metadata.mode() & 0o077 != 0 {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "it must be a folder of yours that nobody else can enter (mode 700)",
            ));
        }
    }
    // Elsewhere a user's own folders are private by what they inherit.
    #[cfg(not(unix))]
    fs::create_dir_all(path)?;
    Ok(())
}

/// Makes a file that only this user can read; it must not be there yet.
pub fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_of_ours_is_private() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a").join("b");
        folder(&path).unwrap();
        folder(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }

    #[test]
    fn a_folder_that_others_can_enter_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("open");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(folder(&path).unwrap_err().to_string().contains("mode 700"));
    }

    #[test]
    fn a_file_is_made_once_and_private() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("key");
        new_file(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(new_file(&path).is_err());
    }
}
