//! Files of adapters that must have a digest.

use std::path::PathBuf;

/// A file with a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedFile {
    /// The file.
    pub path: PathBuf,
    /// SHA-256 that it must have, in hexadecimal digits.
    pub digest: String,
    /// Where it comes from and who signed it, for clients.
    pub origin: Origin,
    /// Why it must not be used, if it must not.
    pub problem: Option<String>,
}

/// Where a pinned file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What it was added by: a file, or a folder with a name.
    pub source: String,
    /// The id of the key whose signature was checked; none if none was.
    pub key: Option<String>,
    /// The lock that names it; none if it is only installed.
    pub lock: Option<PathBuf>,
}

/// What pinned files are to the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinRule {
    /// They are found where no other file has the name.
    Last,
    /// They are found before all others.
    First,
    /// Nothing else is found. The text says why, to follow "NAME is not".
    Only(String),
}
