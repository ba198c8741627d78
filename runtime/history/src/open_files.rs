//! The files of histories that this process has open.
//!
//! On Unix a process loses all its locks on a file when it closes any descriptor of it. SQLite
//! handles this for its own descriptors (<https://sqlite.org/howtocorrupt.html>, 2.2), but does not
//! know ours. So nothing else in this process may open a file that SQLite has open: otherwise the
//! next program that opens and closes the history would see no lock, assume that it is the last
//! one, and remove the write-ahead log.

use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A file, independent of its path: on Unix, its device and inode.
type Identity = (u64, u64);

/// The open files; a file is in the list once for each time that it is open.
static OPEN: Mutex<Vec<Identity>> = Mutex::new(Vec::new());

/// Marks a file as open while this exists.
#[derive(Debug)]
pub(super) struct OpenFile(Option<Identity>);

impl OpenFile {
    /// Create this before SQLite opens the file, and keep it until SQLite has closed it.
    pub(crate) fn new(path: &Path) -> OpenFile {
        let mut open = lock();
        let identity = identity(path).ok();
        open.extend(identity);
        OpenFile(identity)
    }

    /// Whether the file is still in its place, and was not removed or replaced.
    pub(crate) fn is_in_place(&self, path: &Path) -> bool {
        // If this cannot be checked, the next write will show it.
        let Some(file) = self.0 else { return true };
        match identity(path) {
            Ok(there) => there == file,
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        let mut open = lock();
        let place = self
            .0
            .and_then(|file| open.iter().position(|it| *it == file));
        if let Some(place) = place {
            open.swap_remove(place);
        }
    }
}

/// Calls `look` and blocks opening the file meanwhile. Returns none if this process already has it
/// open.
pub(super) fn unless_open<T>(path: &Path, look: impl FnOnce() -> T) -> Option<T> {
    let open = lock();
    let is_open = identity(path).is_ok_and(|file| open.contains(&file));
    (!is_open).then(look)
}

fn lock() -> MutexGuard<'static, Vec<Identity>> {
    // A panic cannot leave the list half changed.
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    let there = path.symlink_metadata()?;
    Ok((there.dev(), there.ino()))
}

/// On other systems locks belong to one handle, and an open file cannot be removed or replaced.
#[cfg(not(unix))]
fn identity(_: &Path) -> io::Result<Identity> {
    Err(io::ErrorKind::Unsupported.into())
}
