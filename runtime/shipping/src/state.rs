//! How far the hub is, for readers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How far the hub is with all sessions. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct ShippingState(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    sessions: BTreeMap<String, SessionShipping>,
    failure: Option<Arc<str>>,
}

/// How far the hub is with one session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SessionShipping {
    /// The last event that the hub has.
    pub acknowledged: u64,
    /// How many events were gone before they could be sent.
    pub forgotten: u64,
}

impl ShippingState {
    fn known(&self) -> MutexGuard<'_, Known> {
        // A panic cannot leave it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far the hub is with this session; none until its history was looked at.
    pub fn of(&self, session: &str) -> Option<SessionShipping> {
        self.known().sessions.get(session).copied()
    }

    /// How far the hub is with all sessions whose histories were looked at, by id: for figures.
    pub fn sessions(&self) -> BTreeMap<String, SessionShipping> {
        self.known().sessions.clone()
    }

    /// Why nothing can be sent now; none if nothing prevents it.
    pub fn failure(&self) -> Option<Arc<str>> {
        self.known().failure.clone()
    }

    pub(crate) fn set(&self, session: &str, shipping: SessionShipping) {
        let mut known = self.known();
        known.sessions.insert(session.to_owned(), shipping);
    }

    pub(crate) fn set_failure(&self, failure: Option<String>) {
        self.known().failure = failure.map(Into::into);
    }
}
