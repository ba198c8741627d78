//! What every handler gets.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use super::cookie::Cookie;
use crate::database::Database;
use crate::feed::Bell;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct HubState {
    pub(crate) database: Database,
    pub(crate) bell: Bell,
    /// How browsers are known.
    pub(crate) cookie: Arc<Cookie>,
    /// How many more streams of events there may be.
    pub(crate) listeners: Arc<Semaphore>,
    /// Whether the hub ends.
    pub(crate) ending: watch::Receiver<bool>,
}
