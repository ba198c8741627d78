//! Why a request is not let in, before any route has seen it: a problem where v2 is asked, and otherwise the form of
//! the original.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::v2::Problem;

#[derive(Debug)]
pub struct Refusal {
    pub status: StatusCode,
    title: &'static str,
    message: String,
}

impl Refusal {
    pub fn new(status: StatusCode, title: &'static str, message: String) -> Self {
        Refusal {
            status,
            title,
            message,
        }
    }

    /// The server has as much to do as it takes; soon it may be less.
    pub fn busy(title: &'static str, message: String) -> Self {
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, title, message)
    }

    /// What is answered to who asked for this path.
    pub fn answer(self, path: &str) -> Response {
        let status = self.status;
        let mut response = match path.starts_with("/pyblish/v2") {
            true => Problem::from(self).into_response(),
            false => error(status, &self.message),
        };
        let headers = response.headers_mut();
        match status {
            StatusCode::UNAUTHORIZED => {
                let scheme = HeaderValue::from_static("Bearer");
                headers.insert(header::WWW_AUTHENTICATE, scheme);
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Problem::new(refusal.status, refusal.title, refusal.message)
    }
}

/// An error in the form of the original: `ok`, `status` and `message`.
pub fn error(status: StatusCode, message: &str) -> Response {
    let body = json!({"ok": false, "status": status.as_u16(), "message": message});
    let mut response = (status, Json(body)).into_response();
    if status == StatusCode::TOO_MANY_REQUESTS {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
