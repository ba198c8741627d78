use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Endpoint;
use super::input::{Input, Path};
use super::problem::Problem;
use super::shapes::ResultShape;
use crate::model::Mode;
use crate::session::Named;

/// A plug-in, and the instance that it is to work on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The plug-in's id.
    plugin: String,
    /// The instance's id; none for the context.
    instance: Option<String>,
}

/// An action of a plug-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// The plug-in's id.
    plugin: String,
    /// The action's id.
    action: String,
}

async fn run(
    endpoint: &Endpoint,
    id: &str,
    pair: Pair,
    mode: Mode,
) -> Result<Json<ResultShape>, Problem> {
    let session = endpoint.session(id)?;
    let instance = pair.instance.map(Named::Id);
    let result = session.run(Named::Id(pair.plugin), instance, mode).await?;
    Ok(Json(ResultShape::of(&result)))
}

/// Runs one plug-in on one instance, or on the context.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{session}/process", tag = "work",
    params(("session" = String, Path)), request_body = Pair,
    responses((status = 200, body = ResultShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn process(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    Input(pair): Input<Pair>,
) -> Result<Json<ResultShape>, Problem> {
    run(&endpoint, &id, pair, Mode::Process).await
}

/// Has a plug-in repair what it found wrong.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{session}/repair", tag = "work",
    params(("session" = String, Path)), request_body = Pair,
    responses((status = 200, body = ResultShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn repair(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    Input(pair): Input<Pair>,
) -> Result<Json<ResultShape>, Problem> {
    run(&endpoint, &id, pair, Mode::Repair).await
}

/// Runs one of a plug-in's actions.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{session}/actions", tag = "work",
    params(("session" = String, Path)), request_body = Act,
    responses((status = 200, body = ResultShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn act(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    Input(act): Input<Act>,
) -> Result<Json<ResultShape>, Problem> {
    let pair = Pair {
        plugin: act.plugin,
        instance: None,
    };
    run(&endpoint, &id, pair, Mode::Action(act.action)).await
}
