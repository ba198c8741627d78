//! Headers of every answer, including errors: who may cache it, and what a browser may do with it.
//!
//! Routes that need another policy set their own: the page, a report as a page, a thumbnail.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// The content security policy of everything except pages: a browser that shows it loads and runs
/// nothing, and does not put it into a frame.
pub(crate) const POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// The content security policy of a report as a page: its own style sheet and nothing else, without
/// the rights of our origin.
pub const REPORT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'; sandbox";

static ALWAYS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    // Browsers must use the stated media type, and not guess one.
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    // For browsers that do not know `frame-ancestors`.
    (header::X_FRAME_OPTIONS, "DENY"),
    // Pages of other sites cannot load it as a picture or a script.
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Adds the headers that the answer does not have.
pub(crate) fn complete(headers: &mut HeaderMap) {
    headers.reserve(ALWAYS.len() + 1);
    for (name, value) in &ALWAYS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    // A client may cache an answer with an entity tag, but must check each time whether it is still
    // current.
    let caching = if headers.contains_key(header::ETAG) {
        "private, no-cache"
    } else {
        "no-store"
    };
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static(caching));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_a_route_stay() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("own"),
        );
        complete(&mut headers);
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], "own");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(headers.len(), 6);
    }

    #[test]
    fn answers_with_a_tag_may_be_kept() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ETAG, HeaderValue::from_static("\"1\""));
        complete(&mut headers);
        assert_eq!(headers[header::CACHE_CONTROL], "private, no-cache");
    }
}
