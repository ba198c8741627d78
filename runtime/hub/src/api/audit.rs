//! Who did what about access, for admins.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::access::Admin;
use super::extract::Query;
use super::paging::{Asked, Cursor, Page, asked};
use super::problem::HubProblem;
use super::state::HubState;
use crate::audit;
use crate::query::Conditions;

/// Which page of the audit to return.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditQuery {
    /// The `next` of the page before.
    after: Option<String>,
    /// How many to return: 100 by default, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<i64>,
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditItem {
    id: i64,
    /// Seconds since 1970.
    at: f64,
    /// The person; or the user of the command line, and the machine.
    who: String,
    /// In words.
    what: String,
}

/// Who made and removed tokens and codes, and who entered with a browser; the latest first. Only for
/// admins.
#[utoipa::path(get, path = "/pyblish/hub/v1/audit", tag = "access", operation_id = "listAudit", params(AuditQuery),
    responses((status = 200, description = "A page of the audit.", body = Page<AuditItem>),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<HubState>,
    _: Admin,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Page<AuditItem>>, HubProblem> {
    let asked = asked(query.limit, query.after.as_deref())?;
    let Asked { limit, after } = asked;
    let total = Conditions::default().count(&hub.database, "audit").await?;
    let client = hub.database.get().await?;
    let deeds = audit::read(&client, after.map(|after| after.id), limit + 1).await?;
    let items = deeds.into_iter().map(|deed| AuditItem {
        id: deed.id,
        at: deed.at,
        who: deed.who,
        what: deed.what,
    });
    let cursor = |item: &AuditItem| Cursor { at: 0, id: item.id };
    Ok(Json(Page::of(total, items.collect(), asked, cursor)))
}
