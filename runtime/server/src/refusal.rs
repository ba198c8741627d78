//! A request that is refused before a route sees it, or by a part of the server that belongs to no
//! API version.
//!
//! A [`Refusal`] says what is wrong, but not in which format to answer. [`crate::error_format`]
//! decides that: v1 answers its own JSON, v2 answers a problem.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};

/// Why a request is refused.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The status of the answer.
    pub status: StatusCode,
    /// The kind of refusal, in a few words.
    pub title: &'static str,
    /// What is wrong and what to do next; can be shown to users.
    pub detail: String,
    /// A code for programs, where the status does not say enough.
    pub code: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, title: &'static str, detail: String) -> Self {
        Refusal {
            status,
            title,
            detail,
            code: None,
        }
    }

    /// The same with a stable code for programs.
    pub(crate) fn with_code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// Status 503: the server cannot do more now, but may in a second.
    pub(crate) fn busy(title: &'static str, detail: String) -> Self {
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, title, detail)
    }

    /// The header that the status asks for, in every format: how to authenticate, or how many
    /// seconds to wait.
    pub(crate) fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self.status {
            StatusCode::UNAUTHORIZED => {
                Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")))
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                Some((header::RETRY_AFTER, HeaderValue::from_static("1")))
            }
            _ => None,
        }
    }
}
