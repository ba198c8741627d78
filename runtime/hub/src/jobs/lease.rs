//! Renews and ends what a worker has claimed. Both count only for the epoch of the last claim.

use tokio_postgres::types::ToSql;

use super::ending::{EndedAttempt, end, numbers};
use super::settings::JobSettings;
use super::state;
use crate::database::Database;
use crate::error::HubError;
use pyblish_farm::FailureKind;
use pyblish_farm::wire::{Finish, Finished, Heartbeat, HeartbeatAnswer};

/// Renews the lease of a task; none if it is not this worker's any more.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn renew(
    database: &Database,
    settings: &JobSettings,
    machine: i64,
    task: i64,
    heartbeat: &Heartbeat,
) -> Result<Option<HeartbeatAnswer>, HubError> {
    let client = database.get().await?;
    let renew = client
        .prepare_cached(
            "WITH renewed AS (
                 UPDATE tasks SET lease_until = clock_timestamp() + $4 * interval '1 second',
                     progress = $5, doing = $6
                 WHERE id = $1 AND epoch = $2 AND machine_id = $3 AND state = 'running'
                     AND lease_until > clock_timestamp()
                 RETURNING id, job_id),
             kept AS (
                 UPDATE attempts a SET session = $7, runs = $8 FROM renewed
                 WHERE a.task_id = renewed.id AND a.epoch = $2
                     AND (a.session IS DISTINCT FROM $7 OR a.runs <> $8)),
             seen AS (
                 UPDATE workers SET heard = now()
                 WHERE machine_id = $3 AND heard < now() - interval '10 seconds')
             SELECT j.cancelled FROM renewed JOIN jobs j ON j.id = renewed.job_id",
        )
        .await?;
    let lease = settings.lease.as_secs_f64();
    let progress = match heartbeat.progress.is_finite() {
        true => heartbeat.progress.clamp(0.0, 1.0),
        false => 0.0,
    };
    let runs = numbers(&heartbeat.runs);
    let values: [&(dyn ToSql + Sync); 8] = [
        &task,
        &heartbeat.epoch,
        &machine,
        &lease,
        &progress,
        &heartbeat.doing,
        &heartbeat.session,
        &runs,
    ];
    let row = client.query_opt(&renew, &values).await?;
    Ok(row.map(|row| HeartbeatAnswer {
        lease,
        cancelled: row.get(0),
    }))
}

/// Ends the work of this worker at a task; none if it is not its own any more. The same end a second
/// time changes nothing.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn finish(
    database: &Database,
    settings: &JobSettings,
    machine: i64,
    task: i64,
    finish: &Finish,
) -> Result<Option<Finished>, HubError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    let select = transaction
        .prepare_cached("SELECT job_id, number FROM tasks WHERE id = $1")
        .await?;
    let Some(row) = transaction.query_opt(&select, &[&task]).await? else {
        return Ok(None);
    };
    let (job, number): (i64, i32) = (row.get(0), row.get(1));
    let Some(locked) = state::lock(&transaction, job).await? else {
        return Ok(None);
    };
    let select = transaction
        .prepare_cached(
            "SELECT counted FROM tasks WHERE id = $1 AND epoch = $2 AND machine_id = $3
                 AND state = 'running' AND lease_until > clock_timestamp() FOR UPDATE",
        )
        .await?;
    let key: [&(dyn ToSql + Sync); 3] = [&task, &finish.epoch, &machine];
    let Some(row) = transaction.query_opt(&select, &key).await? else {
        // Its first answer may have been lost on its way.
        let select = transaction
            .prepare_cached(
                "SELECT t.state FROM attempts a JOIN tasks t ON t.id = a.task_id
                 WHERE a.task_id = $1 AND a.epoch = $2 AND a.machine_id = $3 AND t.epoch = $2
                     AND a.ended IS NOT NULL AND a.failure IS NOT DISTINCT FROM $4
                     AND a.failure IS DISTINCT FROM 'worker-lost'",
            )
            .await?;
        let failure = finish.failure.map(FailureKind::name);
        let key: [&(dyn ToSql + Sync); 4] = [&task, &finish.epoch, &machine, &failure];
        let row = transaction.query_opt(&select, &key).await?;
        return Ok(row.map(|row| Finished { state: row.get(0) }));
    };
    let ended = EndedAttempt {
        task,
        job,
        number,
        counted: row.get(0),
    };
    let new = end(&transaction, settings, &locked, &ended, finish).await?;
    transaction.commit().await?;
    Ok(Some(Finished { state: new.into() }))
}
