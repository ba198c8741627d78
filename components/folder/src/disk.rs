//! Access to the disk, where the sandbox differs from native code, and error messages for artists.
//!
//! Inside the sandbox, two things use WASI directly, because std loses information: std's listing
//! stops at the first name that is not UTF-8, and hides the rest; and std's write fails with a
//! general I/O error, while WASI reports that the disk is full.

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod wasi;

#[cfg(not(target_family = "wasm"))]
pub use native::{list, write_new};
#[cfg(target_family = "wasm")]
pub use wasi::{list, write_new};

use std::fs::{self, File};
use std::io::{self, ErrorKind};

use pyblish_sdk::{CopyError, CopyErrorCode, CopySide, Failure};

use crate::name::show;
use crate::paths::shown;

/// The kind of a folder's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Link,
    Folder,
    /// A pipe, a socket, a device: opening one could block forever.
    Special,
}

/// One entry of a folder.
#[derive(Debug)]
pub struct Entry {
    pub name: String,
    pub kind: Kind,
}

/// An entry of a folder that cannot be used.
#[derive(Debug)]
pub enum Unusable {
    /// Its name is not UTF-8. This is the name with the wrong bytes replaced, if it is known; in
    /// the sandbox it is not.
    NotText(Option<String>),
    /// The disk could not return its kind.
    Unknown(String),
}

/// Syncs a folder to disk, if the system can; otherwise this does nothing.
pub fn sync_folder(path: &str) {
    let _ = File::open(path).and_then(|folder| folder.sync_all());
}

/// Creates a folder and its parents, and syncs them.
pub fn make_folders(path: &str) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// A file could not be read.
#[track_caller]
pub fn cannot_read(path: &str, error: &io::Error) -> Failure {
    let path = show(&shown(path));
    match error.kind() {
        ErrorKind::NotFound => gone(&path),
        ErrorKind::PermissionDenied => may_not_read(&format!("{path} may not be read ({error})")),
        _ => unreadable(&format!("{path} cannot be read ({error})")),
    }
}

/// Something below `granted` could not be written.
#[track_caller]
pub fn cannot_write(path: &str, granted: &str, error: &io::Error) -> Failure {
    let path = show(&shown(path));
    match error.kind() {
        ErrorKind::StorageFull => full(&path, granted),
        ErrorKind::QuotaExceeded => over_quota(&path, granted),
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            may_not_write(&format!("{path} may not be written ({error})"), granted)
        }
        ErrorKind::InvalidFilename => Failure::new(format!(
            "the name {path} is too long for the disk: rename the file, and collect again"
        ))
        .title("The name is too long"),
        // This includes read-only disks: WASI does not distinguish them.
        _ => unwritable(&format!("{path} could not be written ({error})"), granted),
    }
}

/// The runtime could not copy a file to a folder below `granted`.
#[track_caller]
pub fn cannot_copy(error: &CopyError, granted: &str) -> Failure {
    use CopyErrorCode as Code;
    let path = show(&shown(&error.path));
    let trouble = format!("{path} {}", error.reason);
    match (error.code, error.side) {
        (Code::Cancelled, _) => Failure::cancelled(),
        (Code::Changed, _) => Failure::new(format!(
            "{path} changed while it was copied: wait until the program that writes it is done, \
             then collect again"
        ))
        .title("A file changed"),
        (Code::NotFound, CopySide::Source) => gone(&path),
        (Code::NotAFile, CopySide::Source) => Failure::new(format!(
            "{trouble}: put the file back, or collect again to continue without it"
        ))
        .title("A file is gone"),
        (Code::NotPermitted | Code::Outside, CopySide::Source) => may_not_read(&trouble),
        (_, CopySide::Source) => unreadable(&trouble),
        (Code::NoSpace, CopySide::Target) => full(&path, granted),
        (Code::QuotaExceeded, CopySide::Target) => over_quota(&path, granted),
        (Code::ReadOnly | Code::NotPermitted | Code::Outside, CopySide::Target) => {
            may_not_write(&trouble, granted)
        }
        (_, CopySide::Target) => unwritable(&trouble, granted),
    }
}

/// The path of the machine for a flag; a word where it is not known.
fn host(granted: &str) -> String {
    match shown(granted) {
        host if host == granted => "HOST_PATH".into(),
        host => host,
    }
}

#[track_caller]
fn gone(path: &str) -> Failure {
    Failure::new(format!(
        "{path} is gone: put it back, or collect again to continue without it"
    ))
    .title("A file is gone")
}

#[track_caller]
fn may_not_read(trouble: &str) -> Failure {
    Failure::new(format!(
        "{trouble}: give the user of the server the permission to read it; a link must not lead \
         out of the granted folder"
    ))
    .title("A file cannot be read")
}

#[track_caller]
fn unreadable(trouble: &str) -> Failure {
    Failure::new(format!(
        "{trouble}: check that its disk is still connected, then try again"
    ))
    .title("A file cannot be read")
}

#[track_caller]
fn full(path: &str, granted: &str) -> Failure {
    Failure::new(format!(
        "the disk of {} is full, {path} could not be written: free some space on it, then try \
         again",
        shown(granted)
    ))
    .title("The disk is full")
}

#[track_caller]
fn over_quota(path: &str, granted: &str) -> Failure {
    Failure::new(format!(
        "your quota on the disk of {} is used up, {path} could not be written: free some space on \
         it, then try again",
        shown(granted)
    ))
    .title("The quota is used up")
}

#[track_caller]
fn may_not_write(trouble: &str, granted: &str) -> Failure {
    Failure::new(format!(
        "{trouble}: grant it writable, with --dir {host}={granted} (no :ro), and give the user of \
         the server the permission to write there",
        host = host(granted)
    ))
    .title("The folder is read-only")
}

#[track_caller]
fn unwritable(trouble: &str, granted: &str) -> Failure {
    Failure::new(format!(
        "{trouble}: check that the disk of {} is connected and not read-only, then try again",
        shown(granted)
    ))
    .title("The disk refuses to write")
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
        assert!(said(io::Error::from(ErrorKind::InvalidFilename)).contains("too long"));
        assert!(said(io::Error::from_raw_os_error(5)).contains("read-only"));
        let copied = |code, side, reason: &str| {
            let error = CopyError {
                code,
                side,
                path: "/inbox/x".into(),
                reason: reason.into(),
            };
            cannot_copy(&error, "/publish").message().to_owned()
        };
        use CopyErrorCode as Code;
        use CopySide::{Source, Target};
        assert!(copied(Code::NotFound, Source, "does not exist").contains("/inbox/x is gone"));
        assert!(copied(Code::NotAFile, Source, "is a folder").starts_with("/inbox/x is a folder:"));
        assert!(copied(Code::Outside, Source, "leads out").contains("leads out: give the user"));
        assert!(copied(Code::Io, Source, "cannot be read (5)").contains("still connected"));
        assert!(copied(Code::Changed, Source, "").contains("changed while it was copied"));
        assert!(copied(Code::NoSpace, Target, "").contains("the disk of /publish is full"));
        assert!(copied(Code::QuotaExceeded, Target, "").contains("your quota"));
        assert!(copied(Code::ReadOnly, Target, "is so").contains("(no :ro)"));
        assert!(copied(Code::Io, Target, "is so").contains("read-only"));
        assert_eq!(
            copied(Code::Cancelled, Source, ""),
            Failure::cancelled().message()
        );
        let gone = cannot_read("/inbox/a\nb", &io::Error::from(ErrorKind::NotFound));
        assert!(gone.message().starts_with("/inbox/a\\nb is gone"));
    }
}
