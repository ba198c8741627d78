//! What workers ask: for a task, for more time, and to end it.

use axum::Json;
use axum::extract::State;

use super::access::Worker;
use super::extract::{JsonBody, Path};
use super::problem::HubProblem;
use super::state::HubState;
use crate::jobs;
use pyblish_farm::wire::{
    Claim, ClaimAnswer, Finish, Finished, Heartbeat, HeartbeatAnswer, LEASE_LOST,
};

/// Gives the worker a task, for as long as `lease` says: that with the highest priority of those that
/// it may do, and of those the oldest. `task` is null if there is none now. A machine only gets jobs
/// that it has handed over for its own background, and names the job.
#[utoipa::path(post, path = "/pyblish/hub/v1/work/claim", tag = "work", operation_id = "claimTask", request_body = Claim,
    responses((status = 200, description = "A task, or none.", body = ClaimAnswer),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn claim(
    State(hub): State<HubState>,
    Worker { machine, here }: Worker,
    JsonBody(claim): JsonBody<Claim>,
) -> Result<Json<ClaimAnswer>, HubProblem> {
    if here {
        check_own(&hub, machine, &claim).await?;
        let answer = jobs::claim_own(&hub.database, &hub.jobs, machine, &claim).await?;
        return Ok(Json(answer));
    }
    let answer = hub.claims.ask((machine, claim)).await;
    let answer = answer.map_err(|error| HubProblem::from(&*error))?;
    Ok(Json(answer))
}

/// Renews the lease of a task, and says whether somebody has cancelled it.
///
/// 409 with the code `lease-lost`: the task is not this worker's any more, or the epoch is not that
/// of the last claim.
#[utoipa::path(post, path = "/pyblish/hub/v1/work/tasks/{id}/heartbeat", tag = "work", operation_id = "renewTask", request_body = Heartbeat,
    params(("id" = i64, Path, description = "The id of the task that was claimed.")),
    responses((status = 200, description = "The task is still this worker's.", body = HeartbeatAnswer),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn heartbeat(
    State(hub): State<HubState>,
    Worker { machine, .. }: Worker,
    Path(id): Path<i64>,
    JsonBody(heartbeat): JsonBody<Heartbeat>,
) -> Result<Json<HeartbeatAnswer>, HubProblem> {
    let renewed = jobs::renew(&hub.database, &hub.jobs, machine, id, &heartbeat).await?;
    renewed.map(Json).ok_or_else(|| lost(heartbeat.epoch))
}

/// Ends the work at a task. A failure that may pass is tried again, as often as the job allows. The
/// same end a second time changes nothing.
///
/// 409 with the code `lease-lost`: as for `heartbeat`; nothing was changed.
#[utoipa::path(post, path = "/pyblish/hub/v1/work/tasks/{id}/finish", tag = "work", operation_id = "finishTask", request_body = Finish,
    params(("id" = i64, Path, description = "The id of the task that was claimed.")),
    responses((status = 200, description = "The task has ended, or is tried again.", body = Finished),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn finish(
    State(hub): State<HubState>,
    Worker { machine, .. }: Worker,
    Path(id): Path<i64>,
    JsonBody(finish): JsonBody<Finish>,
) -> Result<Json<Finished>, HubProblem> {
    let finished = jobs::finish(&hub.database, &hub.jobs, machine, id, &finish).await?;
    finished.map(Json).ok_or_else(|| lost(finish.epoch))
}

/// Checks that a machine only asks for a job that it has handed over for itself.
async fn check_own(hub: &HubState, machine: i64, claim: &Claim) -> Result<(), HubProblem> {
    let job = match claim.job {
        Some(job) => jobs::job(&hub.database, Some(machine), job).await?,
        None => None,
    };
    match job {
        Some(job) if !job.place.is_farm() => Ok(()),
        _ => Err(HubProblem::forbidden(
            "a machine only does jobs that it has handed over for its own background; for the farm's jobs use a \
             token of `hub tokens add --worker NAME`",
        )),
    }
}

fn lost(epoch: i64) -> HubProblem {
    HubProblem::conflict(
        LEASE_LOST,
        "The lease is lost",
        format!(
            "the task is not this worker's any more: its lease of epoch {epoch} has run out, so another worker may \
             have the task; stop, and change nothing"
        ),
    )
}
