//! Extractors of the query, the path and the body that answer a problem.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::HubProblem;

/// The query, such as `?limit=10`.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = HubProblem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, HubProblem> {
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        query.map(|query| Query(query.0)).map_err(|error| {
            let text = error.body_text();
            HubProblem::bad_request(format!(
                "the query is not as expected: {}; see /pyblish/hub/v1/openapi.json",
                text.trim_start_matches("Failed to deserialize query string: ")
            ))
        })
    }
}

/// The named parts of the path.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = HubProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HubProblem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|path| Path(path.0)).map_err(|error| {
            HubProblem::bad_request(format!(
                "the path is not as expected: {}",
                error.body_text()
            ))
        })
    }
}

/// The body, which is JSON and has its content type.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = HubProblem;

    async fn from_request(request: Request, state: &S) -> Result<Self, HubProblem> {
        let body = axum::Json::<T>::from_request(request, state).await;
        body.map(|body| JsonBody(body.0)).map_err(|error| {
            let text = error.body_text();
            let detail = format!(
                "the body is not as expected: {}; see /pyblish/hub/v1/openapi.json",
                text.trim_start_matches(
                    "Failed to deserialize the JSON body into the target type: "
                )
            );
            match error.status() {
                StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                    HubProblem::new(error.status(), "not-json", "Not JSON", detail)
                }
                StatusCode::UNPROCESSABLE_ENTITY => HubProblem::unprocessable(detail),
                _ => HubProblem::bad_request(detail),
            }
        })
    }
}
