//! Extractors of the query and the path that answer a problem.

use axum::extract::{FromRequest, FromRequestParts, Request};
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

/// A body of JSON.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = HubProblem;

    async fn from_request(request: Request, state: &S) -> Result<Self, HubProblem> {
        let body = axum::Json::<T>::from_request(request, state).await;
        body.map(|body| Body(body.0)).map_err(|error| {
            let text = error.body_text();
            HubProblem::unprocessable(format!(
                "the body is not as expected: {}; see /pyblish/hub/v1/openapi.json",
                text.trim_start_matches(
                    "Failed to deserialize the JSON body into the target type: "
                )
            ))
        })
    }
}
