//! The row of a session. Whoever adds events of it locks it first: so two batches of one session
//! never mix, and an event is there once, in whichever month it arrived.

use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;

use super::batch::Batch;
use crate::error::HubError;
use crate::months::THIS_MONTH;

/// The session of a batch, as it is stored.
pub(super) struct Known {
    pub(super) id: i64,
    /// The last event that is there.
    pub(super) last: i64,
    pub(super) project: Option<String>,
    pub(super) task: Option<String>,
    /// The month in which the batch arrives.
    pub(super) month: i32,
}

/// The row of the session, locked. It is made where there is none.
pub(super) async fn session(
    transaction: &Transaction<'_>,
    machine: i64,
    batch: &Batch,
) -> Result<Known, HubError> {
    let head = &batch.head;
    let select = transaction
        .prepare_cached(&format!(
            "SELECT id, last, project, task, {THIS_MONTH} FROM sessions
             WHERE machine_id = $1 AND name = $2 AND log = $3 FOR UPDATE"
        ))
        .await?;
    let key: [&(dyn ToSql + Sync); 3] = [&machine, &head.session, &head.log];
    let mut row = transaction.query_opt(&select, &key).await?;
    if row.is_none() {
        let insert = transaction
            .prepare_cached(
                "INSERT INTO sessions
                     (machine_id, name, log, adapter, adapter_version, hosts, program, is_open)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            )
            .await?;
        let values: [&(dyn ToSql + Sync); 8] = [
            &machine,
            &head.session,
            &head.log,
            &head.adapter,
            &head.adapter_version,
            &head.hosts,
            &head.program,
            &head.open,
        ];
        transaction.execute(&insert, &values).await?;
        row = transaction.query_opt(&select, &key).await?;
    }
    let row = row.ok_or_else(|| HubError::Unavailable("a session vanished".into()))?;
    Ok(Known {
        id: row.get(0),
        last: row.get(1),
        project: row.get(2),
        task: row.get(3),
        month: row.get(4),
    })
}
