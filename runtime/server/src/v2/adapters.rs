//! The installed adapters.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::Query;
use super::paging::PageQuery;
use super::problem::Problem;
use super::state::V2State;
use pyblish_session::{CatalogEntry, GrantRequest, Setting};

/// An installed adapter.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AdapterShape {
    /// The name that sessions use for it; with `@` and its version, where another version of it has
    /// the name alone.
    name: String,
    file: String,
    /// None if its file is not sealed, so that it does not say.
    version: Option<String>,
    doc: Option<String>,
    /// The hosts that it is for, as far as its file says.
    hosts: Vec<String>,
    /// Which versions of them, by host, as far as its file says: `>=2022, <2026`.
    host_versions: BTreeMap<String, String>,
    /// Its settings: name, kind, doc, default.
    #[schema(value_type = Vec<Object>)]
    settings: Vec<Setting>,
    /// What it asks for: folders, addresses, environment variables.
    #[schema(value_type = Vec<Object>)]
    grants: Vec<GrantRequest>,
    /// Why it cannot be used, if it cannot.
    problem: Option<String>,
    /// Where it came from, if it was installed: a file, or a folder with a name.
    source: Option<String>,
    /// SHA-256 that its file must have, if it was installed: `sha256:` and 64 digits.
    digest: Option<String>,
    /// The id of the key whose signature was checked, if one was.
    key: Option<String>,
    /// Whether a lock names it.
    locked: bool,
}

/// A page of the installed adapters.
#[derive(Serialize, ToSchema)]
pub(super) struct AdaptersShape {
    /// How many there are.
    total: usize,
    items: Vec<AdapterShape>,
    /// What to send as `after` for the next page. None on the last page.
    next: Option<u64>,
}

/// The installed adapters, and what each asks for, a page at a time.
#[utoipa::path(get, path = "/pyblish/v2/adapters", tag = "adapters", params(PageQuery),
    responses((status = 200, body = AdaptersShape),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(v2): State<V2State>,
    Query(query): Query<PageQuery>,
) -> Result<Json<AdaptersShape>, Problem> {
    let page = query.paging()?.of_list(v2.sessions.adapters().await);
    let shapes = page.items.into_iter().map(|adapter| {
        let plain = undescribed(&adapter.found);
        match adapter.described {
            Ok(Some(description)) => AdapterShape {
                version: Some(description.version),
                doc: Some(description.doc),
                hosts: description.hosts,
                host_versions: description.host_versions.into_map(),
                settings: description.settings,
                grants: description.grants,
                ..plain
            },
            Ok(None) => plain,
            Err(error) => AdapterShape {
                problem: Some(error.to_string()),
                ..plain
            },
        }
    });
    Ok(Json(AdaptersShape {
        total: page.total,
        items: shapes.collect(),
        next: page.next,
    }))
}

/// An adapter whose file does not describe it.
fn undescribed(found: &CatalogEntry) -> AdapterShape {
    let pinned = found.pinned.as_ref();
    let origin = pinned.map(|pinned| &pinned.origin);
    AdapterShape {
        name: found.name.clone(),
        file: found.path.display().to_string(),
        version: None,
        doc: None,
        hosts: Vec::new(),
        host_versions: BTreeMap::new(),
        settings: Vec::new(),
        grants: Vec::new(),
        problem: None,
        source: origin.map(|origin| origin.source.clone()),
        digest: pinned.map(|pinned| format!("sha256:{}", pinned.digest)),
        key: origin.and_then(|origin| origin.key.clone()),
        locked: origin.is_some_and(|origin| origin.lock.is_some()),
    }
}
