use std::sync::Arc;

use crate::adapter::AdapterError;
use crate::bridge::BridgeError;
use crate::history::HistoryError;
use crate::model::{Failure, RunId};

/// Why a session cannot do what it was asked. Each says what to do next.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SessionError {
    #[error("there is no plug-in {0:?} in this session; the plug-ins are listed in its state")]
    UnknownPlugin(String),

    #[error("there is no instance {0:?} in this session; collect first, or look into its state")]
    UnknownInstance(String),

    /// The adapter's own words.
    #[error("{}", .0.message)]
    Refused(Box<Failure>),

    /// What the adapter asks for and what the user grants do not fit.
    #[error("{0}")]
    NotGranted(String),

    /// The running host cannot be found.
    #[error("{0}")]
    NoHost(String),

    #[error("{0} cannot be continued: {1}. Start a new run")]
    NotContinued(RunId, &'static str),

    /// The adapter is gone, for this reason.
    #[error("{0}")]
    Down(String),

    #[error("this session has {0} commands waiting; try again when the host has caught up")]
    Full(usize),

    #[error("the run {0} is under way; wait for its end, or cancel it")]
    Running(RunId),

    #[error("there is no run {0} in this session; its runs are listed in its history")]
    UnknownRun(RunId),

    /// Somebody else changed it since the client looked.
    #[error("{0} was changed since revision {1}; look at it as it is now, and decide anew")]
    Conflict(String, u64),

    #[error(transparent)]
    History(#[from] Arc<HistoryError>),

    #[error("this session is closed; start another")]
    Closed,
}

impl From<Failure> for SessionError {
    fn from(failure: Failure) -> Self {
        SessionError::Refused(Box::new(failure))
    }
}

impl From<AdapterError> for SessionError {
    fn from(error: AdapterError) -> Self {
        match error {
            AdapterError::Refused { failure, .. } => SessionError::Refused(failure),
            AdapterError::Folder { .. }
            | AdapterError::FolderNotAsked { .. }
            | AdapterError::MissingFolder { .. }
            | AdapterError::AddressNotAsked { .. }
            | AdapterError::EnvironmentNotAsked { .. }
            | AdapterError::MissingAddress { .. } => SessionError::NotGranted(error.to_string()),
            other => SessionError::Down(other.to_string()),
        }
    }
}

impl From<BridgeError> for SessionError {
    fn from(error: BridgeError) -> Self {
        SessionError::NoHost(error.to_string())
    }
}

impl From<HistoryError> for SessionError {
    fn from(error: HistoryError) -> Self {
        SessionError::History(Arc::new(error))
    }
}
