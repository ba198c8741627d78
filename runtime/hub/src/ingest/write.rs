//! Commits a batch: its events, and what they come to, in one transaction.
//!
//! The row of the session is locked first, so that two batches of one session never mix; then only
//! events behind the last one are new. Nothing else is locked that batches of other machines need:
//! what all share is left to the sequencer.

use deadpool_postgres::Transaction;
use serde_json::{Value, json};
use tokio_postgres::types::ToSql;

use super::batch::Batch;
use super::copies::{copy_events, insert_results};
use super::meaning::{Meaning, Step};
use super::rows::Json;
use super::runs::{interrupt, put_run};
use super::session::{Known, session};
use crate::database::Database;
use crate::error::HubError;
use crate::webhooks::write_messages;
use pyblish_rules::Stage;

/// The state of a run that has not ended.
const RUNNING: &str = "running";

/// What became of a batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Written {
    /// All events of the log up to this one are committed; some of them may have been before.
    Last(i64, Vec<PluginTime>),
    /// Nothing was written: this event is wanted first.
    Wanted(i64),
}

/// How long a plug-in took for one of the results that are new.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PluginTime {
    pub(crate) plugin: String,
    /// None where the machine does not say it.
    pub(crate) stage: Option<Stage>,
    pub(crate) seconds: f64,
}

/// Writes a batch of this machine.
///
/// # Errors
/// See [`HubError`]. Then nothing of it was written, or nobody knows; sending it again is right in
/// both cases.
pub(crate) async fn write(
    database: &Database,
    machine: i64,
    batch: &Batch,
) -> Result<Written, HubError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    let mut known = session(&transaction, machine, batch).await?;
    let end = batch.forgotten.unwrap_or(0).max(known.last);
    if batch.first > end + 1 {
        return Ok(Written::Wanted(known.last + 1));
    }
    if end > known.last {
        let insert = transaction
            .prepare_cached("INSERT INTO gaps (session_id, first, last) VALUES ($1, $2, $3)")
            .await?;
        let values: [&(dyn ToSql + Sync); 3] = [&known.id, &(known.last + 1), &end];
        transaction.execute(&insert, &values).await?;
    }
    let known_before = batch.events.partition_point(|event| event.number <= end);
    let events = &batch.events[known_before..];
    let last = events.last().map_or(end, |event| event.number);
    copy_events(&transaction, &known, events).await?;
    let meaning = Meaning::of(events);
    insert_results(&transaction, &known, &meaning.results).await?;
    let mut ended = Vec::new();
    for step in &meaning.steps {
        match step {
            Step::Reset => {
                (known.project, known.task) = (None, None);
                // No session is reset during a run: its runtime was started again.
                ended.extend(interrupt(&transaction, known.id, None).await?);
            }
            Step::Project(project) => known.project.clone_from(project),
            Step::Task(task) => known.task.clone_from(task),
            Step::Run(run) if run.state == RUNNING => {
                // One that begins ends those that never said how they ended: the runtime was killed
                // in the middle of them.
                let others = interrupt(&transaction, known.id, Some(run.number)).await?;
                ended.extend(others);
                put_run(&transaction, machine, &known, batch, run).await?;
            }
            Step::Run(run) => {
                ended.push(put_run(&transaction, machine, &known, batch, run).await?);
            }
        }
    }
    if !batch.head.open {
        ended.extend(interrupt(&transaction, known.id, None).await?);
    }
    write_messages(&transaction, &ended).await?;
    let head = &batch.head;
    let update = transaction
        .prepare_cached(
            "UPDATE sessions SET adapter = $2, adapter_version = $3, hosts = $4, program = $5,
                 is_open = $6, last = $7, project = $8, task = $9, heard = now() WHERE id = $1",
        )
        .await?;
    let values: [&(dyn ToSql + Sync); 9] = [
        &known.id,
        &head.adapter,
        &head.adapter_version,
        &head.hosts,
        &head.program,
        &head.open,
        &last,
        &known.project,
        &known.task,
    ];
    transaction.execute(&update, &values).await?;
    let update = transaction
        .prepare_cached("UPDATE machines SET heard = now() WHERE id = $1")
        .await?;
    transaction.execute(&update, &[&machine]).await?;
    if let Some(first) = events.first() {
        announce(&transaction, &known, first.number, last, &meaning).await?;
    }
    transaction.commit().await?;
    let times = meaning.results.into_iter().map(|row| PluginTime {
        plugin: row.plugin,
        stage: row.stage,
        seconds: row.duration / 1e3,
    });
    Ok(Written::Last(last, times.collect()))
}

/// Leaves what the sequencer adds afterwards to what all machines share.
async fn announce(
    transaction: &Transaction<'_>,
    session: &Known,
    first: i64,
    last: i64,
    meaning: &Meaning,
) -> Result<(), HubError> {
    let put = transaction
        .prepare_cached(
            "INSERT INTO feed_pending (session_id, first, last, month, days) VALUES ($1, $2, $3, $4, $5)",
        )
        .await?;
    let days = meaning.days.iter().map(|((day, plugin), counts)| {
        json!({
            "day": day, "plugin": plugin, "results": counts.results, "failed": counts.failed,
            "total": counts.total, "longest": counts.longest,
        })
    });
    let days = Value::Array(days.collect()).to_string();
    let values: [&(dyn ToSql + Sync); 5] =
        [&session.id, &first, &last, &session.month, &Json(&days)];
    transaction.execute(&put, &values).await?;
    Ok(())
}
