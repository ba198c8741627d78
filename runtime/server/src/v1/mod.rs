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
use std::sync::atomic::{AtomicBool, Ordering};
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
use pyblish_model::{Failure, JsonText, Mode, PairResult, SourceLocation};
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
    /// Whether the host was gone at the last reset. The original lived in the host and knew no such
    /// thing; its frontends wait for ever after an error. So they get an empty state.
    is_lost: Arc<AtomicBool>,
}

/// Whether there was no host that could be reset. An adapter that crashed is another matter.
fn is_lost<T>(session: &Session, reset: &Result<T, SessionError>) -> bool {
    let is_searched = || {
        let failure = session.snapshot().adapter_failure;
        failure.is_some_and(|failure| failure.searching)
    };
    match reset {
        Err(SessionError::NoHost(_)) => true,
        Err(SessionError::Down(_)) => is_searched(),
        _ => false,
    }
}

/// The routes below `/pyblish/v1`, for this session. The answers contain `port`, which is 0 on a
/// unix socket.
pub(super) fn routes(session: Session, port: u16, limits: &ServerLimits) -> Router {
    let v1 = V1State {
        session,
        port,
        pool: BlockingPool::new(1),
        max_answer: limits.answer,
        is_lost: Arc::default(),
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
    let is_lost = v1.is_lost.load(Ordering::Relaxed);
    let written = v1.pool.run(move || {
        let state = view::StateView {
            snapshot: &match is_lost {
                true => session.snapshot().without_context(),
                false => session.snapshot(),
            },
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

/// Has the session do something. If a run is under way, waits for its end: the original did one
/// thing after the other, and its frontends never ask again.
async fn in_turn<T, F>(
    session: &Session,
    mut work: impl FnMut(Session) -> F,
) -> Result<T, SessionError>
where
    F: Future<Output = Result<T, SessionError>>,
{
    loop {
        match work(session.clone()).await {
            Err(SessionError::Running(run)) => drop(session.run_ended(run).await?),
            done => return done,
        }
    }
}

/// Without the argument `changes`, empties the context and loads the plug-ins again; with it,
/// changes data of instances.
async fn change(State(v1): State<V1State>, request: Request) -> Result<Response, V1Error> {
    let max_values = MaxJsonValues::of(request.extensions());
    let arguments = Arguments::read(request).await?;
    let session = &v1.session;
    let Some(text) = arguments.get("changes") else {
        let reset = in_turn(session, |session| async move { session.reset().await }).await;
        let is_lost = is_lost(session, &reset);
        v1.is_lost.store(is_lost, Ordering::Relaxed);
        if !is_lost {
            reset?;
        }
        return Ok(Json(json!({"ok": true})).into_response());
    };
    let (text, context) = (text.to_owned(), session.snapshot().context);
    let read = move || changes::read(&text, &context, max_values);
    let (answer, changes) = v1.pool.run(read).await??;
    if !changes.is_empty() {
        in_turn(session, |session| {
            let changes = changes.clone();
            async move { session.apply(changes, None).await }
        })
        .await?;
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
    let run_pair = |session: Session| {
        let (plugin, instance) = (plugin_ref.clone(), instance_ref.clone());
        let mode = mode.clone();
        async move { session.run_pair(plugin, instance, mode).await }
    };
    let result = match in_turn(session, run_pair).await {
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
    // The original tells where it looked for the plug-in; there it is a line of its own code.
    failure.location = Some(SourceLocation {
        file: "pyblish-endpoint".into(),
        line: 1,
        function: None,
        text: None,
    });
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
    in_turn(&v1.session, |session| async move { session.forget().await }).await?;
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
