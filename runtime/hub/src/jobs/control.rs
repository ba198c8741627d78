//! Cancels jobs, and has them tried again.

use super::state;
use crate::database::Database;
use crate::error::HubError;

/// What became of such a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Changed {
    /// It was done.
    Done,
    /// There is no such job.
    Unknown,
    /// The job is in this state, so it cannot be done.
    Not(String),
}

/// Cancels a job: what has not begun never begins, and workers are told to stop.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn cancel(database: &Database, job: i64) -> Result<Changed, HubError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    let Some(locked) = state::lock(&transaction, job).await? else {
        return Ok(Changed::Unknown);
    };
    if locked.cancelled {
        return Ok(Changed::Done);
    }
    if locked.state != "queued" {
        return Ok(Changed::Not(locked.state));
    }
    transaction
        .execute("UPDATE jobs SET cancelled = true WHERE id = $1", &[&job])
        .await?;
    transaction
        .execute(
            "UPDATE tasks SET state = 'cancelled' WHERE job_id = $1 AND state IN ('waiting', 'ready')",
            &[&job],
        )
        .await?;
    state::settle(&transaction, job).await?;
    transaction.commit().await?;
    Ok(Changed::Done)
}

/// Has what failed or was cancelled in a job tried again, with all of its attempts.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn retry(database: &Database, job: i64) -> Result<Changed, HubError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    let Some(locked) = state::lock(&transaction, job).await? else {
        return Ok(Changed::Unknown);
    };
    if !["failed", "cancelled"].contains(&locked.state.as_str()) {
        return Ok(Changed::Not(locked.state));
    }
    transaction
        .execute(
            "UPDATE jobs SET cancelled = false, ended = NULL WHERE id = $1",
            &[&job],
        )
        .await?;
    transaction
        .execute(
            "UPDATE tasks SET state = CASE WHEN waits_for > 0 THEN 'waiting' ELSE 'ready' END,
                 counted = 0, not_before = now()
             WHERE job_id = $1 AND state IN ('failed', 'cancelled')",
            &[&job],
        )
        .await?;
    state::settle(&transaction, job).await?;
    transaction.commit().await?;
    Ok(Changed::Done)
}
