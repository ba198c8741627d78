//! Commands that are done once, however often they are sent with the same `Idempotency-Key`.
//!
//! The answers are kept in memory, the latest ones, until the server ends. The start of a run is not
//! among them: its key is on disk, with the run. A command with a key goes on if the client goes
//! away, so that the client who comes back gets its answer. A failure of the server is not kept:
//! the client may try again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::refusal::Refusal;

/// How many answers are kept.
const MOST: usize = 1000;

/// The most bytes of an answer that is kept. No answer to a command is nearly as long.
const LONGEST: usize = 8 << 20;

/// How many bytes a key may have.
pub(crate) const MAX_KEY: usize = 256;

/// Says that an answer is the one of an earlier request.
const REPLAYED: &str = "idempotency-replayed";

/// The answers to commands with a key. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct IdempotentAnswers(Arc<Mutex<Answers>>);

#[derive(Default)]
struct Answers {
    known: HashMap<String, Known>,
    /// The keys, the oldest first.
    order: VecDeque<String>,
}

/// A command with its answer, once there is one. The sender is gone without one where the command
/// failed.
#[derive(Clone)]
struct Known {
    request: [u8; 32],
    answer: watch::Receiver<Option<Saved>>,
}

/// An answer.
#[derive(Clone)]
struct Saved {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// The key of a request, as the header has it; none without one.
///
/// # Errors
/// It is too long, or has other characters than visible ones of ASCII.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    match headers.get("idempotency-key").map(HeaderValue::to_str) {
        None => Ok(None),
        Some(Ok(key)) if (1..=MAX_KEY).contains(&key.len()) => Ok(Some(key.to_owned())),
        Some(_) => {
            let detail =
                format!("the Idempotency-Key must be 1 to {MAX_KEY} visible ASCII characters");
            Err(Refusal::new(StatusCode::BAD_REQUEST, "Bad request", detail))
        }
    }
}

/// Whether keys of this request are handled here.
fn is_handled(request: &Request) -> bool {
    let path = request.uri().path();
    let is_run = request.method() == Method::POST && path.ends_with("/runs");
    let is_command = ![Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    is_command && path.starts_with("/pyblish/v2/") && !is_run
}

impl IdempotentAnswers {
    /// Answers a request through `routes`, or with the answer of the first one with its key.
    ///
    /// # Errors
    /// The key cannot be read, or another request had it.
    pub(crate) async fn answer<F>(
        &self,
        request: Request,
        routes: impl FnOnce(Request) -> F + Send + 'static,
    ) -> Result<Response, Refusal>
    where
        F: Future<Output = Response> + Send,
    {
        if !is_handled(&request) {
            return Ok(routes(request).await);
        }
        let Some(key) = key(request.headers())? else {
            return Ok(routes(request).await);
        };
        let (parts, body) = request.into_parts();
        // The body has arrived already, within its limits.
        let body = to_bytes(body, usize::MAX).await.map_err(|error| {
            let detail = format!("the body cannot be read: {error}");
            Refusal::new(StatusCode::BAD_REQUEST, "Bad request", detail)
        })?;
        let digest = digest(&parts, &body);
        let (known, sender) = self.enter(&key, digest);
        if known.request != digest {
            let detail = format!(
                "the Idempotency-Key {key:?} was sent with another request; send each request with \
                 a key of its own"
            );
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let refusal = Refusal::new(status, "Another request with this key", detail);
            return Err(refusal.with_code("idempotency-key-reused"));
        }
        let is_first = sender.is_some();
        if let Some(sender) = sender {
            let request = Request::from_parts(parts, Body::from(body));
            let (answers, key) = (self.clone(), key.clone());
            tokio::spawn(async move {
                let saved = Saved::of(routes(request).await).await;
                if !saved.is_kept() {
                    answers.forget(&key);
                }
                // Whoever waits for it gets it in any case.
                let _ = sender.send(Some(saved));
            });
        }
        let mut answer = known.answer;
        let answer = answer.wait_for(Option::is_some).await;
        let answer = answer.ok().and_then(|answer| answer.clone());
        let Some(answer) = answer else {
            self.forget(&key);
            let detail = "the request broke off; send it again".to_owned();
            return Err(Refusal::busy("Broken off", detail));
        };
        Ok(answer.into_response(is_first))
    }

    /// The command with this key, and for the first one the place for its answer.
    fn enter(&self, key: &str, request: [u8; 32]) -> (Known, Option<watch::Sender<Option<Saved>>>) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = answers.known.get(key) {
            return (known.clone(), None);
        }
        let (sender, answer) = watch::channel(None);
        let known = Known { request, answer };
        answers.known.insert(key.to_owned(), known.clone());
        answers.order.push_back(key.to_owned());
        if answers.order.len() > MOST
            && let Some(oldest) = answers.order.pop_front()
        {
            answers.known.remove(&oldest);
        }
        (known, Some(sender))
    }

    fn forget(&self, key: &str) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.known.remove(key);
        answers.order.retain(|known| known != key);
    }
}

/// What makes two requests the same one.
fn digest(parts: &Parts, body: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in [parts.method.as_str(), &parts.uri.to_string()] {
        digest.update(part);
        digest.update([0]);
    }
    digest.update(body);
    digest.finalize().into()
}

impl Saved {
    async fn of(response: Response) -> Saved {
        let (parts, body) = response.into_parts();
        match to_bytes(body, LONGEST).await {
            Ok(body) => Saved {
                status: parts.status,
                headers: parts.headers,
                body,
            },
            Err(_) => Saved {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                headers: HeaderMap::new(),
                body: Bytes::new(),
            },
        }
    }

    /// A client that was too fast, or whose server failed, may try again.
    fn is_kept(&self) -> bool {
        !self.status.is_server_error() && self.status != StatusCode::TOO_MANY_REQUESTS
    }

    fn into_response(self, is_first: bool) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if !is_first {
            let headers = response.headers_mut();
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}
