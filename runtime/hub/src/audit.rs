//! Who did what about access and about what leaves the hub. Rows are only added, in the transaction
//! that does it.

use deadpool_postgres::GenericClient;

use super::error::HubError;

/// Something that was done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Deed {
    /// The later, the higher.
    pub id: i64,
    /// Seconds since 1970-01-01 UTC.
    pub at: f64,
    /// The person, or the user of a command line and its machine.
    pub who: String,
    /// What was done, in words.
    pub what: String,
}

/// Keeps that somebody did this.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn add(
    client: &impl GenericClient,
    who: &str,
    what: &str,
) -> Result<(), HubError> {
    let insert = "INSERT INTO audit (who, what) VALUES ($1, $2)";
    client.execute(insert, &[&who, &what]).await?;
    Ok(())
}

/// What was done before this deed, or at all; the latest first, so many at most.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn read(
    client: &impl GenericClient,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Deed>, HubError> {
    let rows = client
        .query(
            "SELECT id, extract(epoch FROM at)::float8, who, what FROM audit
             WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
            &[&before, &limit],
        )
        .await?;
    let deeds = rows.iter().map(|row| Deed {
        id: row.get(0),
        at: row.get(1),
        who: row.get(2),
        what: row.get(3),
    });
    Ok(deeds.collect())
}
