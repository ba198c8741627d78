//! Events of a frontend, for the callbacks that are registered in the host.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{JsonBody, Path};
use super::problem::Problem;
use super::state::V2State;
use pyblish_model::{Data, JsonText};

/// How many characters the name of an event may have.
const MAX_NAME: usize = 256;

/// An event of a frontend, for the callbacks that are registered in the host.
#[derive(Deserialize, ToSchema)]
#[schema(as = Emitted)]
#[serde(deny_unknown_fields)]
pub(super) struct CallbackRequest {
    /// The name under which callbacks are registered, such as `commented` or `published`.
    #[schema(min_length = 1, max_length = 256)]
    event: String,
    /// The arguments of the callbacks, by name; an `instance` and a `plugin` by their ids. They
    /// always get the context.
    #[serde(default)]
    #[schema(value_type = Object)]
    arguments: Data,
}

/// Calls the callbacks that the host has registered for this event. The server itself sends the
/// events of runs and of changed data (`published`, `instanceToggled`, …). This is for frontends
/// that run pair by pair, and for their own events.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{sessionId}/callbacks", tag = "work",
    params(("sessionId" = String, Path)), request_body = CallbackRequest,
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn call(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    JsonBody(CallbackRequest { event, arguments }): JsonBody<CallbackRequest>,
) -> Result<StatusCode, Problem> {
    let session = v2.session(&id)?;
    if !(1..=MAX_NAME).contains(&event.chars().count()) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Not what is expected",
            format!("the name of an event has 1 to {MAX_NAME} characters"),
        ));
    }
    session
        .notify(event, JsonText::of_value(&arguments))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
