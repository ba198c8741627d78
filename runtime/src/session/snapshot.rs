use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use crate::model::{Context, Failure, PairResult, Plugin, RunId, RunInfo};

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

/// A plug-in file that could not be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    pub file: String,
    pub failure: Failure,
}

/// The results since the context began: a list that only grows, shared by all who look at it, and how much
/// of it there was when they looked.
#[derive(Debug, Clone, Default)]
pub struct Results {
    all: Arc<RwLock<Vec<Arc<PairResult>>>>,
    length: usize,
}

impl Results {
    /// The results, first one first.
    pub fn list(&self) -> Vec<Arc<PairResult>> {
        // A list of pointers is whole at every moment.
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all[..self.length].to_vec()
    }

    pub(super) fn push(&mut self, result: Arc<PairResult>) {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        all.push(result);
        self.length = all.len();
    }
}

/// A session at one moment. Cheap to clone: everything in it is shared.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Grows with every change.
    pub revision: u64,
    pub context: Arc<Context>,
    /// In the order in which Pyblish runs them.
    pub plugins: Arc<[Plugin]>,
    pub broken: Arc<[Broken]>,
    pub results: Results,
    /// When the context began.
    pub connected: SystemTime,
    pub activity: Activity,
    /// The run under way, or else the latest of this process.
    pub run: Option<Arc<RunInfo>>,
    /// The run that was broken off, and can be continued, for the host still has its context.
    pub continuable: Option<RunId>,
}
