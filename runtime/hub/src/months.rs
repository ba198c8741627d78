//! The tables of months: made ahead, and dropped when they are too old.
//!
//! A month is a number such as 202611, in UTC, by the clock of the database. Several hubs may do
//! this at once; an advisory lock lets one of them at a time.

use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;

use super::audit;
use super::database::Database;
use super::error::HubError;

/// The tables that there is one of for each month.
const TABLES: [&str; 3] = ["events", "results", "feed"];

/// How many months are made ahead: enough for a hub that is not started for weeks.
const AHEAD: i32 = 3;

/// The lock of whoever makes or drops tables: the letters of `months` as a number.
const LOCK: i64 = 0x006d_6f6e_7468_7300;

/// The month of a batch that is committed now, as SQL.
pub(crate) const THIS_MONTH: &str = "to_char(now() AT TIME ZONE 'UTC', 'YYYYMM')::integer";

/// A month that was dropped.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DroppedMonth {
    pub(crate) month: i32,
    /// When: seconds since 1970.
    pub(crate) at: f64,
    pub(crate) events: i64,
}

/// Makes the tables of this month and of those to come.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn make(database: &Database) -> Result<(), HubError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    lock(&transaction).await?;
    for ahead in 0..=AHEAD {
        let row = transaction
            .query_one(
                "SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC')
                     + $1 * interval '1 month', 'YYYYMM')::integer",
                &[&f64::from(ahead)],
            )
            .await?;
        let month: i32 = row.get(0);
        for table in TABLES {
            let name = format!("{table}_{month}");
            let there = "SELECT to_regclass($1) IS NOT NULL";
            let is_there: bool = transaction.query_one(there, &[&name]).await?.get(0);
            if is_there {
                continue;
            }
            // Attached afterwards, because then nobody who reads or writes has to wait.
            transaction
                .batch_execute(&format!(
                    "CREATE TABLE {name} (LIKE {table} INCLUDING ALL);
                     ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES IN ({month})"
                ))
                .await?;
            tracing::debug!("made the table {name}");
        }
    }
    Ok(transaction.commit().await?)
}

/// Drops what arrived before the last `keep` months, without this one. Returns what was dropped.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn drop_old(database: &Database, keep: u32) -> Result<Vec<i32>, HubError> {
    let mut client = database.get().await?;
    let row = client
        .query_one(
            "SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC')
                 - $1 * interval '1 month', 'YYYYMM')::integer",
            &[&f64::from(keep)],
        )
        .await?;
    let first_kept: i32 = row.get(0);
    let mut dropped = Vec::new();
    for month in there(&client, first_kept).await? {
        // One at a time: each holds up the others for a moment.
        let transaction = client.transaction().await?;
        lock(&transaction).await?;
        if drop_month(&transaction, month, keep).await? {
            transaction.commit().await?;
            dropped.push(month);
        }
    }
    Ok(dropped)
}

/// The months before this one that have a table.
async fn there(client: &tokio_postgres::Client, before: i32) -> Result<Vec<i32>, HubError> {
    let rows = client
        .query(
            "SELECT split_part(c.relname, '_', 2)::integer AS month FROM pg_inherits i
             JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'feed'::regclass ORDER BY 1",
            &[],
        )
        .await?;
    let months = rows.iter().map(|row| row.get(0));
    Ok(months.filter(|month| *month < before).collect())
}

/// Drops one month. Returns false if another hub has done it.
async fn drop_month(
    transaction: &Transaction<'_>,
    month: i32,
    keep: u32,
) -> Result<bool, HubError> {
    let feed = format!("feed_{month}");
    let there = "SELECT to_regclass($1) IS NOT NULL";
    let is_there: bool = transaction.query_one(there, &[&feed]).await?.get(0);
    if !is_there {
        return Ok(false);
    }
    let row = transaction
        .query_one(
            &format!(
                "SELECT coalesce(sum(last - first + 1), 0)::bigint, coalesce(max(id), 0) FROM {feed}"
            ),
            &[],
        )
        .await?;
    let (events, last_feed): (i64, i64) = (row.get(0), row.get(1));
    transaction
        .execute(
            &format!(
                "UPDATE sessions s SET dropped = greatest(s.dropped, f.last)
                 FROM (SELECT session_id, max(last) AS last FROM {feed} GROUP BY session_id) f
                 WHERE s.id = f.session_id"
            ),
            &[],
        )
        .await?;
    for table in TABLES {
        transaction
            .batch_execute(&format!("DROP TABLE {table}_{month}"))
            .await?;
    }
    let values: [&(dyn ToSql + Sync); 3] = [&month, &events, &last_feed];
    transaction
        .execute(
            "INSERT INTO dropped_months (month, events, last_feed) VALUES ($1, $2, $3)",
            &values,
        )
        .await?;
    let what =
        format!("dropped the month {month} with its events ({events}): --keep-months {keep}");
    audit::add(transaction, "the hub", &what).await?;
    tracing::info!("{what}");
    Ok(true)
}

async fn lock(transaction: &Transaction<'_>) -> Result<(), HubError> {
    let lock = "SELECT pg_advisory_xact_lock($1)";
    transaction.execute(lock, &[&LOCK]).await?;
    Ok(())
}

/// What was dropped, the latest month first.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn dropped(database: &Database) -> Result<Vec<DroppedMonth>, HubError> {
    let client = database.get().await?;
    let rows = client
        .query(
            "SELECT month, extract(epoch FROM at)::float8, events FROM dropped_months ORDER BY month DESC",
            &[],
        )
        .await?;
    let months = rows.iter().map(|row| DroppedMonth {
        month: row.get(0),
        at: row.get(1),
        events: row.get(2),
    });
    Ok(months.collect())
}
