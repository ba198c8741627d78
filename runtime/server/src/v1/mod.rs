//! REST v1: the API of Pyblish Endpoint 1.1.9, request by request and status by status.
//!
//! `tests/api/conformance.rs` compares the answers with those of the original. There are two
//! differences. If the original answers 500 to a mistake of the client, this answers 400 or 404.
//! And an answer has a few more members, which [`view`] names. An unknown plug-in is not an error,
//! but a failed result, as in the original.
//!
//! [`arguments`] reads requests, [`view`] creates answers, and [`error`] has the format of errors.

pub(super) mod arguments;
pub(super) mod changes;
pub(super) mod error;
mod json_response;
mod view;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::json;

use super::blocking_pool::BlockingPool;
use super::json::MaxJsonValues;
use super::limits::ServerLimits;
use arguments::Arguments;
use error::V1Error;
use json_response::{JsonResponseError, json_response};
use pyblish_model::{Failure, JsonText, Mode, PairResult};
use pyblish_session::{InstanceRef, PluginRef, Session, SessionError};

/// How long `POST /client` waits for a message before it answers `heartbeat`.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// How long it may take to write one state, which names each instance with each plug-in.
const LONGEST_STATE: Duration = Duration::from_secs(20);

/// The data that every handler gets. v1 has one session, which the command line opened.
#[derive(Clone)]
struct V1State {
    session: Session,
    port: u16,
    /// Where states are written: one at a time, because each may be large.
    pool: BlockingPool,
    /// The largest state that is answered, in bytes.
    max_answer: usize,
}

/// The routes below `/pyblish/v1`, for this session. The answers contain `port`, which is 0 on a
/// unix socket.
pub(super) fn routes(session: Session, port: u16, limits: &ServerLimits) -> Router {
    let v1 = V1State {
        session,
        port,
        pool: BlockingPool::new(1),
        max_answer: limits.answer,
    };
    let state = get(read).post(change).put(run).delete(forget);
    Router::new()
        .route("/hello", get(hello))
        .route("/state", state)
        .route("/client", get(messages).post(next_message))
        .with_state(v1)
}

/// The routes that take a body, by method and full path.
pub(super) fn routes_with_body() -> impl IntoIterator<Item = (Method, String)> {
    [Method::POST, Method::PUT].map(|method| (method, "/pyblish/v1/state".to_owned()))
}

async fn hello() -> Response {
    Json(json!({"ok": true, "message": "hello"})).into_response()
}

#[derive(Serialize)]
struct StateAnswer<'a> {
    ok: bool,
    state: view::StateView<'a>,
}

async fn read(State(v1): State<V1State>) -> Result<Response, V1Error> {
    let (session, port, max_answer) = (v1.session, v1.port, v1.max_answer);
    let written = v1.pool.run(move || {
        let state = view::StateView {
            snapshot: &session.snapshot(),
            adapter: session.description(),
            port,
            deadline: Instant::now() + LONGEST_STATE,
        };
        json_response(&StateAnswer { ok: true, state }, max_answer)
    });
    written.await?.map_err(|error| V1Error {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        message: match error {
            JsonResponseError::TooLarge => format!(
                "the state has more than {max_answer} bytes, which is the limit; start the server \
                 with a larger --max-answer, or use REST v2, which answers in pages"
            ),
            JsonResponseError::Failed(reason) => {
                format!("{reason}; use REST v2, which answers in pages")
            }
        },
    })
}

/// Without the argument `changes`, empties the context and loads the plug-ins again; with it,
/// changes data of instances.
async fn change(State(v1): State<V1State>, request: Request) -> Result<Response, V1Error> {
    let max_values = MaxJsonValues::of(request.extensions());
    let arguments = Arguments::read(request).await?;
    let session = &v1.session;
    let Some(text) = arguments.get("changes") else {
        session.reset().await?;
        return Ok(Json(json!({"ok": true})).into_response());
    };
    let (text, context) = (text.to_owned(), session.snapshot().context);
    let read = move || changes::read(&text, &context, max_values);
    let (answer, changes) = v1.pool.run(read).await??;
    if !changes.is_empty() {
        session.apply(changes, None).await?;
    }
    let answer = [("ok", true.into()), ("changes", answer)];
    Ok(Json(JsonText::object(answer)).into_response())
}

/// Runs one plug-in on one instance, or on the context.
async fn run(State(v1): State<V1State>, request: Request) -> Result<Response, V1Error> {
    let arguments = Arguments::read(request).await?;
    let plugin = arguments.get("plugin").ok_or_else(|| {
        V1Error::bad_request("the argument `plugin` is missing: the name of the plug-in to run")
    })?;
    let instance = arguments.get("instance");
    let mode = match arguments.get("mode") {
        None | Some("process") => Mode::Process,
        Some("repair") => Mode::Repair,
        Some(other) => {
            let message = format!("mode {other:?} unrecognised; it is `process` or `repair`");
            return Err(V1Error::bad_request(message));
        }
    };
    let session = &v1.session;
    let plugin_ref = PluginRef::Name(plugin.to_owned());
    let instance_ref = instance.map(|name| InstanceRef::Name(name.to_owned()));
    let result = match session
        .run_pair(plugin_ref, instance_ref, mode.clone())
        .await
    {
        Err(SessionError::UnknownPlugin(_)) => {
            let result = unknown_plugin_result(plugin, instance, mode);
            session.add_result(result.clone()).await?;
            Arc::new(result)
        }
        result => result?,
    };
    Ok(Json(json!({"ok": true, "result": view::result(&result)})).into_response())
}

/// The result for an unknown plug-in. The original keeps it in the results; the message is
/// Python's.
fn unknown_plugin_result(plugin: &str, instance: Option<&str>, mode: Mode) -> PairResult {
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

/// Empties the context and removes the plug-ins.
async fn forget(State(v1): State<V1State>) -> Result<Response, V1Error> {
    v1.session.forget().await?;
    Ok(Json(json!({"ok": true})).into_response())
}

/// The messages that wait for frontends, without removing any.
async fn messages(State(v1): State<V1State>) -> Response {
    let queue = v1.session.messages().list();
    Json(json!({"ok": true, "queue": queue})).into_response()
}

/// Returns and removes the next message, or answers `heartbeat` if there is none for a second.
async fn next_message(State(v1): State<V1State>) -> Response {
    let message = v1.session.messages().take(HEARTBEAT).await;
    let message = message.as_deref().unwrap_or("heartbeat");
    Json(json!({"ok": true, "message": message})).into_response()
}
