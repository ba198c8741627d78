use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Endpoint;
use super::input::{Input, Path};
use super::problem::Problem;
use super::shapes::SessionShape;
use super::tagged::tagged;
use crate::adapter::{Address, FolderGrant};
use crate::session::{SessionError, SessionRequest};

/// What a session is to be with: an adapter, or a host that exactly one adapter is for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// The adapter's name.
    adapter: Option<String>,
    /// A host, in place of an adapter.
    host: Option<String>,
    /// The values of the adapter's settings: texts, or what they stand for.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: BTreeMap<String, Value>,
    /// The folders that it may see, each as `HOST_PATH=GUEST_PATH` with `:ro` for reading only.
    #[serde(default)]
    folders: Vec<String>,
    /// The addresses that it may connect to, each as `HOST:PORT`.
    #[serde(default)]
    addresses: Vec<String>,
    /// The names of the environment variables that it may read.
    #[serde(default)]
    environment: Vec<String>,
    /// The process of the running host, where several of its kind run.
    pid: Option<u32>,
}

/// The open sessions.
#[utoipa::path(get, path = "/pyblish/v2/sessions", tag = "sessions",
    responses((status = 200, body = Vec<SessionShape>)))]
pub async fn list(State(endpoint): State<Endpoint>) -> Json<Vec<SessionShape>> {
    let sessions = endpoint.house.sessions();
    let sessions = sessions.iter();
    Json(
        sessions
            .map(|(id, session)| SessionShape::of(id, session))
            .collect(),
    )
}

/// Opens a session.
#[utoipa::path(post, path = "/pyblish/v2/sessions", tag = "sessions", request_body = NewSession,
    responses((status = 201, body = SessionShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn create(
    State(endpoint): State<Endpoint>,
    Input(new): Input<NewSession>,
) -> Result<(StatusCode, Json<SessionShape>), Problem> {
    let adapter = match (new.adapter, new.host) {
        (Some(adapter), None) => adapter,
        (None, Some(host)) => endpoint.house.adapter_for(&host).await?,
        _ => {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Not what is expected",
                "name either an `adapter` or a `host`",
            ));
        }
    };
    let folder = |text: &String| {
        let parsed = text.parse::<FolderGrant>();
        parsed.map_err(|reason| Problem::bad_request(format!("the folder {text:?}: {reason}")))
    };
    let address = |text: &String| {
        let parsed = text.parse::<Address>();
        parsed.map_err(|reason| Problem::bad_request(format!("the address {text:?}: {reason}")))
    };
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let settings = new.settings.into_iter();
    let request = SessionRequest {
        adapter,
        settings: settings.map(|(name, value)| (name, text(value))).collect(),
        folders: new.folders.iter().map(folder).collect::<Result<_, _>>()?,
        addresses: new
            .addresses
            .iter()
            .map(address)
            .collect::<Result<_, _>>()?,
        environment: new.environment,
        pid: new.pid,
    };
    let (id, session) = endpoint.house.open(request).await?;
    let shape = SessionShape::of(&id, &session);
    Ok((StatusCode::CREATED, Json(shape)))
}

/// A session: what it does, and what it has.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{session}", tag = "sessions",
    params(("session" = String, Path)),
    responses((status = 200, body = SessionShape), (status = 304),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let session = endpoint.session(&id)?;
    let shape = SessionShape::of(&id, &session);
    // Progress is told of by events, and is no change of the session.
    let tag = format!("{}-{}", shape.revision, shape.sequence);
    Ok(tagged(&headers, tag, || shape))
}

/// Closes a session. What it published stays; its history too.
#[utoipa::path(delete, path = "/pyblish/v2/sessions/{session}", tag = "sessions",
    params(("session" = String, Path)),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn close(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let latest = endpoint.session(&id)?.snapshot().run;
    if let Some(run) = latest.filter(|run| !run.state.ended()) {
        return Err(SessionError::Running(run.id).into());
    }
    endpoint.house.close(&id);
    Ok(StatusCode::NO_CONTENT)
}

/// Begins anew: an empty context, and the plug-ins that there are now. Starts the adapter if it is down.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{session}/reset", tag = "sessions",
    params(("session" = String, Path)),
    responses((status = 200, body = SessionShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn reset(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
) -> Result<Json<SessionShape>, Problem> {
    let session = endpoint.session(&id)?;
    session.reset().await?;
    Ok(Json(SessionShape::of(&id, &session)))
}

/// Starts another adapter in the place of this one, which is ended by force, whatever it does; a run under way is lost.
/// The context begins anew, unless the host still has it.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{session}/restart", tag = "sessions",
    params(("session" = String, Path)),
    responses((status = 200, body = SessionShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn restart(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
) -> Result<Json<SessionShape>, Problem> {
    let session = endpoint.session(&id)?;
    session.restart().await?;
    Ok(Json(SessionShape::of(&id, &session)))
}
