//! Workers: machines that asked for a task.

use std::collections::HashMap;

use deadpool_postgres::Object;
use tokio_postgres::Row;

use crate::audit;
use crate::database::Database;
use crate::error::HubError;
use pyblish_farm::wire::{Claim, WorkerInfo};

const COLUMNS: &str = "m.name, w.state, w.labels, w.program, extract(epoch FROM w.heard)::float8,
     (SELECT count(*) FROM tasks t WHERE t.machine_id = m.id AND t.state = 'running')";

/// Workers ask for the same. Returns the state of each, by its machine.
///
/// # Errors
/// See [`HubError`].
pub(super) async fn heard(
    client: &Object,
    machines: &[i64],
    claim: &Claim,
) -> Result<HashMap<i64, String>, HubError> {
    let select = client
        .prepare_cached(
            "SELECT machine_id, state FROM workers WHERE machine_id = ANY($1) AND labels = $2
                 AND program = $3 AND heard > now() - interval '10 seconds'",
        )
        .await?;
    let (labels, program) = (&claim.labels, &claim.program);
    let known = client.query(&select, &[&machines, labels, program]).await?;
    let mut states: HashMap<i64, String> =
        known.iter().map(|row| (row.get(0), row.get(1))).collect();
    // A worker that asks all the time writes from time to time only.
    let mut others: Vec<i64> = machines.to_vec();
    others.retain(|machine| !states.contains_key(machine));
    others.sort_unstable();
    others.dedup();
    if others.is_empty() {
        return Ok(states);
    }
    let put = client
        .prepare_cached(
            "INSERT INTO workers (machine_id, labels, program)
             SELECT machine_id, $2, $3 FROM unnest($1::bigint[]) machine_id
             ON CONFLICT (machine_id) DO UPDATE SET labels = excluded.labels,
                 program = excluded.program, heard = now() RETURNING machine_id, state",
        )
        .await?;
    let rows = client.query(&put, &[&others, labels, program]).await?;
    states.extend(rows.iter().map(|row| (row.get(0), row.get(1))));
    Ok(states)
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
