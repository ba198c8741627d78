//! Makes a job.

use tokio_postgres::types::ToSql;

use super::key;
use crate::database::Database;
use crate::error::HubError;
use pyblish_farm::JobDocument;
use pyblish_farm::wire::Submit;

/// Who hands a job over.
pub(crate) struct Origin {
    /// A machine, or else a person's token.
    pub(crate) machine: Option<i64>,
    pub(crate) token_id: i64,
    pub(crate) name: String,
}

/// Makes a job with its tasks, and signs it. The same key from the same origin is the same job, which
/// is then not made again. Returns its id.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn submit(
    database: &Database,
    origin: &Origin,
    submit: &Submit,
) -> Result<i64, HubError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    let spec = &submit.spec;
    let token = origin.machine.is_none().then_some(origin.token_id);
    let host = spec.host.as_ref().map(|host| &host.host);
    let attempts = i32::try_from(spec.attempts).unwrap_or(i32::MAX);
    let insert = transaction
        .prepare_cached(
            "INSERT INTO jobs (machine_id, token_id, key, person, origin, name, adapter, host, priority,
                 labels, attempts, submitter, place, session)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
             ON CONFLICT DO NOTHING RETURNING id",
        )
        .await?;
    let place = spec.place.name();
    let values: [&(dyn ToSql + Sync); 14] = [
        &origin.machine,
        &token,
        &submit.key,
        &submit.user,
        &origin.name,
        &spec.name,
        &spec.adapter.name,
        &host,
        &spec.priority,
        &spec.labels,
        &attempts,
        &submit.submitter,
        &place,
        &submit.session,
    ];
    let Some(row) = transaction.query_opt(&insert, &values).await? else {
        let select = transaction
            .prepare_cached(
                "SELECT id FROM jobs WHERE key = $3
                     AND (machine_id = $1 OR $1 IS NULL AND token_id = $2)",
            )
            .await?;
        let values: [&(dyn ToSql + Sync); 3] = [&origin.machine, &token, &submit.key];
        return Ok(transaction.query_one(&select, &values).await?.get(0));
    };
    let id: i64 = row.get(0);
    let document = JobDocument {
        id,
        by: format!("{} on {}", submit.user, origin.name),
        spec: spec.clone(),
    };
    let document =
        serde_json::to_string(&document).map_err(|error| HubError::Data(error.to_string()))?;
    let signature = key::sign(&transaction, &document).await?;
    let update = transaction
        .prepare_cached("UPDATE jobs SET document = $2, signature = $3 WHERE id = $1")
        .await?;
    transaction
        .execute(&update, &[&id, &document, &signature])
        .await?;
    let tasks = spec.tasks();
    let numbers: Vec<i32> = tasks.iter().map(|task| task.number).collect();
    let kinds: Vec<&str> = tasks.iter().map(|task| task.kind.name()).collect();
    let instances: Vec<Option<&str>> = tasks.iter().map(|it| it.instance.as_deref()).collect();
    let waits: Vec<i32> = tasks.iter().map(|task| task.waits_for).collect();
    let insert = transaction
        .prepare_cached(
            "INSERT INTO tasks (job_id, number, kind, instance, waits_for, state, priority, labels, adapter, host,
                 here)
             SELECT $1, number, kind, instance, waits_for,
                 CASE WHEN waits_for > 0 THEN 'waiting' ELSE 'ready' END, $6, $7, $8, $9, $10
             FROM unnest($2::int[], $3::text[], $4::text[], $5::int[])
                 AS new (number, kind, instance, waits_for) ORDER BY number",
        )
        .await?;
    // A person's token has no machine, and is refused before.
    let here = origin.machine.filter(|_| !spec.place.is_farm());
    let values: [&(dyn ToSql + Sync); 10] = [
        &id,
        &numbers,
        &kinds,
        &instances,
        &waits,
        &spec.priority,
        &spec.labels,
        &spec.adapter.name,
        &host,
        &here,
    ];
    transaction.execute(&insert, &values).await?;
    transaction.commit().await?;
    Ok(id)
}
