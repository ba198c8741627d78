use std::io;
use std::path::{Path, PathBuf};

/// Why a file or a folder is not used. Names the path, the reason and the next step.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct FileError {
    /// The file or folder.
    pub path: PathBuf,
    /// Why it is not used.
    pub reason: FileReason,
}

/// The reason alone, for messages that name the file themselves.
#[derive(Debug, thiserror::Error)]
pub enum FileReason {
    /// The system says so.
    #[error(transparent)]
    Io(#[from] io::Error),

    /// It is something else than a file, or than a folder.
    #[error("it is {found}, and must be {wanted}; put {wanted} there, or name another path")]
    Kind {
        /// What it is.
        found: &'static str,
        /// What it must be.
        wanted: &'static str,
    },

    /// It is too large.
    #[error("it has more than {limit} bytes, which is the limit for it; make it smaller")]
    TooLarge {
        /// Bytes that it may have.
        limit: u64,
    },

    /// It is no UTF-8.
    #[error("it is not written in UTF-8; save it as that")]
    NotText,

    /// It belongs to another user.
    #[error(
        "it belongs to another user (uid {owner}); make it yours with `chown`, or remove it if you do not know it"
    )]
    Foreign {
        /// The owner's uid.
        owner: u32,
    },

    /// It belongs to another user of Windows.
    #[error(
        "it belongs to another user ({owner}); become its owner in its properties, or remove it if you do not know it"
    )]
    ForeignOwner {
        /// The owner's name or number.
        owner: String,
    },

    /// Others can access it, on Windows.
    #[error(
        "it must be yours alone, and others can open it ({others}); remove them in its properties under Security, or with `icacls FILE /inheritance:r /grant:r %USERNAME%:F`"
    )]
    Shared {
        /// Their names or numbers.
        others: String,
    },

    /// Others can write it.
    #[error(
        "other users can change it (mode {mode:03o}); check what is in it, then run `chmod go-w` on it"
    )]
    Writable {
        /// Its permissions.
        mode: u32,
    },

    /// Others can read the file.
    #[error(
        "it must be a file of yours that nobody else can read (mode 600), and has mode {mode:03o}; run `chmod 600` on it"
    )]
    ReadableFile {
        /// Its permissions.
        mode: u32,
    },

    /// Others can enter the folder.
    #[error(
        "it must be a folder of yours that nobody else can enter (mode 700), and has mode {mode:03o}; run `chmod 700` on it"
    )]
    OpenFolder {
        /// Its permissions.
        mode: u32,
    },
}

impl FileError {
    pub(crate) fn new(path: &Path, reason: impl Into<FileReason>) -> Self {
        FileError {
            path: path.to_path_buf(),
            reason: reason.into(),
        }
    }

    /// Whether nothing is there.
    pub fn is_missing(&self) -> bool {
        matches!(&self.reason, FileReason::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}
