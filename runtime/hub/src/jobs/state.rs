//! The state of a job, which follows from its tasks.

use deadpool_postgres::Transaction;

use crate::error::HubError;

/// The state of a job as it is shown: the stored one does not say that a task is running.
pub(crate) const SHOWN: &str = "CASE WHEN j.state = 'queued' AND EXISTS (SELECT 1 FROM tasks t \
     WHERE t.job_id = j.id AND t.state = 'running') THEN 'running' ELSE j.state END";

/// A job, locked until the end of the transaction.
pub(crate) struct LockedJob {
    pub(crate) state: String,
    pub(crate) cancelled: bool,
    pub(crate) attempts: i32,
}

/// Locks a job; none if there is none.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn lock(
    transaction: &Transaction<'_>,
    job: i64,
) -> Result<Option<LockedJob>, HubError> {
    let select = transaction
        .prepare_cached("SELECT state, cancelled, attempts FROM jobs WHERE id = $1 FOR UPDATE")
        .await?;
    let row = transaction.query_opt(&select, &[&job]).await?;
    Ok(row.map(|row| LockedJob {
        state: row.get(0),
        cancelled: row.get(1),
        attempts: row.get(2),
    }))
}

/// Gives a locked job the state that its tasks come to.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn settle(transaction: &Transaction<'_>, job: i64) -> Result<(), HubError> {
    let update = transaction
        .prepare_cached(
            "UPDATE jobs j SET state = s.state,
                 ended = CASE WHEN s.state <> 'queued' THEN coalesce(j.ended, now()) END
             FROM (SELECT CASE
                     WHEN bool_or(state IN ('ready', 'running')) THEN 'queued'
                     WHEN bool_and(state = 'succeeded') THEN 'succeeded'
                     WHEN bool_or(state = 'failed') THEN 'failed'
                     ELSE 'cancelled' END AS state
                 FROM tasks WHERE job_id = $1) s
             WHERE j.id = $1",
        )
        .await?;
    transaction.execute(&update, &[&job]).await?;
    Ok(())
}
