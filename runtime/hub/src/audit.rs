//! Who did what about access and about what leaves the hub. Rows are only added.

use deadpool_postgres::Transaction;

use super::error::HubError;

/// Adds a row, in the transaction that does it.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn add(
    transaction: &Transaction<'_>,
    who: &str,
    what: &str,
) -> Result<(), HubError> {
    let insert = "INSERT INTO audit (who, what) VALUES ($1, $2)";
    transaction.execute(insert, &[&who, &what]).await?;
    Ok(())
}
