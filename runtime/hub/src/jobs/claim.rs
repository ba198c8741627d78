//! Gives workers their next tasks.

use deadpool_postgres::Object;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::settings::JobSettings;
use super::state::SHOWN;
use super::workers;
use crate::batcher::Batcher;
use crate::database::Database;
use crate::error::HubError;
use pyblish_farm::wire::{Claim, ClaimAnswer, Claimed, HandedInstance};
use pyblish_farm::{RunIdentity, TaskKind};

/// Answers machines that claim a task.
pub(crate) type ClaimBatcher = Batcher<(i64, Claim), ClaimAnswer>;

/// Finds the tasks of any job that workers of the farm may do, and locks them. Its parameters are the
/// machines, the seconds of the lease, the labels, the adapters and the hosts.
const NEXT_OF_ALL: &str = "WITH next (id, priority) AS MATERIALIZED (
         SELECT * FROM lock_ready_tasks(cardinality($1::bigint[]), $3, $4, $5))";

/// The same for the tasks of one job, which is found by its number. The further parameters are the
/// job, the number of a task of it or none, and the only machine that may do it or none.
const NEXT_OF_JOB: &str = "WITH next AS MATERIALIZED (
         SELECT id, priority FROM tasks
         WHERE job_id = $6 AND ($7::int IS NULL OR number = $7)
             AND state = 'ready' AND not_before <= clock_timestamp()
             AND labels <@ $3 AND adapter = ANY($4) AND (host IS NULL OR host = ANY($5))
             AND here IS NOT DISTINCT FROM $8
         ORDER BY priority DESC, id LIMIT cardinality($1::bigint[]) FOR UPDATE SKIP LOCKED)";

/// Gives each machine one of the tasks that were found, in their order.
const TAKE: &str = ", given AS (
         SELECT next.id, worker.machine_id
         FROM (SELECT id, row_number() OVER (ORDER BY priority DESC, id) AS place FROM next) next
         JOIN unnest($1::bigint[]) WITH ORDINALITY AS worker (machine_id, place) USING (place)),
     taken AS (
         UPDATE tasks t SET state = 'running', epoch = epoch + 1, attempt = attempt + 1,
             counted = counted + 1, machine_id = given.machine_id, progress = 0, doing = '',
             lease_until = clock_timestamp() + $2 * interval '1 second'
         FROM given WHERE t.id = given.id
         RETURNING t.id, t.job_id, t.number, t.kind, t.instance, t.epoch, t.attempt, t.machine_id),
     kept AS (
         INSERT INTO attempts (task_id, epoch, attempt, machine_id)
         SELECT id, epoch, attempt, machine_id FROM taken)
     SELECT t.id, t.job_id, t.number, t.kind, t.instance, t.epoch, t.attempt, j.document,
         j.signature, t.machine_id FROM taken t JOIN jobs j ON j.id = t.job_id";

/// Gives each worker that asks the first ready task that it may do, which becomes its own: that with
/// the highest priority, and of those the oldest.
pub(crate) fn claims(database: Database, settings: JobSettings) -> ClaimBatcher {
    Batcher::start(
        |(_, one), (_, other)| one == other,
        move |asked| {
            let database = database.clone();
            async move { claim_together(&database, &settings, asked).await }
        },
    )
}

/// Answers workers that want the same, in their order.
async fn claim_together(
    database: &Database,
    settings: &JobSettings,
    asked: Vec<(i64, Claim)>,
) -> Result<Vec<ClaimAnswer>, HubError> {
    let Some((_, claim)) = asked.first() else {
        return Ok(Vec::new());
    };
    let machines: Vec<i64> = asked.iter().map(|(machine, _)| *machine).collect();
    let client = database.get().await?;
    let states = workers::heard(&client, &machines, claim).await?;
    let is_active = |machine: &i64| states.get(machine).is_some_and(|it| it == "active");
    let active: Vec<i64> = machines.iter().copied().filter(is_active).collect();
    let mut taken = take(&client, settings, &active, None, claim).await?;
    let mut answers = Vec::with_capacity(machines.len());
    for machine in &machines {
        let is_own = |(owner, _): &(i64, Claimed)| owner == machine;
        let place = taken.iter().position(is_own);
        answers.push(ClaimAnswer {
            task: place.map(|place| taken.swap_remove(place).1),
            worker: states.get(machine).cloned().unwrap_or_default(),
            job_state: None,
            task_state: None,
        });
    }
    add_states(&client, claim, &mut answers).await?;
    Ok(answers)
}

/// Answers a machine that wants a task of a job that it has handed over for its own background. It is
/// none of the farm's workers, and nobody gives it orders.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn claim_own(
    database: &Database,
    settings: &JobSettings,
    machine: i64,
    claim: &Claim,
) -> Result<ClaimAnswer, HubError> {
    let client = database.get().await?;
    let mut taken = take(&client, settings, &[machine], Some(machine), claim).await?;
    let mut answers = [ClaimAnswer {
        task: taken.pop().map(|(_, claimed)| claimed),
        worker: "active".into(),
        job_state: None,
        task_state: None,
    }];
    add_states(&client, claim, &mut answers).await?;
    let [answer] = answers;
    Ok(answer)
}

/// Says in the answers without a task how it stands with the job that was asked for.
async fn add_states(
    client: &Object,
    claim: &Claim,
    answers: &mut [ClaimAnswer],
) -> Result<(), HubError> {
    if let Some(job) = claim.job
        && answers.iter().any(|answer| answer.task.is_none())
    {
        let text = format!("SELECT {SHOWN} FROM jobs j WHERE j.id = $1");
        let select = client.prepare_cached(&text).await?;
        let row = client.query_opt(&select, &[&job]).await?;
        let job_state: Option<String> = row.map(|row| row.get(0));
        let select = client
            .prepare_cached("SELECT state FROM tasks WHERE job_id = $1 AND number = $2")
            .await?;
        let row = client.query_opt(&select, &[&job, &claim.task]).await?;
        let task_state: Option<String> = row.map(|row| row.get(0));
        for answer in answers.iter_mut().filter(|answer| answer.task.is_none()) {
            answer.job_state.clone_from(&job_state);
            answer.task_state.clone_from(&task_state);
        }
    }
    Ok(())
}

/// Takes a task for each of these machines, as far as there are some: of the farm's, or of those that
/// only the machine `here` does.
async fn take(
    client: &Object,
    settings: &JobSettings,
    machines: &[i64],
    here: Option<i64>,
    claim: &Claim,
) -> Result<Vec<(i64, Claimed)>, HubError> {
    if machines.is_empty() {
        return Ok(Vec::new());
    }
    let lease = settings.lease.as_secs_f64();
    let (labels, allow) = (&claim.labels, &claim.allow);
    let mut values: Vec<&(dyn ToSql + Sync)> =
        vec![&machines, &lease, labels, &allow.adapters, &allow.hosts];
    let next = match (claim.job, here) {
        (None, None) => NEXT_OF_ALL,
        // A machine that names no job gets nothing: no task has the job NULL.
        _ => {
            values.extend::<[&(dyn ToSql + Sync); 3]>([&claim.job, &claim.task, &here]);
            NEXT_OF_JOB
        }
    };
    let take = client.prepare_cached(&format!("{next} {TAKE}")).await?;
    let mut taken = Vec::new();
    for row in client.query(&take, &values).await? {
        let mut claimed = claimed(&row, lease)?;
        if claimed.kind == TaskKind::Integrate {
            claimed.handover = handover(client, claimed.identity.job).await?;
        }
        taken.push((row.get(9), claimed));
    }
    Ok(taken)
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
