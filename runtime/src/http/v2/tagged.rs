//! Answers that a client may have already: with an `ETag`, and without a body for who has it. A body is made
//! only when it is sent, and large ones once for all who ask while nothing in them changes.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// How many bytes of bodies are kept, at most.
const KEPT: usize = 32 << 20;

/// Bodies that were made lately. Cheap to clone.
#[derive(Clone, Default)]
pub struct Bodies(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// By what was asked for: the tag, and the JSON.
    bodies: HashMap<String, (String, Bytes)>,
    bytes: usize,
}

/// An answer with this tag, which changes with the body.
pub fn tagged<T: Serialize>(
    headers: &HeaderMap,
    tag: impl Display,
    body: impl FnOnce() -> T,
) -> Response {
    answer(headers, &tag.to_string(), || Json(body()).into_response())
}

impl Bodies {
    /// Likewise; the body is kept for whoever asks for the same.
    pub fn tagged<T: Serialize>(
        &self,
        headers: &HeaderMap,
        asked: &str,
        tag: impl Display,
        body: impl FnOnce() -> T,
    ) -> Response {
        let tag = tag.to_string();
        answer(headers, &tag, || {
            if let Some(ready) = self.get(asked, &tag) {
                return json(ready);
            }
            match serde_json::to_vec(&body()) {
                Ok(made) => {
                    let made = Bytes::from(made);
                    self.put(asked, &tag, made.clone());
                    json(made)
                }
                Err(error) => super::Problem::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "No JSON",
                    error.to_string(),
                )
                .into_response(),
            }
        })
    }

    fn get(&self, asked: &str, tag: &str) -> Option<Bytes> {
        // A map is whole at every moment.
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, body) = kept.bodies.get(asked)?;
        (known == tag).then(|| body.clone())
    }

    fn put(&self, asked: &str, tag: &str, body: Bytes) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = body.len();
        // One that is larger than all that may be kept is made each time.
        if new > KEPT {
            return;
        }
        if let Some((_, old)) = kept.bodies.remove(asked) {
            kept.bytes -= old.len();
        }
        // Whoever asks for so many different things soon asks for others.
        if kept.bytes + new > KEPT {
            *kept = Kept::default();
        }
        kept.bytes += new;
        kept.bodies.insert(asked.to_owned(), (tag.to_owned(), body));
    }
}

fn json(body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn answer(headers: &HeaderMap, tag: &str, body: impl FnOnce() -> Response) -> Response {
    let tag = format!("\"{tag}\"");
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let known = known.filter_map(|value| value.to_str().ok());
    let has_it = known
        .flat_map(|value| value.split(','))
        .any(|known| known.trim() == tag);
    let mut response = match has_it {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => body(),
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_made_once_for_each_tag() {
        let (bodies, none) = (Bodies::default(), HeaderMap::new());
        let mut made = 0;
        let mut ask = |asked: &str, tag: u64| {
            bodies.tagged(&none, asked, tag, || made += 1);
        };
        ask("a", 1);
        ask("a", 1);
        ask("a", 2);
        ask("b", 2);
        ask("a", 2);
        assert_eq!(made, 3);
    }

    #[test]
    fn what_is_kept_has_an_end() {
        let bodies = Bodies::default();
        let large = Bytes::from(vec![b' '; KEPT / 2]);
        for asked in ["a", "b", "c"] {
            bodies.put(asked, "1", large.clone());
        }
        assert!(bodies.get("a", "1").is_none() && bodies.get("c", "1").is_some());
        bodies.put("d", "1", Bytes::from(vec![b' '; KEPT + 1]));
        assert!(bodies.get("d", "1").is_none() && bodies.get("c", "1").is_some());
        bodies.put("c", "2", Bytes::new());
        assert_eq!(bodies.0.lock().unwrap().bytes, 0);
    }
}
