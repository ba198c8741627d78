//! Workers: machines that asked for a task.

use deadpool_postgres::Object;
use tokio_postgres::Row;

use crate::audit;
use crate::database::Database;
use crate::error::HubError;
use pyblish_farm::wire::{Claim, WorkerInfo};

const COLUMNS: &str = "m.name, w.state, w.labels, w.program, extract(epoch FROM w.heard)::float8,
     (SELECT count(*) FROM tasks t WHERE t.machine_id = m.id AND t.state = 'running')";

/// A worker asks for a task. Returns its state.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn heard(
    client: &Object,
    machine: i64,
    claim: &Claim,
) -> Result<String, HubError> {
    // A worker that asks all the time writes from time to time only.
    let select = client
        .prepare_cached(
            "SELECT state FROM workers WHERE machine_id = $1 AND labels = $2 AND program = $3
                 AND heard > now() - interval '10 seconds'",
        )
        .await?;
    let (labels, program) = (&claim.labels, &claim.program);
    let known = client
        .query_opt(&select, &[&machine, labels, program])
        .await?;
    if let Some(row) = known {
        return Ok(row.get(0));
    }
    let put = client
        .prepare_cached(
            "INSERT INTO workers (machine_id, labels, program) VALUES ($1, $2, $3)
             ON CONFLICT (machine_id) DO UPDATE SET labels = excluded.labels,
                 program = excluded.program, heard = now() RETURNING state",
        )
        .await?;
    let row = client.query_one(&put, &[&machine, labels, program]).await?;
    Ok(row.get(0))
}

/// All workers, by name.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn list(database: &Database) -> Result<Vec<WorkerInfo>, HubError> {
    let client = database.get().await?;
    let text = format!(
        "SELECT {COLUMNS} FROM workers w JOIN machines m ON m.id = w.machine_id ORDER BY m.name"
    );
    let select = client.prepare_cached(&text).await?;
    let rows = client.query(&select, &[]).await?;
    Ok(rows.iter().map(info).collect())
}

/// Changes the state of a worker, and writes down who did it; none if there is no such worker.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn order(
    database: &Database,
    name: &str,
    state: &str,
    who: &str,
) -> Result<Option<WorkerInfo>, HubError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    let text = format!(
        "UPDATE workers w SET state = $2 FROM machines m WHERE m.id = w.machine_id AND m.name = $1
         RETURNING {COLUMNS}"
    );
    let row = transaction.query_opt(&text, &[&name, &state]).await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let what = format!("made the worker {name} {state}");
    audit::add(&transaction, who, &what).await?;
    let info = info(&row);
    transaction.commit().await?;
    Ok(Some(info))
}

fn info(row: &Row) -> WorkerInfo {
    WorkerInfo {
        name: row.get(0),
        state: row.get(1),
        labels: row.get(2),
        program: row.get(3),
        heard: row.get(4),
        running: row.get(5),
    }
}
