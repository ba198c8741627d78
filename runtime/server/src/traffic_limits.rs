//! The limits of requests and of event streams.
//!
//! A request over a limit is refused at once, because waiting requests would only pile up. When the
//! server is asked to end, it starts nothing new.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::access::ClientId;
use super::limits::ServerLimits;
use super::refusal::Refusal;

/// Counts the requests and streams in progress. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct TrafficLimits(Arc<Traffic>);

#[derive(Debug)]
struct Traffic {
    limits: ServerLimits,
    requests: Mutex<RequestCounts>,
    listeners: Arc<Semaphore>,
    /// Whether the server was asked to end.
    ending: AtomicBool,
    refused: RefusedCounts,
}

/// How often each limit refused somebody.
#[derive(Debug, Default)]
struct RefusedCounts {
    requests: AtomicU64,
    client_requests: AtomicU64,
    listeners: AtomicU64,
}

/// What is in progress, for whoever watches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrafficNow {
    pub(crate) requests: usize,
    pub(crate) listeners: usize,
    /// By the name of the limit.
    pub(crate) refused: [(&'static str, u64); 3],
}

/// How many requests are in progress.
#[derive(Debug, Default)]
struct RequestCounts {
    total: usize,
    /// By client, for those that have any.
    by_client: HashMap<ClientId, usize>,
}

impl TrafficLimits {
    pub(crate) fn new(limits: ServerLimits) -> Self {
        TrafficLimits(Arc::new(Traffic {
            requests: Mutex::default(),
            listeners: Arc::new(Semaphore::new(limits.listeners.min(Semaphore::MAX_PERMITS))),
            ending: AtomicBool::new(false),
            refused: RefusedCounts::default(),
            limits,
        }))
    }

    pub(crate) fn limits(&self) -> &ServerLimits {
        &self.0.limits
    }

    /// What is in progress now.
    pub(crate) fn now(&self) -> TrafficNow {
        let Traffic {
            limits, refused, ..
        } = &*self.0;
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        TrafficNow {
            requests: self.0.requests().total,
            listeners: limits
                .listeners
                .saturating_sub(self.0.listeners.available_permits()),
            refused: [
                ("requests", count(&refused.requests)),
                ("client-requests", count(&refused.client_requests)),
                ("listeners", count(&refused.listeners)),
            ],
        }
    }

    /// From now on only reads, and cancels of runs, are accepted.
    pub(crate) fn end(&self) {
        self.0.ending.store(true, Ordering::Release);
    }

    /// Counts this request of this client, until the permit is dropped.
    ///
    /// # Errors
    /// The server is ending (503), this client has too many requests (429), or all clients together
    /// have too many (503).
    pub(crate) fn enter(
        &self,
        client: ClientId,
        request: &Request,
    ) -> Result<RequestPermit<'_>, Refusal> {
        let traffic = &*self.0;
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let starts_something = !reads && !is_cancel(request.uri().path());
        if starts_something && traffic.ending.load(Ordering::Acquire) {
            let detail = "the server is ending, and starts nothing new".into();
            return Err(Refusal::busy("Ending", detail));
        }
        let mut requests = traffic.requests();
        let RequestCounts { total, by_client } = &mut *requests;
        let own = by_client.get(&client).copied().unwrap_or(0);
        if own >= traffic.limits.client_requests {
            let refused = &traffic.refused.client_requests;
            refused.fetch_add(1, Ordering::Relaxed);
            let limit = traffic.limits.client_requests;
            let detail = format!(
                "{limit} requests of this client are in progress, which is the limit; wait for an \
                 answer, or start the server with a larger --max-client-requests"
            );
            let status = StatusCode::TOO_MANY_REQUESTS;
            return Err(Refusal::new(status, "Too many requests", detail));
        }
        if *total >= traffic.limits.requests {
            traffic.refused.requests.fetch_add(1, Ordering::Relaxed);
            let limit = traffic.limits.requests;
            let detail = format!(
                "{limit} requests are in progress, which is the limit; try again in a second, or \
                 start the server with a larger --max-requests"
            );
            return Err(Refusal::busy("Too many requests", detail));
        }
        *total += 1;
        by_client.insert(client, own + 1);
        Ok(RequestPermit { traffic, client })
    }

    /// Counts one more event stream, until the permit is dropped.
    ///
    /// # Errors
    /// There are too many streams (429).
    pub(crate) fn listen(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let permit = self.0.listeners.clone().try_acquire_owned();
        permit.map_err(|_| {
            self.0.refused.listeners.fetch_add(1, Ordering::Relaxed);
            let limit = self.0.limits.listeners;
            let detail = format!(
                "{limit} clients listen to events, which is the limit; try again when one has \
                 left, or start the server with a larger --max-listeners"
            );
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, "Too many listeners", detail)
        })
    }
}

impl Traffic {
    fn requests(&self) -> MutexGuard<'_, RequestCounts> {
        // A panic cannot leave the counts in a bad state.
        let requests = self.requests.lock();
        requests.unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is counted, until this is dropped.
#[derive(Debug)]
pub(crate) struct RequestPermit<'a> {
    traffic: &'a Traffic,
    client: ClientId,
}

impl Drop for RequestPermit<'_> {
    fn drop(&mut self) {
        let mut requests = self.traffic.requests();
        requests.total -= 1;
        if let Entry::Occupied(mut count) = requests.by_client.entry(self.client) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

/// Whether this path cancels a run. That starts nothing: it lets the server end sooner.
fn is_cancel(path: &str) -> bool {
    let parts: Vec<_> = path.split('/').collect();
    matches!(
        parts[..],
        ["", "pyblish", "v2", "sessions", _, "runs", _, "cancel"]
    )
}
