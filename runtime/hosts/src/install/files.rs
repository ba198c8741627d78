//! Writing and removing files. Files of others are never overwritten. A file of the user's that
//! gets our lines is replaced as a whole, so that a crash leaves the old one or the new one.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::InstallError;
use super::mark::{self, Mark};
use pyblish_platform::atomic::{self, Readers};
use pyblish_platform::trusted::{self, FileError, FileReason, Trust};

/// Bytes of a file of a host's or of the user's that are read: far more than anybody writes.
const LARGEST: u64 = 16 << 20;

/// What is known of a file that is ours; `None` where it is not there. A link in its place is not
/// ours.
pub(super) fn mark(path: &Path) -> Result<Option<Mark>, InstallError> {
    if fs::symlink_metadata(path).is_ok_and(|known| known.is_symlink()) {
        return Err(InstallError::Foreign(path.to_path_buf()));
    }
    let Some(bytes) = read(path)? else {
        return Ok(None);
    };
    let mark = mark::of(&bytes).ok_or_else(|| InstallError::Foreign(path.to_path_buf()))?;
    if mark.intact {
        Ok(Some(mark))
    } else {
        Err(InstallError::Changed(path.to_path_buf()))
    }
}

/// The file's bytes; `None` where it is not there.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, InstallError> {
    match trusted::read(path, Trust::Any, LARGEST) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(FileError { reason, .. }) => match reason {
            // A path below a file does not exist either.
            FileReason::Io(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                Ok(None)
            }
            reason => Err(InstallError::file("read", path)(io::Error::other(reason))),
        },
    }
}

/// Writes a file of ours, and the folders above it. Nothing is written through a link.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), InstallError> {
    make_folder(path)
        .and_then(|()| replace(path, bytes))
        .map_err(InstallError::file("written", path))
}

/// Writes a file of the user's, which may be a link: the link stays, and its target is replaced.
/// `former` is the text that was read from it.
///
/// # Errors
/// The file has changed since, so the new text does not fit.
pub(super) fn rewrite(
    path: &Path,
    former: Option<&[u8]>,
    bytes: &[u8],
) -> Result<(), InstallError> {
    let failed = InstallError::file("written", path);
    if let Err(error) = make_folder(path) {
        return Err(failed(error));
    }
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    // From here on it is this path, without links. A link that takes its place is replaced itself.
    if read(&real)?.as_deref() == former {
        replace(&real, bytes).map_err(failed)
    } else {
        Err(failed(io::Error::other(
            "something else changed it meanwhile; try again",
        )))
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let readers = match fs::symlink_metadata(path) {
        Ok(former) if former.is_file() => Readers::As(former.permissions()),
        _ => Readers::Usual,
    };
    atomic::write(path, bytes, readers)
}

pub(super) fn remove(path: &Path) -> Result<(), InstallError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(InstallError::file("removed", path)(error))
        }
        _ => Ok(()),
    }
}

/// Python's compiled copies of our modules.
pub(super) fn remove_compiled(path: &Path) {
    let (Some(folder), Some(stem)) = (path.parent(), path.file_stem()) else {
        return;
    };
    // A file that stays does no harm: without the module, nothing reads it.
    let _ = fs::remove_file(path.with_extension("pyc"));
    let cache = folder.join("__pycache__");
    let prefix = format!("{}.", stem.to_string_lossy());
    for entry in cache.read_dir().into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            let _ = fs::remove_file(entry.path());
        }
    }
    let _ = fs::remove_dir(cache);
}

/// Removes the folders from this one up that are empty, below the host's own.
pub(super) fn remove_empty(folder: &Path, below: &Path) {
    let inside = |folder: &&Path| *folder != below && folder.starts_with(below);
    for folder in folder.ancestors().take_while(inside) {
        match fs::remove_dir(folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => return,
            _ => {}
        }
    }
}
