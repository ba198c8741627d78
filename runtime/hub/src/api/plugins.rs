//! How often each plug-in runs and fails, and how long it takes.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::access::Viewer;
use super::extract::Query;
use super::paging::{Asked, Cursor, Page, limit};
use super::problem::HubProblem;
use super::state::HubState;
use crate::query::{Conditions, Total};

/// How many days are summed up by default, and at most.
const DEFAULT_DAYS: i32 = 28;
const MAX_DAYS: i32 = 3_660;

/// Over which days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PluginsQuery {
    /// How many days up to today (UTC): 28 by default, 3,660 at most.
    #[param(minimum = 1, maximum = 3_660)]
    days: Option<i32>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many to return: 100 by default, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<i64>,
}

/// A plug-in, over some days.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PluginItem {
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
    #[serde(skip)]
    place: i64,
}

/// What plug-ins did, those that failed most often first.
#[utoipa::path(get, path = "/pyblish/hub/v1/plugins", tag = "plugins", operation_id = "listPlugins", params(PluginsQuery),
    responses((status = 200, description = "A page of plug-ins.", body = Page<PluginItem>),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<HubState>,
    _: Viewer,
    Query(query): Query<PluginsQuery>,
) -> Result<Json<Page<PluginItem>>, HubProblem> {
    let limit = limit(query.limit)?;
    let days = query.days.unwrap_or(DEFAULT_DAYS);
    if !(1..=MAX_DAYS).contains(&days) {
        let detail = format!("the days {days} must be 1 to {MAX_DAYS}");
        return Err(HubProblem::bad_request(detail));
    }
    let after = query
        .after
        .as_deref()
        .map(str::parse::<Cursor>)
        .transpose()?;
    let behind = after.map_or(0, |after| after.id);
    let mut conditions = Conditions::default();
    conditions.add("day > (now() AT TIME ZONE 'UTC')::date - ?::int", days);
    let text = format!(
        "SELECT plugin, sum(results)::bigint, sum(failed)::bigint, sum(total), max(longest),
             count(*) OVER () FROM plugin_days{}
         GROUP BY plugin ORDER BY sum(failed) DESC, sum(results) DESC, plugin OFFSET {} LIMIT {}",
        conditions.text(),
        behind.max(0),
        limit + 1
    );
    let rows = conditions.rows(&hub.database, &text).await?;
    let total = Total::exact(rows.first().map_or(0, |row| row.get(5)));
    let items = rows
        .iter()
        .zip(behind + 1..)
        .map(|(row, place)| PluginItem {
            plugin: row.get(0),
            results: row.get(1),
            failed: row.get(2),
            total: row.get(3),
            longest: row.get(4),
            place,
        });
    let cursor = |item: &PluginItem| Cursor {
        at: 0,
        id: item.place,
    };
    Ok(Json(Page::of(
        total,
        items.collect(),
        Asked { limit, after },
        cursor,
    )))
}
