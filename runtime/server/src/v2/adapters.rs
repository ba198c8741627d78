//! The installed adapters.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::Query;
use super::paging::PageQuery;
use super::problem::Problem;
use super::state::V2State;
use pyblish_session::{GrantRequest, Setting};

/// An installed adapter.
#[derive(Serialize, ToSchema)]
pub(super) struct AdapterShape {
    /// The name that sessions use for it.
    name: String,
    file: String,
    /// None if its file is not sealed, so that it does not say.
    version: Option<String>,
    doc: Option<String>,
    /// The hosts that it is for, as far as its file says.
    hosts: Vec<String>,
    /// Its settings: name, kind, doc, default.
    #[schema(value_type = Vec<Object>)]
    settings: Vec<Setting>,
    /// What it asks for: folders, addresses, environment variables.
    #[schema(value_type = Vec<Object>)]
    grants: Vec<GrantRequest>,
    /// Why it cannot be used, if it cannot.
    problem: Option<String>,
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
        let (name, file) = (adapter.found.name, adapter.found.path.display().to_string());
        match adapter.described {
            Ok(Some(description)) => AdapterShape {
                name,
                file,
                version: Some(description.version),
                doc: Some(description.doc),
                hosts: description.hosts,
                settings: description.settings,
                grants: description.grants,
                problem: None,
            },
            Ok(None) => undescribed(name, file, None),
            Err(error) => undescribed(name, file, Some(error.to_string())),
        }
    });
    Ok(Json(AdaptersShape {
        total: page.total,
        items: shapes.collect(),
        next: page.next,
    }))
}

/// An adapter whose file does not describe it.
fn undescribed(name: String, file: String, problem: Option<String>) -> AdapterShape {
    AdapterShape {
        name,
        file,
        version: None,
        doc: None,
        hosts: Vec::new(),
        settings: Vec::new(),
        grants: Vec::new(),
        problem,
    }
}
