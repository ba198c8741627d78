//! What came of each plug-in since the context began: the states at a glance, and the results a page at a time.
//!
//! A frontend that was opened just now, or that was away for too long, begins with these, and goes on with the
//! events. Both are made from the snapshot, and on a thread of their own, for there may be millions of results.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::Endpoint;
use super::input::{Path, Query};
use super::problem::Problem;
use super::shapes::ResultShape;
use crate::model::{Level, Mode, PairResult};
use crate::session::Snapshot;

/// How many results a page has, unless asked otherwise, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 10_000;

/// The state of every plug-in, by the latest result on each of its instances.
#[derive(Serialize, ToSchema)]
pub struct StatesShape {
    revision: u64,
    /// How many results there are.
    results: usize,
    /// By the id of the plug-in; one without a result is missing.
    plugins: HashMap<String, PluginStateShape>,
}

/// How a plug-in fared. What was repaired and not processed again counts as not processed.
#[derive(Serialize, ToSchema, Default)]
pub struct PluginStateShape {
    /// On how many it succeeded, warnings or not; the context counts as one.
    succeeded: usize,
    /// The ids of the instances on which it succeeded with a warning; null stands for the context.
    warned: Vec<Option<String>>,
    /// Likewise, where it failed.
    failed: Vec<Option<String>>,
    /// How long all of its work took, in milliseconds.
    duration: f64,
}

/// A page of the results.
#[derive(Serialize, ToSchema)]
pub struct ResultsShape {
    revision: u64,
    /// How many there are with this filter.
    total: usize,
    /// In the order in which they came.
    results: Vec<KeptShape>,
}

/// A result, and whose it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeptShape {
    /// None where there is no such plug-in.
    plugin_id: Option<String>,
    /// `process`, `repair`, or `{"action": ID}`.
    #[schema(value_type = Object)]
    mode: Value,
    #[serde(flatten)]
    result: ResultShape,
}

/// Which results to answer with.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ResultFilter {
    /// Only those of the plug-in with this id.
    plugin: Option<String>,
    /// Only those on the instance with this id.
    instance: Option<String>,
    /// Only those that are `succeeded`, `warned` (with a warning) or `failed`.
    state: Option<String>,
    /// Whether to leave out what a later result of the same plug-in on the same instance has replaced; and actions.
    #[serde(default)]
    latest: bool,
    /// How many to pass over.
    offset: Option<usize>,
    /// How many to answer with: 100 unless said otherwise, 10,000 at most.
    limit: Option<usize>,
}

/// The state of every plug-in at a glance.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{session}/states", tag = "results",
    params(("session" = String, Path)),
    responses((status = 200, body = StatesShape),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn states(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
) -> Result<Json<StatesShape>, Problem> {
    let snapshot = endpoint.session(&id)?.snapshot();
    aside(move || Json(states_of(&snapshot))).await
}

/// The results since the context began, a page at a time.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{session}/results", tag = "results",
    params(("session" = String, Path), ResultFilter),
    responses((status = 200, body = ResultsShape),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    Query(filter): Query<ResultFilter>,
) -> Result<Json<ResultsShape>, Problem> {
    let snapshot = endpoint.session(&id)?.snapshot();
    if let Some(state) = &filter.state
        && !["succeeded", "warned", "failed"].contains(&state.as_str())
    {
        return Err(Problem::bad_request(format!(
            "there is no state {state:?} of a result; there are succeeded, warned and failed"
        )));
    }
    aside(move || Json(page(&snapshot, &filter))).await
}

/// Away from the threads that serve.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "No results",
            error.to_string(),
        )
    })
}

fn states_of(snapshot: &Snapshot) -> StatesShape {
    let results = snapshot.results.list();
    let mut plugins: HashMap<String, PluginStateShape> = HashMap::new();
    for result in &results {
        if let (Some(id), Mode::Process) = (&result.plugin_id, &result.mode) {
            match plugins.get_mut(&id.0) {
                Some(state) => state.duration += result.duration,
                None => {
                    let duration = result.duration;
                    let state = PluginStateShape {
                        duration,
                        ..Default::default()
                    };
                    plugins.insert(id.0.clone(), state);
                }
            }
        }
    }
    for result in latest(&results) {
        let id = result.plugin_id.as_ref().map_or("", |id| id.0.as_str());
        let Some(state) = plugins.get_mut(id) else {
            continue;
        };
        let instance = || result.instance_id.as_ref().map(|id| id.0.clone());
        match (result.success(), &result.mode) {
            (false, _) => state.failed.push(instance()),
            (true, Mode::Process) => {
                state.succeeded += 1;
                if warned(result) {
                    state.warned.push(instance());
                }
            }
            (true, _) => {}
        }
    }
    StatesShape {
        revision: snapshot.revision,
        results: results.len(),
        plugins,
    }
}

fn page(snapshot: &Snapshot, filter: &ResultFilter) -> ResultsShape {
    let all = snapshot.results.list();
    let wanted = |result: &&Arc<PairResult>| {
        let is = |wanted: &Option<String>, id: Option<&String>| {
            wanted.is_none() || wanted.as_ref() == id
        };
        is(&filter.plugin, result.plugin_id.as_ref().map(|id| &id.0))
            && is(
                &filter.instance,
                result.instance_id.as_ref().map(|id| &id.0),
            )
            && match filter.state.as_deref() {
                None => true,
                Some("failed") => !result.success(),
                Some("warned") => result.success() && warned(result),
                Some(_) => result.success(),
            }
    };
    let found: Vec<&Arc<PairResult>> = match filter.latest {
        true => latest(&all).into_iter().filter(wanted).collect(),
        false => all.iter().filter(wanted).collect(),
    };
    let limit = filter.limit.unwrap_or(PAGE).min(LARGEST_PAGE);
    let page = found.iter().skip(filter.offset.unwrap_or(0)).take(limit);
    ResultsShape {
        revision: snapshot.revision,
        total: found.len(),
        results: page
            .map(|result| KeptShape {
                plugin_id: result.plugin_id.as_ref().map(|id| id.0.clone()),
                mode: json!(result.mode),
                result: ResultShape::of(result),
            })
            .collect(),
    }
}

fn warned(result: &PairResult) -> bool {
    let mut records = result.records.iter();
    records.any(|record| record.level >= Level::WARNING)
}

/// The latest result of each plug-in on each of its instances, in the order in which they came. What an action
/// came to says nothing of an instance.
fn latest(results: &[Arc<PairResult>]) -> Vec<&Arc<PairResult>> {
    // Numbers in place of names, for there may be millions of pairs.
    let mut plugins: HashMap<&str, usize> = HashMap::new();
    let mut instances: HashMap<&str, usize> = HashMap::new();
    let mut seen: Vec<Vec<bool>> = Vec::new();
    let mut found = Vec::new();
    for result in results.iter().rev() {
        let Some(plugin) = &result.plugin_id else {
            continue;
        };
        if matches!(result.mode, Mode::Action(_)) {
            continue;
        }
        let next = plugins.len();
        let plugin = *plugins.entry(&plugin.0).or_insert(next);
        let instance = match &result.instance_id {
            None => 0,
            Some(id) => {
                let next = instances.len() + 1;
                *instances.entry(&id.0).or_insert(next)
            }
        };
        if plugin == seen.len() {
            seen.push(Vec::new());
        }
        let seen = &mut seen[plugin];
        if seen.len() <= instance {
            seen.resize(instance + 1, false);
        }
        if !std::mem::replace(&mut seen[instance], true) {
            found.push(result);
        }
    }
    found.reverse();
    found
}
