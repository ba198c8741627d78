//! How far the studio's hub is with a session. The server only shows it.

use std::sync::Arc;

/// How far the hub is with a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HubProgress {
    /// The number of the last event that the hub has.
    pub acknowledged: u64,
    /// How many events were gone before they could be sent.
    pub lost: u64,
    /// Why nothing can be sent now, if so.
    pub failure: Option<Arc<str>>,
}

/// Knows how far the hub is with each session, by the session's id.
pub type HubLookup = Arc<dyn Fn(&str) -> HubProgress + Send + Sync>;
