use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Endpoint;
use super::input::{Input, Path};
use super::problem::Problem;

/// Characters of the longest name of an event.
const NAME: usize = 256;

/// An event of a frontend's, for the callbacks that are registered in the host.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Emitted {
    /// As it is registered, such as `commented` or `published`.
    #[schema(min_length = 1, max_length = 256)]
    event: String,
    /// What the callbacks are called with, by name; an `instance` and a `plugin` by their ids. They get the context in any case.
    #[serde(default)]
    #[schema(value_type = Object)]
    arguments: Map<String, Value>,
}

/// Has the host call what is registered there for an event of a frontend's. What a run or a change of data stands for
/// (`published`, `instanceToggled`, …) is told by itself: this is for frontends that run pair by pair, and for events of their own.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{session}/callbacks", tag = "work",
    params(("session" = String, Path)), request_body = Emitted,
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn call(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    Input(Emitted { event, arguments }): Input<Emitted>,
) -> Result<StatusCode, Problem> {
    let session = endpoint.session(&id)?;
    if !(1..=NAME).contains(&event.chars().count()) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Not what is expected",
            format!("the name of an event has 1 to {NAME} characters"),
        ));
    }
    session.tell(event, Value::Object(arguments)).await?;
    Ok(StatusCode::NO_CONTENT)
}
