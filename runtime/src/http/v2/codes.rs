use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::Endpoint;
use super::problem::Problem;
use crate::http::access;

/// What lets one browser in, once, within five minutes.
#[derive(Serialize, ToSchema)]
pub struct CodeShape {
    code: String,
    /// Where a browser goes with it: the page.
    path: String,
}

/// Makes a code that opens the page: who has the token can let a browser in.
#[utoipa::path(post, path = "/pyblish/v2/codes", tag = "access",
    responses((status = 201, body = CodeShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn create(
    State(endpoint): State<Endpoint>,
) -> Result<(StatusCode, Json<CodeShape>), Problem> {
    if !endpoint.access.is_guarded() {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "No code is needed",
            "this server lets everybody in (--no-auth); its page is at /",
        ));
    }
    let code = endpoint.access.invite().map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "No code",
            error.to_string(),
        )
    })?;
    let shape = CodeShape {
        path: access::page(&code),
        code: code.reveal().to_owned(),
    };
    Ok((StatusCode::CREATED, Json(shape)))
}
