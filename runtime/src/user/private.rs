//! Folders and files that are this user's alone. What only Unix has is here, with the other side written:
//! elsewhere a user's own folders are private by what they inherit.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Makes a folder, and those above it, that only this user can enter. One that is there stays as it is.
pub fn folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a folder that only this user can enter, or makes sure that it is one: for what must not be changed
/// or read by others.
pub fn secure_folder(path: &Path) -> io::Result<()> {
    folder(path)?;
    let metadata = fs::symlink_metadata(path)?;
    match metadata.is_dir() && is_ours_alone(&metadata) {
        true => Ok(()),
        false => Err(not_ours()),
    }
}

fn not_ours() -> io::Error {
    io::Error::new(
        io::ErrorKind::PermissionDenied,
        "it must be a folder of yours that nobody else can enter (mode 700)",
    )
}

/// Whether [`secure_folder`] would find the folder there; false where it would make it. Nothing is changed.
///
/// # Errors
/// It would fail: what is there is not this user's alone or cannot be written to, or it cannot be made.
pub fn look(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_dir() || !is_ours_alone(&metadata) => Err(not_ours()),
        Ok(_) => writable(path).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => could_make(path).map(|()| false),
        Err(error) => Err(error),
    }
}

/// Whether [`folder`] would succeed, where whoever may enter it is of no concern; false where it would make it.
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
    match above.is_dir() {
        true => writable(above),
        false => Err(io::ErrorKind::NotADirectory.into()),
    }
}

/// Whether this user may make files in this folder.
#[cfg(unix)]
fn writable(folder: &Path) -> io::Result<()> {
    use rustix::fs::{Access, access};
    Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

/// Likewise; only writing would tell.
#[cfg(not(unix))]
fn writable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes a file that only this user can read; it must not be there yet.
pub fn new_file(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().write(true).create_new(true)).open(path)
}

/// Writes a file that only this user can read. Whoever reads it sees all of it, or what was there before.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = private(OpenOptions::new().write(true).create(true).truncate(true))
        .open(&beside)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What cannot be written need not be there to be removed.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Reads a file, if it is this user's and nobody else can read it.
pub fn read(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    match is_ours_alone(&file.metadata()?) {
        true => io::read_to_string(file),
        false => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it must be a file of yours that nobody else can read (mode 600)",
        )),
    }
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn is_ours_alone(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o077 == 0
}

#[cfg(not(unix))]
fn is_ours_alone(_: &fs::Metadata) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_written_is_the_users_alone() {
        let place = tempfile::tempdir().unwrap();
        let below = place.path().join("a").join("b");
        folder(&below).unwrap();
        secure_folder(&below).unwrap();
        let file = below.join("c.json");
        write(&file, "first").unwrap();
        write(&file, "second").unwrap();
        assert_eq!((mode(&below), mode(&file)), (0o700, 0o600));
        assert_eq!(read(&file).unwrap(), "second");
        assert_eq!(fs::read_dir(&below).unwrap().count(), 1);
    }

    #[test]
    fn what_others_can_enter_or_read_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let (open, file) = (place.path().join("open"), place.path().join("file"));
        fs::create_dir(&open).unwrap();
        fs::write(&file, "x").unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = secure_folder(&open).unwrap_err().to_string();
        assert!(refused.contains("mode 700"), "{refused}");
        let refused = read(&file).unwrap_err().to_string();
        assert!(refused.contains("mode 600"), "{refused}");
        folder(&open).unwrap();
    }

    #[test]
    fn looking_says_what_making_would_come_to_and_makes_nothing() {
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
    fn a_file_is_made_once_and_private() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("key");
        new_file(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert!(new_file(&path).is_err());
    }
}
