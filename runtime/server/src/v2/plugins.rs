//! The plug-ins of a session, and whether each is active.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::data_change::with_current;
use super::extract::{JsonBody, Path, Query};
use super::paging::{PageQuery, Paging};
use super::problem::Problem;
use super::shapes::{BrokenFileShape, LeftOutShape, PluginShape};
use super::state::V2State;
use pyblish_model::{Change, JsonText, PluginId};
use pyblish_session::{Precondition, Resource, SessionError, Snapshot};

/// Whether a plug-in is active.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PluginChange {
    /// The session's revision that the client has read.
    revision: u64,
    active: bool,
    /// Whether a user chose this. It is then made again after a reset.
    #[serde(default)]
    remember: bool,
}

/// A page of the plug-ins, and what is known of all of them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PluginsShape {
    revision: u64,
    /// How many there are.
    total: usize,
    /// In the order in which Pyblish runs them.
    items: Vec<PluginShape>,
    /// What to send as `after` for the next page. None on the last page.
    next: Option<u64>,
    /// Plug-in files that could not be used.
    broken: Vec<BrokenFileShape>,
    /// What was found and does not take part.
    left_out: Vec<LeftOutShape>,
    /// The targets that are registered in the host. A run that asks for no targets is for these and
    /// for `default`.
    targets: Vec<String>,
}

/// The plug-ins of a session, a page at a time.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{sessionId}/plugins", tag = "things",
    params(("sessionId" = String, Path), PageQuery),
    responses((status = 200, body = PluginsShape), (status = 304),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn plugins(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let session = v2.session(&id)?;
    // A cached body was requested with the same text before, so the query need not be parsed again.
    let asked = uri.to_string();
    let tag = session.look(etag);
    if let Some(answer) = v2.bodies.cached(&headers, &asked, &tag) {
        return Ok(answer);
    }
    let Query(query) = Query::<PageQuery>::of(&uri)?;
    let paging = query.paging()?;
    let page = move |snapshot: &Snapshot| PluginsShape::of(snapshot, paging);
    v2.cached_json(session, headers, asked, etag, page).await
}

impl PluginsShape {
    fn of(snapshot: &Snapshot, paging: Paging) -> Self {
        let page = paging.of_list(snapshot.plugins.iter());
        PluginsShape {
            revision: snapshot.plugins_revision,
            total: page.total,
            items: page.items.into_iter().map(PluginShape::of).collect(),
            next: page.next,
            broken: snapshot.broken.iter().map(BrokenFileShape::of).collect(),
            left_out: snapshot.left_out.iter().map(LeftOutShape::of).collect(),
            targets: snapshot.targets.to_vec(),
        }
    }
}

/// A tag that only changes with the plug-ins.
fn etag(snapshot: &Snapshot) -> String {
    snapshot.plugins_revision.to_string()
}

/// Activates or deactivates a plug-in.
#[utoipa::path(patch, path = "/pyblish/v2/sessions/{sessionId}/plugins/{pluginId}", tag = "things",
    params(("sessionId" = String, Path), ("pluginId" = String, Path)), request_body = PluginChange,
    responses((status = 200, body = PluginShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn change_plugin(
    State(v2): State<V2State>,
    Path((id, plugin)): Path<(String, String)>,
    JsonBody(change): JsonBody<PluginChange>,
) -> Result<Json<PluginShape>, Problem> {
    let session = v2.session(&id)?;
    shape(&session.snapshot(), &plugin)?;
    let plugin_id = PluginId(plugin.as_str().into());
    let changes = vec![Change::PluginActivated {
        plugin: plugin_id.clone(),
        active: change.active,
    }];
    let expected = Precondition {
        resources: vec![Resource::Plugin(plugin_id)],
        revision: change.revision,
    };
    let applied = if change.remember {
        session.choose(changes, Some(expected)).await
    } else {
        session.apply(changes, Some(expected)).await
    };
    let now = shape(&session.snapshot(), &plugin)?;
    with_current(applied, || JsonText::of_value(&now))?;
    Ok(Json(now))
}

/// The plug-in with this id.
fn shape(snapshot: &Snapshot, id: &str) -> Result<PluginShape, SessionError> {
    let mut plugins = snapshot.plugins.iter();
    let found = plugins.find(|plugin| plugin.id.0 == id);
    let found = found.ok_or_else(|| SessionError::UnknownPlugin(id.to_owned()))?;
    Ok(PluginShape::of(found))
}
