//! One plug-in on one instance, outside of a run: process, repair, or an action.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{JsonBody, Path};
use super::problem::Problem;
use super::shapes::ResultShape;
use super::state::V2State;
use pyblish_model::{InstanceId, Mode, PluginId};
use pyblish_session::{InstanceRef, PluginRef};

/// A plug-in, and the instance that it processes or repairs.
#[derive(Deserialize, ToSchema)]
#[schema(as = Pair)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct PairRequest {
    /// The plug-in's id.
    plugin_id: String,
    /// The instance's id; none for the context.
    instance_id: Option<String>,
}

/// An action of a plug-in.
#[derive(Deserialize, ToSchema)]
#[schema(as = Act)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ActionRequest {
    /// The plug-in's id.
    plugin_id: String,
    /// The action's id.
    action_id: String,
    /// The id of the instance that is meant; none for the plug-in as a whole.
    instance_id: Option<String>,
}

impl PairRequest {
    fn refs(self) -> (PluginRef, Option<InstanceRef>) {
        let instance = self
            .instance_id
            .map(|id| InstanceRef::Id(InstanceId(id.into())));
        (PluginRef::Id(PluginId(self.plugin_id.into())), instance)
    }
}

/// Runs one plug-in on one instance, or on the context.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{sessionId}/process", tag = "work",
    params(("sessionId" = String, Path)), request_body = PairRequest,
    responses((status = 200, body = ResultShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn process(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    JsonBody(pair): JsonBody<PairRequest>,
) -> Result<Json<ResultShape>, Problem> {
    let (plugin, instance) = pair.refs();
    let session = v2.session(&id)?;
    let result = session.run_pair(plugin, instance, Mode::Process).await?;
    Ok(Json(ResultShape::of(&result)))
}

/// Lets a plug-in repair what it failed on. A plug-in without this repair is a 409 (`no-repair`), and
/// nothing changes.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{sessionId}/repair", tag = "work",
    params(("sessionId" = String, Path)), request_body = PairRequest,
    responses((status = 200, body = ResultShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn repair(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    JsonBody(pair): JsonBody<PairRequest>,
) -> Result<Json<ResultShape>, Problem> {
    let (plugin, instance) = pair.refs();
    let result = v2.session(&id)?.repair(plugin, instance).await?;
    Ok(Json(ResultShape::of(&result)))
}

/// Runs one of a plug-in's actions.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{sessionId}/actions", tag = "work",
    params(("sessionId" = String, Path)), request_body = ActionRequest,
    responses((status = 200, body = ResultShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn act(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    JsonBody(act): JsonBody<ActionRequest>,
) -> Result<Json<ResultShape>, Problem> {
    let pair = PairRequest {
        plugin_id: act.plugin_id,
        instance_id: act.instance_id,
    };
    let (plugin, instance) = pair.refs();
    let session = v2.session(&id)?;
    let mode = Mode::Action(act.action_id);
    let result = session.run_pair(plugin, instance, mode).await?;
    Ok(Json(ResultShape::of(&result)))
}
