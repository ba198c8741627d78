//! What becomes of a task when an attempt at it ends.

use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;

use super::settings::JobSettings;
use super::state;
use super::state::LockedJob;
use crate::error::HubError;
use pyblish_farm::FailureKind;
use pyblish_farm::wire::Finish;

/// An attempt that ends.
pub(crate) struct EndedAttempt {
    pub(crate) task: i64,
    pub(crate) job: i64,
    pub(crate) number: i32,
    /// How many attempts count so far, this one included.
    pub(crate) counted: i32,
}

/// Ends an attempt at a running task of a locked job. Returns the state of the task now.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn end(
    transaction: &Transaction<'_>,
    settings: &JobSettings,
    job: &LockedJob,
    ended: &EndedAttempt,
    finish: &Finish,
) -> Result<&'static str, HubError> {
    let failure = finish.failure;
    let is_over = ended.counted >= job.attempts || job.cancelled;
    let new = match failure {
        None => "succeeded",
        Some(kind) if kind.is_retried() && !is_over => "ready",
        Some(_) if job.cancelled => "cancelled",
        Some(FailureKind::Cancelled) => "cancelled",
        Some(_) => "failed",
    };
    let wait = match failure {
        Some(kind) if kind.backs_off() => settings.wait_after(ended.counted).as_secs_f64(),
        _ => 0.0,
    };
    let handover = match (failure, finish.handover.is_empty()) {
        (None, false) => Some(text(&finish.handover)?),
        _ => None,
    };
    let update = transaction
        .prepare_cached(
            "UPDATE tasks SET state = $2, lease_until = NULL, machine_id = NULL, doing = '',
                 progress = CASE WHEN $2 = 'succeeded' THEN 1 ELSE 0 END,
                 not_before = clock_timestamp() + $3 * interval '1 second',
                 handover = coalesce($4::text::json, handover)
             WHERE id = $1",
        )
        .await?;
    let values: [&(dyn ToSql + Sync); 4] = [&ended.task, &new, &wait, &handover];
    transaction.execute(&update, &values).await?;
    let update = transaction
        .prepare_cached(
            "UPDATE attempts SET ended = clock_timestamp(), success = $3, failure = $4, message = $5,
                 exit = $6, session = coalesce($7, session),
                 runs = CASE WHEN cardinality($8::bigint[]) > 0 THEN $8 ELSE runs END,
                 report = $9::text::json
             WHERE task_id = $1 AND epoch = $2",
        )
        .await?;
    let report = finish.report.as_ref().map(text).transpose()?;
    let kind = failure.map(FailureKind::name);
    let exit = i16::from(finish.exit);
    let runs = numbers(&finish.runs);
    let values: [&(dyn ToSql + Sync); 9] = [
        &ended.task,
        &finish.epoch,
        &failure.is_none(),
        &kind,
        &finish.message,
        &exit,
        &finish.session,
        &runs,
        &report,
    ];
    transaction.execute(&update, &values).await?;
    if new == "succeeded" {
        let update = transaction
            .prepare_cached(
                "UPDATE tasks SET waits_for = waits_for - 1,
                     state = CASE WHEN state = 'waiting' AND waits_for = 1 THEN 'ready' ELSE state END
                 WHERE job_id = $1 AND number > $2 AND waits_for > 0",
            )
            .await?;
        transaction
            .execute(&update, &[&ended.job, &ended.number])
            .await?;
    }
    state::settle(transaction, ended.job).await?;
    Ok(new)
}

/// Numbers of runs, as the database has them.
pub(crate) fn numbers(runs: &[u64]) -> Vec<i64> {
    let numbers = runs.iter().filter_map(|run| i64::try_from(*run).ok());
    numbers.collect()
}

fn text(value: &impl serde::Serialize) -> Result<String, HubError> {
    let text = serde_json::to_string(value);
    let text = text.map_err(|error| HubError::Data(error.to_string()))?;
    // PostgreSQL stores no such character.
    Ok(text.replace("\\u0000", "\u{FFFD}"))
}
