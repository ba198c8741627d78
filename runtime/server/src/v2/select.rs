//! Shows the artist what instances are about: their members are selected in the host.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{JsonBody, Path};
use super::problem::Problem;
use super::state::V2State;
use pyblish_model::InstanceId;
use pyblish_session::InstanceRef;

/// What to select.
#[derive(Deserialize, ToSchema)]
#[schema(as = Selected)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct SelectRequest {
    /// The ids of the instances.
    instance_ids: Vec<String>,
}

/// Selects the members of these instances in the host, and nothing else; of one without members, what
/// is called like it. Only a host that says `selects` of itself can do so (409, `cannot-select`).
#[utoipa::path(post, path = "/pyblish/v2/sessions/{sessionId}/select", tag = "work",
    params(("sessionId" = String, Path)), request_body = SelectRequest,
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn select(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    JsonBody(SelectRequest { instance_ids }): JsonBody<SelectRequest>,
) -> Result<StatusCode, Problem> {
    let instances = instance_ids.into_iter();
    let instances = instances.map(|id| InstanceRef::Id(InstanceId(id.into())));
    v2.session(&id)?.select(instances.collect()).await?;
    Ok(StatusCode::NO_CONTENT)
}
