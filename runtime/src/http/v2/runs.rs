use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::Endpoint;
use super::input::{Input, Path, Query};
use super::problem::Problem;
use super::shapes::RunShape;
use crate::history::HistoryError;
use crate::model::{InstanceId, NoRunId, PluginId, RunId, RunInfo};
use crate::publish::{RunOptions, Stage, Until};
use crate::report::{self, Report};
use crate::session::{RunRequest, Session, SessionError};

/// How long a plug-in may go on after it was asked to stop, unless the client says otherwise.
const GRACE: Duration = Duration::from_secs(10);

/// The longest grace that can be asked for: a day.
const LONGEST_GRACE: f64 = 86_400.0;

/// Bytes that an `Idempotency-Key` may have.
const KEY: usize = 256;

/// What a run is to do.
#[derive(Deserialize, ToSchema, Default, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct NewRun {
    /// A whole publish, broken off behind this stage: `collect`, `validate`, `extract` or `integrate`.
    until: Option<String>,
    /// This stage and no other, in place of `until`.
    only: Option<String>,
    /// `default` unless said otherwise.
    targets: Vec<String>,
    /// The ids of the only instances that the run sees.
    instances: Option<Vec<String>>,
    /// The ids of the only plug-ins that the run sees.
    plugins: Option<Vec<String>>,
    /// Becomes the context's `comment`.
    comment: String,
    /// A run that was broken off, in place of all of the above but the comment: what it did is not done again.
    r#continue: Option<String>,
}

/// How to cancel.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// How many seconds a plug-in may go on after it was asked to stop; then it is stopped by force, and the
    /// adapter with it. 10 unless said otherwise.
    grace: Option<f64>,
}

/// Which report.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Format {
    /// `json`, `html` or `junit`; `json` unless said otherwise.
    format: Option<String>,
}

impl NewRun {
    fn request(mut self, idempotency_key: Option<String>) -> Result<RunRequest, Problem> {
        let comment = std::mem::take(&mut self.comment);
        let continues = match self.r#continue.take() {
            None => None,
            Some(_) if self != NewRun::default() => {
                return Err(unexpected(
                    "a run that is continued does what it was asked to do; give `continue` and a `comment` alone",
                ));
            }
            Some(run) => Some(run.parse().map_err(|error: NoRunId| unexpected(error))?),
        };
        Ok(RunRequest {
            options: self.options()?,
            comment,
            continues,
            idempotency_key,
        })
    }

    fn options(self) -> Result<RunOptions, Problem> {
        let stage = |text: String| {
            let stage = text.parse::<Stage>();
            stage.map_err(unexpected)
        };
        let until = match (self.until, self.only) {
            (None, None) => Until::All,
            (Some(until), None) => Until::UpTo(stage(until)?),
            (None, Some(only)) => Until::One(stage(only)?),
            (Some(_), Some(_)) => return Err(unexpected("give either `until` or `only`")),
        };
        let instances = self
            .instances
            .map(|ids| ids.into_iter().map(InstanceId).collect());
        let plugins = self
            .plugins
            .map(|ids| ids.into_iter().map(PluginId).collect());
        Ok(RunOptions {
            until,
            targets: self.targets,
            hosts: None,
            instances,
            plugins,
        })
    }
}

fn unexpected(detail: impl ToString) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "Not what is expected",
        detail.to_string(),
    )
}

/// The runs of a session, latest first.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{session}/runs", tag = "runs",
    params(("session" = String, Path)),
    responses((status = 200, body = Vec<RunShape>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
) -> Result<Json<Vec<RunShape>>, Problem> {
    let session = endpoint.session(&id)?;
    let mut runs = read_history(&session, |session| session.history().runs()).await?;
    if let Some(latest) = &session.snapshot().run {
        // What is on disk of a run under way is its start.
        runs.retain(|run| run.id != latest.id);
        runs.insert(0, latest.as_ref().clone());
    }
    Ok(Json(runs.iter().map(RunShape::of).collect()))
}

/// Starts a run, and answers at once. With an `Idempotency-Key`, a repeated start is the same run.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{session}/runs", tag = "runs",
    params(("session" = String, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = NewRun,
    responses((status = 202, body = RunShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn start(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Input(new): Input<NewRun>,
) -> Result<Response, Problem> {
    let session = endpoint.session(&id)?;
    let key = match headers.get("idempotency-key").map(|key| key.to_str()) {
        None => None,
        Some(Ok(key)) if (1..=KEY).contains(&key.len()) => Some(key.to_owned()),
        Some(_) => {
            let detail = format!("the Idempotency-Key must be 1 to {KEY} visible ASCII characters");
            return Err(Problem::bad_request(detail));
        }
    };
    let run = session.start_run(new.request(key)?).await?;
    let place = format!("/pyblish/v2/sessions/{id}/runs/{}", run.id);
    let headers = [(header::LOCATION, place)];
    Ok((StatusCode::ACCEPTED, headers, Json(RunShape::of(&run))).into_response())
}

/// A run: how far it has come, or how it ended.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{session}/runs/{run}", tag = "runs",
    params(("session" = String, Path), ("run" = String, Path)),
    responses((status = 200, body = RunShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read(
    State(endpoint): State<Endpoint>,
    Path((id, run)): Path<(String, String)>,
) -> Result<Json<RunShape>, Problem> {
    let session = endpoint.session(&id)?;
    Ok(Json(RunShape::of(&find(&session, &run).await?)))
}

/// Asks a run to stop: between two plug-ins at once, inside one by asking it, and after a grace by force.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{session}/runs/{run}/cancel", tag = "runs",
    params(("session" = String, Path), ("run" = String, Path), Cancel),
    responses((status = 202, body = RunShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn cancel(
    State(endpoint): State<Endpoint>,
    Path((id, run)): Path<(String, String)>,
    Query(cancel): Query<Cancel>,
) -> Result<(StatusCode, Json<RunShape>), Problem> {
    let session = endpoint.session(&id)?;
    let grace = match cancel.grace {
        None => GRACE,
        Some(seconds) if (0.0..=LONGEST_GRACE).contains(&seconds) => {
            Duration::from_secs_f64(seconds)
        }
        Some(_) => {
            let detail = format!("the grace must be 0 to {LONGEST_GRACE} seconds");
            return Err(Problem::bad_request(detail));
        }
    };
    let found = find(&session, &run).await?;
    if !found.state.ended() {
        session.cancel_run(found.id, grace)?;
    }
    Ok((StatusCode::ACCEPTED, Json(RunShape::of(&found))))
}

/// What a run came to: for machines, as one page for people, or as JUnit XML.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{session}/runs/{run}/report", tag = "runs",
    params(("session" = String, Path), ("run" = String, Path), Format),
    responses((status = 200, content((Object = "application/json"), (String = "text/html"), (String = "application/xml"))),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn report(
    State(endpoint): State<Endpoint>,
    Path((id, run)): Path<(String, String)>,
    Query(format): Query<Format>,
) -> Result<Response, Problem> {
    let session = endpoint.session(&id)?;
    let run = find(&session, &run).await?;
    let number = run.id;
    let read = move |session: &Session| {
        let history = session.history();
        Ok((history.results(number)?, history.plugins(number)?))
    };
    let (results, plugins) = read_history(&session, read).await?;
    let adapter = session.description();
    let report = Report {
        session: id,
        adapter: adapter.name.clone(),
        host: adapter.hosts.join(", "),
        run,
        plugins: plugins.into(),
        results: results.into_iter().map(Arc::new).collect(),
    };
    let typed = |kind: &'static str, body: String| {
        let headers = [(header::CONTENT_TYPE, kind)];
        (headers, body).into_response()
    };
    match format.format.as_deref() {
        None | Some("json") => Ok(Json(report::to_json(&report)).into_response()),
        Some("html") => Ok(typed("text/html; charset=utf-8", report::to_html(&report))),
        Some("junit") => Ok(typed("application/xml", report::to_junit(&report))),
        Some(other) => Err(Problem::bad_request(format!(
            "there is no report {other:?}; there are json, html and junit"
        ))),
    }
}

async fn find(session: &Session, run: &str) -> Result<RunInfo, Problem> {
    let id: RunId = run
        .parse()
        .map_err(|error: NoRunId| Problem::not_found(error.to_string()))?;
    if let Some(latest) = session.snapshot().run.filter(|latest| latest.id == id) {
        return Ok(latest.as_ref().clone());
    }
    let run = read_history(session, move |session| session.history().run(id)).await?;
    Ok(run.ok_or(SessionError::UnknownRun(id))?)
}

/// Reads from disk without keeping others from being served.
async fn read_history<T: Send + 'static>(
    session: &Session,
    query: impl FnOnce(&Session) -> Result<T, HistoryError> + Send + 'static,
) -> Result<T, Problem> {
    let session = session.clone();
    let read = tokio::task::spawn_blocking(move || query(&session)).await;
    let read = read.map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "No history",
            error.to_string(),
        )
    })?;
    Ok(read.map_err(SessionError::from)?)
}
