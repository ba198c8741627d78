//! The many rows of a batch: events and results.

use std::time::SystemTime;

use deadpool_postgres::Transaction;
use tokio_postgres::types::{ToSql, Type};

use super::batch::BatchEvent;
use super::meaning::ResultRow;
use super::rows::{Json, Rows, time};
use super::session::Known;
use crate::error::HubError;

/// The columns of events that are copied.
const EVENT: [Type; 7] = [
    Type::INT8,
    Type::INT8,
    Type::TIMESTAMPTZ,
    Type::INT8,
    Type::TEXT,
    Type::JSON,
    Type::INT4,
];

pub(super) async fn copy_events(
    transaction: &Transaction<'_>,
    session: &Known,
    events: &[BatchEvent],
) -> Result<(), HubError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new(&EVENT);
    for event in events {
        rows.add(&[
            &session.id,
            &event.number,
            &time(event.at),
            &event.run,
            &event.name,
            &Json(event.body.get()),
            &session.month,
        ])?;
    }
    let statement =
        "COPY events (session_id, number, at, run, name, body, month) FROM STDIN (FORMAT binary)";
    rows.copy(transaction, statement).await
}

/// `COPY` computes nothing, and the text to search for must become a `tsvector`.
pub(super) async fn insert_results(
    transaction: &Transaction<'_>,
    session: &Known,
    results: &[ResultRow],
) -> Result<(), HubError> {
    if results.is_empty() {
        return Ok(());
    }
    let numbers: Vec<i64> = results.iter().map(|row| row.number).collect();
    let runs: Vec<Option<i64>> = results.iter().map(|row| row.run).collect();
    let times: Vec<SystemTime> = results.iter().map(|row| time(row.at)).collect();
    let plugins: Vec<&str> = results.iter().map(|row| row.plugin.as_str()).collect();
    let instances: Vec<Option<&str>> = results.iter().map(|row| row.instance.as_deref()).collect();
    let successes: Vec<bool> = results.iter().map(|row| row.success).collect();
    let messages: Vec<Option<&str>> = results.iter().map(|row| row.message.as_deref()).collect();
    let durations: Vec<f64> = results.iter().map(|row| row.duration).collect();
    let searched: Vec<&str> = results.iter().map(|row| row.searched.as_str()).collect();
    let insert = transaction
        .prepare_cached(
            "INSERT INTO results (session_id, month, number, run, at, plugin, instance, success, message,
                 duration, search)
             SELECT $1, $2, number, run, at, plugin, instance, success, message, duration,
                 to_tsvector('simple', searched)
             FROM unnest($3::bigint[], $4::bigint[], $5::timestamptz[], $6::text[], $7::text[],
                 $8::boolean[], $9::text[], $10::float8[], $11::text[])
                 AS new (number, run, at, plugin, instance, success, message, duration, searched)",
        )
        .await?;
    let values: [&(dyn ToSql + Sync); 11] = [
        &session.id,
        &session.month,
        &numbers,
        &runs,
        &times,
        &plugins,
        &instances,
        &successes,
        &messages,
        &durations,
        &searched,
    ];
    transaction.execute(&insert, &values).await?;
    Ok(())
}
