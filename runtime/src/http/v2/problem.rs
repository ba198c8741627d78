use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::body::BodyError;
use crate::session::{OpenError, SessionError};

/// What went wrong, and what to do next (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The status of the answer.
    status: u16,
    /// The kind of problem, in a few words.
    title: &'static str,
    /// What is wrong, and what to do next; can be shown as it is.
    detail: String,
    /// The run that is in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    /// What a client wanted to change, as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    current: Option<Box<Value>>,
}

impl Problem {
    /// What is wrong, and what to do next.
    pub(in crate::http) fn into_detail(self) -> String {
        self.detail
    }

    pub fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Problem {
            status: status.as_u16(),
            title,
            detail: detail.into(),
            run: None,
            current: None,
        }
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::NOT_FOUND, "Not found", detail)
    }

    pub fn bad_request(detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::BAD_REQUEST, "Bad request", detail)
    }

    pub fn is_conflict(&self) -> bool {
        self.status == StatusCode::CONFLICT.as_u16()
    }

    /// With what the client wanted to change, as it is now.
    pub fn with_current(mut self, current: Option<Value>) -> Self {
        self.current = current.map(Box::new);
        self
    }
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        let (status, title) = match &error {
            SessionError::UnknownPlugin(_)
            | SessionError::UnknownInstance(_)
            | SessionError::UnknownRun(_) => (StatusCode::NOT_FOUND, "Not found"),
            SessionError::Running(_) => (StatusCode::CONFLICT, "A run is under way"),
            SessionError::NotContinued(..) => (StatusCode::CONFLICT, "Not to be continued"),
            SessionError::Conflict(..) => (StatusCode::CONFLICT, "Changed by somebody else"),
            SessionError::Refused(_) => (StatusCode::UNPROCESSABLE_ENTITY, "The host refused"),
            SessionError::NotGranted(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Not granted"),
            SessionError::History(_) => (StatusCode::INTERNAL_SERVER_ERROR, "No history"),
            SessionError::NoHost(_) => (StatusCode::SERVICE_UNAVAILABLE, "No host"),
            SessionError::Down(_) => (StatusCode::SERVICE_UNAVAILABLE, "The adapter is down"),
            SessionError::Closed => (StatusCode::SERVICE_UNAVAILABLE, "The session is closed"),
            SessionError::Full(_) => (StatusCode::TOO_MANY_REQUESTS, "Too many commands"),
        };
        let mut problem = Problem::new(status, title, error.to_string());
        if let SessionError::Running(run) = error {
            problem.run = Some(run.to_string());
        }
        problem
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        Problem::new(error.status(), error.title(), error.to_string())
    }
}

impl From<OpenError> for Problem {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Session(error) => error.into(),
            OpenError::History(_) => Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "No history",
                error.to_string(),
            ),
            _ => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "The session cannot be opened",
                error.to_string(),
            ),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
