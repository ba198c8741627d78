//! How people enter the page: with a one-use code.
//!
//! The code is behind the `#` of the page's address, which browsers send to no server. The page posts
//! it. So a program that looks at links, as chats do, does not use it up, and no log has it.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::Viewer;
use super::extract::JsonBody;
use super::problem::HubProblem;
use super::state::HubState;
use crate::browsers::{self, CODE_LIFETIME};
use crate::error::HubError;
use crate::tokens::{Holder, Way};

/// A code that lets one browser in, once.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeShape {
    code: String,
    /// The path of the page with this code.
    path: String,
    /// How many seconds it is valid.
    seconds: u64,
}

/// Makes a code for a browser of the same person.
#[utoipa::path(post, path = "/pyblish/hub/v1/codes", tag = "access", operation_id = "makeCode",
    responses((status = 201, description = "The code.", body = CodeShape),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn make_code(
    State(hub): State<HubState>,
    Viewer(holder): Viewer,
) -> Result<(StatusCode, Json<CodeShape>), HubProblem> {
    let made =
        browsers::new_code(&hub.database, holder.token_id, CODE_LIFETIME, &holder.name).await?;
    let shape = CodeShape {
        code: made.reveal().to_owned(),
        path: format!("/#code={}", made.reveal()),
        seconds: CODE_LIFETIME.as_secs(),
    };
    Ok((StatusCode::CREATED, Json(shape)))
}

/// A browser that wants to enter.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnterRequest {
    code: String,
}

/// Who somebody is.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeShape {
    name: String,
    /// `viewer`, `supervisor` or `admin`.
    role: &'static str,
    /// Whether a cookie says so, and not a token.
    browser: bool,
}

impl MeShape {
    fn of(holder: &Holder) -> Self {
        MeShape {
            name: holder.name.clone(),
            role: holder.role.name(),
            browser: matches!(holder.way, Way::Browser(_)),
        }
    }
}

/// Lets a browser in that has a code. The answer sets its cookie. Needs no token.
///
/// 403 with the code `old-code`: it was used already, is too old, or its token was removed.
#[utoipa::path(post, path = "/pyblish/hub/v1/browsers", tag = "access", operation_id = "enter",
    request_body = EnterRequest,
    responses((status = 201, description = "The browser is known from now on.", body = MeShape),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn enter(
    State(hub): State<HubState>,
    JsonBody(request): JsonBody<EnterRequest>,
) -> Result<Response, HubProblem> {
    let Some((value, holder)) = browsers::redeem(&hub.database, request.code.trim()).await? else {
        return Err(HubProblem::new(
            StatusCode::FORBIDDEN,
            "old-code",
            "An old code",
            "this code was used already, or is too old; ask for another: `pyblish-endpoint hub \
             tokens code` makes one, and so does `pyblish-endpoint hub open` with your token",
        ));
    };
    let cookie = hub.cookie.set(&value);
    let cookie = cookie.ok_or_else(|| HubError::Other("there is no cookie".into()))?;
    let headers = [(header::SET_COOKIE, cookie)];
    Ok((StatusCode::CREATED, headers, Json(MeShape::of(&holder))).into_response())
}

/// Who sends this request.
#[utoipa::path(get, path = "/pyblish/hub/v1/me", tag = "access", operation_id = "readMe",
    responses((status = 200, description = "The person.", body = MeShape),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn me(Viewer(holder): Viewer) -> Json<MeShape> {
    Json(MeShape::of(&holder))
}

/// Forgets this browser: it needs a new code. With a token, nothing is done.
#[utoipa::path(delete, path = "/pyblish/hub/v1/me", tag = "access", operation_id = "leave",
    responses((status = 204, description = "Done."),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn leave(
    State(hub): State<HubState>,
    Viewer(holder): Viewer,
) -> Result<Response, HubProblem> {
    let mut headers = HeaderMap::new();
    if let Way::Browser(browser) = holder.way {
        browsers::leave(&hub.database, browser, &holder).await?;
        headers.extend(hub.cookie.remove().map(|value| (header::SET_COOKIE, value)));
    }
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}
