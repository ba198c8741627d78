//! The workers, and what they are told.

use axum::Json;
use axum::extract::State;

use super::access::{Supervisor, Viewer};
use super::extract::Path;
use super::problem::HubProblem;
use super::state::HubState;
use crate::jobs;
use pyblish_farm::wire::{WorkerInfo, WorkerList};

/// The workers, by name.
#[utoipa::path(get, path = "/pyblish/hub/v1/workers", tag = "workers", operation_id = "listWorkers",
    responses((status = 200, description = "All workers.", body = WorkerList),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<HubState>,
    _: Viewer,
) -> Result<Json<WorkerList>, HubProblem> {
    let items = jobs::list_workers(&hub.database).await?;
    Ok(Json(WorkerList { items }))
}

/// Tells a worker to `pause` (it ends what it does, and begins nothing), to `drain` (the same, and then
/// `work --any` ends), or to `resume`.
#[utoipa::path(post, path = "/pyblish/hub/v1/workers/{name}/{order}", tag = "workers", operation_id = "orderWorker",
    params(("name" = String, Path, description = "The worker's name."),
        ("order" = String, Path, description = "`pause`, `drain` or `resume`.")),
    responses((status = 200, description = "The worker.", body = WorkerInfo),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn order(
    State(hub): State<HubState>,
    supervisor: Supervisor,
    Path((name, order)): Path<(String, String)>,
) -> Result<Json<WorkerInfo>, HubProblem> {
    let state = match order.as_str() {
        "pause" => "paused",
        "drain" => "draining",
        "resume" => "active",
        _ => {
            return Err(HubProblem::not_found(
                "not-found",
                format!("a worker cannot {order:?}: it can pause, drain and resume"),
            ));
        }
    };
    let info = jobs::order(&hub.database, &name, state, &supervisor.name).await?;
    info.map(Json).ok_or_else(|| {
        HubProblem::not_found(
            "unknown-worker",
            format!("no worker {name:?} has asked for a task yet; `pyblish-endpoint hub workers list` shows them"),
        )
    })
}
