//! The results of a run.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::access::Viewer;
use super::extract::{Path, Query};
use super::paging::{Asked, Cursor, Page, asked};
use super::problem::HubProblem;
use super::runs::unknown;
use super::state::HubState;
use crate::database::Database;
use crate::error::HubError;
use crate::query::Conditions;

/// Which results to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResultsQuery {
    /// Only those that failed, or only those that succeeded.
    success: Option<bool>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many to return: 100 by default, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<i64>,
}

/// A result.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResultItem {
    /// The number of its event in the session.
    sequence: i64,
    /// When it ended: seconds since 1970.
    at: f64,
    /// In the form of REST v2, as far as its machine sends it.
    #[schema(value_type = Object)]
    result: Box<RawValue>,
}

/// The results of a run, in their order.
#[utoipa::path(get, path = "/pyblish/hub/v1/runs/{id}/results", tag = "runs", operation_id = "listRunResults",
    params(("id" = i64, Path, description = "The run's id in the hub."), ResultsQuery),
    responses((status = 200, description = "A page of results.", body = Page<ResultItem>),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<HubState>,
    _: Viewer,
    Path(id): Path<i64>,
    Query(query): Query<ResultsQuery>,
) -> Result<Json<Page<ResultItem>>, HubProblem> {
    let asked = asked(query.limit, query.after.as_deref())?;
    let Asked { limit, after } = asked;
    let (session, number) = run(&hub.database, id).await?;
    let mut conditions = Conditions::default();
    conditions.add("x.session_id = ?", session);
    conditions.add("x.run = ?", number);
    conditions.add_some("x.success = ?", query.success);
    let total = conditions.count(&hub.database, "results x").await?;
    conditions.add_some("x.number > ?", after.map(|after| after.id));
    let text = format!(
        "SELECT x.number, extract(epoch FROM x.at)::float8, (e.body -> 'result')::text FROM results x
         JOIN events e ON e.session_id = x.session_id AND e.number = x.number
             AND e.month = x.month{}
         ORDER BY x.number LIMIT {}",
        conditions.text(),
        limit + 1
    );
    let rows = conditions.rows(&hub.database, &text).await?;
    let items = rows.iter().map(|row| {
        let result = RawValue::from_string(row.get(2));
        Ok(ResultItem {
            sequence: row.get(0),
            at: row.get(1),
            result: result.map_err(|error| HubError::Other(error.to_string()))?,
        })
    });
    let items = items.collect::<Result<_, HubError>>()?;
    let cursor = |item: &ResultItem| Cursor {
        at: 0,
        id: item.sequence,
    };
    Ok(Json(Page::of(total, items, asked, cursor)))
}

/// The session of a run, and its number in it.
async fn run(database: &Database, id: i64) -> Result<(i64, i64), HubProblem> {
    let mut conditions = Conditions::default();
    conditions.add("id = ?", id);
    let text = format!("SELECT session_id, number FROM runs{}", conditions.text());
    let rows = conditions.rows(database, &text).await?;
    let row = rows.first().ok_or_else(|| unknown(id))?;
    Ok((row.get(0), row.get(1)))
}

/// What a plug-in did in a run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunPluginItem {
    /// The name of its class.
    plugin: String,
    /// How many results it had.
    results: i64,
    /// How many of them failed.
    failed: i64,
    /// Milliseconds of all results together.
    total: f64,
    /// Milliseconds of the longest.
    longest: f64,
}

/// The plug-ins of a run, in the order in which they ended first.
#[utoipa::path(get, path = "/pyblish/hub/v1/runs/{id}/plugins", tag = "runs", operation_id = "listRunPlugins",
    params(("id" = i64, Path, description = "The run's id in the hub.")),
    responses((status = 200, description = "All plug-ins of the run.", body = Page<RunPluginItem>),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn plugins(
    State(hub): State<HubState>,
    _: Viewer,
    Path(id): Path<i64>,
) -> Result<Json<Page<RunPluginItem>>, HubProblem> {
    let (session, number) = run(&hub.database, id).await?;
    let mut conditions = Conditions::default();
    conditions.add("session_id = ?", session);
    conditions.add("run = ?", number);
    let text = format!(
        "SELECT plugin, count(*), count(*) FILTER (WHERE NOT success), sum(duration), max(duration)
         FROM results{} GROUP BY plugin ORDER BY min(number)",
        conditions.text()
    );
    let rows = conditions.rows(&hub.database, &text).await?;
    let items: Vec<_> = rows
        .iter()
        .map(|row| RunPluginItem {
            plugin: row.get(0),
            results: row.get(1),
            failed: row.get(2),
            total: row.get(3),
            longest: row.get(4),
        })
        .collect();
    Ok(Json(Page::whole(items)))
}
