//! What the actor and the handles of its session share, so that readers never wait for the actor.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::choices::Choices;
use crate::lifecycle::Lifecycle;
use crate::monitor::Monitor;
use crate::snapshot::Snapshot;
use pyblish_model::RunId;

/// What the actor and the handles of its session share. All clones share one state.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    /// The session as readers see it. All of it is on disk already.
    pub(crate) visible: watch::Sender<Snapshot>,
    pub(crate) monitor: Monitor,
    /// The latest run whose plug-in is to be stopped by force.
    pub(crate) forced: watch::Sender<Option<RunId>>,
    /// The number of the latest pair outside of a run that is to be stopped by force.
    pub(crate) forced_pair: watch::Sender<Option<u64>>,
    /// How often a restart of the adapter was asked for. When it grows, whatever the adapter does
    /// is stopped by force.
    pub(crate) restarts: watch::Sender<u64>,
    /// What clients have changed in this context.
    made: Arc<Mutex<Choices>>,
    pub(crate) lifecycle: Lifecycle,
}

impl Shared {
    /// A session that readers see like this.
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        Shared {
            visible: watch::Sender::new(snapshot),
            monitor: Monitor::default(),
            forced: watch::Sender::new(None),
            forced_pair: watch::Sender::new(None),
            restarts: watch::Sender::new(0),
            made: Arc::default(),
            lifecycle: Lifecycle::new(),
        }
    }

    /// What clients have changed in this context.
    pub(crate) fn made(&self) -> MutexGuard<'_, Choices> {
        // A panic cannot leave it half changed.
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the plug-in of this run is to be stopped by force.
    pub(crate) fn is_forced(&self, run: RunId) -> bool {
        *self.forced.borrow() == Some(run)
    }
}
