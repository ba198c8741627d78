//! What every handler gets.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use super::cookie::Cookie;
use crate::batcher::Batcher;
use crate::database::Database;
use crate::feed::Bell;
use crate::jobs::{ClaimBatcher, JobSettings};
use crate::metrics::Metrics;
use crate::sequencer::Sequencer;
use crate::tokens::Holder;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct HubState {
    pub(crate) database: Database,
    pub(crate) bell: Bell,
    pub(crate) sequencer: Sequencer,
    pub(crate) jobs: JobSettings,
    /// Who has a token.
    pub(crate) holders: Batcher<String, Option<Holder>>,
    /// The tasks that workers claim.
    pub(crate) claims: ClaimBatcher,
    /// How browsers are known.
    pub(crate) cookie: Arc<Cookie>,
    /// How many more streams of events there may be.
    pub(crate) listeners: Arc<Semaphore>,
    /// How many there may be at all.
    pub(crate) most_listeners: usize,
    pub(crate) metrics: Metrics,
    /// Whether the hub ends.
    pub(crate) ending: watch::Receiver<bool>,
}
