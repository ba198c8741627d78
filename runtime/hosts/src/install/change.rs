use std::path::PathBuf;

/// What was done to a file.
#[derive(Debug, PartialEq, Eq)]
pub enum FileChange {
    /// A new file was written.
    Wrote(PathBuf),
    /// What this version had written.
    Replaced(PathBuf, String),
    /// Our lines were added to a file of the user's.
    AddedLines(PathBuf),
    /// Our lines, as this version had written them, were replaced.
    ReplacedLines(PathBuf, String),
    /// The key in the host's settings was set.
    SwitchedOn(PathBuf),
    /// A file of ours was removed.
    Removed(PathBuf),
    /// Our lines were taken out of a file of the user's.
    RemovedLines(PathBuf),
    /// The key in the host's settings was removed.
    SwitchedOff(PathBuf),
    /// A file of somebody else lies in our folder, and stays.
    Left(PathBuf),
    /// Pyblish of this version was put into this folder.
    PutPyblish(PathBuf, String),
    /// Pyblish is there, somebody else has put it there, and it stays.
    LeftPyblish(PathBuf),
    /// Pyblish of this version, which was ours, was removed from this folder.
    RemovedPyblish(PathBuf, String),
}
