//! What the user has configured for all sessions.

use std::collections::HashMap;
use std::sync::Arc;

use crate::policy::Policy;
use crate::standing_grants::StandingGrants;
use pyblish_adapter::AdapterLimits;

/// How many sessions may be open at a time, unless the user says otherwise. Each takes two threads
/// and some megabytes.
pub const MAX_SESSIONS: usize = 64;

/// What the user has configured for all sessions.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionConfig {
    /// What each adapter gets in any case, by the adapter's name.
    pub grants: HashMap<String, StandingGrants>,
    /// What each adapter may use at most.
    pub limits: AdapterLimits,
    /// What the studio decides about plug-ins.
    pub policy: Arc<Policy>,
    /// How many sessions may be open at a time.
    pub max_sessions: usize,
    /// Whether a client may open any file of an adapter by its path. It is granted nothing.
    pub client_files: bool,
}

impl Default for SessionConfig {
    fn default() -> Self {
        SessionConfig {
            grants: HashMap::new(),
            limits: AdapterLimits::default(),
            policy: Arc::default(),
            max_sessions: MAX_SESSIONS,
            client_files: false,
        }
    }
}
