use serde::{Deserialize, Serialize};

/// A place in a source file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    pub file: String,
    /// Starts at 1.
    pub line: u32,
    pub function: Option<String>,
    /// The line itself.
    pub text: Option<String>,
}

/// Why something did not work, in words that a frontend can show as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// A few words.
    pub title: Option<String>,
    /// What is wrong, where, and what to do next.
    pub message: String,
    /// Whatever else helps; shown when asked for.
    pub detail: Option<String>,
    pub location: Option<Location>,
    pub traceback: Option<String>,
    /// The name of the error's type.
    pub kind: String,
}

impl Failure {
    /// Whether the work stopped because the user asked for it.
    pub fn is_cancelled(&self) -> bool {
        self.kind == "Cancelled"
    }

    /// A failure of this kind that has nothing but its message.
    pub fn new(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Failure {
            title: None,
            message: message.into(),
            detail: None,
            location: None,
            traceback: None,
            kind: kind.into(),
        }
    }
}
