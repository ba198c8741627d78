//! Plug-ins, instances and the context: what they are, and changes of them.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::Endpoint;
use super::input::{Input, Path, Query};
use super::problem::Problem;
use super::shapes::{InstanceShape, PluginShape};
use super::tagged::tagged;
use crate::model::{Change, Instance, InstanceId, Place, PluginId};
use crate::session::{Expected, Session, SessionError, Snapshot, Standing, Thing};

/// How many instances a page has, unless asked otherwise, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 10_000;

/// Data to change, as the client saw it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DataChange {
    /// The session's revision when the client looked; what was changed since is not overwritten.
    revision: u64,
    /// Values to set, by their keys.
    #[serde(default)]
    #[schema(value_type = Object)]
    set: Map<String, Value>,
    /// Keys to take away.
    #[serde(default)]
    unset: Vec<String>,
}

/// Data to change on many instances at once: on all of them, or, if one was changed meanwhile, on none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InstancesChange {
    /// The ids of the instances: 10,000 at most.
    instances: Vec<String>,
    /// The session's revision when the client looked; what was changed since is not overwritten.
    revision: u64,
    /// Values to set, by their keys.
    #[serde(default)]
    #[schema(value_type = Object)]
    set: Map<String, Value>,
    /// Keys to take away.
    #[serde(default)]
    unset: Vec<String>,
}

/// Whether a plug-in takes part.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PluginChange {
    /// The session's revision when the client looked.
    revision: u64,
    active: bool,
}

/// The plug-ins, in the order in which Pyblish runs them.
#[derive(Serialize, ToSchema)]
pub struct PluginsShape {
    revision: u64,
    plugins: Vec<PluginShape>,
}

/// A page of the instances.
#[derive(Serialize, ToSchema)]
pub struct InstancesShape {
    revision: u64,
    /// How many there are with this filter.
    total: usize,
    instances: Vec<InstanceShape>,
}

/// The context's own data.
#[derive(Serialize, ToSchema)]
pub struct ContextShape {
    revision: u64,
    #[schema(value_type = Object)]
    data: Map<String, Value>,
}

/// Which instances to answer with.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct InstanceFilter {
    /// Only those of this family.
    family: Option<String>,
    /// Only those that are `unprocessed`, `succeeded` or `failed`.
    state: Option<String>,
    /// How many to pass over.
    offset: Option<usize>,
    /// How many to answer with: 100 unless said otherwise, 10,000 at most.
    limit: Option<usize>,
}

/// The plug-ins of a session.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{session}/plugins", tag = "things",
    params(("session" = String, Path)),
    responses((status = 200, body = PluginsShape), (status = 304),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn plugins(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let snapshot = endpoint.session(&id)?.snapshot();
    let revision = snapshot.plugins_revision;
    let bodies = &endpoint.bodies;
    Ok(
        bodies.tagged(&headers, uri.path(), revision, || PluginsShape {
            revision,
            plugins: snapshot.plugins.iter().map(PluginShape::of).collect(),
        }),
    )
}

/// Has a plug-in take part, or leaves it out.
#[utoipa::path(patch, path = "/pyblish/v2/sessions/{session}/plugins/{plugin}", tag = "things",
    params(("session" = String, Path), ("plugin" = String, Path)), request_body = PluginChange,
    responses((status = 200, body = PluginShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn change_plugin(
    State(endpoint): State<Endpoint>,
    Path((id, plugin)): Path<(String, String)>,
    Input(change): Input<PluginChange>,
) -> Result<Json<PluginShape>, Problem> {
    let session = endpoint.session(&id)?;
    let shape = |snapshot: &Snapshot| {
        let mut plugins = snapshot.plugins.iter();
        let found = plugins
            .find(|known| known.id.0 == plugin)
            .map(PluginShape::of);
        found.ok_or_else(|| SessionError::UnknownPlugin(plugin.clone()))
    };
    shape(&session.snapshot())?;
    let plugin_id = PluginId(plugin.clone());
    let changes = vec![Change::PluginActivated {
        plugin: plugin_id.clone(),
        active: change.active,
    }];
    let expected = Expected {
        things: vec![Thing::Plugin(plugin_id)],
        revision: change.revision,
    };
    let applied = session.apply(changes, Some(expected)).await;
    let now = shape(&session.snapshot())?;
    answered(applied, || json!(now))?;
    Ok(Json(now))
}

/// The instances of a session, a page at a time.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{session}/instances", tag = "things",
    params(("session" = String, Path), InstanceFilter),
    responses((status = 200, body = InstancesShape), (status = 304),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn instances(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    Query(filter): Query<InstanceFilter>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let snapshot = endpoint.session(&id)?.snapshot();
    let tag = instances_tag(&snapshot);
    let asked = uri.to_string();
    Ok(endpoint
        .bodies
        .tagged(&headers, &asked, tag, || page(&snapshot, &filter)))
}

/// Changes with the instances and their states; not with all else that a run does.
fn instances_tag(snapshot: &Snapshot) -> String {
    let states = snapshot.results.standing(Standing::revision);
    format!("{}-{states}", snapshot.context_revision)
}

fn page(snapshot: &Snapshot, filter: &InstanceFilter) -> InstancesShape {
    snapshot
        .results
        .standing(|standing| page_of(snapshot, filter, standing))
}

fn page_of(snapshot: &Snapshot, filter: &InstanceFilter, standing: &Standing) -> InstancesShape {
    let state = |instance: &Instance| standing.state(&instance.id).name();
    let wanted = |instance: &Instance| {
        let family = instance.data.get("family").and_then(Value::as_str);
        filter
            .family
            .as_deref()
            .is_none_or(|wanted| family == Some(wanted))
            && filter
                .state
                .as_deref()
                .is_none_or(|wanted| state(instance) == wanted)
    };
    let instances = snapshot.context.instances.iter();
    let found: Vec<_> = instances.filter(|instance| wanted(instance)).collect();
    let limit = filter.limit.unwrap_or(PAGE).min(LARGEST_PAGE);
    let page = found.iter().skip(filter.offset.unwrap_or(0)).take(limit);
    InstancesShape {
        revision: snapshot.context_revision,
        total: found.len(),
        instances: page
            .map(|instance| InstanceShape::of(instance, state(instance)))
            .collect(),
    }
}

/// Changes the data of many instances, `publish` for example; answers with them as they are then.
#[utoipa::path(patch, path = "/pyblish/v2/sessions/{session}/instances", tag = "things",
    params(("session" = String, Path)), request_body = InstancesChange,
    responses((status = 200, body = InstancesShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn change_instances(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    Input(change): Input<InstancesChange>,
) -> Result<Json<InstancesShape>, Problem> {
    let session = endpoint.session(&id)?;
    let InstancesChange {
        instances: ids,
        revision,
        set,
        unset,
    } = change;
    if ids.len() > LARGEST_PAGE {
        return Err(Problem::bad_request(format!(
            "{} instances at once are too many: send {LARGEST_PAGE} at most",
            ids.len()
        )));
    }
    these(&session.snapshot(), &ids)?;
    let things = ids.iter().map(|id| Thing::Instance(InstanceId(id.clone())));
    let change = DataChange {
        revision,
        set,
        unset,
    };
    let applied = apply(&session, things.collect(), change).await;
    let now = these(&session.snapshot(), &ids)?;
    answered(applied, || json!(now))?;
    Ok(Json(now))
}

/// The instances with these ids.
fn these(snapshot: &Snapshot, ids: &[String]) -> Result<InstancesShape, Problem> {
    let instances = snapshot.context.instances.iter();
    let known: HashMap<&str, &Instance> = instances
        .map(|instance| (instance.id.0.as_str(), instance.as_ref()))
        .collect();
    let instances = snapshot.results.standing(|standing| {
        let shape = |id: &String| {
            let instance = known.get(id.as_str()).copied();
            let instance = instance.ok_or_else(|| SessionError::UnknownInstance(id.clone()))?;
            Ok(InstanceShape::of(
                instance,
                standing.state(&instance.id).name(),
            ))
        };
        ids.iter()
            .map(shape)
            .collect::<Result<Vec<_>, SessionError>>()
    })?;
    Ok(InstancesShape {
        revision: snapshot.context_revision,
        total: ids.len(),
        instances,
    })
}

/// One instance.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{session}/instances/{instance}", tag = "things",
    params(("session" = String, Path), ("instance" = String, Path)),
    responses((status = 200, body = InstanceShape), (status = 304),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn instance(
    State(endpoint): State<Endpoint>,
    Path((id, instance)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let snapshot = endpoint.session(&id)?.snapshot();
    let shape = one(&snapshot, &instance)?;
    Ok(tagged(&headers, instances_tag(&snapshot), || shape))
}

fn one(snapshot: &Snapshot, instance: &str) -> Result<InstanceShape, Problem> {
    let id = InstanceId(instance.into());
    let found = snapshot.context.instance(&id);
    let found = found.ok_or_else(|| SessionError::UnknownInstance(instance.into()))?;
    let state = snapshot.results.standing(|standing| standing.state(&id));
    Ok(InstanceShape::of(found, state.name()))
}

/// Changes the data of an instance, `publish` for example.
#[utoipa::path(patch, path = "/pyblish/v2/sessions/{session}/instances/{instance}", tag = "things",
    params(("session" = String, Path), ("instance" = String, Path)), request_body = DataChange,
    responses((status = 200, body = InstanceShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn change_instance(
    State(endpoint): State<Endpoint>,
    Path((id, instance)): Path<(String, String)>,
    Input(change): Input<DataChange>,
) -> Result<Json<InstanceShape>, Problem> {
    let session = endpoint.session(&id)?;
    one(&session.snapshot(), &instance)?;
    let thing = Thing::Instance(InstanceId(instance.clone()));
    let applied = apply(&session, vec![thing], change).await;
    let now = one(&session.snapshot(), &instance)?;
    answered(applied, || json!(now))?;
    Ok(Json(now))
}

/// The context's own data.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{session}/context", tag = "things",
    params(("session" = String, Path)),
    responses((status = 200, body = ContextShape), (status = 304),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn context(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let snapshot = endpoint.session(&id)?.snapshot();
    Ok(tagged(&headers, snapshot.context_revision, || {
        context_of(&snapshot)
    }))
}

fn context_of(snapshot: &Snapshot) -> ContextShape {
    ContextShape {
        revision: snapshot.context_revision,
        data: snapshot.context.data.as_ref().clone(),
    }
}

/// Changes the context's own data.
#[utoipa::path(patch, path = "/pyblish/v2/sessions/{session}/context", tag = "things",
    params(("session" = String, Path)), request_body = DataChange,
    responses((status = 200, body = ContextShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn change_context(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    Input(change): Input<DataChange>,
) -> Result<Json<ContextShape>, Problem> {
    let session = endpoint.session(&id)?;
    let applied = apply(&session, vec![Thing::Context], change).await;
    let now = context_of(&session.snapshot());
    answered(applied, || json!(now))?;
    Ok(Json(now))
}

async fn apply(
    session: &Session,
    things: Vec<Thing>,
    change: DataChange,
) -> Result<(), SessionError> {
    let mut changes = Vec::new();
    for thing in &things {
        let place = |key: &String| Place {
            instance: match thing {
                Thing::Instance(id) => Some(id.clone()),
                Thing::Context | Thing::Plugin(_) => None,
            },
            key: key.clone(),
        };
        let set = change.set.iter().map(|(key, value)| Change::DataSet {
            place: place(key),
            value: value.clone(),
        });
        let unset = change.unset.iter();
        let unset = unset.map(|key| Change::DataUnset { place: place(key) });
        changes.extend(set.chain(unset));
    }
    let expected = Expected {
        things,
        revision: change.revision,
    };
    session.apply(changes, Some(expected)).await
}

/// A conflict is answered with what is there now.
fn answered(
    applied: Result<(), SessionError>,
    current: impl FnOnce() -> Value,
) -> Result<(), Problem> {
    applied.map_err(|error| {
        let problem = Problem::from(error);
        match problem.is_conflict() {
            true => problem.with_current(Some(current())),
            false => problem,
        }
    })
}
