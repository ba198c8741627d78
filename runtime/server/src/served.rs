//! What the server serves.

use std::sync::Arc;

use super::hub_jobs::HubJobs;
use super::hub_progress::HubLookup;
use pyblish_session::SessionManager;

/// The sessions, how far the hub is with them, and who hands their publishes over to it.
pub(crate) struct ServedSessions {
    pub(crate) sessions: Arc<SessionManager>,
    pub(crate) hub: Option<HubLookup>,
    pub(crate) jobs: Option<Arc<dyn HubJobs>>,
}
