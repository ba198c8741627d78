//! REST v1: the API of Pyblish Endpoint 1.1.9, request by request, status by status.
//!
//! `../shared/conformance` holds what the original answered; where it answered 500 to a mistake of the
//! client's, this answers 400 or 404. An unknown plug-in is no error there but a result that failed, and so
//! it is here.

pub(super) mod arguments;
pub(super) mod changes;
mod view;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::body::BodyError;
use crate::model::{Failure, Mode, PairResult};
use crate::session::{Named, Session, SessionError};
use arguments::Arguments;

/// How long `POST /client` waits for a message before it answers `heartbeat`.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// What every handler has.
#[derive(Clone)]
struct Endpoint {
    session: Session,
    port: u16,
}

pub fn routes(session: Session, port: u16) -> Router {
    let state = get(read).post(change).put(run).delete(forget);
    Router::new()
        .route("/hello", get(hello))
        .route("/state", state)
        .route("/client", get(messages).post(next_message))
        .with_state(Endpoint { session, port })
}

async fn hello() -> Response {
    Json(json!({"ok": true, "message": "hello"})).into_response()
}

async fn read(State(endpoint): State<Endpoint>) -> Response {
    let session = &endpoint.session;
    let state = view::state(&session.snapshot(), session.description(), endpoint.port);
    Json(json!({"ok": true, "state": state})).into_response()
}

/// Without `changes`, begins anew; with them, changes the data of instances.
async fn change(State(endpoint): State<Endpoint>, request: Request) -> Result<Response, Error> {
    let arguments = Arguments::read(request).await?;
    let session = &endpoint.session;
    let Some(text) = arguments.get("changes") else {
        session.reset().await?;
        return Ok(Json(json!({"ok": true})).into_response());
    };
    let (answer, changes) = changes::read(text, &session.snapshot().context)?;
    if !changes.is_empty() {
        session.apply(changes, None).await?;
    }
    Ok(Json(json!({"ok": true, "changes": answer})).into_response())
}

/// Runs one plug-in on one instance, or on the context.
async fn run(State(endpoint): State<Endpoint>, request: Request) -> Result<Response, Error> {
    let arguments = Arguments::read(request).await?;
    let plugin = arguments.get("plugin").ok_or_else(|| {
        Error::bad("the argument `plugin` is missing: the name of the plug-in to run")
    })?;
    let instance = arguments.get("instance");
    let mode = match arguments.get("mode") {
        None | Some("process") => Mode::Process,
        Some("repair") => Mode::Repair,
        Some(other) => {
            let message = format!("mode {other:?} unrecognised; it is `process` or `repair`");
            return Err(Error::bad(message));
        }
    };
    let name = |name: &str| Named::Name(name.to_owned());
    let session = &endpoint.session;
    let result = match session
        .run(name(plugin), instance.map(name), mode.clone())
        .await
    {
        Err(SessionError::UnknownPlugin(_)) => {
            let result = no_such_plugin(plugin, instance, mode);
            session.note(result.clone()).await?;
            Arc::new(result)
        }
        result => result?,
    };
    Ok(Json(json!({"ok": true, "result": view::result(&result)})).into_response())
}

/// The original keeps this as a result, and its message is Python's.
fn no_such_plugin(plugin: &str, instance: Option<&str>, mode: Mode) -> PairResult {
    let mut failure = Failure::new("KeyError", format!("'{plugin} not in list'"));
    failure.title = Some("No such plug-in".into());
    failure.detail = Some(SessionError::UnknownPlugin(plugin.into()).to_string());
    PairResult {
        plugin_id: None,
        plugin: plugin.into(),
        instance_id: None,
        instance: instance.map(Into::into),
        mode,
        failure: Some(failure),
        records: Vec::new(),
        started: 0.0,
        duration: 0.0,
    }
}

async fn forget(State(endpoint): State<Endpoint>) -> Result<Response, Error> {
    endpoint.session.forget().await?;
    Ok(Json(json!({"ok": true})).into_response())
}

async fn messages(State(endpoint): State<Endpoint>) -> Response {
    let queue = endpoint.session.messages().list();
    Json(json!({"ok": true, "queue": queue})).into_response()
}

async fn next_message(State(endpoint): State<Endpoint>) -> Response {
    let message = endpoint.session.messages().take(HEARTBEAT).await;
    let message = message.as_deref().unwrap_or("heartbeat");
    Json(json!({"ok": true, "message": message})).into_response()
}

/// An answer that is not 200.
#[derive(Debug)]
pub(super) struct Error {
    status: StatusCode,
    pub(super) message: String,
}

impl Error {
    /// A mistake of the client's.
    fn bad(message: impl Into<String>) -> Self {
        Error {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
        }
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        Error {
            status: error.status(),
            message: error.to_string(),
        }
    }
}

impl From<SessionError> for Error {
    fn from(error: SessionError) -> Self {
        let status = match error {
            SessionError::UnknownPlugin(_)
            | SessionError::UnknownInstance(_)
            | SessionError::UnknownRun(_) => StatusCode::NOT_FOUND,
            SessionError::Running(_)
            | SessionError::Conflict(..)
            | SessionError::NotContinued(..) => StatusCode::CONFLICT,
            SessionError::Refused(_) | SessionError::NotGranted(_) | SessionError::History(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            SessionError::NoHost(_) | SessionError::Down(_) | SessionError::Closed => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            SessionError::Full(_) => StatusCode::TOO_MANY_REQUESTS,
        };
        Error {
            status,
            message: error.to_string(),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        super::error(self.status, &self.message)
    }
}
