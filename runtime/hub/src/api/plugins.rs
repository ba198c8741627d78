//! How often each plug-in runs and fails, and how long it takes.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::access::Viewer;
use super::extract::Query;
use super::paging::{Asked, Cursor, Page, limit};
use super::problem::HubProblem;
use super::state::HubState;
use crate::database::Database;
use crate::error::HubError;
use crate::query::{Conditions, Total};

/// How many days are summed up by default, and at most.
const DEFAULT_DAYS: i32 = 28;
const MAX_DAYS: i32 = 3_660;

/// Seconds.
const WEEK: f64 = 7.0 * 86_400.0;

/// Over which days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PluginsQuery {
    /// How many days up to today (UTC): 28 by default, 3,660 at most.
    #[param(minimum = 1, maximum = 3_660)]
    days: Option<i32>,
    /// A part of the name, in any case.
    name: Option<String>,
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
    /// The same for each week of seven days, up to today, the oldest first. Weeks without a result are
    /// left out.
    weeks: Vec<WeekItem>,
    #[serde(skip)]
    place: i64,
}

/// What a plug-in did in a week.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WeekItem {
    /// Its first day: seconds since 1970.
    from: f64,
    results: i64,
    failed: i64,
    /// Milliseconds of all results together.
    total: f64,
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
    let days = days(query.days)?;
    let after = query
        .after
        .as_deref()
        .map(str::parse::<Cursor>)
        .transpose()?;
    let behind = after.map_or(0, |after| after.id);
    let mut conditions = Conditions::default();
    conditions.add("day > (now() AT TIME ZONE 'UTC')::date - ?::int", days);
    conditions.add_some(
        "strpos(lower(plugin), lower(?)) > 0",
        query.name.filter(|name| !name.is_empty()),
    );
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
    let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let mut weeks = weeks(&hub.database, days, names).await?;
    let items = rows
        .iter()
        .zip(behind + 1..)
        .map(|(row, place)| PluginItem {
            plugin: row.get(0),
            weeks: weeks.remove(row.get::<_, &str>(0)).unwrap_or_default(),
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

/// The weeks of these plug-ins, by their names.
async fn weeks(
    database: &Database,
    days: i32,
    plugins: Vec<String>,
) -> Result<HashMap<String, Vec<WeekItem>>, HubError> {
    let mut conditions = Conditions::default();
    conditions.add("day > (now() AT TIME ZONE 'UTC')::date - ?::int", days);
    conditions.add("plugin = ANY(?)", plugins);
    let text = format!(
        "SELECT plugin, ((now() AT TIME ZONE 'UTC')::date - day) / 7 AS week,
             extract(epoch FROM (now() AT TIME ZONE 'UTC')::date + 1)::float8,
             sum(results)::bigint, sum(failed)::bigint, sum(total)
         FROM plugin_days{} GROUP BY plugin, week ORDER BY week DESC",
        conditions.text()
    );
    let rows = conditions.rows(database, &text).await?;
    let mut found: HashMap<String, Vec<WeekItem>> = HashMap::new();
    for row in &rows {
        let (week, end): (i32, f64) = (row.get(1), row.get(2));
        let item = WeekItem {
            from: end - f64::from(week + 1) * WEEK,
            results: row.get(3),
            failed: row.get(4),
            total: row.get(5),
        };
        found.entry(row.get(0)).or_default().push(item);
    }
    Ok(found)
}

fn days(asked: Option<i32>) -> Result<i32, HubProblem> {
    let days = asked.unwrap_or(DEFAULT_DAYS);
    match (1..=MAX_DAYS).contains(&days) {
        true => Ok(days),
        false => Err(HubProblem::bad_request(format!(
            "the days {days} must be 1 to {MAX_DAYS}"
        ))),
    }
}

/// Of which plug-in, and over which days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailuresQuery {
    /// The name of a plug-in's class.
    plugin: String,
    /// How many days up to today (UTC): 28 by default, 3,660 at most.
    #[param(minimum = 1, maximum = 3_660)]
    days: Option<i32>,
}

/// Why a plug-in failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FailureItem {
    /// The message of the failure. None where there was none.
    message: Option<String>,
    /// How often.
    count: i64,
    /// When last: seconds since 1970.
    last: f64,
}

/// What a plug-in said when it failed, the most frequent first: among its latest 10,000 failures, and
/// at most 20.
#[utoipa::path(get, path = "/pyblish/hub/v1/failures", tag = "plugins", operation_id = "listFailures", params(FailuresQuery),
    responses((status = 200, description = "The messages.", body = Page<FailureItem>),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn failures(
    State(hub): State<HubState>,
    _: Viewer,
    Query(query): Query<FailuresQuery>,
) -> Result<Json<Page<FailureItem>>, HubProblem> {
    let days = days(query.days)?;
    let mut conditions = Conditions::default();
    conditions.add("plugin = ?", query.plugin);
    conditions.add("at > now() - ?::int * interval '1 day'", days);
    let text = format!(
        "SELECT message, count(*), extract(epoch FROM max(at))::float8
         FROM (SELECT message, at FROM results{} AND NOT success ORDER BY at DESC LIMIT 10000) latest
         GROUP BY message ORDER BY 2 DESC, 3 DESC LIMIT 20",
        conditions.text()
    );
    let rows = conditions.rows(&hub.database, &text).await?;
    let items = rows.iter().map(|row| FailureItem {
        message: row.get(0),
        count: row.get(1),
        last: row.get(2),
    });
    Ok(Json(Page::whole(items.collect())))
}
