//! Copies files from one open folder to another, for adapters: the sandbox decides what is copied,
//! and this crate does the heavy work outside of it.
//!
//! - [`Copying`] is one job: a list of files, each with its source and its target. All of them are
//!   copied or none: after an error or a cancel the targets that were made are removed.
//! - Every path is opened beneath one of the two folders, so no link and no renaming leads out. A
//!   target must not exist.
//! - A file is read once: its SHA-256 is made from the bytes that are written. Where the file
//!   system can share the blocks of two files, they are shared (`clone`), and only read.
//! - Several files are copied at once, and what is copied goes to disk while the next file is read
//!   (`flush`). When [`Copying::run`] returns, everything is on disk.
//! - A source that changes while it is copied is an error: its digest would be that of no file.
//!
//! Nothing here knows adapters or sessions. Whoever runs a job says with a [`CopyObserver`] when to
//! stop, and hears how far it is.

mod clone;
mod copying;
mod error;
mod file;
mod flush;

pub use copying::{CopyObserver, Copying};
pub use error::{CopyError, CopyErrorCode, CopySide};
pub use file::{CopiedFile, FileCopy, open};
