//! A file that an adapter holds locked, so that other sessions know that somebody is at work there.

use std::fs::{File, TryLockError};

use cap_std::fs::{Dir, OpenOptions};
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

/// A locked file, as long as it is open.
#[expect(unreachable_pub, reason = "the generated bindings name it in public")]
pub struct FileLock {
    _file: File,
}

impl FileLock {
    /// Locks a file beneath a folder, unless somebody else has.
    pub(super) fn take(folder: &Dir, path: &str) -> Result<Option<FileLock>, ErrorCode> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        if folder.metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(ErrorCode::Unsupported);
        }
        let file = folder.open_with(path, &options)?.into_std();
        match file.try_lock() {
            Ok(()) => Ok(Some(FileLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}
