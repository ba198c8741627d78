//! What comes with a request, or a problem that says what is wrong with it.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::http::body;

/// A body of JSON.
pub struct Input<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Problem> {
        let media_type = request.headers().get(axum::http::header::CONTENT_TYPE);
        let media_type = media_type
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        // A form on a web page cannot send this without the browser asking first.
        if media_type.split(';').next().map(str::trim) != Some("application/json") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Not JSON",
                format!("the body is {media_type:?}; send application/json"),
            ));
        }
        let body = body::read(request.into_body()).await?;
        serde_json::from_slice(&body)
            .map(Input)
            .map_err(|error| match error.classify() {
                serde_json::error::Category::Data => Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "Not what is expected",
                    format!("the body does not fit: {error}; see /pyblish/v2/openapi.json"),
                ),
                _ => Problem::bad_request(format!("the body is no JSON: {error}")),
            })
    }
}

/// The query, such as `?limit=10`.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query.map(|query| Query(query.0)).map_err(|error| {
            Problem::bad_request(format!(
                "the query does not fit: {}; see /pyblish/v2/openapi.json",
                error.body_text()
            ))
        })
    }
}

/// The parts of the path that have names.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        let reason = |error: axum::extract::rejection::PathRejection| error.body_text();
        path.map(|path| Path(path.0)).map_err(|error| {
            Problem::bad_request(format!("the path does not fit: {}", reason(error)))
        })
    }
}
