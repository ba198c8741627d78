//! Extractors: a JSON body, a query, a path. They work like axum's, but return a [`Problem`] for an
//! invalid request.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::json::{MaxJsonValues, check_json_input};
use crate::limited_body;

/// A body that is JSON.
pub(super) struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Problem> {
        let media_type = request.headers().get(axum::http::header::CONTENT_TYPE);
        let media_type = media_type
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        // A form on a web page cannot send this media type, and a script only after the browser has
        // asked the server.
        let kind = media_type.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Not JSON",
                format!("the body is {media_type:?}; send application/json"),
            ));
        }
        let limit = MaxJsonValues::of(request.extensions());
        let body = limited_body::read(request.into_body()).await?;
        check_json_input(&body, limit).map_err(|error| {
            Problem::new(error.status(), error.title(), format!("the body {error}"))
        })?;
        serde_json::from_slice(&body)
            .map(JsonBody)
            .map_err(|error| match error.classify() {
                serde_json::error::Category::Data => Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "Not what is expected",
                    format!("the body is not as expected: {error}; see /pyblish/v2/openapi.json"),
                ),
                _ => Problem::bad_request(format!("the body is not JSON: {error}")),
            })
    }
}

/// The query, such as `?limit=10`.
pub(crate) struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::of(&parts.uri)
    }
}

impl<T: DeserializeOwned> Query<T> {
    /// The query of this address.
    pub(crate) fn of(uri: &Uri) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::try_from_uri(uri);
        query.map(|query| Query(query.0)).map_err(|error| {
            Problem::bad_request(format!(
                "the query is not as expected: {}; see /pyblish/v2/openapi.json",
                error
                    .body_text()
                    .trim_start_matches("Failed to deserialize query string: ")
            ))
        })
    }
}

/// The named parts of the path.
pub(crate) struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        let reason = |error: axum::extract::rejection::PathRejection| error.body_text();
        path.map(|path| Path(path.0)).map_err(|error| {
            Problem::bad_request(format!("the path is not as expected: {}", reason(error)))
        })
    }
}
