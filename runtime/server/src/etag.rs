//! Entity tags: if the client already has the answer, it gets a 304 without a body.

use std::fmt::Display;

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The JSON of this value with this tag, or a 304. The value is only created if it is sent. `tag`
/// has no quotation marks, and changes whenever the value does.
pub(crate) fn json_with_etag<T: Serialize>(
    headers: &HeaderMap,
    tag: impl Display,
    value: impl FnOnce() -> T,
) -> Response {
    with_etag(headers, &tag.to_string(), || Json(value()).into_response())
}

/// This answer with this tag, or a 304. The answer is only created if it is sent.
pub(crate) fn with_etag(
    headers: &HeaderMap,
    tag: &str,
    answer: impl FnOnce() -> Response,
) -> Response {
    let tag = format!("\"{tag}\"");
    let mut response = if client_has(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        answer()
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// Whether the client has the answer with this tag, which includes its quotation marks.
/// `If-None-Match` is a list of tags, which may be weak, or `*` for any (RFC 9110, 13.1.2).
pub(crate) fn client_has(headers: &HeaderMap, tag: &str) -> bool {
    let lists = headers.get_all(header::IF_NONE_MATCH).iter();
    let lists = lists.filter_map(|value| value.to_str().ok());
    let mut tags = lists.flat_map(|list| list.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_is_found_in_lists() {
        let has = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::IF_NONE_MATCH, HeaderValue::from_static(value));
            }
            client_has(&headers, "\"1-2\"")
        };
        for values in [
            &["\"1-2\""][..],
            &["W/\"1-2\""],
            &["\"0\", \"1-2\""],
            &["\"0\"", "\"1-2\""],
            &["*"],
        ] {
            assert!(has(values), "{values:?}");
        }
        for values in [&[][..], &["1-2"], &["\"1\""], &["\"1-2"], &["W/1-2"]] {
            assert!(!has(values), "{values:?}");
        }
    }
}
