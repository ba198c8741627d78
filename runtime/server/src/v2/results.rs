//! The results since the last reset: a summary for each plug-in, and the results themselves in
//! pages.
//!
//! A frontend that was just opened, or was away for too long, starts with these, and continues with
//! the events. Both come from the [`Tally`], which the session updates with each result. The
//! answers are created in the pool, because there may be millions of results.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Path, Query};
use super::paging::Paging;
use super::problem::Problem;
use super::shapes::ResultShape;
use super::state::V2State;
use pyblish_model::{InstanceId, Mode, PairResult, PluginId};
use pyblish_session::{InstanceState, ResultState, Snapshot, Tally};

/// The state of every plug-in, by the latest result on each of its instances.
#[derive(Serialize, ToSchema)]
pub(super) struct StatesShape {
    revision: u64,
    /// How many results there are.
    results: usize,
    /// By the id of the plug-in; plug-ins without a result are left out.
    plugins: HashMap<String, PluginStateShape>,
}

/// The latest results of one plug-in. After a repair, an instance counts as not processed until it
/// is processed again.
#[derive(Serialize, ToSchema, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct PluginStateShape {
    /// On how many instances it succeeded, with or without warnings; the context counts as one.
    succeeded: usize,
    /// The ids of the instances on which it succeeded with a warning; null stands for the context.
    warned_ids: Vec<Option<String>>,
    /// The ids of the instances on which it failed; null stands for the context.
    failed_ids: Vec<Option<String>>,
    /// The total time of its work, in milliseconds.
    duration: f64,
}

/// A page of the results.
#[derive(Serialize, ToSchema)]
pub(super) struct ResultsShape {
    revision: u64,
    /// How many results match the filter.
    total: usize,
    /// In the order in which they were produced, or the reverse. The number of each is its place
    /// since the reset.
    items: Vec<StoredResultShape>,
    /// What to send as `after` for the next page. None on the last page.
    next: Option<u64>,
}

/// A result, with its plug-in and its mode.
#[derive(Serialize, ToSchema)]
#[schema(as = KeptShape)]
#[serde(rename_all = "camelCase")]
pub(super) struct StoredResultShape {
    /// None if there is no such plug-in.
    plugin_id: Option<String>,
    mode: ModeShape,
    #[serde(flatten)]
    result: ResultShape,
}

/// What a plug-in was asked to do: `process`, `repair`, or `{"action": ID}`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum ModeShape {
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

/// Which results to return.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ResultFilter {
    /// Only those of the plug-in with this id.
    plugin_id: Option<String>,
    /// Only those on the instance with this id.
    instance_id: Option<String>,
    /// Only those that are `succeeded`, `warned` (with a warning) or `failed`.
    state: Option<String>,
    /// Whether to leave out actions, and results that a later result of the same plug-in on the
    /// same instance has replaced. The totals are then those of `states`: a repair is no success.
    #[serde(default)]
    latest: bool,
    /// Whether the newest result comes first, and the oldest last.
    #[serde(default)]
    newest_first: bool,
    /// Only what comes after this number: the `next` of the page before.
    after: Option<u64>,
    /// How many to return: 100 by default, 10,000 at most.
    #[param(minimum = 1, maximum = 10_000)]
    limit: Option<usize>,
}

/// A summary of the state of every plug-in.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{sessionId}/states", tag = "results",
    params(("sessionId" = String, Path)),
    responses((status = 200, body = StatesShape), (status = 304),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn states(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let session = v2.session(&id)?;
    v2.cached_json(session, headers, uri.to_string(), etag, states_of)
        .await
}

/// The results since the last reset, a page at a time.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{sessionId}/results", tag = "results",
    params(("sessionId" = String, Path), ResultFilter),
    responses((status = 200, body = ResultsShape), (status = 304),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    Query(filter): Query<ResultFilter>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let session = v2.session(&id)?;
    let state = filter.state()?;
    let paging = Paging::new(filter.after, filter.limit)?;
    let snapshot = session.snapshot();
    let check = move || filter.check_ids(&snapshot).map(|()| filter);
    let filter = v2.pool.run(check).await??;
    let page = move |snapshot: &Snapshot| page_of(snapshot, &filter, state, paging);
    v2.cached_json(session, headers, uri.to_string(), etag, page)
        .await
}

/// Changes with everything that happens in the session.
fn etag(snapshot: &Snapshot) -> String {
    snapshot.revision.to_string()
}

impl ResultFilter {
    /// The state that the results must have; none for any.
    fn state(&self) -> Result<Option<ResultState>, Problem> {
        Ok(Some(match self.state.as_deref() {
            None => return Ok(None),
            Some("succeeded") => ResultState::Succeeded,
            Some("warned") => ResultState::Warned,
            Some("failed") => ResultState::Failed,
            Some(state) => {
                return Err(Problem::bad_request(format!(
                    "{state:?} is not a state of a result; the states are succeeded, warned and \
                     failed"
                )));
            }
        }))
    }

    /// Refuses ids that mean nothing: an empty page would suggest that there is nothing to tell of
    /// them. A plug-in or an instance that is gone is known while it has results.
    fn check_ids(&self, snapshot: &Snapshot) -> Result<(), Problem> {
        let no = |kind: &str, id: &str, list: &str| {
            let detail = format!("there is no {kind} {id:?}; GET …/{list} lists them");
            Err(Problem::bad_request(detail))
        };
        let has_result = |plugin: &PluginId| {
            let results = &snapshot.results;
            results.tally(|tally| tally.plugins().any(|(id, _)| id == plugin))
        };
        if let Some(id) = &self.plugin_id {
            let plugin = PluginId(id.as_str().into());
            if !snapshot.plugins.iter().any(|it| it.id == plugin) && !has_result(&plugin) {
                return no("plug-in", id, "plugins");
            }
        }
        if let Some(id) = &self.instance_id {
            let instance = InstanceId(id.as_str().into());
            let state = || snapshot.results.tally(|tally| tally.state(&instance));
            if snapshot.context.instance(&instance).is_none()
                && state() == InstanceState::Unprocessed
            {
                return no("instance", id, "instances");
            }
        }
        Ok(())
    }

    /// Whether the result belongs to the plug-in and the instance that the client asks for.
    fn is_of(&self, result: &PairResult) -> bool {
        let is =
            |wanted: &Option<String>, id: Option<&str>| wanted.is_none() || wanted.as_deref() == id;
        is(
            &self.plugin_id,
            result.plugin_id.as_ref().map(|id| id.0.as_str()),
        ) && is(
            &self.instance_id,
            result.instance_id.as_ref().map(|id| id.0.as_str()),
        )
    }
}

fn states_of(snapshot: &Snapshot) -> StatesShape {
    snapshot.results.tally(|tally| {
        let mut plugins: HashMap<String, PluginStateShape> = tally
            .plugins()
            .map(|(id, stats)| {
                let state = PluginStateShape {
                    succeeded: stats.succeeded,
                    duration: stats.duration,
                    ..PluginStateShape::default()
                };
                (id.0.to_string(), state)
            })
            .collect();
        let mut name = |places: &BTreeSet<usize>,
                        list: fn(&mut PluginStateShape) -> &mut Vec<_>| {
            for result in snapshot.results.at(places.iter().copied()) {
                let plugin = result.plugin_id.as_ref();
                if let Some(state) = plugin.and_then(|id| plugins.get_mut(id.0.as_str())) {
                    let instance = result.instance_id.as_ref();
                    list(state).push(instance.map(|id| id.0.to_string()));
                }
            }
        };
        name(tally.failed(), |state| &mut state.failed_ids);
        name(tally.warned(), |state| &mut state.warned_ids);
        StatesShape {
            revision: snapshot.revision,
            results: tally.results(),
            plugins,
        }
    })
}

fn page_of(
    snapshot: &Snapshot,
    filter: &ResultFilter,
    state: Option<ResultState>,
    paging: Paging,
) -> ResultsShape {
    let found = match (filter.latest, state) {
        (true, Some(ResultState::Failed)) => latest(snapshot, Tally::failed),
        (true, Some(ResultState::Warned)) => latest(snapshot, Tally::warned),
        (true, _) => snapshot.results.latest(),
        (false, _) => snapshot.results.list().into_iter().enumerate().collect(),
    };
    // A repair is no success: the plug-in has yet to show that it passes.
    let is_wanted = |state: ResultState, result: &PairResult| {
        let is_repair = filter.latest && result.mode == Mode::Repair && result.success();
        state.is(result) && !is_repair
    };
    let wanted = |result: &PairResult| {
        filter.is_of(result) && state.is_none_or(|state| is_wanted(state, result))
    };
    let found = found.iter().filter(|(_, result)| wanted(result));
    let numbered = found.map(|(place, result)| (*place as u64 + 1, result));
    let page = match filter.newest_first {
        false => paging.rising(numbered),
        true => paging.falling(numbered.rev()),
    };
    let items = page.items.into_iter().map(|result| StoredResultShape {
        plugin_id: result.plugin_id.as_ref().map(|id| id.0.to_string()),
        mode: ModeShape::of(&result.mode),
        result: ResultShape::of(result),
    });
    ResultsShape {
        revision: snapshot.revision,
        total: page.total,
        items: items.collect(),
        next: page.next,
    }
}

/// The latest results at these positions of the tally, each with its position.
fn latest(
    snapshot: &Snapshot,
    places: fn(&Tally) -> &BTreeSet<usize>,
) -> Vec<(usize, Arc<PairResult>)> {
    let results = &snapshot.results;
    results.tally(|tally| {
        let places = places(tally);
        let found = results.at(places.iter().copied());
        places.iter().copied().zip(found).collect()
    })
}
