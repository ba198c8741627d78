//! One-time codes that let a browser open the page.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problem;
use super::state::V2State;
use crate::access::page_path;

/// A code that gives access to one browser, once, within five minutes.
#[derive(Serialize, ToSchema)]
pub(super) struct CodeShape {
    code: String,
    /// The path of the page with this code.
    path: String,
}

/// Creates a code that opens the page. With it, a client that has the token can give access to a
/// browser.
#[utoipa::path(post, path = "/pyblish/v2/codes", tag = "access",
    responses((status = 201, body = CodeShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn create(
    State(v2): State<V2State>,
) -> Result<(StatusCode, Json<CodeShape>), Problem> {
    if !v2.access.needs_token() {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "No code is needed",
            "this server needs no token (--no-auth); its page is at /",
        ));
    }
    let code = v2.access.new_code().map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "No code",
            error.to_string(),
        )
    })?;
    let shape = CodeShape {
        path: page_path(&code),
        code: code.reveal().to_owned(),
    };
    Ok((StatusCode::CREATED, Json(shape)))
}
