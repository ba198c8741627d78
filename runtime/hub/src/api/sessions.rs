//! Sessions of all machines.

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

const FROM: &str = "sessions s JOIN machines m ON m.id = s.machine_id";

/// Which sessions to list. All conditions must be fulfilled.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionsQuery {
    /// The name of a machine.
    machine: Option<String>,
    /// Whether the machine has it open.
    open: Option<bool>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many to return: 100 by default, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<i64>,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionItem {
    /// Unique in the hub.
    id: i64,
    machine: String,
    /// Its id on its machine.
    session: String,
    adapter: String,
    adapter_version: String,
    hosts: Vec<String>,
    /// The version of the runtime.
    program: String,
    /// Whether its machine has it open, as it last said.
    open: bool,
    /// When the hub last heard of it: seconds since 1970. An open session is heard of every minute.
    heard: f64,
    /// The number of the last event that the hub has.
    sequence: i64,
    project: Option<String>,
    task: Option<String>,
    /// How many events its machine no longer had when they were asked for.
    lost: i64,
    /// The number up to which its events were dropped, with the months in which they arrived; 0 if
    /// none were.
    dropped: i64,
    #[serde(skip)]
    cursor: i64,
}

/// The sessions of all machines, those that were heard of last first.
#[utoipa::path(get, path = "/pyblish/hub/v1/sessions", tag = "sessions", operation_id = "listSessions", params(SessionsQuery),
    responses((status = 200, description = "A page of sessions.", body = Page<SessionItem>),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<HubState>,
    _: Viewer,
    Query(query): Query<SessionsQuery>,
) -> Result<Json<Page<SessionItem>>, HubProblem> {
    let asked = asked(query.limit, query.after.as_deref())?;
    let Asked { limit, after } = asked;
    let mut conditions = Conditions::default();
    conditions.add_some("m.name = ?", query.machine);
    conditions.add_some("s.is_open = ?", query.open);
    let total = conditions.count(&hub.database, FROM).await?;
    if let Some(Cursor { at, id }) = after {
        let at = conditions.value(at);
        let behind = format!(
            "(s.heard, s.id) < (timestamptz 'epoch' + {at}::bigint * interval '1 microsecond', ?)"
        );
        conditions.add(&behind, id);
    }
    let text = format!(
        "SELECT s.id, m.name, s.name, s.adapter, s.adapter_version, s.hosts, s.program, s.is_open,
             (extract(epoch FROM s.heard) * 1000000)::bigint, s.last, s.project, s.task,
             (SELECT coalesce(sum(g.last - g.first + 1), 0)::bigint FROM gaps g WHERE g.session_id = s.id),
             s.dropped
         FROM {FROM}{} ORDER BY s.heard DESC, s.id DESC LIMIT {}",
        conditions.text(),
        limit + 1
    );
    let rows = conditions.rows(&hub.database, &text).await?;
    let items = rows.iter().map(|row| {
        let micros: i64 = row.get(8);
        SessionItem {
            id: row.get(0),
            machine: row.get(1),
            session: row.get(2),
            adapter: row.get(3),
            adapter_version: row.get(4),
            hosts: row.get(5),
            program: row.get(6),
            open: row.get(7),
            heard: micros as f64 / 1e6,
            sequence: row.get(9),
            project: row.get(10),
            task: row.get(11),
            lost: row.get(12),
            dropped: row.get(13),
            cursor: micros,
        }
    });
    let cursor = |item: &SessionItem| Cursor {
        at: item.cursor,
        id: item.id,
    };
    Ok(Json(Page::of(total, items.collect(), asked, cursor)))
}
