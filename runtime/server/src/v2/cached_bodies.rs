//! A cache of the bodies of large answers, for all clients that ask for the same data while it does
//! not change.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::problem::Problem;
use crate::etag::with_etag;

/// How many bytes are cached at most.
const MAX_BYTES: usize = 32 << 20;

/// How many bytes an entry takes besides its texts and its body.
const ENTRY: usize = 256;

/// The bodies that were created recently. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct CachedBodies(Arc<Mutex<Cache>>);

#[derive(Default)]
struct Cache {
    /// By the path and query that was asked for.
    entries: HashMap<String, Entry>,
    /// The bytes of all entries. The keys count, too, because clients choose their length.
    bytes: usize,
}

struct Entry {
    tag: String,
    /// JSON.
    body: Bytes,
}

/// Bytes that an entry takes.
fn size(asked: &str, tag: &str, body: &Bytes) -> usize {
    ENTRY + asked.len() + tag.len() + body.len()
}

impl CachedBodies {
    /// The answer for this path and query with this tag, if its body is cached. Fast even for a
    /// large body.
    pub(super) fn cached(&self, headers: &HeaderMap, asked: &str, tag: &str) -> Option<Response> {
        let body = self.get(asked, tag)?;
        Some(with_etag(headers, tag, || json(body)))
    }

    /// The JSON of this value with this tag, or a 304. The body is cached for other clients.
    pub(super) fn json_with_etag<T: Serialize>(
        &self,
        headers: &HeaderMap,
        asked: &str,
        tag: impl Display,
        value: impl FnOnce() -> T,
    ) -> Response {
        let tag = tag.to_string();
        with_etag(headers, &tag, || {
            if let Some(body) = self.get(asked, &tag) {
                return json(body);
            }
            match serde_json::to_vec(&value()) {
                Ok(body) => {
                    let body = Bytes::from(body);
                    self.put(asked, &tag, body.clone());
                    json(body)
                }
                Err(error) => Problem::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "No JSON",
                    error.to_string(),
                )
                .into_response(),
            }
        })
    }

    fn get(&self, asked: &str, tag: &str) -> Option<Bytes> {
        let cache = self.lock();
        let entry = cache.entries.get(asked)?;
        (entry.tag == tag).then(|| entry.body.clone())
    }

    fn put(&self, asked: &str, tag: &str, body: Bytes) {
        let mut cache = self.lock();
        let new = size(asked, tag, &body);
        // A body that is larger than the whole cache is created each time.
        if new > MAX_BYTES {
            return;
        }
        if let Some(old) = cache.entries.remove(asked) {
            cache.bytes -= size(asked, &old.tag, &old.body);
        }
        // Clients with so many different requests will soon send others, so the whole cache is
        // cleared.
        if cache.bytes + new > MAX_BYTES {
            *cache = Cache::default();
        }
        cache.bytes += new;
        let tag = tag.to_owned();
        cache.entries.insert(asked.to_owned(), Entry { tag, body });
    }

    fn lock(&self) -> MutexGuard<'_, Cache> {
        // A panic cannot leave the cache in a bad state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn json(body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise;

    use super::*;

    #[test]
    fn body_is_made_once_for_each_tag() {
        let (bodies, none) = (CachedBodies::default(), HeaderMap::new());
        let mut made = 0;
        let mut ask = |asked: &str, tag: u64| {
            bodies.json_with_etag(&none, asked, tag, || made += 1);
        };
        ask("a", 1);
        ask("a", 1);
        ask("a", 2);
        ask("b", 2);
        ask("a", 2);
        assert_eq!(made, 3);
    }

    #[test]
    fn cache_is_bounded() {
        let bodies = CachedBodies::default();
        let large = Bytes::from(vec![b' '; MAX_BYTES / 2 - 2 * ENTRY]);
        for asked in ["a", "b", "c"] {
            bodies.put(asked, "1", large.clone());
        }
        assert!(bodies.get("a", "1").is_none() && bodies.get("c", "1").is_some());
        bodies.put("d", "1", Bytes::from(vec![b' '; MAX_BYTES + 1]));
        assert!(bodies.get("d", "1").is_none() && bodies.get("c", "1").is_some());
        bodies.put("c", "2", Bytes::new());
        assert_eq!(bodies.lock().bytes, ENTRY + 2);
        // The key counts, too: here it takes everything.
        let count = || bodies.lock().entries.len();
        for number in 0..100 {
            let asked = format!("{number}{}", "?".repeat(1 << 20));
            bodies.put(&asked, "1", Bytes::new());
        }
        promise!("LOAD-25", count() <= MAX_BYTES >> 20, "{}", count());
    }
}
