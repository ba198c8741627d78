//! Writes the messages of runs that ended, in the transaction that ends them. Sending them comes
//! later, so it cannot slow or fail what machines send.

use deadpool_postgres::Transaction;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::event::{self, EndedRun, FailedPair, MOST_FAILURES, PublishedVersion};
use super::message::{Message, TRIES, put};
use super::template::{self, Template};
use crate::error::HubError;

/// The runs and the webhooks that want to know of each. A chat is not told what happened long ago:
/// a machine that was away for a week, or that has a hub for the first time, sends it all at once.
const WANTED: &str = "
    SELECT w.id, w.template, r.id, r.number, m.name, s.name, r.state, r.reason, r.person, r.adapter,
        r.host, r.project, r.task, r.comment, extract(epoch FROM r.started)::float8,
        extract(epoch FROM r.ended)::float8, r.succeeded, r.failed, r.session_id,
        to_char(coalesce(r.ended, now()) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')
    FROM runs r JOIN machines m ON m.id = r.machine_id JOIN sessions s ON s.id = r.session_id
    JOIN webhooks w ON (w.states IS NULL OR r.state = ANY(w.states))
        AND (w.projects IS NULL OR r.project = ANY(w.projects))
        AND (w.adapters IS NULL OR r.adapter = ANY(w.adapters))
        AND (w.people IS NULL OR r.person = ANY(w.people))
        AND (w.plugins IS NULL OR EXISTS (SELECT 1 FROM results x WHERE x.session_id = r.session_id
            AND x.run = r.number AND NOT x.success AND x.plugin = ANY(w.plugins)))
        AND (NOT w.published OR EXISTS (SELECT 1 FROM versions v WHERE v.session_id = r.session_id
            AND v.run = r.number AND NOT v.unchanged))
        AND (w.template IS NULL OR r.ended IS NULL OR r.ended > now() - interval '1 day')
    WHERE r.id = ANY($1) ORDER BY r.id, w.id FOR KEY SHARE OF w";

/// Writes a message of each of these runs for each webhook that wants it.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn write(transaction: &Transaction<'_>, runs: &[i64]) -> Result<(), HubError> {
    if runs.is_empty() {
        return Ok(());
    }
    let wanted = transaction.prepare_cached(WANTED).await?;
    let rows = transaction.query(&wanted, &[&runs]).await?;
    let mut last: Option<EndedRun> = None;
    for row in &rows {
        let id: i64 = row.get(2);
        let run = match last.take().filter(|run| run.id == id) {
            Some(run) => run,
            None => read(transaction, row).await?,
        };
        let webhook: i64 = row.get(0);
        let message = message(&run, row.get(1), row.get(19))?;
        put(transaction, webhook, &message, TRIES).await?;
        last = Some(run);
    }
    Ok(())
}

/// The message of this run: by the template of a webhook, or as a CloudEvent. `time` is in the form
/// of RFC 3339.
pub(super) fn message(
    run: &EndedRun,
    template: Option<&str>,
    time: &str,
) -> Result<Message, HubError> {
    let id = Message::new_id()?;
    let unwritten = |error: serde_json::Error| HubError::Other(error.to_string());
    let (body, media_type) = match template {
        None => {
            let body = run.cloud_event(&id, time).map_err(unwritten)?;
            (body, event::MEDIA_TYPE)
        }
        Some(text) => {
            // It was checked when the webhook was added. Another version may know other fields.
            let template = text.parse::<Template>().or_else(|error| {
                tracing::warn!("a message to a chat lacks what its text asks for: {error}");
                "run {run} ended: {state}".parse()
            });
            let template = template.map_err(|error| HubError::Other(error.to_string()))?;
            (template.body(run), template::MEDIA_TYPE)
        }
    };
    Ok(Message {
        id,
        body,
        media_type,
    })
}

async fn read(transaction: &Transaction<'_>, row: &Row) -> Result<EndedRun, HubError> {
    let (number, session): (i64, i64) = (row.get(3), row.get(18));
    let versions = transaction
        .prepare_cached(
            "SELECT name, version, path, unchanged FROM versions WHERE session_id = $1 AND run = $2
             ORDER BY position",
        )
        .await?;
    let key: [&(dyn ToSql + Sync); 2] = [&session, &number];
    let versions = transaction.query(&versions, &key).await?;
    let failures = transaction
        .prepare_cached(
            "SELECT plugin, instance, message FROM results
             WHERE session_id = $1 AND run = $2 AND NOT success ORDER BY number LIMIT $3",
        )
        .await?;
    let values: [&(dyn ToSql + Sync); 3] = [&session, &number, &MOST_FAILURES];
    let failures = transaction.query(&failures, &values).await?;
    Ok(EndedRun {
        id: row.get(2),
        run_id: format!("r{number}"),
        machine: row.get(4),
        session: row.get(5),
        state: row.get(6),
        reason: row.get(7),
        user: row.get(8),
        adapter: row.get(9),
        host: row.get(10),
        project: row.get(11),
        task: row.get(12),
        comment: row.get(13),
        started: row.get(14),
        ended: row.get(15),
        succeeded: row.get(16),
        failed: row.get(17),
        published: versions
            .iter()
            .map(|row| PublishedVersion {
                name: row.get(0),
                version: row.get(1),
                path: row.get(2),
                unchanged: row.get(3),
            })
            .collect(),
        failures: failures
            .iter()
            .map(|row| FailedPair {
                plugin: row.get(0),
                instance: row.get(1),
                message: row.get(2),
            })
            .collect(),
    })
}
