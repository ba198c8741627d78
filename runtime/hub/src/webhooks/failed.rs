//! The messages that nobody took after all tries.

use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;

use super::message::TRIES;
use super::whom::WebhookError;
use crate::audit;
use crate::channel::CHANNEL;
use crate::database::Database;
use crate::error::HubError;

/// A message that nobody took.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedMessage {
    /// By what it is sent again.
    pub id: i64,
    /// The webhook that it is for.
    pub webhook: i64,
    /// The header `webhook-id`.
    pub message: String,
    /// When it was written: seconds since 1970-01-01 UTC.
    pub made: f64,
    /// Why the last try failed.
    pub failure: String,
}

/// Those of this webhook, or of all, the latest first: as many as `limit`, behind `before`.
///
/// # Errors
/// See [`HubError`].
pub async fn list(
    database: &Database,
    webhook: Option<i64>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<FailedMessage>, HubError> {
    let client = database.get().await?;
    let values: [&(dyn ToSql + Sync); 3] = [&webhook, &before.unwrap_or(i64::MAX), &limit];
    let rows = client
        .query(
            "SELECT id, webhook_id, message, extract(epoch FROM made)::float8, failure FROM deliveries
             WHERE tries_left = 0 AND due <= now() AND id < $2
                 AND ($1::bigint IS NULL OR webhook_id = $1)
             ORDER BY id DESC LIMIT $3",
            &values,
        )
        .await?;
    let all = rows.iter().map(|row| FailedMessage {
        id: row.get(0),
        webhook: row.get(1),
        message: row.get(2),
        made: row.get(3),
        failure: row.get::<_, Option<String>>(4).unwrap_or_default(),
    });
    Ok(all.collect())
}

/// Sends messages again, as if they were new: this one, or all of the webhook. Returns how many.
///
/// # Errors
/// See [`WebhookError`].
pub(crate) async fn resend(
    transaction: &Transaction<'_>,
    webhook: i64,
    one: Option<i64>,
    who: &str,
) -> Result<u64, WebhookError> {
    let row = transaction
        .query_opt("SELECT name FROM webhooks WHERE id = $1", &[&webhook])
        .await?;
    let name: String = row.ok_or(WebhookError::Unknown(webhook))?.get(0);
    let values: [&(dyn ToSql + Sync); 3] = [&webhook, &one, &TRIES];
    let count = transaction
        .execute(
            "UPDATE deliveries SET tries_left = $3, due = now()
             WHERE webhook_id = $1 AND tries_left = 0 AND due <= now() AND ($2::bigint IS NULL OR id = $2)",
            &values,
        )
        .await?;
    if let Some(one) = one.filter(|_| count == 0) {
        return Err(WebhookError::UnknownMessage(one));
    }
    let what = format!("sent messages of the webhook {webhook} ({name}) again: {count}");
    audit::add(transaction, who, &what).await?;
    transaction
        .execute("SELECT pg_notify($1, '')", &[&CHANNEL])
        .await?;
    Ok(count)
}

/// What became of a message that was to be tried once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// Nobody has tried it yet.
    Waiting,
    /// It was taken.
    Taken,
    /// It was not, for this reason.
    Failed(String),
}

/// Looks at a message.
///
/// # Errors
/// See [`HubError`].
pub async fn tried(database: &Database, id: i64) -> Result<Tried, HubError> {
    let client = database.get().await?;
    let row = client
        .query_opt(
            // While it is sent, its next try is in the future.
            "SELECT tries_left > 0 OR due > now(), failure FROM deliveries WHERE id = $1",
            &[&id],
        )
        .await?;
    Ok(match row {
        None => Tried::Taken,
        Some(row) if row.get(0) => Tried::Waiting,
        Some(row) => Tried::Failed(row.get::<_, Option<String>>(1).unwrap_or_default()),
    })
}
