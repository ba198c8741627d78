use std::path::PathBuf;

/// Why history cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("the history in {} is in use by another process", .0.display())]
    InUse(PathBuf),

    #[error(
        "the history in {} cannot be used: {reason}. Move the file away to begin a new one", path.display()
    )]
    Unusable { path: PathBuf, reason: String },

    #[error("the history could not be read or written: {0}")]
    Database(#[from] rusqlite::Error),

    #[error("the history holds what is no JSON: {0}")]
    Json(#[from] serde_json::Error),
}
