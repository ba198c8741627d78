//! How much is under way. A request beyond the limit is told to come back, at once: to wait would only make more of
//! them. When the server is to end, nothing new is begun.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Extension, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::access::Client;
use super::limits::Limits;
use super::refusal::Refusal;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Traffic(Arc<Lanes>);

#[derive(Debug)]
struct Lanes {
    limits: Limits,
    requests: Semaphore,
    /// Of each client that has any.
    under_way: Mutex<HashMap<Client, usize>>,
    listeners: Arc<Semaphore>,
    ending: AtomicBool,
}

impl Traffic {
    pub fn new(limits: Limits) -> Self {
        Traffic(Arc::new(Lanes {
            requests: Semaphore::new(limits.requests.min(Semaphore::MAX_PERMITS)),
            under_way: Mutex::default(),
            listeners: Arc::new(Semaphore::new(limits.listeners.min(Semaphore::MAX_PERMITS))),
            ending: AtomicBool::new(false),
            limits,
        }))
    }

    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// From now on nothing new is begun.
    pub fn end(&self) {
        self.0.ending.store(true, Ordering::Release);
    }

    /// Room for one more stream of events, for as long as it is kept.
    pub fn listen(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let permit = self.0.listeners.clone().try_acquire_owned();
        permit.map_err(|_| {
            let limit = self.0.limits.listeners;
            let message = format!(
                "{limit} listen to events already, which is the limit; come back when one has left, or start the \
                 server with a larger --max-listeners"
            );
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, "Too many listeners", message)
        })
    }
}

impl Lanes {
    /// Room for one more request of this client, for as long as it is kept; none if it has as many as it may.
    fn enter(&self, client: Client) -> Option<Lane<'_>> {
        // A map is whole at every moment.
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = under_way.entry(client).or_default();
        if *count >= self.limits.client_requests {
            return None;
        }
        *count += 1;
        Some(Lane {
            lanes: self,
            client,
        })
    }
}

/// The room of one request.
struct Lane<'a> {
    lanes: &'a Lanes,
    client: Client,
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        let under_way = &self.lanes.under_way;
        let mut under_way = under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = under_way.entry(self.client) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

/// Lets a request through, if there is room for it.
pub async fn pass(
    State(traffic): State<Traffic>,
    Extension(client): Extension<Client>,
    request: Request,
    next: Next,
) -> Response {
    let lanes = &traffic.0;
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads && lanes.ending.load(Ordering::Acquire) {
        let message = "the server is ending, and begins nothing new".into();
        return Refusal::busy("Ending", message).answer(request.uri().path());
    }
    let Some(_lane) = lanes.enter(client) else {
        let limit = lanes.limits.client_requests;
        let message = format!(
            "{limit} requests of this client are under way, which is the limit; wait for one to be answered, or start \
             the server with a larger --max-client-requests"
        );
        let status = StatusCode::TOO_MANY_REQUESTS;
        return Refusal::new(status, "Too many requests", message).answer(request.uri().path());
    };
    // Until there is an answer; what it takes to send it is the connection's matter.
    match lanes.requests.try_acquire() {
        Ok(_permit) => next.run(request).await,
        Err(_) => {
            let limit = lanes.limits.requests;
            let message = format!(
                "{limit} requests are under way, which is the limit; come back in a second, or start the server \
                 with a larger --max-requests"
            );
            Refusal::busy("Too many requests", message).answer(request.uri().path())
        }
    }
}
