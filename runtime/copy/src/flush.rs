//! Getting files to disk.
//!
//! A large file is flushed as soon as it is copied: while its thread waits for the disk, the others
//! read and digest the next files. To flush each of thousands of small files costs more than to
//! copy them: on Linux they are flushed together at the end, with everything else that their file
//! system still has to write.

use std::io;
use std::path::Path;

use cap_std::fs::Dir;

/// Bytes from which on a file is flushed by itself.
const LARGE: u64 = 1 << 20;

/// So many small files are flushed one by one. For more, the whole file system is flushed.
const FEW: usize = 16;

/// Which files are flushed when.
#[derive(Clone, Copy)]
pub(crate) struct FlushPlan {
    /// Whether small files are flushed together, at the end.
    pub(crate) is_together: bool,
}

impl FlushPlan {
    /// For files of these sizes, in bytes.
    pub(crate) fn of(sizes: &[u64]) -> Self {
        let small = sizes.iter().filter(|size| **size < LARGE).count();
        FlushPlan {
            is_together: cfg!(target_os = "linux") && small > FEW,
        }
    }

    /// Whether a file of this size is flushed as soon as it is copied.
    pub(crate) fn is_at_once(self, size: u64) -> bool {
        size >= LARGE || !self.is_together
    }
}

/// Flushes everything of the file system that this folder is on.
pub(crate) fn file_system(folder: &Dir) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(opened(folder, Path::new("."))?)?;
    #[cfg(not(target_os = "linux"))]
    let _ = folder;
    Ok(())
}

/// Flushes the names in the folder at this path. Windows cannot flush a folder, and writes names by
/// itself.
pub(crate) fn names(folder: &Dir, path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    opened(folder, path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = (folder, path);
    Ok(())
}

/// The folder at this path, opened to be flushed: a [`Dir`] may be one that only leads to names.
#[cfg(unix)]
fn opened(folder: &Dir, path: &Path) -> io::Result<std::fs::File> {
    let path = if path == Path::new("") {
        Path::new(".")
    } else {
        path
    };
    Ok(folder.open(path)?.into_std())
}
