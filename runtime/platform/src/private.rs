//! Folders and files that only this user can access: on Unix by their permissions, on Windows by
//! their access control lists, which also name SYSTEM.

use std::fs;
use std::io;
use std::path::Path;

use super::atomic::{self, Readers};
use super::trusted::{FileError, FileReason, Trust, TrustedFolder};

/// Makes a folder that only this user can enter, and those above it. An existing one stays as it
/// is.
#[cfg(unix)]
pub fn folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a folder that only this user can enter, and those above it. An existing one stays as it
/// is. A new one has what its parent gives for a moment, in which it is empty.
#[cfg(windows)]
pub fn folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    match path.parent() {
        Some(above) if !above.as_os_str().is_empty() => folder(above)?,
        _ => {}
    }
    match fs::create_dir(path) {
        Ok(()) => super::acl::restrict(path),
        // Another process made it meanwhile.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes a folder that only this user can enter, or makes sure that it is one: for what must not be
/// changed or read by others.
pub fn secure_folder(path: &Path) -> io::Result<()> {
    match folder(path) {
        // It is no folder, or a link; the check says which.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => made?,
    }
    TrustedFolder::open(path, Trust::Private)
        .map(drop)
        .map_err(plain)
}

/// The caller names the path.
fn plain(error: FileError) -> io::Error {
    match error.reason {
        FileReason::Io(error) => error,
        other => io::Error::new(io::ErrorKind::PermissionDenied, other),
    }
}

/// Whether [`secure_folder`] would find the folder there; false where it would make it. Nothing is
/// changed.
///
/// # Errors
/// It would fail: what is there is not this user's alone or cannot be written to, or it cannot be
/// made.
pub fn look(path: &Path) -> io::Result<bool> {
    match TrustedFolder::open(path, Trust::Private) {
        Ok(_) => writable(path).map(|()| true),
        Err(error) if error.is_missing() => could_make(path).map(|()| false),
        Err(error) => Err(plain(error)),
    }
}

/// Whether [`folder`] would succeed, whoever may enter the folder. False if it would make the
/// folder.
///
/// # Errors
/// It would fail, or nothing could be written there.
pub fn look_open(path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_dir() => Err(io::ErrorKind::NotADirectory.into()),
        Ok(_) => writable(path).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => could_make(path).map(|()| false),
        Err(error) => Err(error),
    }
}

/// Whether the nearest folder above that is there lets us make others in it.
fn could_make(path: &Path) -> io::Result<()> {
    let above = path
        .ancestors()
        .skip(1)
        .find(|it| it.symlink_metadata().is_ok());
    let above = above.unwrap_or(Path::new("."));
    if above.is_dir() {
        writable(above)
    } else {
        Err(io::ErrorKind::NotADirectory.into())
    }
}

/// Whether this user may make files in this folder.
#[cfg(unix)]
fn writable(folder: &Path) -> io::Result<()> {
    use rustix::fs::{Access, access};
    Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

/// Always succeeds here: only a write would tell.
#[cfg(not(unix))]
fn writable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Writes a file that only this user can read, in place of any that is there; see [`atomic`].
pub fn write(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    atomic::write(path, bytes.as_ref(), Readers::Private)
}

/// Writes a file that must not exist yet. If several processes make it at once, one wins.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`]: it is there.
pub fn create(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    atomic::create(path, bytes.as_ref(), Readers::Private)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use pyblish_promise::{promise, promise_eq};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn written_file_is_private() {
        let place = tempfile::tempdir().unwrap();
        let below = place.path().join("a").join("b");
        folder(&below).unwrap();
        secure_folder(&below).unwrap();
        let file = below.join("c.json");
        write(&file, "first").unwrap();
        write(&file, "second").unwrap();
        promise_eq!("ACCESS-03", (mode(&below), mode(&file)), (0o700, 0o600));
        assert_eq!(fs::read_to_string(&file).unwrap(), "second");
        assert_eq!(fs::read_dir(&below).unwrap().count(), 1);
    }

    #[test]
    fn folder_of_others_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let open = place.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        let refused = secure_folder(&open).unwrap_err().to_string();
        promise!("ACCESS-03", refused.contains("mode 700"), "{refused}");
        folder(&open).unwrap();
    }

    #[test]
    fn check_makes_nothing() {
        let place = tempfile::tempdir().unwrap();
        let (open, file) = (place.path().join("open"), place.path().join("file"));
        let (ours, none) = (place.path().join("ours"), place.path().join("no/ne"));
        fs::create_dir(&open).unwrap();
        fs::write(&file, "x").unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        secure_folder(&ours).unwrap();
        assert!(look(&ours).unwrap() && look_open(&ours).unwrap() && look_open(&open).unwrap());
        assert!(!look(&none).unwrap() && !look_open(&none).unwrap());
        for bad in [&open, &file, &file.join("below")] {
            assert!(look(bad).is_err(), "{}", bad.display());
        }
        assert!(look_open(&file).is_err() && look_open(&file.join("a/b")).is_err());
        assert_eq!(place.path().read_dir().unwrap().count(), 3);
    }

    #[test]
    fn create_makes_a_file_once_and_private() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("key");
        create(&path, "first").unwrap();
        assert_eq!(mode(&path), 0o600);
        let again = create(&path, "second").unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn write_replaces_link_not_target() {
        let place = tempfile::tempdir().unwrap();
        let (precious, link) = (place.path().join("precious"), place.path().join("link"));
        fs::write(&precious, "precious").unwrap();
        std::os::unix::fs::symlink(&precious, &link).unwrap();
        create(&link, "ours").unwrap_err();
        write(&link, "ours").unwrap();
        assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
        promise!("ACCESS-18", fs::symlink_metadata(&link).unwrap().is_file());
    }
}

/// The rules of Windows' lists are tested in `acl`.
#[cfg(all(test, windows))]
mod windows_tests {
    use super::*;
    use crate::trusted;

    #[test]
    fn what_is_made_private_is_trusted() {
        let place = tempfile::tempdir().unwrap();
        let below = place.path().join("a").join("b");
        assert!(!look(&below).unwrap());
        secure_folder(&below).unwrap();
        assert!(look(&below).unwrap() && look(below.parent().unwrap()).unwrap());
        let (written, made) = (below.join("c"), below.join("key"));
        write(&written, "first").unwrap();
        write(&written, "second").unwrap();
        create(&made, "key").unwrap();
        create(&made, "another").unwrap_err();
        for (path, text) in [(&written, "second"), (&made, "key")] {
            assert_eq!(trusted::read_text(path, Trust::Private, 10).unwrap(), text);
        }
        trusted::open_or_create(&below.join("lock"), Trust::Private).unwrap();
        trusted::open_or_create(&below.join("lock"), Trust::Private).unwrap();
    }

    /// Under wine, everybody may read a new file, as by the umask; on Windows a new one has what
    /// its folder gives.
    #[test]
    fn folder_of_others_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let open = place.path().join("open");
        fs::create_dir(&open).unwrap();
        crate::acl::share(&open).unwrap();
        let refused = secure_folder(&open).unwrap_err().to_string();
        assert!(
            refused.contains("Everyone") && refused.contains("icacls"),
            "{refused}"
        );
        folder(&open).unwrap();
    }
}
