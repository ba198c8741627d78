//! Jobs: publishes of a session that were handed over to the studio's hub, which has them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{JsonBody, Path, Query};
use super::problem::Problem;
use super::report_format::ReportFormat;
use super::state::V2State;
use crate::hub_jobs::{HandOver, HubJobs, JobError};
use crate::idempotent_answers;
use pyblish_farm::JobPlace;
use pyblish_farm::wire::{EventList, JobInfo};

/// How many jobs a page has by default.
const DEFAULT_LIMIT: u32 = 100;

/// How many it has at most.
const MAX_LIMIT: u32 = 1000;

/// The longest `after` of a page, in bytes.
const LONGEST_PLACE: usize = 100;

/// What is handed over.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(super) struct NewJob {
    /// `farm`, or `here`: in the background on the machine of the server.
    place: Option<String>,
    /// The names of the instances to publish. None or empty means all that take part.
    instances: Option<Vec<String>>,
    /// Becomes the context's `comment`.
    comment: String,
    /// `default` by default.
    targets: Vec<String>,
    /// Whether each instance is extracted in a task of its own, and one more integrates them all.
    split: bool,
    /// Whether the workers do not validate again.
    skip_validation: bool,
    /// A higher one is done first: -1000 to 1000.
    priority: i32,
    /// Only workers with all of these labels take it.
    labels: Vec<String>,
    /// How often a task is tried at most, where a worker or a host is lost: 3 by default.
    attempts: Option<u32>,
    /// What people call it: by default the name of the scene or of the folder.
    name: Option<String>,
}

impl NewJob {
    fn request(self, key: Option<String>) -> Result<HandOver, Problem> {
        let place = match self.place {
            None => JobPlace::default(),
            Some(text) => text.parse().map_err(|error: String| {
                Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "Not what is expected",
                    error,
                )
            })?,
        };
        Ok(HandOver {
            place,
            instances: self.instances.unwrap_or_default(),
            comment: self.comment,
            targets: self.targets,
            split: self.split,
            skip_validation: self.skip_validation,
            priority: self.priority,
            labels: self.labels,
            attempts: self.attempts,
            name: self.name,
            key,
        })
    }
}

/// A job that was handed over.
#[derive(Serialize, ToSchema)]
pub(super) struct HandedOverShape {
    job: JobInfo,
    /// What happens next, for users.
    told: String,
}

/// A page of jobs.
#[derive(Serialize, ToSchema)]
pub(super) struct JobsShape {
    /// How many there are.
    total: i64,
    /// The latest first, without their tasks.
    items: Vec<JobInfo>,
    /// What to send as `after` for the next page. None on the last page.
    next: Option<String>,
}

/// Which page of the jobs.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct JobsQuery {
    /// The `next` of the page before.
    after: Option<String>,
    /// How many to return: 100 by default, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<u32>,
}

/// From where on.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AttemptEventsQuery {
    /// Only what comes after this number: the `sequence` of the last event that is known.
    after: Option<u64>,
}

/// Which format.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AttemptReportQuery {
    /// `json`, `html` or `junit`; `json` by default.
    format: Option<String>,
}

/// Hands a publish of the session over: to the workers of the farm, or to a process in the
/// background on the machine of the server. What it publishes must have been validated by the
/// latest run, and not have changed since. Choices of users and changes of data travel along.
///
/// The server must know the studio's hub. With an `Idempotency-Key`, a repeated request makes no
/// second job, also after a restart of the server.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{sessionId}/jobs", tag = "jobs",
    params(("sessionId" = String, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = NewJob,
    responses((status = 201, body = HandedOverShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn hand_over(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(new): JsonBody<NewJob>,
) -> Result<Response, Problem> {
    drop(v2.session(&id)?);
    let jobs = jobs_of(&v2)?;
    let key = idempotent_answers::key(&headers)?;
    let handed = jobs.hand_over(&id, new.request(key)?).await?;
    let place = format!("/pyblish/v2/jobs/{}", handed.job.id);
    let shape = HandedOverShape {
        job: handed.job,
        told: handed.told,
    };
    let headers = [(header::LOCATION, place)];
    Ok((StatusCode::CREATED, headers, Json(shape)).into_response())
}

/// The jobs of a session, the latest first, a page at a time.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{sessionId}/jobs", tag = "jobs",
    params(("sessionId" = String, Path), JobsQuery),
    responses((status = 200, body = JobsShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    Query(query): Query<JobsQuery>,
) -> Result<Json<JobsShape>, Problem> {
    drop(v2.listed(&id)?);
    let jobs = jobs_of(&v2)?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::bad_request(format!(
            "the limit {limit} must be 1 to {MAX_LIMIT}: read the rest with `after`"
        )));
    }
    let is_place = |text: &String| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        text.len() <= LONGEST_PLACE && text.chars().all(is_plain)
    };
    if query.after.as_ref().is_some_and(|after| !is_place(after)) {
        return Err(Problem::bad_request(
            "`after` is not the `next` of a page of jobs",
        ));
    }
    let page = jobs.jobs(&id, query.after.as_deref(), limit).await?;
    Ok(Json(JobsShape {
        total: page.total,
        items: page.items,
        next: page.next,
    }))
}

/// A job with its tasks and their attempts.
#[utoipa::path(get, path = "/pyblish/v2/jobs/{jobId}", tag = "jobs",
    params(("jobId" = i64, Path)),
    responses((status = 200, body = JobInfo), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn read(
    State(v2): State<V2State>,
    Path(id): Path<i64>,
) -> Result<Json<JobInfo>, Problem> {
    Ok(Json(jobs_of(&v2)?.job(id).await?))
}

/// Cancels a job. What has not begun never begins; a plug-in that is at work is asked to stop, and
/// stopped by force after ten seconds.
#[utoipa::path(post, path = "/pyblish/v2/jobs/{jobId}/cancel", tag = "jobs",
    params(("jobId" = i64, Path)),
    responses((status = 200, body = JobInfo), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn cancel(
    State(v2): State<V2State>,
    Path(id): Path<i64>,
) -> Result<Json<JobInfo>, Problem> {
    Ok(Json(jobs_of(&v2)?.cancel(id).await?))
}

/// Has what failed or was cancelled in a job tried again. Where the farm is told of jobs by a
/// command, it is told again.
#[utoipa::path(post, path = "/pyblish/v2/jobs/{jobId}/retry", tag = "jobs",
    params(("jobId" = i64, Path)),
    responses((status = 200, body = JobInfo), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn retry(
    State(v2): State<V2State>,
    Path(id): Path<i64>,
) -> Result<Json<JobInfo>, Problem> {
    Ok(Json(jobs_of(&v2)?.retry(id).await?))
}

/// What an attempt at a task does, as far as its worker has sent it: up to 1,000 events, each in the
/// form of the session's own events.
#[utoipa::path(get, path = "/pyblish/v2/jobs/{jobId}/tasks/{taskNumber}/attempts/{epoch}/events", tag = "jobs",
    params(("jobId" = i64, Path), ("taskNumber" = i32, Path), ("epoch" = i64, Path), AttemptEventsQuery),
    responses((status = 200, body = EventList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn events(
    State(v2): State<V2State>,
    Path(attempt): Path<(i64, i32, i64)>,
    Query(query): Query<AttemptEventsQuery>,
) -> Result<Json<EventList>, Problem> {
    let jobs = jobs_of(&v2)?;
    let events = jobs.events(attempt, query.after.unwrap_or(0)).await?;
    Ok(Json(events))
}

/// The report of an attempt at a task, in full: as JSON, as one HTML page, or as JUnit XML. There is
/// one once the attempt has ended, unless its worker was lost.
#[utoipa::path(get, path = "/pyblish/v2/jobs/{jobId}/tasks/{taskNumber}/attempts/{epoch}/report", tag = "jobs",
    params(("jobId" = i64, Path), ("taskNumber" = i32, Path), ("epoch" = i64, Path), AttemptReportQuery),
    responses((status = 200, content((Object = "application/json"), (String = "text/html"), (String = "application/xml"))),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn report(
    State(v2): State<V2State>,
    Path(attempt): Path<(i64, i32, i64)>,
    Query(query): Query<AttemptReportQuery>,
) -> Result<Response, Problem> {
    let format: ReportFormat = query.format.as_deref().unwrap_or("json").parse()?;
    let report = jobs_of(&v2)?.report(attempt).await?;
    let report = report.ok_or_else(|| {
        Problem::not_found("the attempt has no report: it has not ended, or its worker was lost")
    })?;
    let body = v2.pool.run(move || format.write(&report)).await?;
    Ok(format.response(body))
}

fn jobs_of(v2: &V2State) -> Result<Arc<dyn HubJobs>, Problem> {
    v2.jobs.clone().ok_or_else(|| {
        Problem::new(
            StatusCode::CONFLICT,
            "There is no hub",
            "this server knows no hub, which has the jobs: name the studio's with --hub, or put hub = \
             \"https://…\" into [common] of endpoint.toml, and start it again",
        )
        .with_code("no-hub")
    })
}

impl From<JobError> for Problem {
    fn from(error: JobError) -> Self {
        let (status, title, code) = match &error {
            JobError::UnknownSession(_) => (StatusCode::NOT_FOUND, "Not found", "not-found"),
            JobError::SceneNotSaved(_) => (StatusCode::CONFLICT, "Not saved", "scene-not-saved"),
            JobError::NotInStorage(_) => (StatusCode::CONFLICT, "In no storage", "not-in-storage"),
            JobError::NotValidated(_) => (StatusCode::CONFLICT, "Not validated", "not-validated"),
            JobError::NothingChosen(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "Nothing to publish",
                "nothing-chosen",
            ),
            JobError::UnknownInstance(_) => {
                (StatusCode::NOT_FOUND, "Not found", "unknown-instance")
            }
            JobError::Unusable(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "Not what is expected",
                "unprocessable",
            ),
            JobError::HubAway(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The hub is away",
                "hub-unavailable",
            ),
            JobError::HubRefused { code, .. } => of_hub(code),
            JobError::FarmFailed(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "The farm refused",
                "farm-failed",
            ),
            JobError::Stopped => (StatusCode::CONFLICT, "Stopped", "conflict"),
            JobError::Other(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "It failed",
                "server-error",
            ),
        };
        Problem::new(status, title, error.to_string()).with_code(code)
    }
}

/// What the hub refuses. What its clients know keeps its code; the rest is for its administrators.
fn of_hub(code: &str) -> (StatusCode, &'static str, &'static str) {
    match code {
        "unknown-job" => (StatusCode::NOT_FOUND, "Not found", "unknown-job"),
        "job-ended" => (StatusCode::CONFLICT, "It has ended", "job-ended"),
        "job-not-failed" => (StatusCode::CONFLICT, "It did not fail", "job-not-failed"),
        _ => (StatusCode::BAD_GATEWAY, "The hub refuses", "hub-refused"),
    }
}
