//! The limit of connections.
//!
//! When the limit is reached, the connection that has been idle longest is closed for the new one.
//! So thousands of idle connections block nobody. A connection is not idle while it has a request
//! or an event stream, or while an answer is being sent. But an answer that the client does not
//! read only counts if the client has sent a token or a cookie. If no connection is idle, the new
//! one is refused.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Orders events: each time that a connection opens or becomes idle takes the next number.
static NEXT_MOMENT: AtomicU64 = AtomicU64::new(1);

/// The value of `idle_since` while a request is in progress.
const BUSY: u64 = 0;

/// The open connections, and their maximum number.
#[derive(Debug)]
pub(crate) struct ConnectionLimiter {
    limit: usize,
    /// By the time at which each was opened.
    open: Mutex<HashMap<u64, Arc<ConnectionState>>>,
}

/// The state of one connection that the limiter needs. Other parts update it: the start and end of
/// each request, the check of the token, and the writer.
#[derive(Debug)]
pub(crate) struct ConnectionState {
    /// The address of the client; none on a unix socket.
    pub address: Option<IpAddr>,
    /// Whether it has sent a token or a cookie.
    known: AtomicBool,
    /// The time since which it is idle, or [`BUSY`].
    idle_since: AtomicU64,
    /// Whether the client does not read what is sent to it.
    stuck: AtomicBool,
    close: Notify,
}

impl ConnectionState {
    /// A request begins. It ends when the guard is dropped.
    pub(crate) fn begin_request(self: &Arc<Self>) -> RequestGuard {
        self.idle_since.store(BUSY, Ordering::Release);
        RequestGuard(self.clone())
    }

    /// Whether it may be closed for another connection.
    pub(crate) fn is_idle(&self) -> bool {
        let is_read_late = self.stuck.load(Ordering::Acquire) && self.known.load(Ordering::Acquire);
        self.idle_since.load(Ordering::Acquire) != BUSY && !is_read_late
    }

    /// Notes that it has sent a token or a cookie.
    pub(crate) fn set_known(&self) {
        self.known.store(true, Ordering::Release);
    }

    /// Whether the client does not read what is sent to it.
    pub(crate) fn set_stuck(&self, stuck: bool) {
        self.stuck.store(stuck, Ordering::Release);
    }

    /// Waits until the limiter closes this connection for another one.
    pub(crate) async fn closed_for_another(&self) {
        self.close.notified().await;
    }
}

fn moment() -> u64 {
    NEXT_MOMENT.fetch_add(1, Ordering::Relaxed)
}

/// A request in progress. Keep this until the whole answer was handed over.
#[derive(Debug)]
pub(crate) struct RequestGuard(Arc<ConnectionState>);

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.idle_since.store(moment(), Ordering::Release);
    }
}

/// The slot of one connection, which is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct ConnectionSlot {
    /// The state of the connection.
    pub state: Arc<ConnectionState>,
    opened: u64,
    limiter: Arc<ConnectionLimiter>,
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.limiter.lock().remove(&self.opened);
    }
}

impl ConnectionLimiter {
    /// A limiter of this many connections.
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(ConnectionLimiter {
            limit,
            open: Mutex::default(),
        })
    }

    /// A slot for one more connection from this address. At the limit, the longest idle connection
    /// is closed for it; none if no connection is idle.
    pub(crate) fn open(self: &Arc<Self>, address: Option<IpAddr>) -> Option<ConnectionSlot> {
        let mut open = self.lock();
        if open.len() >= self.limit && !close_idlest(&mut open) {
            return None;
        }
        let moment = moment();
        let state = Arc::new(ConnectionState {
            address,
            known: AtomicBool::new(false),
            idle_since: AtomicU64::new(moment),
            stuck: AtomicBool::new(false),
            close: Notify::new(),
        });
        open.insert(moment, state.clone());
        Some(ConnectionSlot {
            state,
            opened: moment,
            limiter: self.clone(),
        })
    }

    /// Closes the connection that has been idle longest, if any is idle.
    pub(crate) fn close_idlest(&self) {
        close_idlest(&mut self.lock());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Arc<ConnectionState>>> {
        // A panic cannot leave the map in a bad state.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the connection that has been idle longest. False if none is idle.
fn close_idlest(open: &mut HashMap<u64, Arc<ConnectionState>>) -> bool {
    let idle = open.iter().filter(|(_, state)| state.is_idle());
    let idlest = idle.min_by_key(|(_, state)| state.idle_since.load(Ordering::Acquire));
    let Some(moment) = idlest.map(|(moment, _)| *moment) else {
        return false;
    };
    if let Some(state) = open.remove(&moment) {
        state.close.notify_one();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether this connection was closed for another.
    fn was_closed(slot: &ConnectionSlot) -> bool {
        !slot.limiter.lock().contains_key(&slot.opened)
    }

    #[test]
    fn idlest_connection_is_closed_for_a_new_one() {
        let limiter = ConnectionLimiter::new(3);
        let slots: Vec<_> = (0..3).map(|_| limiter.open(None).unwrap()).collect();
        let guard = slots[0].state.begin_request();
        drop(slots[1].state.begin_request());
        // The first is busy, the second was busy a moment ago, the third never was.
        let fourth = limiter.open(None).unwrap();
        assert_eq!(
            [0, 1, 2].map(|n| was_closed(&slots[n])),
            [false, false, true]
        );
        slots[1].state.set_stuck(true);
        slots[1].state.set_known();
        let fifth = limiter.open(None).unwrap();
        assert!(was_closed(&fourth) && !was_closed(&slots[1]));
        // The fifth does not read its answer, and has sent no token.
        fifth.state.set_stuck(true);
        let _sixth = limiter.open(None).unwrap();
        assert!(was_closed(&fifth) && !was_closed(&slots[1]));
        drop(guard);
    }

    #[test]
    fn busy_connections_are_not_closed() {
        let limiter = ConnectionLimiter::new(2);
        let slots: Vec<_> = (0..2).map(|_| limiter.open(None).unwrap()).collect();
        let guards: Vec<_> = slots
            .iter()
            .map(|slot| slot.state.begin_request())
            .collect();
        assert!(limiter.open(None).is_none());
        drop((slots, guards));
        assert!(limiter.open(None).is_some());
        assert!(limiter.lock().is_empty());
    }
}
