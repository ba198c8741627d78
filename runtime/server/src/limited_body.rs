//! The body of a request, with a limit of bytes and of time.
//!
//! Many clients read the answer only after they have sent everything. So the rest of a body that is
//! too large is still read and dropped, up to a multiple of the limit.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::body_error::BodyError;

/// A body that is too large is read up to this many times the limit.
const DISCARDED: usize = 16;

/// A whole body may take this many times as long as a pause between two parts: otherwise a client
/// could keep a request open forever by sending a byte from time to time.
const PARTS: u32 = 10;

/// The limits of one body.
pub(crate) struct BodyLimits {
    /// Bytes of the whole body.
    pub(crate) bytes: usize,
    /// Whether the route uses the body.
    pub(crate) is_taken: bool,
    /// How long the client may send nothing.
    pub(crate) timeout: Duration,
}

/// Reads a body to its end.
///
/// # Errors
/// The body has too many bytes, arrived too slowly, or is incomplete.
pub(crate) async fn read(body: Body) -> Result<Bytes, BodyError> {
    let read = body.collect().await.map_err(|error| {
        let error = error.into_inner().downcast::<BodyError>();
        error.map_or_else(|other| BodyError::Broken(other.to_string()), |known| *known)
    })?;
    Ok(read.to_bytes())
}

/// The same body, within these limits.
pub(crate) fn limited(body: Body, limits: BodyLimits) -> Body {
    Body::new(LimitedBody {
        body,
        limits,
        length: 0,
        start: Instant::now(),
        timer: None,
        ended: false,
    })
}

struct LimitedBody {
    body: Body,
    limits: BodyLimits,
    /// How many bytes have arrived.
    length: usize,
    start: Instant,
    /// Runs while nothing arrives.
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether the end or an error was returned.
    ended: bool,
}

impl LimitedBody {
    fn too_large(&self) -> BodyError {
        if self.limits.is_taken {
            BodyError::TooLarge(self.limits.bytes)
        } else {
            BodyError::NotTaken(self.limits.bytes)
        }
    }

    fn next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let BodyLimits { bytes, timeout, .. } = self.limits;
        loop {
            let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
                let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(timeout)));
                ready!(timer.as_mut().poll(cx));
                return Poll::Ready(Some(Err(BodyError::Slow(timeout))));
            };
            self.timer = None;
            let frame = match frame {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => {
                    return Poll::Ready(Some(Err(BodyError::Broken(error.to_string()))));
                }
                None if self.length > bytes => {
                    return Poll::Ready(Some(Err(self.too_large())));
                }
                None => return Poll::Ready(None),
            };
            let longest = timeout * PARTS;
            if self.start.elapsed() > longest {
                return Poll::Ready(Some(Err(BodyError::Endless(longest))));
            }
            let length = frame.data_ref().map_or(0, Bytes::len);
            self.length = self.length.saturating_add(length);
            if self.length <= bytes {
                return Poll::Ready(Some(Ok(frame)));
            }
            if self.length > bytes.saturating_mul(DISCARDED) {
                return Poll::Ready(Some(Err(self.too_large())));
            }
        }
    }
}

impl HttpBody for LimitedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let next = ready!(self.next(cx));
        self.ended = !matches!(next, Some(Ok(_)));
        Poll::Ready(next)
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.body.is_end_stream() && self.length <= self.limits.bytes
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
