//! Is anybody stuck right now? Each running run, with how long such runs usually take.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::Viewer;
use super::paging::Page;
use super::problem::HubProblem;
use super::run_item::{COLUMNS, FROM, RUN_COLUMNS, RunItem};
use super::state::HubState;
use crate::query::Conditions;

/// How many runs are listed at most.
const MOST: i64 = 1_000;

/// After how many seconds without a word a session counts as silent: an open one is heard of every
/// minute.
const SILENT: f64 = 180.0;

/// A run counts as slow after so many times its usual time, and so many seconds at least.
const TIMES: f64 = 3.0;
const SECONDS: f64 = 60.0;

/// From how many earlier runs the usual time is known.
const ENOUGH: i64 = 5;

/// A run that is running, as far as the hub knows.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunningItem {
    #[serde(flatten)]
    run: RunItem,
    /// Seconds since it began.
    elapsed: f64,
    /// Seconds since its session was heard of.
    silent: f64,
    /// Nine of ten of the latest runs of the same adapter and host took at most so many seconds. None
    /// where there were fewer than five.
    usual: Option<f64>,
    /// The plug-in that began last.
    plugin: Option<String>,
    /// The instance that it began with.
    instance: Option<String>,
    /// From 0 to 1, when that plug-in began.
    progress: Option<f64>,
    /// `silent`: nothing was heard for three minutes. `slow`: it takes three times as long as usual,
    /// and more than a minute. None if all seems well.
    stuck: Option<Stuck>,
}

/// Why a run seems to be stuck.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Stuck {
    Silent,
    Slow,
}

impl Stuck {
    fn of(elapsed: f64, silent: f64, usual: Option<f64>) -> Option<Stuck> {
        if silent > SILENT {
            return Some(Stuck::Silent);
        }
        let usual = usual?;
        (elapsed > (TIMES * usual).max(SECONDS)).then_some(Stuck::Slow)
    }
}

/// The runs that are running now, the longest first: at most 1,000.
#[utoipa::path(get, path = "/pyblish/hub/v1/running", tag = "runs", operation_id = "listRunning",
    responses((status = 200, description = "The runs.", body = Page<RunningItem>),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<HubState>,
    _: Viewer,
) -> Result<Json<Page<RunningItem>>, HubProblem> {
    let conditions = Conditions::default();
    // The latest `pluginStarted` is near the end of the session's events.
    let text = format!(
        "SELECT {COLUMNS}, extract(epoch FROM now() - r.started)::float8,
             extract(epoch FROM now() - s.heard)::float8, u.usual, u.runs, w.plugin, w.instance,
             w.progress
         FROM {FROM}
         LEFT JOIN LATERAL (
             SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM e.ended - e.started)::float8)
                 AS usual, count(*) AS runs
             FROM (SELECT e.started, e.ended FROM runs e WHERE e.adapter = r.adapter AND e.ended IS NOT NULL
                 AND e.host IS NOT DISTINCT FROM r.host ORDER BY e.started DESC LIMIT 100) e
         ) u ON true
         LEFT JOIN LATERAL (
             SELECT e.body ->> 'plugin' AS plugin, e.body ->> 'instance' AS instance,
                 (e.body ->> 'progress')::float8 AS progress
             FROM events e WHERE e.session_id = r.session_id AND e.number > s.last - 2000
                 AND e.run = r.number AND e.name = 'pluginStarted' ORDER BY e.number DESC LIMIT 1
         ) w ON true
         WHERE r.state = 'running' ORDER BY r.started, r.id LIMIT {MOST}"
    );
    let rows = conditions.rows(&hub.database, &text).await?;
    let items = rows.iter().map(|row| {
        let (elapsed, silent): (f64, f64) = (row.get(RUN_COLUMNS), row.get(RUN_COLUMNS + 1));
        let usual: Option<f64> = row.get(RUN_COLUMNS + 2);
        let usual = usual.filter(|_| row.get::<_, i64>(RUN_COLUMNS + 3) >= ENOUGH);
        RunningItem {
            run: RunItem::of(row),
            elapsed,
            silent,
            usual,
            plugin: row.get(RUN_COLUMNS + 4),
            instance: row.get(RUN_COLUMNS + 5),
            progress: row.get(RUN_COLUMNS + 6),
            stuck: Stuck::of(elapsed, silent, usual),
        }
    });
    Ok(Json(Page::whole(items.collect())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_is_stuck_when_it_is_silent_or_slow() {
        assert_eq!(Stuck::of(10.0, 0.0, Some(5.0)), None);
        assert_eq!(Stuck::of(10.0, SILENT, None), None);
        assert_eq!(Stuck::of(10.0, SILENT + 1.0, None), Some(Stuck::Silent));
        // Three times as long as usual, but not for a minute.
        assert_eq!(Stuck::of(SECONDS, 0.0, Some(1.0)), None);
        assert_eq!(Stuck::of(SECONDS + 1.0, 0.0, Some(1.0)), Some(Stuck::Slow));
        assert_eq!(Stuck::of(300.0, 0.0, Some(100.0)), None);
        assert_eq!(Stuck::of(301.0, 0.0, Some(100.0)), Some(Stuck::Slow));
        // Nobody knows how long such a run takes.
        assert_eq!(Stuck::of(1e6, 0.0, None), None);
    }
}
