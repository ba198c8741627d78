//! What was published, and where it is from.

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

const FROM: &str = "versions v JOIN runs r ON r.session_id = v.session_id AND r.number = v.run
    JOIN machines m ON m.id = r.machine_id";

/// Which versions to list. All conditions must be fulfilled.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct VersionsQuery {
    /// The name of what was published.
    name: Option<String>,
    /// The number of the version.
    version: Option<i64>,
    /// The project of the context, where machines send `data:project`.
    project: Option<String>,
    /// A part of the name, in any case.
    q: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many to return: 100 by default, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<i64>,
}

/// A version.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionItem {
    /// The run that published it, in the hub: it says from which scene, and with which adapter.
    run: i64,
    /// Its place among what the run published.
    position: i32,
    name: String,
    version: Option<i64>,
    /// Where it is; only the last part, unless machines send `paths`.
    path: String,
    /// Whether it was there already, with the same content.
    unchanged: bool,
    machine: String,
    user: Option<String>,
    project: Option<String>,
    adapter: String,
    host: Option<String>,
    /// When the run began: seconds since 1970.
    started: f64,
}

/// The versions that were published, those of the latest runs first.
#[utoipa::path(get, path = "/pyblish/hub/v1/versions", tag = "versions", operation_id = "listVersions", params(VersionsQuery),
    responses((status = 200, description = "A page of versions.", body = Page<VersionItem>),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<HubState>,
    _: Viewer,
    Query(query): Query<VersionsQuery>,
) -> Result<Json<Page<VersionItem>>, HubProblem> {
    let asked = asked(query.limit, query.after.as_deref())?;
    let Asked { limit, after } = asked;
    let mut conditions = Conditions::default();
    conditions.add_some("v.name = ?", query.name);
    conditions.add_some("v.version = ?", query.version);
    conditions.add_some(
        "strpos(lower(v.name), lower(?)) > 0",
        query.q.filter(|part| !part.is_empty()),
    );
    conditions.add_some("r.project = ?", query.project);
    let total = conditions.count(&hub.database, FROM).await?;
    if let Some(Cursor { at, id }) = after {
        let run = conditions.value(at);
        conditions.add(&format!("(r.id, -v.position) < ({run}, -(?::bigint))"), id);
    }
    let text = format!(
        "SELECT r.id, v.position, v.name, v.version, v.path, v.unchanged, m.name, r.person, r.project,
             r.adapter, r.host, extract(epoch FROM r.started)::float8
         FROM {FROM}{} ORDER BY r.id DESC, v.position LIMIT {}",
        conditions.text(),
        limit + 1
    );
    let rows = conditions.rows(&hub.database, &text).await?;
    let items = rows.iter().map(|row| VersionItem {
        run: row.get(0),
        position: row.get(1),
        name: row.get(2),
        version: row.get(3),
        path: row.get(4),
        unchanged: row.get(5),
        machine: row.get(6),
        user: row.get(7),
        project: row.get(8),
        adapter: row.get(9),
        host: row.get(10),
        started: row.get(11),
    });
    let cursor = |item: &VersionItem| Cursor {
        at: item.run,
        id: i64::from(item.position),
    };
    Ok(Json(Page::of(total, items.collect(), asked, cursor)))
}
