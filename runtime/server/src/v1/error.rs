//! Errors in the format of the original: `{"ok": false, "status": 404, "message": "…"}`.
//!
//! The original has no codes and no titles: a frontend reads the status, and shows the message.
//! Every refusal, even of requests that reach no route, becomes a [`V1Error`] before it is sent.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::body_error::BodyError;
use crate::refusal::Refusal;
use pyblish_session::SessionError;

/// An error as v1 answers it.
#[derive(Debug)]
pub(crate) struct V1Error {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

impl V1Error {
    /// A mistake in the request: status 400.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        V1Error {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
        }
    }
}

impl From<Refusal> for V1Error {
    fn from(refusal: Refusal) -> Self {
        V1Error {
            status: refusal.status,
            message: refusal.detail,
        }
    }
}

impl From<BodyError> for V1Error {
    fn from(error: BodyError) -> Self {
        V1Error {
            status: error.status(),
            message: error.to_string(),
        }
    }
}

impl From<SessionError> for V1Error {
    fn from(error: SessionError) -> Self {
        let status = match error {
            SessionError::UnknownPlugin(_)
            | SessionError::UnknownInstance(_)
            | SessionError::UnknownRun(_) => StatusCode::NOT_FOUND,
            SessionError::Running(_)
            | SessionError::Conflict(..)
            | SessionError::NoRepair { .. }
            | SessionError::CannotSelect(_)
            | SessionError::ManyResults(_)
            | SessionError::Stale(_)
            | SessionError::Closing
            | SessionError::NotContinued(..) => StatusCode::CONFLICT,
            SessionError::Refused(_)
            | SessionError::InvalidValue(_)
            | SessionError::ReadOnly(_)
            | SessionError::NotGranted(_)
            | SessionError::KeyReused(..)
            | SessionError::History(_) => StatusCode::INTERNAL_SERVER_ERROR,
            SessionError::FolderGone(_)
            | SessionError::NoHost(_)
            | SessionError::Down(_)
            | SessionError::Closed => StatusCode::SERVICE_UNAVAILABLE,
            SessionError::Full(_) => StatusCode::TOO_MANY_REQUESTS,
        };
        V1Error {
            status,
            message: error.to_string(),
        }
    }
}

impl IntoResponse for V1Error {
    fn into_response(self) -> Response {
        let body = json!({"ok": false, "status": self.status.as_u16(), "message": self.message});
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
