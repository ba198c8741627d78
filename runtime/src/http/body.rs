//! A request's body: so many bytes and no more, from a client that goes on sending.
//!
//! The rest of a body that is too large is read and forgotten, up to a point: a client hears the answer only once it
//! has sent everything.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::limits::Limits;

/// How many times the limit is read of a body that is too large.
const DISCARDED: usize = 16;

/// How many times the patience for one part of a body all of it may take: a client that sends a byte now and then
/// is not waited for, for ever.
const PARTS: u32 = 10;

/// Why there is no body.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error(
        "the body has more than {0} bytes; send less at once, or start the server with a larger --max-body"
    )]
    TooLarge(usize),
    #[error("nothing of the body came for {0:?}; send it at once")]
    Slow(Duration),
    #[error(
        "the body took longer than {0:?}; send less at once, or start the server with a larger --receive-timeout"
    )]
    Endless(Duration),
    #[error("the body broke off: {0}")]
    Broken(String),
}

impl BodyError {
    pub fn status(&self) -> StatusCode {
        match self {
            BodyError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::Slow(_) | BodyError::Endless(_) => StatusCode::REQUEST_TIMEOUT,
            BodyError::Broken(_) => StatusCode::BAD_REQUEST,
        }
    }

    pub fn title(&self) -> &'static str {
        match self {
            BodyError::TooLarge(_) => "Too large",
            BodyError::Slow(_) | BodyError::Endless(_) => "Too slow",
            BodyError::Broken(_) => "Broken off",
        }
    }
}

/// Reads a body to its end.
pub async fn read(body: Body) -> Result<Bytes, BodyError> {
    let read = body.collect().await.map_err(|error| {
        let error = error.into_inner().downcast::<BodyError>();
        error.map_or_else(|other| BodyError::Broken(other.to_string()), |known| *known)
    })?;
    Ok(read.to_bytes())
}

/// What a client sends, within limits.
pub fn limited(body: Incoming, limits: &Limits) -> Body {
    if body.is_end_stream() {
        return Body::empty();
    }
    Body::new(Sent {
        body,
        limit: limits.body,
        length: 0,
        begin: Instant::now(),
        patience: limits.receive,
        waiting: None,
        ended: false,
    })
}

struct Sent {
    body: Incoming,
    limit: usize,
    /// Bytes that have come.
    length: usize,
    begin: Instant,
    patience: Duration,
    /// Runs while nothing comes.
    waiting: Option<Pin<Box<Sleep>>>,
    ended: bool,
}

impl Sent {
    fn next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
                let patience = self.patience;
                let waiting = self
                    .waiting
                    .get_or_insert_with(|| Box::pin(sleep(patience)));
                ready!(waiting.as_mut().poll(cx));
                return Poll::Ready(Some(Err(BodyError::Slow(patience))));
            };
            self.waiting = None;
            let frame = match frame {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => {
                    return Poll::Ready(Some(Err(BodyError::Broken(error.to_string()))));
                }
                None if self.length > self.limit => {
                    return Poll::Ready(Some(Err(BodyError::TooLarge(self.limit))));
                }
                None => return Poll::Ready(None),
            };
            let longest = self.patience * PARTS;
            if self.begin.elapsed() > longest {
                return Poll::Ready(Some(Err(BodyError::Endless(longest))));
            }
            let length = frame.data_ref().map_or(0, Bytes::len);
            self.length = self.length.saturating_add(length);
            if self.length <= self.limit {
                return Poll::Ready(Some(Ok(frame)));
            }
            if self.length > self.limit.saturating_mul(DISCARDED) {
                return Poll::Ready(Some(Err(BodyError::TooLarge(self.limit))));
            }
        }
    }
}

impl hyper::body::Body for Sent {
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
        self.ended || self.body.is_end_stream() && self.length <= self.limit
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
