use serde::{Deserialize, Serialize};

use super::SourceLocation;

/// Why something did not work, in words that a frontend can show as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// A few words.
    pub title: Option<String>,
    /// What is wrong, where, and what to do next.
    pub message: String,
    /// More details, which frontends show on request.
    pub detail: Option<String>,
    /// Where in the source it happened.
    pub location: Option<SourceLocation>,
    /// The traceback, as Python writes it.
    pub traceback: Option<String>,
    /// The name of the error's type.
    pub kind: String,
}

impl Failure {
    /// The kind of work that stopped because the user asked for it.
    pub const CANCELLED: &str = "Cancelled";

    /// Whether the work stopped because the user asked for it.
    pub fn is_cancelled(&self) -> bool {
        self.kind == Failure::CANCELLED
    }

    /// The kinds with which a host refuses all work: the context is about another scene, or the host
    /// was busy for too long.
    pub const STALE_CONTEXT: &str = "StaleContext";
    /// See [`Failure::STALE_CONTEXT`].
    pub const HOST_BUSY: &str = "HostBusy";

    /// Whether the host refused the work, as it would refuse all that comes next.
    pub fn is_refusal_of_host(&self) -> bool {
        [Failure::STALE_CONTEXT, Failure::HOST_BUSY].contains(&self.kind.as_str())
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
