//! The instances of a session, in pages and one by one, and changes of their data.

use std::collections::{HashMap, HashSet};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::data_change::{DataChange, with_current};
use super::extract::{JsonBody, Path, Query};
use super::paging::{MAX_LIMIT, Paging};
use super::problem::Problem;
use super::shapes::InstanceShape;
use super::state::V2State;
use crate::etag::json_with_etag;
use pyblish_model::{Data, Instance, InstanceId, JsonText};
use pyblish_session::{InstanceStages, InstanceState, Resource, SessionError, Snapshot, Tally};

/// Data to change on many instances at once: on all of them; or on none, if one was changed
/// meanwhile.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct InstancesChange {
    /// The ids of the instances: 10,000 at most.
    instance_ids: Vec<String>,
    /// The session's revision that the client has read; newer changes are not overwritten.
    revision: u64,
    /// Values to set, by their keys.
    #[serde(default)]
    #[schema(value_type = Object)]
    set: Data,
    /// Keys to remove.
    #[serde(default)]
    unset: Vec<String>,
    /// Whether a user chose this. It is then made again after a reset, once instances of these
    /// names are there again.
    #[serde(default)]
    remember: bool,
}

/// A page of the instances.
#[derive(Serialize, ToSchema)]
pub(super) struct InstancesShape {
    revision: u64,
    /// How many instances match the filter.
    total: usize,
    /// In the order of the context.
    items: Vec<InstanceShape>,
    /// What to send as `after` for the next page. None on the last page.
    next: Option<u64>,
}

/// Which instances to return.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct InstanceFilter {
    /// Only those of this family.
    family: Option<String>,
    /// Only those that are `unprocessed`, `succeeded` or `failed`.
    state: Option<String>,
    /// Only what comes after this number: the `next` of the page before.
    after: Option<u64>,
    /// How many to return: 100 by default, 10,000 at most.
    #[param(minimum = 1, maximum = 10_000)]
    limit: Option<usize>,
}

impl InstanceFilter {
    /// Refuses an unknown state: an empty page would suggest that the state exists but no instance
    /// has it.
    fn check(&self) -> Result<(), Problem> {
        use InstanceState::{Failed, Succeeded, Unprocessed};
        let known = [Unprocessed, Succeeded, Failed].map(InstanceState::name);
        match self.state.as_deref() {
            Some(state) if !known.contains(&state) => Err(Problem::bad_request(format!(
                "{state:?} is not a state of an instance; the states are unprocessed, succeeded \
                 and failed"
            ))),
            _ => Ok(()),
        }
    }
}

/// The instances of a session, a page at a time.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{sessionId}/instances", tag = "things",
    params(("sessionId" = String, Path), InstanceFilter),
    responses((status = 200, body = InstancesShape), (status = 304),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn instances(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let session = v2.session(&id)?;
    // A cached body was requested with the same text before, so the query need not be parsed again.
    let asked = uri.to_string();
    if let Some(tag) = session.look(etag_now)
        && let Some(answer) = v2.bodies.cached(&headers, &asked, &tag)
    {
        return Ok(answer);
    }
    let Query(filter) = Query::<InstanceFilter>::of(&uri)?;
    filter.check()?;
    let paging = Paging::new(filter.after, filter.limit)?;
    let page = move |snapshot: &Snapshot| page(snapshot, &filter, paging);
    v2.cached_json(session, headers, asked, etag, page).await
}

/// A tag that changes with the instances, their states and stages, but not with other changes of a
/// run.
fn etag(snapshot: &Snapshot) -> String {
    etag_of(snapshot, snapshot.results.tally(Tally::revision))
}

/// The same without waiting; none if many results are not counted yet, so that counting would take
/// a while.
fn etag_now(snapshot: &Snapshot) -> Option<String> {
    let states = snapshot.results.tally_now(Tally::revision)?;
    Some(etag_of(snapshot, states))
}

fn etag_of(snapshot: &Snapshot, states: usize) -> String {
    // The stages of an instance depend on the plug-ins that take part.
    let Snapshot {
        context_revision,
        plugins_revision,
        ..
    } = snapshot;
    format!("{context_revision}-{plugins_revision}-{states}")
}

/// The page of the instances that match the filter.
fn page(snapshot: &Snapshot, filter: &InstanceFilter, paging: Paging) -> InstancesShape {
    let results = &snapshot.results;
    results.tally(|tally| page_of(snapshot, filter, paging, tally))
}

fn page_of(
    snapshot: &Snapshot,
    filter: &InstanceFilter,
    paging: Paging,
    tally: &Tally,
) -> InstancesShape {
    let state = |instance: &Instance| tally.state(&instance.id).name();
    let wanted = |instance: &Instance| {
        let family = instance.data.get("family").and_then(JsonText::as_str);
        filter
            .family
            .as_deref()
            .is_none_or(|wanted| family.as_deref() == Some(wanted))
            && filter
                .state
                .as_deref()
                .is_none_or(|wanted| state(instance) == wanted)
    };
    // Numbers are places among all instances, so that an instance keeps its number while the state
    // of another changes.
    let instances = (1..).zip(snapshot.context.instances.iter());
    let page = paging.rising(instances.filter(|(_, instance)| wanted(instance)));
    let mut stages = InstanceStages::of(snapshot, tally);
    let shapes = page.items.into_iter();
    InstancesShape {
        revision: snapshot.context_revision,
        total: page.total,
        items: shapes
            .map(|instance| InstanceShape::of(instance, tally, &mut stages))
            .collect(),
        next: page.next,
    }
}

/// Changes the data of many instances, for example `publish`; returns the changed instances.
#[utoipa::path(patch, path = "/pyblish/v2/sessions/{sessionId}/instances", tag = "things",
    params(("sessionId" = String, Path)), request_body = InstancesChange,
    responses((status = 200, body = InstancesShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn change_instances(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    JsonBody(change): JsonBody<InstancesChange>,
) -> Result<Response, Problem> {
    let session = v2.session(&id)?;
    let InstancesChange {
        instance_ids: ids,
        revision,
        set,
        unset,
        remember,
    } = change;
    if ids.len() > MAX_LIMIT {
        return Err(Problem::bad_request(format!(
            "{} instances are too many at once: send at most {MAX_LIMIT}",
            ids.len()
        )));
    }
    let change = DataChange {
        revision,
        set,
        unset,
        remember,
    };
    change.check_size(ids.len())?;
    let (snapshot, wanted) = (session.snapshot(), ids.clone());
    let check = move || check_known(&snapshot, &wanted);
    v2.pool.run(check).await??;
    let resources = ids
        .iter()
        .map(|id| Resource::Instance(InstanceId(id.as_str().into())));
    let applied = change.apply(&session, resources.collect()).await;
    let snapshot = session.snapshot();
    let answer = v2.pool.run(move || {
        let now = shapes(&snapshot, &ids)?;
        with_current(applied, || JsonText::of_value(&now))?;
        Ok(Json(now).into_response())
    });
    answer.await?
}

/// Refuses ids that no instance has.
fn check_known(snapshot: &Snapshot, ids: &[String]) -> Result<(), SessionError> {
    let instances = snapshot.context.instances.iter();
    let known: HashSet<&str> = instances.map(|known| known.id.0.as_str()).collect();
    match ids.iter().find(|id| !known.contains(id.as_str())) {
        None => Ok(()),
        Some(id) => Err(SessionError::UnknownInstance(id.clone())),
    }
}

/// The instances with these ids, in the same order.
fn shapes(snapshot: &Snapshot, ids: &[String]) -> Result<InstancesShape, SessionError> {
    let instances = snapshot.context.instances.iter();
    let known: HashMap<&str, &Instance> = instances
        .map(|instance| (instance.id.0.as_str(), instance.as_ref()))
        .collect();
    let items = snapshot.results.tally(|tally| {
        let mut stages = InstanceStages::of(snapshot, tally);
        let shape = |id: &String| {
            let instance = known.get(id.as_str()).copied();
            let instance = instance.ok_or_else(|| SessionError::UnknownInstance(id.clone()))?;
            Ok(InstanceShape::of(instance, tally, &mut stages))
        };
        let shapes = ids.iter().map(shape);
        shapes.collect::<Result<Vec<_>, SessionError>>()
    })?;
    Ok(InstancesShape {
        revision: snapshot.context_revision,
        total: ids.len(),
        items,
        next: None,
    })
}

/// One instance.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{sessionId}/instances/{instanceId}", tag = "things",
    params(("sessionId" = String, Path), ("instanceId" = String, Path)),
    responses((status = 200, body = InstanceShape), (status = 304),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn instance(
    State(v2): State<V2State>,
    Path((id, instance)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let snapshot = v2.session(&id)?.snapshot();
    let answer = v2.pool.run(move || {
        let shape = shape(&snapshot, &instance)?;
        Ok(json_with_etag(&headers, etag(&snapshot), || shape))
    });
    answer.await?
}

/// The instance with this id.
fn shape(snapshot: &Snapshot, instance: &str) -> Result<InstanceShape, SessionError> {
    let id = InstanceId(instance.into());
    let found = snapshot.context.instance(&id);
    let found = found.ok_or_else(|| SessionError::UnknownInstance(instance.into()))?;
    Ok(snapshot.results.tally(|tally| {
        let mut stages = InstanceStages::of(snapshot, tally);
        InstanceShape::of(found, tally, &mut stages)
    }))
}

/// Changes the data of an instance, for example `publish`.
#[utoipa::path(patch, path = "/pyblish/v2/sessions/{sessionId}/instances/{instanceId}", tag = "things",
    params(("sessionId" = String, Path), ("instanceId" = String, Path)), request_body = DataChange,
    responses((status = 200, body = InstanceShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn change_instance(
    State(v2): State<V2State>,
    Path((id, instance)): Path<(String, String)>,
    JsonBody(change): JsonBody<DataChange>,
) -> Result<Json<InstanceShape>, Problem> {
    let session = v2.session(&id)?;
    shape(&session.snapshot(), &instance)?;
    let resource = Resource::Instance(InstanceId(instance.as_str().into()));
    let applied = change.apply(&session, vec![resource]).await;
    let now = shape(&session.snapshot(), &instance)?;
    with_current(applied, || JsonText::of_value(&now))?;
    Ok(Json(now))
}
