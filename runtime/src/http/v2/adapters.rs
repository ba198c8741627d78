use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::Endpoint;

/// An adapter that is installed.
#[derive(Serialize, ToSchema)]
pub struct AdapterShape {
    /// What sessions name it by.
    name: String,
    file: String,
    version: Option<String>,
    doc: Option<String>,
    /// The hosts that it serves.
    hosts: Vec<String>,
    /// Its settings: name, kind, doc, default.
    #[schema(value_type = Vec<Object>)]
    settings: Vec<Value>,
    /// What it asks for: folders, addresses, environment variables.
    #[schema(value_type = Vec<Object>)]
    grants: Vec<Value>,
    /// Why it cannot be used, if it cannot.
    problem: Option<String>,
}

/// The adapters that are installed, and what each asks for.
#[utoipa::path(get, path = "/pyblish/v2/adapters", tag = "adapters",
    responses((status = 200, body = Vec<AdapterShape>)))]
pub async fn list(State(endpoint): State<Endpoint>) -> Json<Vec<AdapterShape>> {
    let installed = endpoint.house.adapters().await.into_iter();
    let shapes = installed.map(|adapter| {
        let (name, file) = (adapter.found.name, adapter.found.path.display().to_string());
        match adapter.described {
            Ok(description) => AdapterShape {
                name,
                file,
                version: Some(description.version),
                doc: Some(description.doc),
                hosts: description.hosts,
                settings: description
                    .settings
                    .iter()
                    .map(|setting| json!(setting))
                    .collect(),
                grants: description
                    .grants
                    .iter()
                    .map(|grant| json!(grant))
                    .collect(),
                problem: None,
            },
            Err(error) => AdapterShape {
                name,
                file,
                version: None,
                doc: None,
                hosts: Vec::new(),
                settings: Vec::new(),
                grants: Vec::new(),
                problem: Some(error.to_string()),
            },
        }
    });
    Json(shapes.collect())
}
