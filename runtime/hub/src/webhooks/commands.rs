//! What the command line does to webhooks: each in a transaction of its own.

use super::signature::SigningSecret;
use super::whom::{NewWebhook, WebhookError};
use super::{failed, store};
use crate::database::Database;

/// Adds one. `who` does it. The secret is returned once, and not shown again.
///
/// # Errors
/// See [`WebhookError`].
pub async fn add(
    database: &Database,
    new: &NewWebhook,
    who: &str,
) -> Result<(i64, SigningSecret), WebhookError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    let added = store::add(&transaction, new, who).await?;
    transaction.commit().await?;
    Ok(added)
}

/// Removes one, with the messages that wait for it.
///
/// # Errors
/// See [`WebhookError`].
pub async fn remove(database: &Database, id: i64, who: &str) -> Result<(), WebhookError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    store::remove(&transaction, id, who).await?;
    Ok(transaction.commit().await?)
}

/// Gives it another secret. For a day messages are signed with both.
///
/// # Errors
/// See [`WebhookError`].
pub async fn renew_secret(
    database: &Database,
    id: i64,
    who: &str,
) -> Result<SigningSecret, WebhookError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    let secret = store::renew_secret(&transaction, id, who).await?;
    transaction.commit().await?;
    Ok(secret)
}

/// Lets a running hub send a message that says that it is a test, and that is tried once. Returns
/// its number.
///
/// # Errors
/// See [`WebhookError`].
pub async fn test(database: &Database, id: i64) -> Result<i64, WebhookError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    let message = store::test(&transaction, id).await?;
    transaction.commit().await?;
    Ok(message)
}

/// Sends messages again that nobody took: this one, or all of the webhook. Returns how many.
///
/// # Errors
/// See [`WebhookError`].
pub async fn resend(
    database: &Database,
    webhook: i64,
    one: Option<i64>,
    who: &str,
) -> Result<u64, WebhookError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    let count = failed::resend(&transaction, webhook, one, who).await?;
    transaction.commit().await?;
    Ok(count)
}
