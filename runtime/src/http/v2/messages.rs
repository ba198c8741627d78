use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Endpoint;
use super::input::{Input, Path};
use super::problem::Problem;

/// How many messages wait for frontends at most; nobody may ever take them.
const WAITING: usize = 100;

/// A message for the session's frontends of v1.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// `show` and `close` are what they know.
    #[schema(min_length = 1, max_length = 256)]
    message: String,
}

/// Puts a message into the queue that frontends of v1 take from, one each (`POST /pyblish/v1/client`).
#[utoipa::path(post, path = "/pyblish/v2/sessions/{session}/messages", tag = "sessions",
    params(("session" = String, Path)), request_body = Message,
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn put(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    Input(Message { message }): Input<Message>,
) -> Result<StatusCode, Problem> {
    let session = endpoint.session(&id)?;
    if !(1..=256).contains(&message.chars().count()) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Not what is expected",
            "a message has 1 to 256 characters",
        ));
    }
    let messages = session.messages();
    if messages.list().len() >= WAITING {
        return Err(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many messages",
            format!("{WAITING} messages wait already; is there a frontend that takes them?"),
        ));
    }
    messages.put(message);
    Ok(StatusCode::NO_CONTENT)
}
