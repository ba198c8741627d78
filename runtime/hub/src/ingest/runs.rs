//! The rows of runs, and of what they published.

use std::time::SystemTime;

use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;

use super::batch::Batch;
use super::meaning::RunRow;
use super::rows::{Json, time_of_seconds};
use super::session::Known;
use crate::error::HubError;

/// A run as it is now. Returns its id in the hub.
pub(super) async fn put_run(
    transaction: &Transaction<'_>,
    machine: i64,
    session: &Known,
    batch: &Batch,
    run: &RunRow,
) -> Result<i64, HubError> {
    let started: SystemTime = time_of_seconds(run.started);
    let ended = run.ended.map(time_of_seconds);
    let adapter = run.adapter.as_ref().unwrap_or(&batch.head.adapter);
    let put = transaction
        .prepare_cached(
            "INSERT INTO runs (session_id, machine_id, number, state, reason, person, adapter, host,
                 project, task, comment, started, ended, succeeded, failed, info, month)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
             ON CONFLICT (session_id, number) DO UPDATE SET state = excluded.state,
                 reason = excluded.reason, person = excluded.person, adapter = excluded.adapter,
                 host = excluded.host, project = excluded.project, task = excluded.task,
                 comment = excluded.comment, started = excluded.started, ended = excluded.ended,
                 succeeded = excluded.succeeded, failed = excluded.failed, info = excluded.info RETURNING id",
        )
        .await?;
    let values: [&(dyn ToSql + Sync); 17] = [
        &session.id,
        &machine,
        &run.number,
        &run.state,
        &run.reason,
        &run.person,
        adapter,
        &run.host,
        &session.project,
        &session.task,
        &run.comment,
        &started,
        &ended,
        &run.succeeded,
        &run.failed,
        &Json(&run.info),
        &session.month,
    ];
    let id = transaction.query_one(&put, &values).await?.get(0);
    for (position, version) in (0_i32..).zip(&run.published) {
        let put = transaction
            .prepare_cached(
                "INSERT INTO versions (session_id, run, position, name, version, path, unchanged)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            )
            .await?;
        let values: [&(dyn ToSql + Sync); 7] = [
            &session.id,
            &run.number,
            &position,
            &version.name,
            &version.version,
            &version.path,
            &version.unchanged,
        ];
        transaction.execute(&put, &values).await?;
    }
    Ok(id)
}

/// Ends the runs of this session that nobody continues, as the machine's own history does, with
/// their results so far. Returns their ids in the hub.
pub(super) async fn interrupt(
    transaction: &Transaction<'_>,
    session: i64,
    but: Option<i64>,
) -> Result<Vec<i64>, HubError> {
    let update = transaction
        .prepare_cached(
            "UPDATE runs SET state = 'interrupted',
                 succeeded = (SELECT count(*) FROM results WHERE results.session_id = runs.session_id
                     AND results.run = runs.number AND results.success),
                 failed = (SELECT count(*) FROM results WHERE results.session_id = runs.session_id
                     AND results.run = runs.number AND NOT results.success)
             WHERE session_id = $1 AND state = 'running' AND number IS DISTINCT FROM $2
             RETURNING id",
        )
        .await?;
    let rows = transaction.query(&update, &[&session, &but]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
