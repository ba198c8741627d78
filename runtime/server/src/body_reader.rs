//! Reads the whole body of a request before any route sees the request, even if the route takes no
//! body: an incomplete request has no effect.
//!
//! Routes that take a body have `--max-body` bytes for it. The others ignore a body of up to 64
//! KiB, because many clients send `{}` with every change.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::Method;
use hyper::body::Body as _;

use super::limited_body::{BodyLimits, limited, read};
use super::limits::ServerLimits;
use super::refusal::Refusal;

/// Bytes of a body that a route does not take.
const UNEXPECTED: usize = 64 << 10;

/// Knows which routes take a body. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct BodyReader(Arc<Routes>);

#[derive(Debug)]
struct Routes {
    /// The routes that take a body: the method, and the path with names in braces.
    with_body: Vec<(Method, String)>,
    limits: ServerLimits,
}

impl BodyReader {
    /// `with_body` are the routes that take a body: the method, and the path with names in braces.
    pub(crate) fn new(with_body: Vec<(Method, String)>, limits: ServerLimits) -> Self {
        BodyReader(Arc::new(Routes { with_body, limits }))
    }

    /// The request, once its whole body has arrived.
    ///
    /// # Errors
    /// The body exceeds a limit of this route, or is incomplete.
    pub(crate) async fn receive(&self, request: Request) -> Result<Request, Refusal> {
        // No body was announced, so there is nothing to wait for.
        if request.body().is_end_stream() {
            return Ok(request);
        }
        let (parts, body) = request.into_parts();
        let is_taken = self.takes_body(&parts.method, parts.uri.path());
        let limits = &self.0.limits;
        let bytes = if is_taken {
            limits.body
        } else {
            limits.body.min(UNEXPECTED)
        };
        let limits = BodyLimits {
            bytes,
            is_taken,
            timeout: limits.receive,
        };
        let body = read(limited(body, limits)).await?;
        Ok(Request::from_parts(parts, Body::from(body)))
    }

    /// Whether the route at this path takes a body.
    fn takes_body(&self, method: &Method, path: &str) -> bool {
        let mut routes = self.0.with_body.iter();
        routes.any(|(with_body, route)| with_body == method && matches_route(route, path))
    }
}

/// Whether this is a path of this route, whose parts in braces stand for any text.
fn matches_route(route: &str, path: &str) -> bool {
    let (mut route, mut path) = (route.split('/'), path.split('/'));
    loop {
        match (route.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if wanted == part => {}
            (Some(wanted), Some(part)) if wanted.starts_with('{') && !part.is_empty() => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_in_braces_stands_for_any_text() {
        let route = "/sessions/{session}/context";
        for path in ["/sessions/a/context", "/sessions/{session}/context"] {
            assert!(matches_route(route, path), "{path}");
        }
        for path in [
            "/sessions//context",
            "/sessions/a/context/",
            "/sessions/a/b/context",
            "/sessions/a",
            "/sessions/a/contexts",
            "",
        ] {
            assert!(!matches_route(route, path), "{path}");
        }
    }
}
