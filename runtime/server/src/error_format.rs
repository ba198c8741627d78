//! The format of refusals: a problem below `/pyblish/v2`, and v1's format everywhere else, because
//! old frontends also use paths without a route.

use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;
use super::v1::error::V1Error;
use super::v2::problem::Problem;

/// The answer to a refused request for this path.
pub(crate) fn refused(refusal: Refusal, path: &str) -> Response {
    let header = refusal.header();
    let mut response = if path.starts_with("/pyblish/v2") {
        Problem::from(refusal).into_response()
    } else {
        V1Error::from(refusal).into_response()
    };
    if let Some((name, value)) = header {
        response.headers_mut().insert(name, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::{StatusCode, header};

    use super::*;

    async fn answer(path: &str) -> (Response, String) {
        let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "Not known", "who?".into());
        let mut response = refused(refusal, path);
        let body = std::mem::take(response.body_mut());
        let body = to_bytes(body, 1024).await.unwrap();
        (response, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn refusal_takes_the_form_of_its_api() {
        let (problem, body) = answer("/pyblish/v2/sessions").await;
        let kind = |response: &Response| response.headers()[header::CONTENT_TYPE].clone();
        assert_eq!(kind(&problem), "application/problem+json");
        assert_eq!(
            body,
            r#"{"type":"urn:pyblish-endpoint:problem:unauthorized","status":401,"title":"Not known","detail":"who?","code":"unauthorized"}"#
        );
        for path in ["/pyblish/v1/state", "/", "/else"] {
            let (old, body) = answer(path).await;
            assert_eq!(kind(&old), "application/json");
            assert_eq!(body, r#"{"ok":false,"status":401,"message":"who?"}"#);
            assert_eq!(old.headers()[header::WWW_AUTHENTICATE], "Bearer");
        }
        assert_eq!(problem.headers()[header::WWW_AUTHENTICATE], "Bearer");
    }
}
