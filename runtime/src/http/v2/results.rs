//! What came of each plug-in since the context began: the states at a glance, and the results a page at a time.
//!
//! A frontend that was opened just now, or that was away for too long, begins with these, and goes on with the
//! events. Both are read from what is counted as results come. They are made on a thread of their own, for there may
//! be millions of results.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Endpoint;
use super::input::{Path, Query};
use super::problem::Problem;
use super::shapes::ResultShape;
use crate::model::{Mode, PairResult};
use crate::session::{Came, Snapshot, Standing};

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
    mode: ModeShape,
    #[serde(flatten)]
    result: ResultShape,
}

/// What a plug-in was asked to do: `process`, `repair`, or `{"action": ID}`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ModeShape {
    Process,
    Repair,
    Action(String),
}

impl ModeShape {
    fn of(mode: &Mode) -> Self {
        match mode {
            Mode::Process => ModeShape::Process,
            Mode::Repair => ModeShape::Repair,
            Mode::Action(id) => ModeShape::Action(id.clone()),
        }
    }
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
    responses((status = 200, body = StatesShape), (status = 304),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn states(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let snapshot = endpoint.session(&id)?.snapshot();
    aside(move || {
        let (asked, revision) = (uri.to_string(), snapshot.revision);
        let states = || states_of(&snapshot);
        endpoint.bodies.tagged(&headers, &asked, revision, states)
    })
    .await
}

/// The results since the context began, a page at a time.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{session}/results", tag = "results",
    params(("session" = String, Path), ResultFilter),
    responses((status = 200, body = ResultsShape), (status = 304),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    Query(filter): Query<ResultFilter>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let snapshot = endpoint.session(&id)?.snapshot();
    let came = filter.came()?;
    aside(move || {
        let (asked, revision) = (uri.to_string(), snapshot.revision);
        let page = || page(&snapshot, &filter, came);
        endpoint.bodies.tagged(&headers, &asked, revision, page)
    })
    .await
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

impl ResultFilter {
    /// What they are to have come to.
    fn came(&self) -> Result<Option<Came>, Problem> {
        Ok(Some(match self.state.as_deref() {
            None => return Ok(None),
            Some("succeeded") => Came::Succeeded,
            Some("warned") => Came::Warned,
            Some("failed") => Came::Failed,
            Some(state) => {
                return Err(Problem::bad_request(format!(
                    "there is no state {state:?} of a result; there are succeeded, warned and failed"
                )));
            }
        }))
    }

    /// Whether it is of the plug-in and on the instance that are asked for.
    fn is_of(&self, result: &PairResult) -> bool {
        let is = |wanted: &Option<String>, id: Option<&String>| {
            wanted.is_none() || wanted.as_ref() == id
        };
        is(&self.plugin, result.plugin_id.as_ref().map(|id| &id.0))
            && is(&self.instance, result.instance_id.as_ref().map(|id| &id.0))
    }
}

fn states_of(snapshot: &Snapshot) -> StatesShape {
    snapshot.results.standing(|standing| {
        let mut plugins: HashMap<String, PluginStateShape> = standing
            .plugins()
            .map(|(id, fared)| {
                let state = PluginStateShape {
                    succeeded: fared.succeeded,
                    duration: fared.duration,
                    ..PluginStateShape::default()
                };
                (id.0.clone(), state)
            })
            .collect();
        let mut name = |places: &BTreeSet<usize>,
                        list: fn(&mut PluginStateShape) -> &mut Vec<_>| {
            for result in snapshot.results.at(places.iter().copied()) {
                let plugin = result.plugin_id.as_ref();
                if let Some(state) = plugin.and_then(|id| plugins.get_mut(&id.0)) {
                    let instance = result.instance_id.as_ref();
                    list(state).push(instance.map(|id| id.0.clone()));
                }
            }
        };
        name(standing.failed(), |state| &mut state.failed);
        name(standing.warned(), |state| &mut state.warned);
        StatesShape {
            revision: snapshot.revision,
            results: standing.results(),
            plugins,
        }
    })
}

fn page(snapshot: &Snapshot, filter: &ResultFilter, came: Option<Came>) -> ResultsShape {
    let found = match (filter.latest, came) {
        (true, Some(Came::Failed)) => latest(snapshot, Standing::failed),
        (true, Some(Came::Warned)) => latest(snapshot, Standing::warned),
        (true, _) => snapshot.results.standing(|standing| {
            let results = snapshot.results.list().into_iter().enumerate();
            let latest = results.filter(|(place, result)| standing.is_latest(*place, result));
            latest.map(|(_, result)| result).collect()
        }),
        (false, _) => snapshot.results.list(),
    };
    let wanted =
        |result: &&Arc<PairResult>| filter.is_of(result) && came.is_none_or(|came| came.is(result));
    let limit = filter.limit.unwrap_or(PAGE).min(LARGEST_PAGE);
    let passed = filter.offset.unwrap_or(0);
    let mut total = 0;
    let mut results = Vec::new();
    for result in found.iter().filter(wanted) {
        if total >= passed && results.len() < limit {
            results.push(KeptShape {
                plugin_id: result.plugin_id.as_ref().map(|id| id.0.clone()),
                mode: ModeShape::of(&result.mode),
                result: ResultShape::of(result),
            });
        }
        total += 1;
    }
    ResultsShape {
        revision: snapshot.revision,
        total,
        results,
    }
}

/// The results at some of the places that are counted.
fn latest(snapshot: &Snapshot, places: fn(&Standing) -> &BTreeSet<usize>) -> Vec<Arc<PairResult>> {
    let results = &snapshot.results;
    results.standing(|standing| results.at(places(standing).iter().copied()))
}
