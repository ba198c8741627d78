//! Ends the tasks of workers that are lost: those that did not renew in time.

use std::time::Duration;

use tokio::sync::watch;
use tokio_postgres::types::ToSql;

use super::ending::{EndedAttempt, end};
use super::settings::JobSettings;
use super::state;
use crate::database::Database;
use crate::error::HubError;
use pyblish_farm::FailureKind;
use pyblish_farm::wire::Finish;

/// How often it looks. Several hubs may look at once.
const LOOK: Duration = Duration::from_secs(1);

/// How many tasks it ends before it looks again.
const TASKS: i64 = 100;

/// The exit code of a lost worker: `publish` ends so when a host is lost.
const LOST: u8 = 6;

/// Looks for lost workers, for as long as the hub runs.
pub(crate) struct Reaper;

impl Reaper {
    /// Starts to look, until the hub ends.
    pub(crate) fn start(
        database: Database,
        settings: JobSettings,
        mut ending: watch::Receiver<bool>,
    ) {
        tokio::spawn(async move {
            loop {
                let ended = ending.wait_for(|is_ending| *is_ending);
                if tokio::time::timeout(LOOK, ended).await.is_ok() {
                    return;
                }
                if let Err(error) = reap(&database, &settings).await {
                    tracing::debug!("lost workers are looked for later: {error}");
                }
            }
        });
    }
}

async fn reap(database: &Database, settings: &JobSettings) -> Result<(), HubError> {
    let client = database.get().await?;
    let select = client
        .prepare_cached(
            "SELECT t.id, t.job_id, t.number, t.epoch, m.name FROM tasks t
             JOIN machines m ON m.id = t.machine_id
             WHERE t.state = 'running' AND t.lease_until < clock_timestamp()
             ORDER BY t.lease_until LIMIT $1",
        )
        .await?;
    let rows = client.query(&select, &[&TASKS]).await?;
    drop(client);
    for row in rows {
        let (task, job, number, epoch) = (row.get(0), row.get(1), row.get(2), row.get(3));
        let worker: String = row.get(4);
        let mut client = database.get().await?;
        let transaction = client.transaction().await?;
        let Some(locked) = state::lock(&transaction, job).await? else {
            continue;
        };
        let select = transaction
            .prepare_cached(
                "SELECT counted FROM tasks WHERE id = $1 AND epoch = $2 AND state = 'running'
                     AND lease_until < clock_timestamp() FOR UPDATE",
            )
            .await?;
        let key: [&(dyn ToSql + Sync); 2] = [&task, &epoch];
        // Another hub may have been faster.
        let Some(row) = transaction.query_opt(&select, &key).await? else {
            continue;
        };
        let ended = EndedAttempt {
            task,
            job,
            number,
            counted: row.get(0),
        };
        let finish = Finish {
            epoch,
            failure: Some(FailureKind::WorkerLost),
            message: Some(format!(
                "the worker {worker} was lost: it did not renew its lease of {:?}",
                settings.lease
            )),
            exit: LOST,
            ..Finish::default()
        };
        let new = end(&transaction, settings, &locked, &ended, &finish).await?;
        transaction.commit().await?;
        tracing::warn!("the worker {worker} was lost; the task {number} of job {job} is {new}");
    }
    Ok(())
}
