//! Runs: start, read, cancel, and the report of each.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::extract::{JsonBody, Path, Query};
use super::paging::PageQuery;
use super::problem::Problem;
use super::report_format::ReportFormat;
use super::shapes::RunShape;
use super::state::V2State;
use crate::idempotent_answers;
use pyblish_model::{InstanceId, InvalidRunId, PluginId, RunId, RunInfo};
use pyblish_report::Report;
use pyblish_rules::{RunOptions, Stage, Until};
use pyblish_session::{HistoryError, Idempotency};
use pyblish_session::{RunRequest, Session, SessionError};

/// How long a plug-in may continue by default after it was asked to stop.
const DEFAULT_GRACE: Duration = Duration::from_secs(10);

/// The longest grace in milliseconds: a day.
const MAX_GRACE: f64 = 86_400_000.0;

/// How many instances, plug-ins or targets a run can be restricted to. Its events name all of them.
const MAX_NAMED: usize = 10_000;

/// What a run does.
#[derive(Deserialize, ToSchema, Default, PartialEq)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(super) struct NewRun {
    /// The last stage: `collect`, `validate`, `extract` or `integrate`. None for a whole publish.
    until: Option<String>,
    /// Only this stage, instead of `until`.
    only: Option<String>,
    /// `default` by default.
    targets: Vec<String>,
    /// The ids of the instances to process; all others are left out.
    instance_ids: Option<Vec<String>>,
    /// The ids of the plug-ins to run; all others are left out.
    plugin_ids: Option<Vec<String>>,
    /// Becomes the context's `comment`.
    comment: String,
    /// An interrupted run to continue: give it alone, or with a comment. Work that it finished is
    /// not repeated.
    continues_run_id: Option<String>,
}

/// How to cancel.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct CancelQuery {
    /// How many milliseconds a plug-in may continue after it was asked to stop; then it is stopped
    /// by force, together with the adapter. 10,000 by default, a day at most.
    #[param(minimum = 0)]
    grace: Option<f64>,
}

impl CancelQuery {
    /// How long a plug-in may continue.
    pub(super) fn grace(&self) -> Result<Duration, Problem> {
        match self.grace {
            None => Ok(DEFAULT_GRACE),
            Some(grace) if (0.0..=MAX_GRACE).contains(&grace) => {
                Ok(Duration::from_secs_f64(grace / 1e3))
            }
            Some(_) => {
                let detail = format!("the grace must be 0 to {MAX_GRACE} milliseconds");
                Err(Problem::bad_request(detail))
            }
        }
    }
}

/// Which report.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportQuery {
    /// `json`, `html` or `junit`; `json` by default.
    format: Option<String>,
}

impl NewRun {
    fn request(mut self, key: Option<String>) -> Result<RunRequest, Problem> {
        let idempotency = key.map(|key| Idempotency {
            request: self.digest(),
            key,
        });
        let comment = std::mem::take(&mut self.comment);
        let continues = match self.continues_run_id.take() {
            None => None,
            Some(_) if self != NewRun::default() => {
                return Err(unprocessable(
                    "a continued run does what it was originally asked to do; give only \
                     `continuesRunId` and a `comment`",
                ));
            }
            Some(run) => Some(
                run.parse()
                    .map_err(|error: InvalidRunId| unprocessable(error))?,
            ),
        };
        Ok(RunRequest {
            options: self.options()?,
            comment,
            continues,
            idempotency,
        })
    }

    /// A digest of the request: the same request has the same digest, however its JSON is written.
    fn digest(&self) -> [u8; 32] {
        let asked = json!([
            self.until,
            self.only,
            self.targets,
            self.instance_ids,
            self.plugin_ids,
            self.comment,
            self.continues_run_id,
        ]);
        Sha256::digest(asked.to_string()).into()
    }

    fn options(self) -> Result<RunOptions, Problem> {
        let stage = |text: String| {
            let stage = text.parse::<Stage>();
            stage.map_err(unprocessable)
        };
        let until = match (self.until, self.only) {
            (None, None) => Until::All,
            (Some(until), None) => Until::UpTo(stage(until)?),
            (None, Some(only)) => Until::One(stage(only)?),
            (Some(_), Some(_)) => return Err(unprocessable("give either `until` or `only`")),
        };
        let named = [&self.instance_ids, &self.plugin_ids].into_iter().flatten();
        if named.map(Vec::len).max() > Some(MAX_NAMED) || self.targets.len() > MAX_NAMED {
            return Err(unprocessable(format!(
                "a run can be restricted to at most {MAX_NAMED} instances, plug-ins and targets"
            )));
        }
        let instances = self
            .instance_ids
            .map(|ids| ids.into_iter().map(|id| InstanceId(id.into())).collect());
        let plugins = self
            .plugin_ids
            .map(|ids| ids.into_iter().map(|id| PluginId(id.into())).collect());
        Ok(RunOptions {
            until,
            targets: self.targets,
            hosts: None,
            instances,
            plugins,
        })
    }
}

fn unprocessable(detail: impl ToString) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "Not what is expected",
        detail.to_string(),
    )
}

/// A page of the runs.
#[derive(Serialize, ToSchema)]
pub(super) struct RunsShape {
    /// How many there are.
    total: usize,
    /// The latest first. Each has the number in its id as its number.
    items: Vec<RunShape>,
    /// What to send as `after` for the next page. None on the last page.
    next: Option<u64>,
}

/// The runs of a session, the latest first, a page at a time.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{sessionId}/runs", tag = "runs",
    params(("sessionId" = String, Path), PageQuery),
    responses((status = 200, body = RunsShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<RunsShape>, Problem> {
    let paging = query.paging()?;
    let session = v2.session(&id)?;
    let mut runs = read_history(&session, |session| session.history().runs()).await?;
    if let Some(latest) = &session.snapshot().run {
        // Of a run in progress, only the start is on disk.
        runs.retain(|run| run.id != latest.id);
        runs.insert(0, latest.as_ref().clone());
    }
    let page = paging.falling(runs.iter().map(|run| (run.id.0, run)));
    Ok(Json(RunsShape {
        total: page.total,
        items: page.items.into_iter().map(RunShape::of).collect(),
        next: page.next,
    }))
}

/// Starts a run, and answers at once. With an `Idempotency-Key`, a repeated request starts no
/// second run; a different request with the same key is refused.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{sessionId}/runs", tag = "runs",
    params(("sessionId" = String, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = NewRun,
    responses((status = 202, body = RunShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn start(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(new): JsonBody<NewRun>,
) -> Result<Response, Problem> {
    let session = v2.session(&id)?;
    let key = idempotent_answers::key(&headers)?;
    let run = session.start_run(new.request(key)?).await?;
    let place = format!("/pyblish/v2/sessions/{id}/runs/{}", run.id);
    let headers = [(header::LOCATION, place)];
    let shape = RunShape {
        history: history_trouble(&session),
        ..RunShape::of(&run)
    };
    Ok((StatusCode::ACCEPTED, headers, Json(shape)).into_response())
}

/// A run: its progress, or how it ended.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{sessionId}/runs/{runId}", tag = "runs",
    params(("sessionId" = String, Path), ("runId" = String, Path)),
    responses((status = 200, body = RunShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn read(
    State(v2): State<V2State>,
    Path((id, run)): Path<(String, String)>,
) -> Result<Json<RunShape>, Problem> {
    let session = v2.session(&id)?;
    let found = find(&session, &run).await?;
    Ok(Json(RunShape {
        history: history_trouble(&session),
        ..RunShape::of(&found)
    }))
}

/// Asks a run to stop. Between two plug-ins it stops at once; a running plug-in is asked to stop,
/// and stopped by force after `grace`.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{sessionId}/runs/{runId}/cancel", tag = "runs",
    params(("sessionId" = String, Path), ("runId" = String, Path), CancelQuery),
    responses((status = 202, body = RunShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn cancel(
    State(v2): State<V2State>,
    Path((id, run)): Path<(String, String)>,
    Query(cancel): Query<CancelQuery>,
) -> Result<(StatusCode, Json<RunShape>), Problem> {
    let session = v2.session(&id)?;
    let grace = cancel.grace()?;
    let found = find(&session, &run).await?;
    if !found.state.ended() {
        session.cancel_run(found.id, grace)?;
    }
    Ok((StatusCode::ACCEPTED, Json(RunShape::of(&found))))
}

/// The report of a run: as JSON, as one HTML page, or as JUnit XML.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{sessionId}/runs/{runId}/report", tag = "runs",
    params(("sessionId" = String, Path), ("runId" = String, Path), ReportQuery),
    responses((status = 200, content((Object = "application/json"), (String = "text/html"), (String = "application/xml"))),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn report(
    State(v2): State<V2State>,
    Path((id, run)): Path<(String, String)>,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let session = v2.session(&id)?;
    let format: ReportFormat = query.format.as_deref().unwrap_or("json").parse()?;
    let run = find(&session, &run).await?;
    // Writing a report of many results takes as long as reading them, so both run on that thread.
    let read = move |session: &Session| {
        let (history, adapter) = (session.history(), session.description());
        let report = Report {
            session: id,
            adapter: adapter.name.clone(),
            host: adapter.hosts.join(", "),
            discovered: history.discovered(run.id)?,
            results: history.results(run.id)?.into_iter().map(Arc::new).collect(),
            run,
        };
        Ok(format.write(&report))
    };
    let body = read_history(&session, read).await?;
    Ok(format.response(body))
}

/// Why the history currently cannot be written, if so.
fn history_trouble(session: &Session) -> Option<String> {
    session.history().trouble().map(|words| words.to_string())
}

async fn find(session: &Session, run: &str) -> Result<RunInfo, Problem> {
    let id: RunId = run
        .parse()
        .map_err(|error: InvalidRunId| Problem::not_found(error.to_string()))?;
    if let Some(latest) = session.snapshot().run.filter(|latest| latest.id == id) {
        return Ok(latest.as_ref().clone());
    }
    let run = read_history(session, move |session| session.history().run(id)).await?;
    Ok(run.ok_or(SessionError::UnknownRun(id))?)
}

/// Reads from disk, on a thread that may wait.
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
