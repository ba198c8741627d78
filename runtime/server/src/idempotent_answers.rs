//! Commands that are done once, however often they are sent with the same `Idempotency-Key`.
//!
//! The latest answers are kept in memory, up to a number and a size, until the server ends. The
//! start of a run is not among them: its key is on disk, with the run. A command with a key goes on
//! if the client goes away, so that the client who comes back gets its answer. A failure of the
//! server is not kept: the client may try again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// The most bytes of all answers that are kept. An answer that is longer by itself is not kept.
const MOST_BYTES: usize = 16 << 20;

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
    /// Of all answers, in bytes.
    size: usize,
}

/// A command with its answer, once there is one. The sender is gone without one where the command
/// failed.
#[derive(Clone)]
struct Known {
    request: [u8; 32],
    answer: watch::Receiver<Option<Saved>>,
    /// Of the answer, in bytes; 0 until it is there.
    size: usize,
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
                answers.lock().answered(&key, &saved);
                // Whoever waits for it gets it in any case.
                let _ = sender.send(Some(saved));
            });
        }
        let mut answer = known.answer;
        let answer = answer.wait_for(Option::is_some).await;
        let answer = answer.ok().and_then(|answer| answer.clone());
        let Some(answer) = answer else {
            self.lock().forget(&key);
            let detail = "the request broke off; send it again".to_owned();
            return Err(Refusal::busy("Broken off", detail));
        };
        Ok(answer.into_response(is_first))
    }

    /// The command with this key, and for the first one the place for its answer.
    fn enter(&self, key: &str, request: [u8; 32]) -> (Known, Option<watch::Sender<Option<Saved>>>) {
        let mut answers = self.lock();
        if let Some(known) = answers.known.get(key) {
            return (known.clone(), None);
        }
        let (sender, answer) = watch::channel(None);
        let known = Known {
            request,
            answer,
            size: 0,
        };
        answers.known.insert(key.to_owned(), known.clone());
        answers.order.push_back(key.to_owned());
        if answers.order.len() > MOST
            && let Some(oldest) = answers.order.front().cloned()
        {
            answers.forget(&oldest);
        }
        (known, Some(sender))
    }

    fn lock(&self) -> MutexGuard<'_, Answers> {
        // Nothing here panics between two changes that belong together.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answers {
    /// Keeps an answer, and forgets the oldest ones where there is no room for it.
    fn answered(&mut self, key: &str, answer: &Saved) {
        if !answer.is_kept() {
            return self.forget(key);
        }
        if let Some(known) = self.known.get_mut(key) {
            known.size = answer.body.len();
            self.size += known.size;
        }
        while self.size > MOST_BYTES {
            // A command that is under way has no answer yet, and stays.
            let is_answered = |key: &&String| self.known.get(*key).is_some_and(|it| it.size > 0);
            let Some(oldest) = self.order.iter().find(is_answered).cloned() else {
                return;
            };
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, key: &str) {
        if let Some(known) = self.known.remove(key) {
            self.size -= known.size;
        }
        self.order.retain(|known| known != key);
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
        match to_bytes(body, usize::MAX).await {
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
        !self.status.is_server_error()
            && self.status != StatusCode::TOO_MANY_REQUESTS
            && self.body.len() <= MOST_BYTES
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

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(length: usize) -> Saved {
        Saved {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: vec![0; length].into(),
        }
    }

    #[test]
    fn oldest_answers_make_room() {
        let answers = IdempotentAnswers::default();
        let _waiting = answers.enter("waiting", [0; 32]);
        for (key, length) in [("a", MOST_BYTES / 2), ("b", MOST_BYTES / 2)] {
            answers.enter(key, [0; 32]);
            answers.lock().answered(key, &saved(length));
        }
        let known = |key: &str| answers.lock().known.contains_key(key);
        // Both fit exactly.
        assert!(known("a") && known("b"));
        answers.enter("c", [0; 32]);
        answers.lock().answered("c", &saved(1));
        assert!(!known("a") && known("b") && known("c") && known("waiting"));
        answers.enter("long", [0; 32]);
        answers.lock().answered("long", &saved(MOST_BYTES + 1));
        assert!(!known("long") && known("b"));
        assert_eq!(answers.lock().size, MOST_BYTES / 2 + 1);
    }

    #[test]
    fn oldest_of_too_many_keys_is_forgotten() {
        let answers = IdempotentAnswers::default();
        for number in 0..=MOST {
            answers.enter(&number.to_string(), [0; 32]);
        }
        let answers = answers.lock();
        assert_eq!((answers.known.len(), answers.order.len()), (MOST, MOST));
        assert!(!answers.known.contains_key("0") && answers.known.contains_key("1"));
    }
}
