//! Errors of the API: problems of RFC 9457, in the form of REST v2, with codes of the hub's own.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::HubError;
use crate::ingest::BatchError;
use pyblish_server::Refusal;
use pyblish_shipping::wire::GAP;

/// What went wrong, and what to do next (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct HubProblem {
    /// The code as a URN: `urn:pyblish-endpoint:problem:CODE`.
    #[serde(rename = "type")]
    kind: String,
    /// The status of the answer.
    status: u16,
    /// The kind of problem, in a few words.
    title: &'static str,
    /// What is wrong, and what to do next; can be shown to users.
    detail: String,
    /// What is wrong, for programs: it is the same in all versions.
    code: &'static str,
    /// With the code `gap`: the number of the event that the hub wants first.
    #[serde(skip_serializing_if = "Option::is_none")]
    wanted: Option<i64>,
}

impl HubProblem {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        HubProblem {
            kind: format!("urn:pyblish-endpoint:problem:{code}"),
            status: status.as_u16(),
            title,
            detail: detail.into(),
            code,
            wanted: None,
        }
    }

    /// What is wrong, for programs.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// Status 404.
    pub(crate) fn not_found(code: &'static str, detail: impl Into<String>) -> Self {
        HubProblem::new(StatusCode::NOT_FOUND, code, "Not found", detail)
    }

    /// Status 400.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        HubProblem::new(
            StatusCode::BAD_REQUEST,
            "bad-request",
            "Bad request",
            detail,
        )
    }

    /// Status 422.
    pub(crate) fn unprocessable(detail: impl Into<String>) -> Self {
        HubProblem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unprocessable",
            "Not as expected",
            detail,
        )
    }

    /// Status 401.
    pub(crate) fn unauthorized(detail: impl Into<String>) -> Self {
        HubProblem::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Not known",
            detail,
        )
    }

    /// Status 403.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        HubProblem::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    /// Events are missing before a batch.
    pub(crate) fn gap(wanted: i64) -> Self {
        let detail = format!("events are missing before this batch: send those from {wanted} on");
        let mut problem = HubProblem::new(StatusCode::CONFLICT, GAP, "Events are missing", detail);
        problem.wanted = Some(wanted);
        problem
    }

    /// Status 409.
    pub(crate) fn conflict(
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        HubProblem::new(StatusCode::CONFLICT, code, title, detail)
    }

    /// A request that no route saw.
    pub(crate) fn refused(refusal: Refusal) -> Response {
        let code = refusal.code.unwrap_or(match refusal.status {
            StatusCode::BAD_REQUEST => "bad-request",
            StatusCode::FORBIDDEN => "forbidden",
            StatusCode::REQUEST_TIMEOUT => "too-slow",
            StatusCode::PAYLOAD_TOO_LARGE => "too-large",
            StatusCode::TOO_MANY_REQUESTS => "too-many",
            StatusCode::SERVICE_UNAVAILABLE => "unavailable",
            _ => "server-error",
        });
        HubProblem::new(refusal.status, code, refusal.title, refusal.detail).into_response()
    }
}

impl From<HubError> for HubProblem {
    fn from(error: HubError) -> Self {
        HubProblem::from(&error)
    }
}

impl From<&HubError> for HubProblem {
    fn from(error: &HubError) -> Self {
        let busy = StatusCode::SERVICE_UNAVAILABLE;
        let (status, code, title) = match error {
            HubError::Unavailable(_) => (busy, "database-unavailable", "No database"),
            HubError::ReadOnly(_) => (busy, "database-read-only", "The database is read-only"),
            HubError::Full(_) => (busy, "database-full", "The database is full"),
            HubError::Slow(_) => (busy, "database-slow", "The database takes too long"),
            HubError::NoToken(_) => (StatusCode::UNAUTHORIZED, "unauthorized", "Not known"),
            HubError::Data(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "unprocessable",
                "Cannot be stored",
            ),
            _ => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "server-error",
                "An error of the hub",
            ),
        };
        if status.is_server_error() {
            tracing::warn!("a request failed: {error}");
        }
        HubProblem::new(status, code, title, error.to_string())
    }
}

impl From<BatchError> for HubProblem {
    fn from(error: BatchError) -> Self {
        let (status, code) = match &error {
            BatchError::Encoding(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-zstd"),
            BatchError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
            BatchError::Line { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "unprocessable"),
        };
        HubProblem::new(status, code, "Not a batch", error.to_string())
    }
}

impl IntoResponse for HubProblem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}
