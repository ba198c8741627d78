//! What runs can be chosen by: the names that filters offer.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::Viewer;
use super::problem::HubProblem;
use super::state::HubState;
use crate::query::Conditions;

/// In how many of the latest runs the names are looked for.
const RUNS: i64 = 10_000;

/// How many names there are of each kind at most.
const MOST: usize = 500;

/// The names of the latest 10,000 runs, in order; at most 500 of each kind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChoicesShape {
    projects: Vec<String>,
    tasks: Vec<String>,
    users: Vec<String>,
    machines: Vec<String>,
    adapters: Vec<String>,
    hosts: Vec<String>,
    /// The plug-ins of the last four weeks.
    plugins: Vec<String>,
}

/// The names that runs can be chosen by.
#[utoipa::path(get, path = "/pyblish/hub/v1/choices", tag = "runs", operation_id = "listChoices",
    responses((status = 200, description = "The names.", body = ChoicesShape),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<HubState>,
    _: Viewer,
) -> Result<Json<ChoicesShape>, HubProblem> {
    let text = format!(
        "WITH latest AS (SELECT project, task, person, machine_id, adapter, host FROM runs
             ORDER BY started DESC, id DESC LIMIT {RUNS})
         SELECT array(SELECT DISTINCT project FROM latest WHERE project <> '' ORDER BY 1 LIMIT {MOST}),
             array(SELECT DISTINCT task FROM latest WHERE task <> '' ORDER BY 1 LIMIT {MOST}),
             array(SELECT DISTINCT person FROM latest WHERE person <> '' ORDER BY 1 LIMIT {MOST}),
             array(SELECT name FROM machines WHERE id IN (SELECT machine_id FROM latest) ORDER BY 1 LIMIT {MOST}),
             array(SELECT DISTINCT adapter FROM latest WHERE adapter <> '' ORDER BY 1 LIMIT {MOST}),
             array(SELECT DISTINCT host FROM latest WHERE host <> '' ORDER BY 1 LIMIT {MOST}),
             array(SELECT DISTINCT plugin FROM plugin_days WHERE day > (now() AT TIME ZONE 'UTC')::date - 28
                 ORDER BY 1 LIMIT {MOST})"
    );
    let rows = Conditions::default().rows(&hub.database, &text).await?;
    let names = |index: usize| rows.first().map_or_else(Vec::new, |row| row.get(index));
    Ok(Json(ChoicesShape {
        projects: names(0),
        tasks: names(1),
        users: names(2),
        machines: names(3),
        adapters: names(4),
        hosts: names(5),
        plugins: names(6),
    }))
}
