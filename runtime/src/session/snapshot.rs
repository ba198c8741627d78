use std::sync::Arc;
use std::time::SystemTime;

use super::Results;
use crate::model::{Context, Failure, Plugin, RunId, RunInfo};

/// What the session is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum Activity {
    Idle,
    /// A command is under way.
    Busy {
        since: SystemTime,
        doing: String,
    },
    /// The adapter is gone, for this reason; a reset starts another.
    Down {
        reason: String,
    },
}

/// Why the adapter went down the last time, and what comes of it. It is told until somebody begins anew.
#[derive(Debug, Clone, PartialEq)]
pub struct Downfall {
    pub message: String,
    /// When it happened.
    pub at: SystemTime,
    /// How often the adapter failed in a row; a host that was lost is no failure of the adapter.
    pub failures: u64,
    /// When the adapter is started again by itself, if it is.
    pub restart: Option<SystemTime>,
    /// The host is looked for, and the adapter started once it is there.
    pub searching: bool,
}

/// A plug-in file that could not be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    pub file: String,
    pub failure: Failure,
}

/// A session at one moment. Cheap to clone: everything in it is shared.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Grows with every change.
    pub revision: u64,
    pub context: Arc<Context>,
    /// The revision at which the context or an instance of it last changed.
    pub context_revision: u64,
    /// In the order in which Pyblish runs them.
    pub plugins: Arc<[Plugin]>,
    /// The revision at which a plug-in last changed.
    pub plugins_revision: u64,
    pub broken: Arc<[Broken]>,
    pub results: Results,
    /// When the context began.
    pub connected: SystemTime,
    pub activity: Activity,
    /// Why the adapter went down the last time.
    pub downfall: Option<Arc<Downfall>>,
    /// The run under way, or else the latest of this process.
    pub run: Option<Arc<RunInfo>>,
    /// The run that was broken off, and can be continued, for the host still has its context.
    pub continuable: Option<RunId>,
}
