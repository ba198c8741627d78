//! The installed adapters.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

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

/// The installed adapters, and what each asks for.
#[utoipa::path(get, path = "/pyblish/v2/adapters", tag = "adapters",
    responses((status = 200, body = Vec<AdapterShape>)))]
pub(super) async fn list(State(v2): State<V2State>) -> Json<Vec<AdapterShape>> {
    let installed = v2.sessions.adapters().await.into_iter();
    let shapes = installed.map(|adapter| {
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
    Json(shapes.collect())
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
