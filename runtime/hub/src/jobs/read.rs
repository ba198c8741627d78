//! Reads jobs. A machine reads its own only.

use serde_json::Value;
use tokio_postgres::Row;

use super::state::SHOWN;
use crate::database::Database;
use crate::error::HubError;
use crate::query::{Conditions, Total};
use pyblish_farm::wire::{AttemptInfo, EventItem, JobInfo, TaskInfo};

/// How many events are read at a time.
const EVENTS: i64 = 1000;

/// Which jobs to list. All conditions must be fulfilled.
pub(crate) struct JobFilter {
    /// The machine that handed them over.
    pub(crate) machine: Option<i64>,
    pub(crate) states: Option<Vec<String>>,
    pub(crate) user: Option<String>,
    /// The session on that machine.
    pub(crate) session: Option<String>,
    /// Only those behind this one, by time in microseconds and id.
    pub(crate) after: Option<(i64, i64)>,
    pub(crate) limit: i64,
}

fn columns() -> String {
    format!(
        "j.id, j.name, j.person, j.origin, j.adapter, j.host, {SHOWN}, j.priority, j.labels, j.attempts,
         j.submitter, j.cancelled, extract(epoch FROM j.created)::float8,
         extract(epoch FROM j.ended)::float8,
         (extract(epoch FROM j.created) * 1000000)::bigint, j.place, j.session"
    )
}

fn job_of(row: &Row) -> Result<JobInfo, HubError> {
    let place: &str = row.get(15);
    Ok(JobInfo {
        id: row.get(0),
        name: row.get(1),
        user: row.get(2),
        origin: row.get(3),
        adapter: row.get(4),
        host: row.get(5),
        state: row.get(6),
        priority: row.get(7),
        labels: row.get(8),
        attempts: row.get(9),
        submitter: row.get(10),
        place: place.parse().map_err(HubError::Other)?,
        session: row.get(16),
        cancelled: row.get(11),
        created: row.get(12),
        ended: row.get(13),
        tasks: Vec::new(),
    })
}

/// A page of jobs, the latest first, each with its time in microseconds; and how many there are.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn list(
    database: &Database,
    filter: JobFilter,
) -> Result<(Total, Vec<(JobInfo, i64)>), HubError> {
    let mut conditions = Conditions::default();
    conditions.add_some("j.machine_id = ?", filter.machine);
    conditions.add_some(&format!("{SHOWN} = ANY(?)"), filter.states);
    conditions.add_some("j.person = ?", filter.user);
    conditions.add_some("j.session = ?", filter.session);
    let total = conditions.count(database, "jobs j").await?;
    if let Some((at, id)) = filter.after {
        let at = conditions.value(at);
        let behind = format!(
            "(j.created, j.id) < (timestamptz 'epoch' + {at}::bigint * interval '1 microsecond', ?)"
        );
        conditions.add(&behind, id);
    }
    let text = format!(
        "SELECT {} FROM jobs j{} ORDER BY j.created DESC, j.id DESC LIMIT {}",
        columns(),
        conditions.text(),
        filter.limit
    );
    let rows = conditions.rows(database, &text).await?;
    let jobs = rows.iter().map(|row| Ok((job_of(row)?, row.get(14))));
    Ok((total, jobs.collect::<Result<_, HubError>>()?))
}

/// A job with its tasks; none if there is none, or it is another machine's.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn job(
    database: &Database,
    machine: Option<i64>,
    id: i64,
) -> Result<Option<JobInfo>, HubError> {
    let mut conditions = Conditions::default();
    conditions.add("j.id = ?", id);
    conditions.add_some("j.machine_id = ?", machine);
    let text = format!("SELECT {} FROM jobs j{}", columns(), conditions.text());
    let rows = conditions.rows(database, &text).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let mut job = job_of(row)?;
    let client = database.get().await?;
    let select = client
        .prepare_cached(
            "SELECT number, kind, instance, state, attempt,
                 CASE WHEN state = 'ready' AND not_before > now()
                     THEN extract(epoch FROM not_before)::float8 END, progress, doing
             FROM tasks WHERE job_id = $1 ORDER BY number",
        )
        .await?;
    for row in client.query(&select, &[&id]).await? {
        let kind: &str = row.get(1);
        job.tasks.push(TaskInfo {
            number: row.get(0),
            kind: kind.parse().map_err(HubError::Other)?,
            instance: row.get(2),
            state: row.get(3),
            attempt: row.get(4),
            not_before: row.get(5),
            progress: row.get(6),
            doing: row.get(7),
            history: Vec::new(),
        });
    }
    let select = client
        .prepare_cached(
            "SELECT t.number, a.attempt, a.epoch, m.name, extract(epoch FROM a.started)::float8,
                 extract(epoch FROM a.ended)::float8, a.success, a.failure, a.message, a.exit,
                 ARRAY(SELECT r.id FROM runs r JOIN sessions s ON s.id = r.session_id
                     WHERE s.machine_id = a.machine_id AND s.name = a.session
                         AND r.number = ANY(a.runs) ORDER BY r.id)
             FROM attempts a JOIN tasks t ON t.id = a.task_id JOIN machines m ON m.id = a.machine_id
             WHERE t.job_id = $1 ORDER BY t.number, a.epoch",
        )
        .await?;
    for row in client.query(&select, &[&id]).await? {
        let number: i32 = row.get(0);
        let failure: Option<&str> = row.get(7);
        let exit: Option<i16> = row.get(9);
        let attempt = AttemptInfo {
            attempt: row.get(1),
            epoch: row.get(2),
            worker: row.get(3),
            started: row.get(4),
            ended: row.get(5),
            success: row.get(6),
            failure: failure
                .map(str::parse)
                .transpose()
                .map_err(HubError::Other)?,
            message: row.get(8),
            exit: exit.and_then(|exit| u8::try_from(exit).ok()),
            runs: row.get(10),
        };
        let mut tasks = job.tasks.iter_mut();
        if let Some(task) = tasks.find(|task| task.number == number) {
            task.history.push(attempt);
        }
    }
    Ok(Some(job))
}

/// The events of an attempt after this number, as far as they have arrived.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn events(
    database: &Database,
    (job, number, epoch): (i64, i32, i64),
    after: i64,
) -> Result<Vec<EventItem>, HubError> {
    let client = database.get().await?;
    // The session is that of the last log of that name, in which the worker is writing.
    let select = client
        .prepare_cached(
            "SELECT e.number, extract(epoch FROM e.at)::float8, e.run, e.name, e.body::text
             FROM attempts a JOIN tasks t ON t.id = a.task_id
             JOIN LATERAL (SELECT s.id FROM sessions s WHERE s.machine_id = a.machine_id
                 AND s.name = a.session ORDER BY s.id DESC LIMIT 1) s ON true
             JOIN events e ON e.session_id = s.id AND e.run = ANY(a.runs)
             WHERE t.job_id = $1 AND t.number = $2 AND a.epoch = $3 AND e.number > $4
             ORDER BY e.number LIMIT $5",
        )
        .await?;
    let rows = client
        .query(&select, &[&job, &number, &epoch, &after, &EVENTS])
        .await?;
    let read = rows.iter().map(|row| {
        let (sequence, run): (i64, Option<i64>) = (row.get(0), row.get(2));
        let body: &str = row.get(4);
        Ok(EventItem {
            sequence: sequence.unsigned_abs(),
            at: row.get(1),
            run: run.map(i64::unsigned_abs),
            name: row.get(3),
            body: serde_json::from_str(body).map_err(|error| HubError::Other(error.to_string()))?,
        })
    });
    read.collect()
}

/// The parts of the report of an attempt; null if there is none.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn report(
    database: &Database,
    (job, number, epoch): (i64, i32, i64),
) -> Result<Value, HubError> {
    let client = database.get().await?;
    let select = client
        .prepare_cached(
            "SELECT a.report::text FROM attempts a JOIN tasks t ON t.id = a.task_id
             WHERE t.job_id = $1 AND t.number = $2 AND a.epoch = $3",
        )
        .await?;
    let row = client.query_opt(&select, &[&job, &number, &epoch]).await?;
    let text: Option<String> = row.and_then(|row| row.get(0));
    match text {
        None => Ok(Value::Null),
        Some(text) => {
            serde_json::from_str(&text).map_err(|error| HubError::Other(error.to_string()))
        }
    }
}
