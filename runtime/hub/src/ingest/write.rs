//! Commits a batch: its events, what they come to, and its place in the feed, in one transaction.
//!
//! The row of the session is locked first, so that two batches of one session never mix; then only
//! events behind the last one are new. The head of the feed is locked last, for as long as the
//! commit takes: it gives the order in which listeners see batches.

use std::time::SystemTime;

use deadpool_postgres::Transaction;
use tokio_postgres::types::{ToSql, Type};

use super::batch::{Batch, BatchEvent};
use super::meaning::{Meaning, ResultRow, RunRow, Step};
use super::rows::{Json, Rows, time, time_of_seconds};
use crate::channel::CHANNEL;
use crate::database::Database;
use crate::error::HubError;
use crate::webhooks::write_messages;

/// The state of a run that has not ended.
const RUNNING: &str = "running";

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// All events of the log up to this one are committed.
    Last(i64),
    /// Nothing was written: this event is wanted first.
    Wanted(i64),
}

/// The session of a batch, as it is stored.
struct Known {
    id: i64,
    last: i64,
    project: Option<String>,
    task: Option<String>,
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
    copy_events(&transaction, known.id, events).await?;
    let meaning = Meaning::of(events);
    copy_results(&transaction, known.id, &meaning.results).await?;
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
    count_plugins(&transaction, &meaning).await?;
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
        announce(&transaction, known.id, first.number, last).await?;
    }
    transaction.commit().await?;
    Ok(Written::Last(last))
}

/// The row of the session, locked. It is made where there is none.
async fn session(
    transaction: &Transaction<'_>,
    machine: i64,
    batch: &Batch,
) -> Result<Known, HubError> {
    let head = &batch.head;
    let select = transaction
        .prepare_cached(
            "SELECT id, last, project, task FROM sessions
             WHERE machine_id = $1 AND name = $2 AND log = $3 FOR UPDATE",
        )
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
    })
}

/// The columns of events and results that are copied.
const EVENT: [Type; 6] = [
    Type::INT8,
    Type::INT8,
    Type::TIMESTAMPTZ,
    Type::INT8,
    Type::TEXT,
    Type::JSON,
];
const RESULT: [Type; 9] = [
    Type::INT8,
    Type::INT8,
    Type::TIMESTAMPTZ,
    Type::TEXT,
    Type::TEXT,
    Type::BOOL,
    Type::TEXT,
    Type::FLOAT8,
    Type::TEXT,
];

async fn copy_events(
    transaction: &Transaction<'_>,
    session: i64,
    events: &[BatchEvent],
) -> Result<(), HubError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new(&EVENT);
    for event in events {
        rows.add(&[
            &session,
            &event.number,
            &time(event.at),
            &event.run,
            &event.name,
            &Json(event.body.get()),
        ])?;
    }
    let statement =
        "COPY events (session_id, number, at, run, name, body) FROM STDIN (FORMAT binary)";
    rows.copy(transaction, statement).await
}

/// `COPY` computes nothing, and the text to search for must become a `tsvector`: so they go through
/// a table that ends with the transaction.
async fn copy_results(
    transaction: &Transaction<'_>,
    session: i64,
    results: &[ResultRow],
) -> Result<(), HubError> {
    if results.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new(&RESULT);
    for row in results {
        rows.add(&[
            &row.number,
            &row.run,
            &time(row.at),
            &row.plugin,
            &row.instance,
            &row.success,
            &row.message,
            &row.duration,
            &row.searched,
        ])?;
    }
    transaction
        .batch_execute(
            "CREATE TEMPORARY TABLE new_results (number bigint, run bigint, at timestamptz, plugin text,
                 instance text, success boolean, message text, duration float8, searched text)
             ON COMMIT DROP",
        )
        .await?;
    let statement = "COPY new_results FROM STDIN (FORMAT binary)";
    rows.copy(transaction, statement).await?;
    let insert = transaction
        .prepare(
            "INSERT INTO results (session_id, number, run, at, plugin, instance, success, message,
                 duration, search)
             SELECT $1, number, run, at, plugin, instance, success, message, duration,
                 to_tsvector('simple', searched) FROM new_results",
        )
        .await?;
    transaction.execute(&insert, &[&session]).await?;
    Ok(())
}

/// A run as it is now. Returns its id in the hub.
async fn put_run(
    transaction: &Transaction<'_>,
    machine: i64,
    session: &Known,
    batch: &Batch,
    run: &RunRow,
) -> Result<i64, HubError> {
    let started: SystemTime = time_of_seconds(run.started);
    let ended = run.ended.map(time_of_seconds);
    let adapter = run.adapter.as_ref().unwrap_or(&batch.head.adapter);
    let put = transaction
        .prepare_cached(
            "INSERT INTO runs (session_id, machine_id, number, state, reason, person, adapter, host,
                 project, task, comment, started, ended, succeeded, failed, info)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             ON CONFLICT (session_id, number) DO UPDATE SET state = excluded.state,
                 reason = excluded.reason, person = excluded.person, adapter = excluded.adapter,
                 host = excluded.host, project = excluded.project, task = excluded.task,
                 comment = excluded.comment, started = excluded.started, ended = excluded.ended,
                 succeeded = excluded.succeeded, failed = excluded.failed, info = excluded.info RETURNING id",
        )
        .await?;
    let values: [&(dyn ToSql + Sync); 16] = [
        &session.id,
        &machine,
        &run.number,
        &run.state,
        &run.reason,
        &run.person,
        adapter,
        &run.host,
        &session.project,
        &session.task,
        &run.comment,
        &started,
        &ended,
        &run.succeeded,
        &run.failed,
        &Json(&run.info),
    ];
    let id = transaction.query_one(&put, &values).await?.get(0);
    for (position, version) in (0_i32..).zip(&run.published) {
        let put = transaction
            .prepare_cached(
                "INSERT INTO versions (session_id, run, position, name, version, path, unchanged)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            )
            .await?;
        let values: [&(dyn ToSql + Sync); 7] = [
            &session.id,
            &run.number,
            &position,
            &version.name,
            &version.version,
            &version.path,
            &version.unchanged,
        ];
        transaction.execute(&put, &values).await?;
    }
    Ok(id)
}

/// Ends the runs of this session that nobody continues, as the machine's own history does, with
/// their results so far. Returns their ids in the hub.
async fn interrupt(
    transaction: &Transaction<'_>,
    session: i64,
    but: Option<i64>,
) -> Result<Vec<i64>, HubError> {
    let update = transaction
        .prepare_cached(
            "UPDATE runs SET state = 'interrupted',
                 succeeded = (SELECT count(*) FROM results WHERE results.session_id = runs.session_id
                     AND results.run = runs.number AND results.success),
                 failed = (SELECT count(*) FROM results WHERE results.session_id = runs.session_id
                     AND results.run = runs.number AND NOT results.success)
             WHERE session_id = $1 AND state = 'running' AND number IS DISTINCT FROM $2
             RETURNING id",
        )
        .await?;
    let rows = transaction.query(&update, &[&session, &but]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Adds to the counts of plug-ins. The rows are in order, so that two batches at once never wait
/// for each other.
async fn count_plugins(transaction: &Transaction<'_>, meaning: &Meaning) -> Result<(), HubError> {
    if meaning.days.is_empty() {
        return Ok(());
    }
    let days: Vec<i32> = meaning.days.keys().map(|(day, _)| *day).collect();
    let plugins: Vec<&str> = meaning.days.keys().map(|(_, it)| it.as_str()).collect();
    let counts = || meaning.days.values();
    let results: Vec<i64> = counts().map(|day| day.results).collect();
    let failed: Vec<i64> = counts().map(|day| day.failed).collect();
    let total: Vec<f64> = counts().map(|day| day.total).collect();
    let longest: Vec<f64> = counts().map(|day| day.longest).collect();
    let put = transaction
        .prepare_cached(
            "INSERT INTO plugin_days (day, plugin, results, failed, total, longest)
             SELECT date '1970-01-01' + day, plugin, results, failed, total, longest
             FROM unnest($1::int[], $2::text[], $3::bigint[], $4::bigint[], $5::float8[], $6::float8[])
                 AS new (day, plugin, results, failed, total, longest)
             ON CONFLICT (day, plugin) DO UPDATE SET
                 results = plugin_days.results + excluded.results,
                 failed = plugin_days.failed + excluded.failed,
                 total = plugin_days.total + excluded.total,
                 longest = greatest(plugin_days.longest, excluded.longest)",
        )
        .await?;
    let values: [&(dyn ToSql + Sync); 6] = [&days, &plugins, &results, &failed, &total, &longest];
    transaction.execute(&put, &values).await?;
    Ok(())
}

/// Puts the new events at the end of the feed, and rings.
async fn announce(
    transaction: &Transaction<'_>,
    session: i64,
    first: i64,
    last: i64,
) -> Result<(), HubError> {
    let put = transaction
        .prepare_cached(
            "WITH head AS (UPDATE feed_head SET last = last + 1 RETURNING last)
             INSERT INTO feed (id, session_id, first, last) SELECT head.last, $1, $2, $3 FROM head",
        )
        .await?;
    let values: [&(dyn ToSql + Sync); 3] = [&session, &first, &last];
    transaction.execute(&put, &values).await?;
    let ring = transaction
        .prepare_cached("SELECT pg_notify($1, '')")
        .await?;
    transaction.execute(&ring, &[&CHANNEL]).await?;
    Ok(())
}
