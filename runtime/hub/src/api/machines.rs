//! The machines of the studio.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::access::Viewer;
use super::extract::Query;
use super::paging::{Asked, Cursor, Page, asked};
use super::problem::HubProblem;
use super::state::HubState;
use crate::query::Conditions;

/// Which page of machines to return.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct MachinesQuery {
    /// The `next` of the page before.
    after: Option<String>,
    /// How many to return: 100 by default, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<i64>,
}

/// A machine.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MachineItem {
    id: i64,
    name: String,
    /// When it was given its first token: seconds since 1970.
    added: f64,
    /// When the hub last heard of it. None if it never did.
    heard: Option<f64>,
    /// How many of its sessions are open, as it last said.
    open_sessions: i64,
    /// How many runs the hub has of it.
    runs: i64,
}

/// The machines, those that were added last first.
#[utoipa::path(get, path = "/pyblish/hub/v1/machines", tag = "machines", operation_id = "listMachines", params(MachinesQuery),
    responses((status = 200, description = "A page of machines.", body = Page<MachineItem>),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<HubState>,
    _: Viewer,
    Query(query): Query<MachinesQuery>,
) -> Result<Json<Page<MachineItem>>, HubProblem> {
    let asked = asked(query.limit, query.after.as_deref())?;
    let Asked { limit, after } = asked;
    let mut conditions = Conditions::default();
    let total = conditions.count(&hub.database, "machines m").await?;
    conditions.add_some("m.id < ?", after.map(|after| after.id));
    let text = format!(
        "SELECT m.id, m.name, extract(epoch FROM m.added)::float8, extract(epoch FROM m.heard)::float8,
             (SELECT count(*) FROM sessions s WHERE s.machine_id = m.id AND s.is_open),
             (SELECT count(*) FROM runs r WHERE r.machine_id = m.id)
         FROM machines m{} ORDER BY m.id DESC LIMIT {}",
        conditions.text(),
        limit + 1
    );
    let rows = conditions.rows(&hub.database, &text).await?;
    let items = rows.iter().map(|row| MachineItem {
        id: row.get(0),
        name: row.get(1),
        added: row.get(2),
        heard: row.get(3),
        open_sessions: row.get(4),
        runs: row.get(5),
    });
    let cursor = |item: &MachineItem| Cursor { at: 0, id: item.id };
    Ok(Json(Page::of(total, items.collect(), asked, cursor)))
}
