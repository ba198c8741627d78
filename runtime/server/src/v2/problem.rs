//! Errors of v2: problems of RFC 9457.
//!
//! `title` and `detail` are for users, and may change. `status` and `code` are for programs, and
//! part of the API.
//!
//! Each error of the other crates becomes a problem here, through one `From` each, so that the same
//! error has the same status and code in every route.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::body_error::BodyError;
use crate::refusal::Refusal;
use pyblish_model::JsonText;
use pyblish_session::{OpenError, SessionError};

/// What went wrong, and what to do next (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// The code as a URN: `urn:pyblish-endpoint:problem:CODE`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: Urn,
    /// The status of the answer.
    status: u16,
    /// The kind of problem, in a few words.
    title: &'static str,
    /// What is wrong, and what to do next; can be shown to users.
    detail: String,
    /// What is wrong, for programs: it is the same in all versions.
    code: &'static str,
    /// The run that prevents the request.
    #[serde(rename = "runId", skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    /// The current value of what the client wanted to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    current: Option<JsonText>,
}

impl Problem {
    /// The detail alone.
    pub(crate) fn into_detail(self) -> String {
        self.detail
    }

    /// A problem with the code that says as much as its status.
    pub(crate) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        let code = code_of(status);
        Problem {
            kind: Urn(code),
            status: status.as_u16(),
            title,
            detail: detail.into(),
            code,
            run: None,
            current: None,
        }
    }

    /// Status 404.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::NOT_FOUND, "Not found", detail)
    }

    /// Status 400.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::BAD_REQUEST, "Bad request", detail)
    }

    /// With a stable code for programs.
    pub(crate) fn with_code(mut self, code: &'static str) -> Self {
        self.code = code;
        self.kind = Urn(code);
        self
    }

    /// Whether the status is 409.
    pub(crate) fn is_conflict(&self) -> bool {
        self.status == StatusCode::CONFLICT.as_u16()
    }

    /// With the current value of what the client wanted to change.
    pub(crate) fn with_current(mut self, current: Option<JsonText>) -> Self {
        self.current = current;
        self
    }
}

/// A code, written as the URN of its kind of problem.
#[derive(Debug, Clone, Copy)]
struct Urn(&'static str);

impl Serialize for Urn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("urn:pyblish-endpoint:problem:{}", self.0))
    }
}

/// The code of a problem of which no more is to be said than its status.
fn code_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "bad-request",
        StatusCode::UNAUTHORIZED => "unauthorized",
        StatusCode::FORBIDDEN => "forbidden",
        StatusCode::NOT_FOUND => "not-found",
        StatusCode::METHOD_NOT_ALLOWED => "method-not-allowed",
        StatusCode::REQUEST_TIMEOUT => "too-slow",
        StatusCode::CONFLICT => "conflict",
        StatusCode::PAYLOAD_TOO_LARGE => "too-large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "not-json",
        StatusCode::UNPROCESSABLE_ENTITY => "unprocessable",
        StatusCode::TOO_MANY_REQUESTS => "too-many",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        _ => "server-error",
    }
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        let (status, title) = match &error {
            SessionError::UnknownPlugin(_)
            | SessionError::UnknownInstance(_)
            | SessionError::UnknownRun(_) => (StatusCode::NOT_FOUND, "Not found"),
            SessionError::Running(_) => (StatusCode::CONFLICT, "A run is in progress"),
            SessionError::NoRepair { .. } => (StatusCode::CONFLICT, "No repair"),
            SessionError::ManyResults(_) => (StatusCode::CONFLICT, "Too many results"),
            SessionError::Stale(_) => (StatusCode::CONFLICT, "Not the scene that was collected"),
            SessionError::NotContinued(..) => (StatusCode::CONFLICT, "Cannot be continued"),
            SessionError::Conflict(..) => (StatusCode::CONFLICT, "Changed by somebody else"),
            SessionError::Refused(_) => (StatusCode::UNPROCESSABLE_ENTITY, "The host refused"),
            SessionError::NotGranted(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Not granted"),
            // Often the history can be read again in a moment; if not, the message says what to do.
            SessionError::History(_) => (StatusCode::SERVICE_UNAVAILABLE, "No history"),
            SessionError::KeyReused(..) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "Another request with this key",
            ),
            SessionError::FolderGone(_) => (StatusCode::SERVICE_UNAVAILABLE, "A folder is gone"),
            SessionError::NoHost(_) => (StatusCode::SERVICE_UNAVAILABLE, "No host"),
            SessionError::Down(_) => (StatusCode::SERVICE_UNAVAILABLE, "The adapter is down"),
            SessionError::Closing => (StatusCode::CONFLICT, "The session is closing"),
            SessionError::Closed => (StatusCode::SERVICE_UNAVAILABLE, "The session is closed"),
            SessionError::Full(_) => (StatusCode::TOO_MANY_REQUESTS, "Too many commands"),
        };
        let code = match &error {
            SessionError::UnknownPlugin(_) => "unknown-plugin",
            SessionError::UnknownInstance(_) => "unknown-instance",
            SessionError::UnknownRun(_) => "unknown-run",
            SessionError::Running(_) => "run-in-progress",
            SessionError::NoRepair { .. } => "no-repair",
            SessionError::ManyResults(_) => "too-many-results",
            SessionError::Stale(_) => "stale-context",
            SessionError::NotContinued(..) => "not-continuable",
            SessionError::Conflict(..) => "changed-meanwhile",
            SessionError::Refused(_) => "host-refused",
            SessionError::NotGranted(_) => "grants-differ",
            SessionError::History(_) => "history-unavailable",
            SessionError::KeyReused(..) => "idempotency-key-reused",
            SessionError::FolderGone(_) => "folder-gone",
            SessionError::NoHost(_) => "no-host",
            SessionError::Down(_) => "adapter-down",
            SessionError::Closing | SessionError::Closed => "session-closed",
            SessionError::Full(_) => "too-many-commands",
        };
        let mut problem = Problem::new(status, title, error.to_string()).with_code(code);
        if let SessionError::Running(run) | SessionError::KeyReused(_, run) = error {
            problem.run = Some(run.to_string());
        }
        problem
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let problem = Problem::new(refusal.status, refusal.title, refusal.detail);
        match refusal.code {
            Some(code) => problem.with_code(code),
            None => problem,
        }
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
            OpenError::TooMany(_) => Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many sessions",
                error.to_string(),
            ),
            OpenError::Denied(_) => {
                Problem::new(StatusCode::FORBIDDEN, "Not granted", error.to_string())
                    .with_code("not-granted")
            }
            OpenError::History(_) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
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
