//! The disk, as far as the sandbox and the outside differ, and what its errors mean to an artist.
//!
//! Inside the sandbox two things are done through WASI itself, for std loses what is needed: a listing by
//! std ends at the first name that is not UTF-8, and hides the rest; and a write through std's stream fails
//! with a plain I/O error where WASI knows that the disk is full.

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod wasi;

#[cfg(not(target_family = "wasm"))]
pub use native::{Sink, list};
#[cfg(target_family = "wasm")]
pub use wasi::{Sink, list};

use std::fs::{self, File};
use std::io::{self, ErrorKind};

use pyblish_sdk::Failure;

use crate::name::show;

/// What a folder holds under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Link,
    Folder,
    /// A pipe, a socket, a device: to open one could wait for ever.
    Special,
}

/// One name of a folder.
#[derive(Debug)]
pub struct Entry {
    pub name: String,
    pub kind: Kind,
}

/// A name of a folder that cannot be used.
#[derive(Debug)]
pub enum Unusable {
    /// It is not UTF-8. The name with the wrong bytes replaced, where it is known; the sandbox is not told.
    NotText(Option<String>),
    /// The disk could not say what it is.
    Unknown(String),
}

/// Writes a folder's names to disk, as far as the system can; that it cannot is no error.
pub fn sync_folder(path: &str) {
    let _ = File::open(path).and_then(|folder| folder.sync_all());
}

/// Makes a folder and those above it, and remembers their names.
pub fn make_folders(path: &str) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// A file could not be read.
#[track_caller]
pub fn cannot_read(path: &str, error: &io::Error) -> Failure {
    let path = show(path);
    match error.kind() {
        ErrorKind::NotFound => Failure::new(format!(
            "{path} is gone: put it back, or collect again to go on without it"
        ))
        .title("A file is gone"),
        ErrorKind::PermissionDenied => Failure::new(format!(
            "{path} may not be read ({error}): give the user that runs the server the right to read it; a \
             link must not lead out of the granted folder"
        ))
        .title("A file cannot be read"),
        _ => Failure::new(format!(
            "{path} cannot be read ({error}): see whether its disk is still there, then try again"
        ))
        .title("A file cannot be read"),
    }
}

/// Something below `granted` could not be written.
#[track_caller]
pub fn cannot_write(path: &str, granted: &str, error: &io::Error) -> Failure {
    let path = show(path);
    match error.kind() {
        ErrorKind::StorageFull => Failure::new(format!(
            "the disk of {granted} is full, {path} could not be written: make room on it, then try again"
        ))
        .title("The disk is full"),
        ErrorKind::QuotaExceeded => Failure::new(format!(
            "your quota on the disk of {granted} is used up, {path} could not be written: make room on \
             it, then try again"
        ))
        .title("The quota is used up"),
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Failure::new(format!(
            "{path} may not be written ({error}): grant {granted} writable, with --dir HOST_PATH={granted} \
             (no :ro), and give the user that runs the server the right to write there"
        ))
        .title("The folder is read-only"),
        ErrorKind::InvalidFilename => Failure::new(format!(
            "{path} is a longer name than the disk takes: rename the file, and collect again"
        ))
        .title("The name is too long"),
        // Read-only disks belong here too: WASI says no more of them.
        _ => Failure::new(format!(
            "{path} could not be written ({error}): see whether the disk of {granted} is there and is not \
             read-only, then try again"
        ))
        .title("The disk refuses to write"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_says_what_to_do_next() {
        let said = |kind| {
            cannot_write("/publish/x", "/publish", &kind)
                .message()
                .to_owned()
        };
        assert!(said(io::Error::from(ErrorKind::StorageFull)).contains("is full"));
        assert!(said(io::Error::from(ErrorKind::QuotaExceeded)).contains("quota"));
        for kind in [ErrorKind::ReadOnlyFilesystem, ErrorKind::PermissionDenied] {
            assert!(said(io::Error::from(kind)).contains("--dir HOST_PATH=/publish (no :ro)"));
        }
        assert!(said(io::Error::from(ErrorKind::InvalidFilename)).contains("longer name"));
        assert!(said(io::Error::from_raw_os_error(5)).contains("read-only"));
        let gone = cannot_read("/inbox/a\nb", &io::Error::from(ErrorKind::NotFound));
        assert!(gone.message().starts_with("/inbox/a\\nb is gone"));
    }
}
