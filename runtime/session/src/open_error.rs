//! Why a session cannot be opened.

use std::sync::Arc;

use crate::error::SessionError;
use crate::request::RequestDenied;
use pyblish_adapter::AdapterError;
use pyblish_history::HistoryError;

/// Why a session cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The adapter is not installed, or its settings or grants are wrong.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// The adapter cannot be loaded. Everybody who waited for the load gets the same error.
    #[error(transparent)]
    Load(#[from] Arc<AdapterError>),
    /// A client asks for more than the user has granted.
    #[error(transparent)]
    Denied(#[from] RequestDenied),
    /// The session's history cannot be opened.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The session's adapter or host does not start.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// So many sessions are open, which is the limit.
    #[error(
        "{0} sessions are open, which is the limit; close one, or start the server with a larger --max-sessions"
    )]
    TooMany(usize),
    /// No installed adapter is for this host.
    #[error(
        "no adapter is for the host {host:?}; {}{}",
        installed(.known), unsealed(.silent)
    )]
    NoAdapter {
        /// The host that was asked for.
        host: String,
        /// The hosts that the installed adapters are for.
        known: Vec<String>,
        /// Adapters whose files do not say which hosts they are for.
        silent: Vec<String>,
    },
    /// The installed adapters for this host are for other versions of it.
    #[error(
        "no adapter is for {host} {version}: {}; install one that is, or name one to use it all the \
         same", .others.join(", ")
    )]
    OtherHostVersion {
        /// The host that was asked for.
        host: String,
        /// The version of the running one.
        version: String,
        /// What the adapters for this host say, in words.
        others: Vec<String>,
    },
    /// More than one installed adapter is for this host.
    #[error("several adapters are for the host {host:?}: {}; name one", .adapters.join(", "))]
    SeveralAdapters {
        /// The host that was asked for.
        host: String,
        /// The names of those adapters.
        adapters: Vec<String>,
    },
}

fn installed(known: &[String]) -> String {
    if known.is_empty() {
        return "none is installed: put the package's folder `adapters` beside the program".into();
    }
    format!("those that are installed are for {}", known.join(", "))
}

fn unsealed(silent: &[String]) -> String {
    if silent.is_empty() {
        return String::new();
    }
    format!(
        "; {} are not sealed and do not say: name one of them with --adapter",
        silent.join(", ")
    )
}
