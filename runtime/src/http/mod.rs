//! The REST API. Handlers turn requests into commands and snapshots into answers; they hold no state of
//! their own and know nothing of what is behind a session.
//!
//! Only this room names axum and hyper. Every error is JSON with a `message` that says what to do next.

mod access;
mod page;
mod server;
mod v1;
mod v2;

pub use server::{BindError, Server, bind};

use axum::Json;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use access::Names;

use std::sync::Arc;

use crate::session::{House, Session};

/// All routes: v1 for this session, v2 for all of the house; `port` is the one that the server listens on.
pub fn routes(house: Arc<House>, session: Session, port: u16) -> axum::Router {
    axum::Router::new()
        .nest("/pyblish/v1", v1::routes(session, port))
        .merge(v2::routes(house))
        .merge(page::routes())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(Names::of_loopback(port), access::check))
}

async fn not_found(uri: axum::http::Uri) -> Response {
    let message = format!(
        "there is nothing at {}; the page is at /, the API begins at /pyblish/v1/hello and /pyblish/v1/state",
        uri.path()
    );
    error(StatusCode::NOT_FOUND, &message)
}

async fn method_not_allowed(method: axum::http::Method, uri: axum::http::Uri) -> Response {
    let message = format!(
        "{method} is not allowed at {}; see the Allow header",
        uri.path()
    );
    error(StatusCode::METHOD_NOT_ALLOWED, &message)
}

/// An error in the form of the original: `ok`, `status` and `message`.
fn error(status: StatusCode, message: &str) -> Response {
    let body = json!({"ok": false, "status": status.as_u16(), "message": message});
    (status, Json(body)).into_response()
}
