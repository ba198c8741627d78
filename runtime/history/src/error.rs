use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a history cannot be read or written. Each names the file.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// Another process writes it.
    #[error("the history in {} is in use by another process", .0.display())]
    InUse(PathBuf),

    /// The file is not a history of this program, so it is not changed.
    #[error(
        "{} cannot be used as a history: {reason}. Move the file away to start a new one", path.display()
    )]
    Foreign {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },

    /// Its file system has no locks, so two processes could write it at once.
    #[error(
        "the history cannot be kept in {}: its file system cannot lock files ({error}), as NFS without its lock service. \
         Have it mounted with locks, or keep histories on a local disk: --history-dir FOLDER",
        path.display()
    )]
    NoLocks {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },

    /// The file cannot be used.
    #[error("the history in {} cannot be used: {reason}", path.display())]
    Unusable {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },

    /// The content of the file has changed since it was written.
    #[error(
        "the history in {} is damaged: {what}. The next server with this session moves the file \
         aside and recovers what it can",
        path.display()
    )]
    Damaged {
        /// The file or folder.
        path: PathBuf,
        /// What is damaged.
        what: String,
    },

    /// SQLite failed.
    #[error("the history in {} could not be read or written: {error}", path.display())]
    Database {
        /// The file or folder.
        path: PathBuf,
        /// The error of the library or the system.
        error: rusqlite::Error,
    },

    /// JSON in the file cannot be read, or a value cannot be written as JSON.
    #[error("the history in {} contains JSON that this version cannot read: {error}", path.display())]
    Json {
        /// The file or folder.
        path: PathBuf,
        /// The error of the library or the system.
        error: serde_json::Error,
    },
}

impl HistoryError {
    pub(super) fn unusable(path: &Path, reason: impl ToString) -> Self {
        HistoryError::Unusable {
            path: path.into(),
            reason: reason.to_string(),
        }
    }

    /// Whether the file itself is damaged: waiting does not help.
    pub(super) fn is_damage(&self) -> bool {
        match self {
            HistoryError::Damaged { .. } => true,
            HistoryError::Database { error, .. } => is_damage(error),
            _ => false,
        }
    }

    /// Whether only this row is refused, so that others can be written.
    pub(super) fn is_of_one_row(&self) -> bool {
        match self {
            HistoryError::Database { error, .. } => matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch)
            ),
            HistoryError::Json { .. } => true,
            _ => false,
        }
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

/// Why a statement failed, before the file is named.
#[derive(Debug)]
pub(super) enum StoreError {
    Database(rusqlite::Error),
    Json(serde_json::Error),
    /// The data read differs from the data written.
    Damaged(String),
}

impl StoreError {
    /// The error of a statement that is known to be right: if a table or column is missing, the
    /// file is damaged.
    pub(super) fn of_names(error: rusqlite::Error) -> StoreError {
        match (&error, error.sqlite_error_code()) {
            (rusqlite::Error::SqlInputError { .. }, _) | (_, Some(ErrorCode::Unknown)) => {
                StoreError::Damaged(error.to_string())
            }
            _ => StoreError::Database(error),
        }
    }

    pub(super) fn named(self, path: &Path) -> HistoryError {
        let path = path.to_path_buf();
        match self {
            StoreError::Database(error) if is_damage(&error) => HistoryError::Damaged {
                path,
                what: error.to_string(),
            },
            StoreError::Database(error) => HistoryError::Database { path, error },
            StoreError::Json(error) => HistoryError::Json { path, error },
            StoreError::Damaged(what) => HistoryError::Damaged { path, what },
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::Database(error)
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        StoreError::Json(error)
    }
}
