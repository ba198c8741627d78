//! The context's own data.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::data_change::{DataChange, with_current};
use super::extract::{JsonBody, Path};
use super::problem::Problem;
use super::state::V2State;
use crate::etag::json_with_etag;
use pyblish_model::{Data, JsonText};
use pyblish_session::{Resource, Snapshot};

/// The context's own data.
#[derive(Serialize, ToSchema)]
pub(super) struct ContextShape {
    revision: u64,
    #[schema(value_type = Object)]
    data: Data,
}

impl ContextShape {
    fn of(snapshot: &Snapshot) -> Self {
        ContextShape {
            revision: snapshot.context_revision,
            data: snapshot.context.data.as_ref().clone(),
        }
    }
}

/// The context's own data.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{sessionId}/context", tag = "things",
    params(("sessionId" = String, Path)),
    responses((status = 200, body = ContextShape), (status = 304),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn context(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let snapshot = v2.session(&id)?.snapshot();
    let answer = v2.pool.run(move || {
        let context = || ContextShape::of(&snapshot);
        json_with_etag(&headers, snapshot.context_revision, context)
    });
    Ok(answer.await?)
}

/// Changes the context's own data.
#[utoipa::path(patch, path = "/pyblish/v2/sessions/{sessionId}/context", tag = "things",
    params(("sessionId" = String, Path)), request_body = DataChange,
    responses((status = 200, body = ContextShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn change_context(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    JsonBody(change): JsonBody<DataChange>,
) -> Result<Json<ContextShape>, Problem> {
    let session = v2.session(&id)?;
    let applied = change.apply(&session, vec![Resource::Context]).await;
    let now = ContextShape::of(&session.snapshot());
    with_current(applied, || JsonText::of_value(&now))?;
    Ok(Json(now))
}
