//! Why the body of a request cannot be used.

use std::time::Duration;

use axum::http::StatusCode;

use super::refusal::Refusal;

/// Why there is no body.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// It has more bytes than this, which is the limit of routes that take a body.
    #[error(
        "the body has more than {0} bytes; send less at a time, or start the server with a larger \
         --max-body"
    )]
    TooLarge(usize),
    /// It has more bytes than this, which is the limit of routes that take none.
    #[error("the body has more than {0} bytes, but is not needed here; leave it out")]
    NotTaken(usize),
    /// No part of it arrived for this time.
    #[error("no part of the body arrived for {0:?}; send it without pauses")]
    Slow(Duration),
    /// It did not end within this time.
    #[error(
        "the body took longer than {0:?}; send less at a time, or start the server with a larger \
         --receive-timeout"
    )]
    Endless(Duration),
    /// The client ended it too early, or sent invalid HTTP; the text is the reason.
    #[error("the body is incomplete: {0}")]
    Broken(String),
}

impl BodyError {
    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            BodyError::TooLarge(_) | BodyError::NotTaken(_) => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::Slow(_) | BodyError::Endless(_) => StatusCode::REQUEST_TIMEOUT,
            BodyError::Broken(_) => StatusCode::BAD_REQUEST,
        }
    }

    /// The title of the problem.
    pub(crate) fn title(&self) -> &'static str {
        match self {
            BodyError::TooLarge(_) | BodyError::NotTaken(_) => "Too large",
            BodyError::Slow(_) | BodyError::Endless(_) => "Too slow",
            BodyError::Broken(_) => "Broken off",
        }
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        Refusal::new(error.status(), error.title(), error.to_string())
    }
}
