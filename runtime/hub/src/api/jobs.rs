//! Publishes that are handed over to workers. A machine sees and changes its own.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::access::{JobOwner, JobReader};
use super::extract::{JsonBody, Path, Query};
use super::paging::{Asked, Cursor, Page, asked};
use super::problem::HubProblem;
use super::state::HubState;
use crate::jobs::{self, Changed, JobFilter, Origin};
use pyblish_farm::wire::{EventList, JobInfo, JobKey, JobPage, Submit};

/// The states of a job.
const STATES: [&str; 5] = ["queued", "running", "succeeded", "failed", "cancelled"];

/// Bytes of the largest job.
const LARGEST: usize = 1 << 20;

/// Characters of the longest key, name of a user, and name of a submitter.
const LONGEST: usize = 200;

/// Makes a job, signed by the hub. The same `key` from the same machine or person makes no other
/// one, so sending it again is safe.
#[utoipa::path(post, path = "/pyblish/hub/v1/jobs", tag = "jobs", operation_id = "submitJob", request_body = Submit,
    responses((status = 200, description = "The job.", body = JobInfo),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn submit(
    State(hub): State<HubState>,
    owner: JobOwner,
    JsonBody(submit): JsonBody<Submit>,
) -> Result<Json<JobInfo>, HubProblem> {
    let wrong = submit.spec.check();
    wrong.map_err(|error| HubProblem::unprocessable(error.to_string()))?;
    for (what, text) in [("key", &submit.key), ("user", &submit.user)] {
        if text.is_empty() || text.chars().count() > LONGEST || text.contains('\0') {
            return Err(HubProblem::unprocessable(format!(
                "the {what} must have 1 to {LONGEST} characters"
            )));
        }
    }
    let session = submit.session.as_deref().unwrap_or_default();
    for (what, text) in [
        ("submitter's name", submit.submitter.as_str()),
        ("session", session),
    ] {
        if text.chars().count() > LONGEST || text.contains('\0') {
            return Err(HubProblem::unprocessable(format!(
                "the {what} must have {LONGEST} characters at most"
            )));
        }
    }
    if owner.machine.is_none() && !submit.spec.place.is_farm() {
        return Err(HubProblem::unprocessable(
            "only a machine publishes in its own background: hand it over with a token of `hub tokens add \
             --machine NAME`",
        ));
    }
    let size = serde_json::to_vec(&submit.spec).map_or(usize::MAX, |text| text.len());
    if size > LARGEST {
        return Err(HubProblem::unprocessable(format!(
            "the job has {size} bytes, and {LARGEST} are allowed: name fewer instances"
        )));
    }
    let origin = Origin {
        machine: owner.machine,
        token_id: owner.token_id,
        name: owner.name,
    };
    let id = jobs::submit(&hub.database, &origin, &submit).await?;
    found(&hub, owner.machine, id).await
}

async fn found(hub: &HubState, machine: Option<i64>, id: i64) -> Result<Json<JobInfo>, HubProblem> {
    let job = jobs::job(&hub.database, machine, id).await?;
    job.map(Json).ok_or_else(|| unknown(id))
}

fn unknown(id: i64) -> HubProblem {
    HubProblem::not_found(
        "unknown-job",
        format!(
            "the hub has no job {id}, or it is not of this machine; `pyblish-endpoint hub jobs list` shows them"
        ),
    )
}

/// Which jobs to list. All conditions must be fulfilled.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobsQuery {
    /// One or more states, separated by commas: `queued`, `running`, `succeeded`, `failed`,
    /// `cancelled`.
    state: Option<String>,
    /// Who handed it over.
    user: Option<String>,
    /// The session that it is of, on the machine that handed it over.
    session: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many to return: 100 by default, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<i64>,
}

/// The jobs, the latest first, without their tasks.
#[utoipa::path(get, path = "/pyblish/hub/v1/jobs", tag = "jobs", operation_id = "listJobs", params(JobsQuery),
    responses((status = 200, description = "A page of jobs.", body = JobPage),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<HubState>,
    reader: JobReader,
    Query(query): Query<JobsQuery>,
) -> Result<Json<JobPage>, HubProblem> {
    let asked = asked(query.limit, query.after.as_deref())?;
    let Asked { limit, after } = asked;
    let filter = JobFilter {
        machine: reader.machine,
        states: query.state.as_deref().map(states).transpose()?,
        user: query.user,
        session: query.session,
        after: after.map(|after| (after.at, after.id)),
        limit: limit + 1,
    };
    let (total, jobs) = jobs::list(&hub.database, filter).await?;
    let cursor = |(job, at): &(JobInfo, i64)| Cursor {
        at: *at,
        id: job.id,
    };
    let page = Page::of(total, jobs, asked, cursor);
    Ok(Json(JobPage {
        total: page.total,
        estimated: page.estimated,
        items: page.items.into_iter().map(|(job, _)| job).collect(),
        next: page.next,
    }))
}

fn states(text: &str) -> Result<Vec<String>, HubProblem> {
    let states: Vec<String> = text.split(',').map(str::to_owned).collect();
    match states.iter().find(|it| !STATES.contains(&it.as_str())) {
        None => Ok(states),
        Some(wrong) => Err(HubProblem::bad_request(format!(
            "there is no state {wrong:?} of jobs; there are {}",
            STATES.join(", ")
        ))),
    }
}

/// A job with its tasks and their attempts.
#[utoipa::path(get, path = "/pyblish/hub/v1/jobs/{id}", tag = "jobs", operation_id = "readJob",
    params(("id" = i64, Path, description = "The job's id.")),
    responses((status = 200, description = "The job.", body = JobInfo),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn read(
    State(hub): State<HubState>,
    reader: JobReader,
    Path(id): Path<i64>,
) -> Result<Json<JobInfo>, HubProblem> {
    found(&hub, reader.machine, id).await
}

/// Cancels a job: what has not begun never begins, and workers stop.
///
/// 409 with the code `job-ended`: it has ended already.
#[utoipa::path(post, path = "/pyblish/hub/v1/jobs/{id}/cancel", tag = "jobs", operation_id = "cancelJob",
    params(("id" = i64, Path, description = "The job's id.")),
    responses((status = 200, description = "The job.", body = JobInfo),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn cancel(
    State(hub): State<HubState>,
    owner: JobOwner,
    Path(id): Path<i64>,
) -> Result<Json<JobInfo>, HubProblem> {
    drop(found(&hub, owner.machine, id).await?);
    match jobs::cancel(&hub.database, id).await? {
        Changed::Done => found(&hub, owner.machine, id).await,
        Changed::Unknown => Err(unknown(id)),
        Changed::Not(state) => Err(HubProblem::conflict(
            "job-ended",
            "It has ended",
            format!("the job {id} has {state} already, so it cannot be cancelled"),
        )),
    }
}

/// Has what failed or was cancelled in a job tried again.
///
/// 409 with the code `job-not-failed`: nothing in it failed, or it has not ended.
#[utoipa::path(post, path = "/pyblish/hub/v1/jobs/{id}/retry", tag = "jobs", operation_id = "retryJob",
    params(("id" = i64, Path, description = "The job's id.")),
    responses((status = 200, description = "The job.", body = JobInfo),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn retry(
    State(hub): State<HubState>,
    owner: JobOwner,
    Path(id): Path<i64>,
) -> Result<Json<JobInfo>, HubProblem> {
    drop(found(&hub, owner.machine, id).await?);
    match jobs::retry(&hub.database, id).await? {
        Changed::Done => found(&hub, owner.machine, id).await,
        Changed::Unknown => Err(unknown(id)),
        Changed::Not(state) => Err(HubProblem::conflict(
            "job-not-failed",
            "It did not fail",
            format!(
                "the job {id} is {state}: only one that failed or was cancelled can be tried again"
            ),
        )),
    }
}

/// Which attempt is meant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttemptQuery {
    /// The epoch of the attempt.
    epoch: i64,
    /// For events: the number of the last one that is known.
    after: Option<i64>,
}

/// The events of an attempt at a task, as far as its worker has sent them: 1,000 at most.
#[utoipa::path(get, path = "/pyblish/hub/v1/jobs/{id}/tasks/{number}/events", tag = "jobs", operation_id = "readTaskEvents",
    params(("id" = i64, Path, description = "The job's id."), ("number" = i32, Path, description = "The task's number."), AttemptQuery),
    responses((status = 200, description = "Events, in their order.", body = EventList),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn events(
    State(hub): State<HubState>,
    reader: JobReader,
    Path((id, number)): Path<(i64, i32)>,
    Query(query): Query<AttemptQuery>,
) -> Result<Json<EventList>, HubProblem> {
    drop(found(&hub, reader.machine, id).await?);
    let after = query.after.unwrap_or(0);
    let items = jobs::events(&hub.database, (id, number, query.epoch), after).await?;
    Ok(Json(EventList { items }))
}

/// The parts of the report of an attempt at a task, in full: its worker does not leave anything out.
/// Null while there is none.
#[utoipa::path(get, path = "/pyblish/hub/v1/jobs/{id}/tasks/{number}/report", tag = "jobs", operation_id = "readTaskReport",
    params(("id" = i64, Path, description = "The job's id."), ("number" = i32, Path, description = "The task's number."), AttemptQuery),
    responses((status = 200, description = "The parts of the report.", body = Object),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn report(
    State(hub): State<HubState>,
    reader: JobReader,
    Path((id, number)): Path<(i64, i32)>,
    Query(query): Query<AttemptQuery>,
) -> Result<Json<Value>, HubProblem> {
    drop(found(&hub, reader.machine, id).await?);
    let report = jobs::report(&hub.database, (id, number, query.epoch)).await?;
    Ok(Json(report))
}

/// The key that jobs are signed with: what workers take as `--job-key`.
#[utoipa::path(get, path = "/pyblish/hub/v1/jobs/key", tag = "jobs", operation_id = "readJobKey",
    responses((status = 200, description = "The key, as minisign writes it.", body = JobKey),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn key(
    State(hub): State<HubState>,
    _: JobReader,
) -> Result<Json<JobKey>, HubProblem> {
    let client = hub.database.get().await?;
    let key = jobs::public_key(&client).await?;
    Ok(Json(JobKey { key }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_known() {
        assert_eq!(states("failed,queued").unwrap(), ["failed", "queued"]);
        for wrong in ["", "lost", "failed,"] {
            assert!(states(wrong).is_err(), "{wrong}");
        }
    }
}
