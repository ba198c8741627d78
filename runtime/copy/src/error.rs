use std::fmt;
use std::io;

/// Which of the two files of a copy an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopySide {
    /// The file that is read.
    Source,
    /// The file that is made.
    Target,
}

impl fmt::Display for CopySide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CopySide::Source => "source",
            CopySide::Target => "target",
        })
    }
}

/// Why a file cannot be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyErrorCode {
    /// The path is empty, absolute, or has a `..` in it.
    InvalidPath,
    /// There is no such file, or no folder for the target.
    NotFound,
    /// It is a folder, a pipe or a device.
    NotAFile,
    /// A link leads out of the granted folder.
    Outside,
    /// The target exists.
    AlreadyExists,
    /// The user may not read or write it.
    NotPermitted,
    /// The disk, or the grant, is read-only.
    ReadOnly,
    /// The disk is full.
    NoSpace,
    /// The user's quota is used up.
    QuotaExceeded,
    /// The source changed while it was copied.
    Changed,
    /// What was read back is not what was written.
    NotVerified,
    /// The user asked to stop.
    Cancelled,
    /// Anything else that the system says.
    Io,
}

/// A job that copied nothing. No target of it is left.
#[derive(Debug, thiserror::Error)]
#[error("the {side} {path:?} {reason}")]
pub struct CopyError {
    /// Which file of the job it is about, starting at 0.
    pub file: usize,
    /// The path, as the job named it.
    pub path: String,
    /// Which of the two files.
    pub side: CopySide,
    /// What is wrong, for programs.
    pub code: CopyErrorCode,
    /// What is wrong, for people; a clause that follows the path.
    pub reason: String,
}

/// What is wrong with one of the two files of a copy.
pub(crate) struct Fault {
    pub(crate) side: CopySide,
    pub(crate) code: CopyErrorCode,
    pub(crate) reason: String,
}

impl Fault {
    pub(crate) fn new(side: CopySide, code: CopyErrorCode, reason: impl Into<String>) -> Self {
        Fault {
            side,
            code,
            reason: reason.into(),
        }
    }

    pub(crate) fn cancelled() -> Self {
        Fault::new(
            CopySide::Source,
            CopyErrorCode::Cancelled,
            "was not copied to its end, because the user cancelled it",
        )
    }

    pub(crate) fn source(error: &io::Error) -> Self {
        Fault::of(CopySide::Source, error)
    }

    pub(crate) fn target(error: &io::Error) -> Self {
        Fault::of(CopySide::Target, error)
    }

    fn of(side: CopySide, error: &io::Error) -> Self {
        use CopyErrorCode as Code;
        let (code, reason) = match error.kind() {
            io::ErrorKind::NotFound if side == CopySide::Source => {
                (Code::NotFound, "does not exist".to_owned())
            }
            io::ErrorKind::NotFound => (Code::NotFound, "has no folder to be in".to_owned()),
            io::ErrorKind::AlreadyExists => (Code::AlreadyExists, "exists already".to_owned()),
            io::ErrorKind::IsADirectory => (Code::NotAFile, "is a folder".to_owned()),
            // cap-std makes this error itself, so it has no number of the system's.
            io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
                (Code::Outside, "leads out of the granted folder".to_owned())
            }
            io::ErrorKind::PermissionDenied => (
                Code::NotPermitted,
                format!("may not be {} ({error})", side.verb()),
            ),
            io::ErrorKind::ReadOnlyFilesystem => {
                (Code::ReadOnly, "is on a read-only disk".to_owned())
            }
            io::ErrorKind::StorageFull => {
                (Code::NoSpace, "does not fit: the disk is full".to_owned())
            }
            io::ErrorKind::QuotaExceeded => (
                Code::QuotaExceeded,
                "does not fit: your quota is used up".to_owned(),
            ),
            _ => (Code::Io, format!("cannot be {} ({error})", side.verb())),
        };
        Fault { side, code, reason }
    }
}

impl CopySide {
    fn verb(self) -> &'static str {
        match self {
            CopySide::Source => "read",
            CopySide::Target => "written",
        }
    }
}
