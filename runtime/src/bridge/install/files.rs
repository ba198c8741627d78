//! Writing and taking away. What is not ours is never overwritten; a file of the user's that gets lines of ours is
//! replaced as a whole, so that a crash leaves the old one or the new one.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::InstallError;
use super::mark::{self, Mark};

/// What is known of a file that is ours; `None` where it is not there.
pub(super) fn mark(path: &Path) -> Result<Option<Mark>, InstallError> {
    let Some(bytes) = read(path)? else {
        return Ok(None);
    };
    let mark = mark::of(&bytes).ok_or_else(|| InstallError::Foreign(path.to_path_buf()))?;
    match mark.intact {
        true => Ok(Some(mark)),
        false => Err(InstallError::Changed(path.to_path_buf())),
    }
}

/// The file's bytes; `None` where it is not there.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, InstallError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        // Below what is no folder there is nothing either.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(InstallError::file("read", path)(error)),
    }
}

/// Writes a file, and the folders above it.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), InstallError> {
    replace(path, bytes).map_err(InstallError::file("written", path))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // A link stays one; it is what it leads to that changes.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let written = fs::write(&beside, bytes)
        .and_then(|()| match fs::metadata(path) {
            Ok(former) => fs::set_permissions(&beside, former.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What cannot be written need not be there to be removed.
        let _ = fs::remove_file(&beside);
    }
    written
}

pub(super) fn remove(path: &Path) -> Result<(), InstallError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(InstallError::file("removed", path)(error))
        }
        _ => Ok(()),
    }
}

/// What Python made of a module of ours.
pub(super) fn remove_compiled(path: &Path) {
    let (Some(folder), Some(stem)) = (path.parent(), path.file_stem()) else {
        return;
    };
    // Whatever stays does no harm: without the module, nothing reads it.
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
