//! A session at one moment, as readers see it.

use std::sync::Arc;
use std::time::SystemTime;

use crate::results::Results;
use pyblish_model::{Context, Data, Failure, Plugin, RunId, RunInfo};

/// What the session is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum Activity {
    /// Nothing.
    Idle,
    /// A command is under way.
    Busy {
        /// When it began.
        since: SystemTime,
        /// The command, or the name of the plug-in that is at work.
        doing: String,
    },
    /// The adapter is gone; a reset starts another one.
    Down {
        /// Why it is gone, for people to read.
        reason: String,
    },
}

/// Why the adapter went down the last time, and what happens next. Readers see it until somebody
/// resets the session or restarts the adapter.
#[derive(Debug, Clone, PartialEq)]
pub struct AdapterFailure {
    /// The reason, for people to read.
    pub message: String,
    /// When it happened.
    pub at: SystemTime,
    /// How often the adapter failed in a row. The loss of a host is no failure of the adapter.
    pub failures: u64,
    /// When the adapter is started again without anybody asking, if it is.
    pub restart: Option<SystemTime>,
    /// Whether the host is looked for. The adapter is started when the host is there again.
    pub searching: bool,
}

/// A plug-in file that could not be used.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokenPlugin {
    /// The file, as the adapter names it.
    pub file: String,
    /// Why it could not be used.
    pub failure: Failure,
}

/// A session at one moment. Cheap to clone: everything in it is shared.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Grows with every change.
    pub revision: u64,
    /// The context with its instances.
    pub context: Arc<Context>,
    /// The revision at which the context or an instance of it last changed.
    pub context_revision: u64,
    /// In the order in which Pyblish runs them.
    pub plugins: Arc<[Plugin]>,
    /// The revision at which a plug-in last changed.
    pub plugins_revision: u64,
    /// The plug-in files that could not be used.
    pub broken: Arc<[BrokenPlugin]>,
    /// What the adapter says of its host, for people to read. Empty until it says something.
    pub host: Arc<Data>,
    /// The results since the context began.
    pub results: Results,
    /// When the context began.
    pub connected: SystemTime,
    /// What the session is doing.
    pub activity: Activity,
    /// Why the adapter went down the last time.
    pub adapter_failure: Option<Arc<AdapterFailure>>,
    /// The run under way, or else the latest one of this process.
    pub run: Option<Arc<RunInfo>>,
    /// The run that can be continued: it was broken off, and the host still has its context.
    pub continuable: Option<RunId>,
}
