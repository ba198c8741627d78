use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An answer that changes with the session's revision only: with an `ETag`, and without a body for a client that
/// has it already. The body is made only when it is sent.
pub fn tagged<T: Serialize>(
    headers: &HeaderMap,
    revision: u64,
    body: impl FnOnce() -> T,
) -> Response {
    let tag = format!("\"{revision}\"");
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let known = known.filter_map(|value| value.to_str().ok());
    let has_it = known
        .flat_map(|value| value.split(','))
        .any(|known| known.trim() == tag);
    let mut response = match has_it {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Json(body()).into_response(),
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
