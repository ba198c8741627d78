//! Runs of all machines.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::access::Viewer;
use super::extract::{Path, Query};
use super::paging::{Asked, Cursor, Page, asked};
use super::problem::HubProblem;
use super::run_item::{COLUMNS, FROM, RUN_COLUMNS, RunItem};
use super::state::HubState;
use crate::error::HubError;
use crate::query::Conditions;

/// The states of a run, as in REST v2.
const STATES: [&str; 7] = [
    "running",
    "succeeded",
    "failed",
    "stopped",
    "cancelled",
    "lost",
    "interrupted",
];

/// Which runs to list. All conditions must be fulfilled.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunsQuery {
    /// One or more states, separated by commas: `running`, `succeeded`, `failed`, `stopped`,
    /// `cancelled`, `lost`, `interrupted`.
    state: Option<String>,
    /// The name of a machine.
    machine: Option<String>,
    /// The id of a session.
    session: Option<i64>,
    /// The user that the runtime ran as.
    user: Option<String>,
    /// The name of an adapter.
    adapter: Option<String>,
    /// What a host calls itself.
    host: Option<String>,
    /// The project of the context, where machines send `data:project`.
    project: Option<String>,
    /// The task of the context, where machines send `data:task`.
    task: Option<String>,
    /// The name of a plug-in that failed in the run.
    plugin: Option<String>,
    /// Words that a result of the run has: in the names of its plug-in and instance, in its error,
    /// and in its records where machines send them. `"quoted words"` follow each other; `-word`
    /// must not be there.
    q: Option<String>,
    /// Only runs that began at this second since 1970 or later.
    since: Option<f64>,
    /// Only runs that began before this second since 1970.
    until: Option<f64>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many to return: 100 by default, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<i64>,
}

/// The runs of all machines, those that began last first.
#[utoipa::path(get, path = "/pyblish/hub/v1/runs", tag = "runs", operation_id = "listRuns", params(RunsQuery),
    responses((status = 200, description = "A page of runs.", body = Page<RunItem>),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<HubState>,
    _: Viewer,
    Query(query): Query<RunsQuery>,
) -> Result<Json<Page<RunItem>>, HubProblem> {
    let asked = asked(query.limit, query.after.as_deref())?;
    let Asked { limit, after } = asked;
    let states = query.state.as_deref().map(states).transpose()?;
    let mut conditions = Conditions::default();
    conditions.add_some("r.state = ANY(?)", states);
    conditions.add_some(
        "r.machine_id = (SELECT id FROM machines WHERE name = ?)",
        query.machine,
    );
    conditions.add_some("r.session_id = ?", query.session);
    conditions.add_some("r.person = ?", query.user);
    conditions.add_some("r.adapter = ?", query.adapter);
    conditions.add_some("r.host = ?", query.host);
    conditions.add_some("r.project = ?", query.project);
    conditions.add_some("r.task = ?", query.task);
    conditions.add_some(
        "EXISTS (SELECT 1 FROM results x WHERE x.session_id = r.session_id AND x.run = r.number
             AND NOT x.success AND x.plugin = ?)",
        query.plugin,
    );
    conditions.add_some(
        "(r.session_id, r.number) IN (SELECT x.session_id, x.run FROM results x
             WHERE x.search @@ websearch_to_tsquery('simple', ?))",
        query.q,
    );
    conditions.add_some("r.started >= to_timestamp(?)", query.since);
    conditions.add_some("r.started < to_timestamp(?)", query.until);
    // Each run has a machine and a session, which need not be looked up to count runs.
    let total = conditions.count(&hub.database, "runs r").await?;
    if let Some(Cursor { at, id }) = after {
        let at = conditions.value(at);
        let behind = format!(
            "(r.started, r.id) < (timestamptz 'epoch' + {at}::bigint * interval '1 microsecond', ?)"
        );
        conditions.add(&behind, id);
    }
    let text = format!(
        "SELECT {COLUMNS} FROM {FROM}{} ORDER BY r.started DESC, r.id DESC LIMIT {}",
        conditions.text(),
        limit + 1
    );
    let rows = conditions.rows(&hub.database, &text).await?;
    let items = rows.iter().map(RunItem::of).collect();
    let cursor = |item: &RunItem| Cursor {
        at: item.cursor,
        id: item.id,
    };
    Ok(Json(Page::of(total, items, asked, cursor)))
}

fn states(text: &str) -> Result<Vec<String>, HubProblem> {
    let states: Vec<String> = text.split(',').map(str::to_owned).collect();
    match states
        .iter()
        .find(|state| !STATES.contains(&state.as_str()))
    {
        None => Ok(states),
        Some(wrong) => Err(HubProblem::bad_request(format!(
            "there is no state {wrong:?}; there are {}",
            STATES.join(", ")
        ))),
    }
}

/// A run, with all that its machine sent of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunDetail {
    #[serde(flatten)]
    item: RunItem,
    /// The run in the form of REST v2.
    #[schema(value_type = Object)]
    info: Box<RawValue>,
    /// Whether its results, or the first of them, were dropped with the month in which they arrived.
    dropped: bool,
    /// What it published.
    published: Vec<PublishedItem>,
    /// The job that it is of, if it was handed over.
    job: Option<JobOfRun>,
}

/// The attempt at a task of a job that a run is of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobOfRun {
    /// The job's id.
    id: i64,
    /// The task's number.
    task: i32,
    /// Which attempt it was.
    attempt: i32,
}

/// A version that the run published.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublishedItem {
    name: String,
    version: Option<i64>,
    /// Where it is; only the last part, unless machines send `paths`.
    path: String,
    /// Whether it was there already, with the same content.
    unchanged: bool,
}

/// One run.
#[utoipa::path(get, path = "/pyblish/hub/v1/runs/{id}", tag = "runs", operation_id = "readRun",
    params(("id" = i64, Path, description = "The run's id in the hub.")),
    responses((status = 200, description = "The run.", body = RunDetail),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn read(
    State(hub): State<HubState>,
    _: Viewer,
    Path(id): Path<i64>,
) -> Result<Json<RunDetail>, HubProblem> {
    let mut conditions = Conditions::default();
    conditions.add("r.id = ?", id);
    let text = format!(
        "SELECT {COLUMNS}, r.info::text,
             coalesce(r.month <= (SELECT max(month) FROM dropped_months), false) FROM {FROM}{}",
        conditions.text()
    );
    let rows = conditions.rows(&hub.database, &text).await?;
    let row = rows.first().ok_or_else(|| unknown(id))?;
    let info = RawValue::from_string(row.get(RUN_COLUMNS));
    let info = info.map_err(|error| HubError::Other(error.to_string()))?;
    let mut conditions = Conditions::default();
    conditions.add("r.id = ?", id);
    let text = format!(
        "SELECT v.name, v.version, v.path, v.unchanged FROM versions v
         JOIN runs r ON r.session_id = v.session_id AND r.number = v.run{} ORDER BY v.position",
        conditions.text()
    );
    let published = conditions.rows(&hub.database, &text).await?;
    let published = published.iter().map(|row| PublishedItem {
        name: row.get(0),
        version: row.get(1),
        path: row.get(2),
        unchanged: row.get(3),
    });
    let mut conditions = Conditions::default();
    conditions.add("r.id = ?", id);
    let text = format!(
        "SELECT t.job_id, t.number, a.attempt FROM runs r JOIN sessions s ON s.id = r.session_id
         JOIN attempts a ON a.machine_id = r.machine_id AND a.session = s.name AND r.number = ANY(a.runs)
         JOIN tasks t ON t.id = a.task_id{} ORDER BY a.started DESC LIMIT 1",
        conditions.text()
    );
    let job = conditions.rows(&hub.database, &text).await?;
    let job = job.first().map(|row| JobOfRun {
        id: row.get(0),
        task: row.get(1),
        attempt: row.get(2),
    });
    Ok(Json(RunDetail {
        item: RunItem::of(row),
        info,
        dropped: row.get(20),
        published: published.collect(),
        job,
    }))
}

/// There is no such run.
pub(super) fn unknown(id: i64) -> HubProblem {
    HubProblem::not_found("unknown-run", format!("the hub has no run {id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_known() {
        assert_eq!(states("failed,lost").unwrap(), ["failed", "lost"]);
        for wrong in ["", "Failed", "failed,"] {
            assert!(states(wrong).is_err(), "{wrong}");
        }
    }
}
