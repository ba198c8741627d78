//! Gives a worker its next task.

use deadpool_postgres::Object;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::settings::JobSettings;
use super::state::SHOWN;
use super::workers;
use crate::database::Database;
use crate::error::HubError;
use pyblish_farm::wire::{Claim, ClaimAnswer, Claimed, HandedInstance};
use pyblish_farm::{RunIdentity, TaskKind};

/// The first ready task that this worker may do becomes its own: that with the highest priority, and
/// of those the oldest.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn claim(
    database: &Database,
    settings: &JobSettings,
    machine: i64,
    claim: &Claim,
) -> Result<ClaimAnswer, HubError> {
    let client = database.get().await?;
    let worker = workers::heard(&client, machine, claim).await?;
    let task = match worker.as_str() {
        "active" => take(&client, settings, machine, claim).await?,
        _ => None,
    };
    let mut answer = ClaimAnswer {
        task,
        worker,
        job_state: None,
        task_state: None,
    };
    if answer.task.is_none()
        && let Some(job) = claim.job
    {
        let text = format!("SELECT {SHOWN} FROM jobs j WHERE j.id = $1");
        let select = client.prepare_cached(&text).await?;
        let row = client.query_opt(&select, &[&job]).await?;
        answer.job_state = row.map(|row| row.get(0));
        let select = client
            .prepare_cached("SELECT state FROM tasks WHERE job_id = $1 AND number = $2")
            .await?;
        let row = client.query_opt(&select, &[&job, &claim.task]).await?;
        answer.task_state = row.map(|row| row.get(0));
    }
    Ok(answer)
}

async fn take(
    client: &Object,
    settings: &JobSettings,
    machine: i64,
    claim: &Claim,
) -> Result<Option<Claimed>, HubError> {
    let take = client
        .prepare_cached(
            "WITH next AS MATERIALIZED (
                 SELECT id FROM tasks WHERE state = 'ready' AND not_before <= clock_timestamp()
                     AND labels <@ $2 AND adapter = ANY($3) AND (host IS NULL OR host = ANY($4))
                     AND ($5::bigint IS NULL OR job_id = $5) AND ($6::int IS NULL OR number = $6)
                 ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED),
             taken AS (
                 UPDATE tasks t SET state = 'running', epoch = epoch + 1, attempt = attempt + 1,
                     counted = counted + 1, machine_id = $1, progress = 0, doing = '',
                     lease_until = clock_timestamp() + $7 * interval '1 second'
                 FROM next WHERE t.id = next.id
                 RETURNING t.id, t.job_id, t.number, t.kind, t.instance, t.epoch, t.attempt),
             kept AS (
                 INSERT INTO attempts (task_id, epoch, attempt, machine_id)
                 SELECT id, epoch, attempt, $1 FROM taken)
             SELECT t.id, t.job_id, t.number, t.kind, t.instance, t.epoch, t.attempt, j.document,
                 j.signature FROM taken t JOIN jobs j ON j.id = t.job_id",
        )
        .await?;
    let lease = settings.lease.as_secs_f64();
    let values: [&(dyn ToSql + Sync); 7] = [
        &machine,
        &claim.labels,
        &claim.allow.adapters,
        &claim.allow.hosts,
        &claim.job,
        &claim.task,
        &lease,
    ];
    let Some(row) = client.query_opt(&take, &values).await? else {
        return Ok(None);
    };
    let mut claimed = claimed(&row, lease)?;
    if claimed.kind == TaskKind::Integrate {
        claimed.handover = handover(client, claimed.identity.job).await?;
    }
    Ok(Some(claimed))
}

fn claimed(row: &Row, lease: f64) -> Result<Claimed, HubError> {
    let kind: &str = row.get(3);
    let kind: TaskKind = kind.parse().map_err(HubError::Other)?;
    let number = (row.get(1), row.get(2));
    Ok(Claimed {
        id: row.get(0),
        kind,
        instance: row.get(4),
        identity: RunIdentity::new(kind, number, row.get(5), row.get(6)),
        lease,
        document: row.get(7),
        signature: row.get(8),
        handover: Vec::new(),
    })
}

/// What the tasks of a job have left for the integration, in their order.
async fn handover(client: &Object, job: i64) -> Result<Vec<HandedInstance>, HubError> {
    let select = client
        .prepare_cached(
            "SELECT handover::text FROM tasks WHERE job_id = $1 AND handover IS NOT NULL
             ORDER BY number",
        )
        .await?;
    let mut all = Vec::new();
    for row in client.query(&select, &[&job]).await? {
        let text: &str = row.get(0);
        let handed: Vec<HandedInstance> =
            serde_json::from_str(text).map_err(|error| HubError::Other(error.to_string()))?;
        all.extend(handed);
    }
    Ok(all)
}
