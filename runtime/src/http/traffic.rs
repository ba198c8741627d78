//! How much is under way. A request beyond the limit is told to come back, at once: to wait would only make more of
//! them. When the server is to end, nothing new is begun.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::limits::Limits;
use super::refusal::Refusal;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Traffic(Arc<Lanes>);

#[derive(Debug)]
struct Lanes {
    limits: Limits,
    requests: Semaphore,
    listeners: Arc<Semaphore>,
    ending: AtomicBool,
}

impl Traffic {
    pub fn new(limits: Limits) -> Self {
        Traffic(Arc::new(Lanes {
            requests: Semaphore::new(limits.requests.min(Semaphore::MAX_PERMITS)),
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

/// Lets a request through, if there is room for it.
pub async fn pass(State(traffic): State<Traffic>, request: Request, next: Next) -> Response {
    let lanes = &traffic.0;
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads && lanes.ending.load(Ordering::Acquire) {
        let message = "the server is ending, and begins nothing new".into();
        return Refusal::busy("Ending", message).answer(request.uri().path());
    }
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
