//! Why a running server did not do what a command asked of it.

use pyblish_client::ClientError;
use pyblish_model::RunId;

/// Why a running server did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// There is none, or none that is meant.
    #[error("{0}")]
    NotFound(String),
    /// It is not clear which one is meant, or who asks.
    #[error("{0}")]
    Choice(String),
    /// There is no answer.
    #[error(transparent)]
    NoAnswer(#[from] ClientError),
    /// The server refuses.
    #[error("the server at {address} refuses: {detail}")]
    Refused {
        /// Where it is.
        address: String,
        /// The status of its answer.
        status: u16,
        /// What is wrong and what to do next, in its words.
        detail: String,
    },
    /// The answer is not that of such a server.
    #[error("the server at {0} answers {1} with something else: {2}; it may have another version")]
    Strange(String, String, serde_json::Error),
    /// It ended in the middle of the run.
    #[error(
        "the server at {address} was lost during the run {run} ({reason}); how the run ended is in \
         its history: `pyblish-endpoint history list`"
    )]
    Lost {
        /// Where it was.
        address: String,
        /// The run.
        run: RunId,
        /// Why.
        reason: String,
    },
}
