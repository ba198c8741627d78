//! Why a session cannot do what it was asked. Each message says what to do next.

use std::path::PathBuf;
use std::sync::Arc;

use pyblish_adapter::AdapterError;
use pyblish_history::HistoryError;
use pyblish_hosts::BridgeError;
use pyblish_model::{Failure, RunId, SmolStr};

/// Why a session cannot do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SessionError {
    /// The session has no plug-in with this id or name.
    #[error("there is no plug-in {0:?} in this session; the plug-ins are listed in its state")]
    UnknownPlugin(String),

    /// The context has no instance with this id or name.
    #[error("there is no instance {0:?} in this session; collect first, or look into its state")]
    UnknownInstance(String),

    /// The plug-in cannot repair this instance, or else the context.
    #[error(
        "the plug-in {plugin:?} has no repair for {}; fix it by hand, then validate again",
        .instance.as_ref().map_or("the context".into(), |name| format!("the instance {name:?}"))
    )]
    NoRepair {
        /// The name of the plug-in.
        plugin: SmolStr,
        /// The name of the instance; none for the context.
        instance: Option<SmolStr>,
    },

    /// The adapter says no, in its own words.
    #[error("{}", .0.message)]
    Refused(Box<Failure>),

    /// What the adapter asks for and what the user grants differ. The text says in what.
    #[error("{0}")]
    NotGranted(String),

    /// A granted folder was deleted, or another took its place. The session still has the old one.
    #[error(
        "the folder {} was deleted, or another took its place, after this session was opened. \
         Close the session and open another; end a server that was started with this folder, and \
         start it again",
        .0.display()
    )]
    FolderGone(PathBuf),

    /// The running host cannot be found. The text says which one.
    #[error("{0}")]
    NoHost(String),

    /// This run cannot be continued, for this reason.
    #[error("{0} cannot be continued: {1}. Start a new run")]
    NotContinued(RunId, &'static str),

    /// The adapter is gone, for this reason.
    #[error("{0}")]
    Down(String),

    /// So many commands wait, which is the limit `queue`.
    #[error(
        "this session has {0} commands waiting; try again when the host has worked through them"
    )]
    Full(usize),

    /// The results take as much memory as they may. The text names the limit and says how to raise
    /// it.
    #[error("this session has no room for more results; reset it ({0})")]
    ManyResults(String),

    /// This run is under way, and the command cannot be done during a run.
    #[error("the run {0} is under way; wait for its end, or cancel it")]
    Running(RunId),

    /// The host says that the context is not about its scene, or may be old: this is why.
    #[error(
        "{0} Reset the session and collect again: then what is published is what is on the screen."
    )]
    Stale(String),

    /// The session has no such run.
    #[error("there is no run {0} in this session; its runs are listed in its history")]
    UnknownRun(RunId),

    /// This resource has changed since the client looked, at this revision.
    #[error("{0} has changed since revision {1}; read it again, and decide again")]
    Conflict(String, u64),

    /// This idempotency key started this run with another request.
    #[error(
        "the Idempotency-Key {0:?} started the run {1} with another request; send each request with a key of its own"
    )]
    KeyReused(String, RunId),

    /// The history cannot be read or written.
    #[error(transparent)]
    History(#[from] Arc<HistoryError>),

    /// The session has ended, or is about to.
    #[error("this session is closed; start another")]
    Closed,

    /// Somebody closed the session. It is listed until its adapter has ended.
    #[error(
        "this session is closing; its adapter is stopped by force if that takes long (the limit close)"
    )]
    Closing,
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
            | AdapterError::ToolNotAsked { .. }
            | AdapterError::NameLeadsElsewhere { .. }
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
