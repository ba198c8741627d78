//! What every handler gets.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use crate::database::Database;
use crate::feed::Bell;
use crate::jobs::JobSettings;
use crate::sequencer::Sequencer;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct HubState {
    pub(crate) database: Database,
    pub(crate) bell: Bell,
    pub(crate) sequencer: Sequencer,
    pub(crate) jobs: JobSettings,
    /// How many more streams of events there may be.
    pub(crate) listeners: Arc<Semaphore>,
    /// Whether the hub ends.
    pub(crate) ending: watch::Receiver<bool>,
}
