//! A message that waits to be sent.

use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;

use crate::error::HubError;

/// How often a message is tried.
pub(super) const TRIES: i32 = 8;

/// Random bytes in the id of a message.
const ID: usize = 16;

/// What is sent.
pub(super) struct Message {
    /// The header `webhook-id`: the same in each try, and no other message has it.
    pub(super) id: String,
    pub(super) body: String,
    pub(super) media_type: &'static str,
}

impl Message {
    /// # Errors
    /// The system gives no random bytes.
    pub(super) fn new_id() -> Result<String, HubError> {
        let mut bytes = [0; ID];
        getrandom::fill(&mut bytes).map_err(|error| HubError::Random(error.to_string()))?;
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("msg_{digits}"))
    }
}

/// Lets it wait for this webhook, to be tried so often. Returns its number.
pub(super) async fn put(
    transaction: &Transaction<'_>,
    webhook: i64,
    message: &Message,
    tries: i32,
) -> Result<i64, HubError> {
    let insert = transaction
        .prepare_cached(
            "INSERT INTO deliveries (webhook_id, message, body, media_type, tries_left)
             VALUES ($1, $2, $3, $4, $5) RETURNING id",
        )
        .await?;
    let values: [&(dyn ToSql + Sync); 5] = [
        &webhook,
        &message.id,
        &message.body,
        &message.media_type,
        &tries,
    ];
    Ok(transaction.query_one(&insert, &values).await?.get(0))
}
