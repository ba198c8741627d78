//! A JSON answer that may be large: it is written in pieces of 256 KiB, and aborted when it exceeds
//! a limit.
//!
//! A single growing buffer would be copied each time it grows, and would take twice the memory.

use std::convert::Infallible;
use std::io;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Serialize;

/// Bytes of one piece.
const PIECE: usize = 256 << 10;

/// Why the answer could not be written.
#[derive(Debug, PartialEq)]
pub(super) enum JsonResponseError {
    /// It is larger than the limit.
    TooLarge,
    /// The value could not be serialized; the text is the reason.
    Failed(String),
}

/// This value as JSON with its `Content-Length`, if that is at most `limit` bytes.
pub(super) fn json_response(
    value: &impl Serialize,
    limit: usize,
) -> Result<Response, JsonResponseError> {
    let mut pieces = Pieces {
        full: Vec::new(),
        open: Vec::new(),
        left: limit,
    };
    serde_json::to_writer(&mut pieces, value).map_err(|error| {
        // The only error of `Pieces` is that the limit is reached.
        if error.is_io() {
            JsonResponseError::TooLarge
        } else {
            JsonResponseError::Failed(error.to_string())
        }
    })?;
    let length = limit - pieces.left;
    pieces.full.push(pieces.open.into());
    let pieces = pieces.full.into_iter().map(Ok::<_, Infallible>);
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
    ];
    Ok((headers, Body::from_stream(stream::iter(pieces))).into_response())
}

/// The finished pieces.
struct Pieces {
    full: Vec<Bytes>,
    /// The piece that is being filled.
    open: Vec<u8>,
    /// How many more bytes fit.
    left: usize,
}

impl io::Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.left.checked_sub(bytes.len());
        self.left = left.ok_or(io::ErrorKind::FileTooLarge)?;
        if self.open.len() + bytes.len() > PIECE {
            let open = std::mem::replace(&mut self.open, Vec::with_capacity(PIECE));
            self.full.push(open.into());
        }
        self.open.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise_eq;

    use super::*;

    #[tokio::test]
    async fn json_response_ends_at_the_limit() {
        let value = vec!["x".repeat(1000); 1000];
        let expected = serde_json::to_string(&value).unwrap();
        assert_eq!(
            json_response(&value, expected.len() - 1).err(),
            Some(JsonResponseError::TooLarge)
        );
        let answer = json_response(&value, expected.len()).unwrap();
        let length = answer.headers()[header::CONTENT_LENGTH].to_str().unwrap();
        assert_eq!(length, expected.len().to_string());
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
        promise_eq!("LOAD-24", body.unwrap(), expected.as_bytes());
    }
}
