//! Who has access, for admins. Tokens are made and removed on the command line.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::Admin;
use super::paging::Page;
use super::problem::HubProblem;
use super::state::HubState;
use crate::tokens;

/// A token, without the token itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenItem {
    /// By what it is removed.
    id: i64,
    /// `machine`, `viewer`, `supervisor` or `admin`.
    role: &'static str,
    /// The machine or the person.
    name: String,
    /// When it was made: seconds since 1970.
    added: f64,
    /// When it was removed. None while it is in force.
    removed: Option<f64>,
}

/// The tokens of machines and people, also those that were removed. Only for admins.
#[utoipa::path(get, path = "/pyblish/hub/v1/tokens", tag = "tokens", operation_id = "listTokens",
    responses((status = 200, description = "All tokens, the oldest first.", body = Page<TokenItem>),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<HubState>,
    _: Admin,
) -> Result<Json<Page<TokenItem>>, HubProblem> {
    let all = tokens::list(&hub.database).await?.into_iter();
    let items = all.map(|token| TokenItem {
        id: token.id,
        role: token.role.name(),
        name: token.name,
        added: token.added,
        removed: token.removed,
    });
    Ok(Json(Page::whole(items.collect())))
}
