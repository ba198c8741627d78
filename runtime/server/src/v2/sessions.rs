//! Sessions: list, open, read, reset, restart, close.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{JsonBody, Path, Query};
use super::paging::PageQuery;
use super::problem::Problem;
use super::shapes::SessionShape;
use super::state::V2State;
use crate::etag::json_with_etag;
use pyblish_model::JsonText;
use pyblish_session::ClientRequest;
use pyblish_session::{AddressGrant, FolderGrant};

/// How long a request waits for the session to end, before it answers 202. Most sessions end at
/// once.
const CLOSE_WAIT: Duration = Duration::from_secs(1);

/// The adapter of the session, or a host with exactly one adapter. The adapter gets what the user
/// granted to it, on the command line or in `endpoint.toml`. A request can repeat these grants;
/// others are refused.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSession {
    /// The name of an installed or configured adapter, or the adapter of the command line; where the
    /// server has `--allow-adapter-files`, also the path of any file of an adapter.
    adapter: Option<String>,
    /// A host, instead of an adapter.
    host: Option<String>,
    /// The values of the adapter's settings, as texts or as JSON values. Some can only be set by
    /// the user: those that decide what a grant gives access to, and those of an adapter with a
    /// bridge.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: BTreeMap<String, JsonText>,
    /// Folders that the user granted, each as `HOST_PATH=GUEST_PATH` with `:ro` for reading only.
    #[serde(default)]
    folders: Vec<String>,
    /// Addresses that the user granted, each as `HOST:PORT`.
    #[serde(default)]
    addresses: Vec<String>,
    /// The names of environment variables that the user granted.
    #[serde(default)]
    environment: Vec<String>,
    /// The process of the running host, if several are running and the user named none.
    pid: Option<u32>,
}

/// A page of the open sessions.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionsShape {
    /// How many there are.
    total: usize,
    /// Sorted by their ids.
    items: Vec<SessionShape>,
    /// What to send as `after` for the next page. None on the last page.
    next: Option<u64>,
}

/// The open sessions, a page at a time.
#[utoipa::path(get, path = "/pyblish/v2/sessions", tag = "sessions", params(PageQuery),
    responses((status = 200, body = SessionsShape),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(v2): State<V2State>,
    Query(query): Query<PageQuery>,
) -> Result<Response, Problem> {
    let page = query.paging()?.of_list(v2.sessions.sessions());
    let pool = v2.pool.clone();
    let made = pool.run(move || {
        let shapes = page.items.iter();
        let shapes = shapes.map(|(id, session)| v2.shape(id, session));
        let sessions = SessionsShape {
            total: page.total,
            items: shapes.collect(),
            next: page.next,
        };
        Json(sessions).into_response()
    });
    Ok(made.await?)
}

/// Opens a session. A server without a token (`--no-auth`) only has the session of its command
/// line.
#[utoipa::path(post, path = "/pyblish/v2/sessions", tag = "sessions", request_body = NewSession,
    responses((status = 201, body = SessionShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn create(
    State(v2): State<V2State>,
    JsonBody(new): JsonBody<NewSession>,
) -> Result<(StatusCode, Json<SessionShape>), Problem> {
    if !v2.access.needs_token() {
        let refused = Problem::new(
            StatusCode::FORBIDDEN,
            "Not without a token",
            "this server needs no token (--no-auth), so it only has the session that it was \
             started with; start it without --no-auth, or start another server for this adapter",
        );
        return Err(refused.with_code("only-command-line"));
    }
    let adapter = match (new.adapter, new.host) {
        (Some(adapter), None) => adapter,
        (None, Some(host)) => v2.sessions.adapter_for(&host, new.pid).await?,
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
        let parsed = text.parse::<AddressGrant>();
        parsed.map_err(|reason| Problem::bad_request(format!("the address {text:?}: {reason}")))
    };
    let settings = new.settings.into_iter();
    let request = ClientRequest {
        adapter,
        settings: settings
            .map(|(name, value)| (name, value.to_plain()))
            .collect(),
        folders: new.folders.iter().map(folder).collect::<Result<_, _>>()?,
        addresses: new
            .addresses
            .iter()
            .map(address)
            .collect::<Result<_, _>>()?,
        environment: new.environment,
        pid: new.pid,
    };
    let (id, session) = v2.sessions.open_for_client(request).await?;
    let shape = v2.shape(&id, &session);
    Ok((StatusCode::CREATED, Json(shape)))
}

/// A session: its state and its content.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{sessionId}", tag = "sessions",
    params(("sessionId" = String, Path)),
    responses((status = 200, body = SessionShape), (status = 304),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn read(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let session = v2.listed(&id)?;
    let pool = v2.pool.clone();
    let made = pool.run(move || {
        let shape = v2.shape(&id, &session);
        // Progress is not part of the tag: it is sent as events, and does not change the session.
        let is_saved = shape.history.is_none();
        let tag = format!(
            "{}-{}-{}-{is_saved}",
            shape.revision, shape.sequence, shape.state
        );
        json_with_etag(&headers, tag, || shape)
    });
    Ok(made.await?)
}

/// Closes a session. What it published and its history stay.
///
/// 204 if it has ended. 202 if that takes longer: it is listed as `closing` until its adapter has
/// ended, after a while by force.
#[utoipa::path(delete, path = "/pyblish/v2/sessions/{sessionId}", tag = "sessions",
    params(("sessionId" = String, Path)),
    responses((status = 204), (status = 202, body = SessionShape),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn close(
    State(v2): State<V2State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let session = v2.listed(&id)?;
    session.close()?;
    let ended = v2.sessions.until_ended(&id);
    match tokio::time::timeout(CLOSE_WAIT, ended).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(_) => {
            let shape = v2.shape(&id, &session);
            Ok((StatusCode::ACCEPTED, Json(shape)).into_response())
        }
    }
}

/// Resets a session: empties its context, and loads the plug-ins again. Starts the adapter if it is
/// down.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{sessionId}/reset", tag = "sessions",
    params(("sessionId" = String, Path)),
    responses((status = 200, body = SessionShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn reset(
    State(v2): State<V2State>,
    Path(id): Path<String>,
) -> Result<Json<SessionShape>, Problem> {
    let session = v2.session(&id)?;
    session.reset().await?;
    Ok(Json(v2.shape(&id, &session)))
}

/// Ends the adapter by force, even if it is busy, and starts it again. A run in progress is lost.
/// The context is then empty, unless the host still has it.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{sessionId}/restart", tag = "sessions",
    params(("sessionId" = String, Path)),
    responses((status = 200, body = SessionShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn restart(
    State(v2): State<V2State>,
    Path(id): Path<String>,
) -> Result<Json<SessionShape>, Problem> {
    let session = v2.session(&id)?;
    session.restart().await?;
    Ok(Json(v2.shape(&id, &session)))
}
