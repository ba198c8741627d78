//! The webhooks: who makes, lists and removes them. Functions that change something work in a
//! transaction of the caller's, and add to `audit`.

use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;

use super::event::EndedRun;
use super::filter::RunFilter;
use super::message::put;
use super::outbox::message;
use super::signature::SigningSecret;
use super::whom::{NewWebhook, WebhookError, WebhookUrl};
use crate::audit;
use crate::database::Database;
use crate::error::HubError;

/// A webhook, without its secret and without what of its address is a password.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookInfo {
    /// By what it is removed.
    pub id: i64,
    /// For people.
    pub name: String,
    /// Where it leads: scheme, host and port.
    pub address: String,
    /// The text for a chat; none for CloudEvents.
    pub text: Option<String>,
    /// Of which runs it tells.
    pub filter: RunFilter,
    /// When it was added: seconds since 1970-01-01 UTC.
    pub added: f64,
    /// How many messages wait to be sent.
    pub waiting: i64,
    /// How many messages nobody took.
    pub failed: i64,
}

/// Adds one. The secret is returned once, and not shown again.
///
/// # Errors
/// See [`WebhookError`].
pub(crate) async fn add(
    transaction: &Transaction<'_>,
    new: &NewWebhook,
    who: &str,
) -> Result<(i64, SigningSecret), WebhookError> {
    new.check()?;
    let secret = new_secret()?;
    let some = |values: &Vec<String>| (!values.is_empty()).then(|| values.clone());
    let filter = &new.filter;
    let text = new.template.as_ref().map(super::Template::text);
    let values: [&(dyn ToSql + Sync); 10] = [
        &new.name,
        &new.url.reveal(),
        &text,
        &some(&filter.states),
        &some(&filter.projects),
        &some(&filter.adapters),
        &some(&filter.users),
        &some(&filter.plugins),
        &filter.published,
        &secret.bytes(),
    ];
    let row = transaction
        .query_one(
            "INSERT INTO webhooks (name, url, template, states, projects, adapters, people, plugins,
                 published, secret)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
            &values,
        )
        .await?;
    let id: i64 = row.get(0);
    let (name, shown) = (&new.name, new.url.shown());
    let what = format!("added the webhook {id} ({name}) to {shown}");
    audit::add(transaction, who, &what).await?;
    Ok((id, secret))
}

fn new_secret() -> Result<SigningSecret, HubError> {
    SigningSecret::new().map_err(|error| HubError::Random(error.to_string()))
}

/// All webhooks, the oldest first.
///
/// # Errors
/// See [`HubError`].
pub async fn list(database: &Database) -> Result<Vec<WebhookInfo>, HubError> {
    let client = database.get().await?;
    let rows = client
        .query(
            "SELECT w.id, w.name, w.url, w.template, coalesce(w.states, '{}'),
                 coalesce(w.projects, '{}'), coalesce(w.adapters, '{}'), coalesce(w.people, '{}'),
                 coalesce(w.plugins, '{}'), w.published, extract(epoch FROM w.added)::float8,
                 (SELECT count(*) FROM deliveries d WHERE d.webhook_id = w.id AND d.tries_left > 0),
                 (SELECT count(*) FROM deliveries d WHERE d.webhook_id = w.id AND d.tries_left = 0)
             FROM webhooks w ORDER BY w.id",
            &[],
        )
        .await?;
    let infos = rows.iter().map(|row| WebhookInfo {
        id: row.get(0),
        name: row.get(1),
        address: row
            .get::<_, &str>(2)
            .parse::<WebhookUrl>()
            .map_or_else(|_| "unknown".into(), |url| url.shown()),
        text: row.get(3),
        filter: RunFilter {
            states: row.get(4),
            projects: row.get(5),
            adapters: row.get(6),
            users: row.get(7),
            plugins: row.get(8),
            published: row.get(9),
        },
        added: row.get(10),
        waiting: row.get(11),
        failed: row.get(12),
    });
    Ok(infos.collect())
}

/// Removes one, with the messages that wait for it.
///
/// # Errors
/// See [`WebhookError`].
pub(crate) async fn remove(
    transaction: &Transaction<'_>,
    id: i64,
    who: &str,
) -> Result<(), WebhookError> {
    let name = name(transaction, id).await?;
    // In this order, because messages refer to their webhook. The lock on the webhook keeps new ones
    // out.
    for statement in [
        "DELETE FROM deliveries WHERE webhook_id = $1",
        "DELETE FROM webhooks WHERE id = $1",
    ] {
        transaction.execute(statement, &[&id]).await?;
    }
    let what = format!("removed the webhook {id} ({name})");
    Ok(audit::add(transaction, who, &what).await?)
}

/// Gives it another secret. For a day messages are signed with both.
///
/// # Errors
/// See [`WebhookError`].
pub(crate) async fn renew_secret(
    transaction: &Transaction<'_>,
    id: i64,
    who: &str,
) -> Result<SigningSecret, WebhookError> {
    let name = name(transaction, id).await?;
    let secret = new_secret()?;
    let values: [&(dyn ToSql + Sync); 2] = [&id, &secret.bytes()];
    transaction
        .execute(
            "UPDATE webhooks SET former_secret = secret, former_until = now() + interval '1 day',
                 secret = $2 WHERE id = $1",
            &values,
        )
        .await?;
    let what = format!("gave the webhook {id} ({name}) another secret");
    audit::add(transaction, who, &what).await?;
    Ok(secret)
}

/// Lets a message wait that says that this is a test. It is tried once. Returns its number.
///
/// # Errors
/// See [`WebhookError`].
pub(crate) async fn test(transaction: &Transaction<'_>, id: i64) -> Result<i64, WebhookError> {
    name(transaction, id).await?;
    let row = transaction
        .query_one(
            "SELECT template, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')
             FROM webhooks WHERE id = $1",
            &[&id],
        )
        .await?;
    let message = message(&EndedRun::example(), row.get(0), row.get(1))?;
    Ok(put(transaction, id, &message, 1).await?)
}

/// The name of a webhook, whose row is locked.
async fn name(transaction: &Transaction<'_>, id: i64) -> Result<String, WebhookError> {
    let row = transaction
        .query_opt("SELECT name FROM webhooks WHERE id = $1 FOR UPDATE", &[&id])
        .await?;
    Ok(row.ok_or(WebhookError::Unknown(id))?.get(0))
}
