//! Messages for frontends of v1, such as `show`: a queue in which each message goes to one
//! frontend.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{JsonBody, Path};
use super::problem::Problem;
use super::state::V2State;

/// How many messages may wait, because there may be no frontend that reads them.
const MAX_WAITING: usize = 100;

/// How many characters a message may have.
const MAX_LENGTH: usize = 256;

/// A message for the session's frontends of v1.
#[derive(Deserialize, ToSchema)]
#[schema(as = Message)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageRequest {
    /// Frontends know `show` and `close`.
    #[schema(min_length = 1, max_length = 256)]
    message: String,
}

/// Puts a message into the queue for frontends of v1. Each message goes to one frontend
/// (`POST /pyblish/v1/client`).
#[utoipa::path(post, path = "/pyblish/v2/sessions/{sessionId}/messages", tag = "sessions",
    params(("sessionId" = String, Path)), request_body = MessageRequest,
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn put(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    JsonBody(MessageRequest { message }): JsonBody<MessageRequest>,
) -> Result<StatusCode, Problem> {
    let session = v2.session(&id)?;
    if !(1..=MAX_LENGTH).contains(&message.chars().count()) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Not what is expected",
            format!("a message has 1 to {MAX_LENGTH} characters"),
        ));
    }
    let messages = session.messages();
    if messages.list().len() >= MAX_WAITING {
        return Err(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many messages",
            format!("{MAX_WAITING} messages are waiting already; check that a frontend reads them"),
        ));
    }
    messages.put(message);
    Ok(StatusCode::NO_CONTENT)
}
