//! What a hub does from time to time: it makes the tables of months to come, drops those that are
//! too old, and forgets old answers.

use std::time::Duration;

use tokio::sync::watch;

use super::database::Database;
use super::error::HubError;
use super::months;

/// How often.
const EVERY: Duration = Duration::from_hours(1);

/// How long to wait after something failed, such as a database that is away.
const AGAIN: Duration = Duration::from_mins(1);

/// Does it until the hub ends. `keep_months` is how many months are kept besides this one; none
/// keeps all.
pub(crate) fn start(
    database: Database,
    keep_months: Option<u32>,
    mut ending: watch::Receiver<bool>,
) {
    tokio::spawn(async move {
        while !*ending.borrow() {
            let wait = match work(&database, keep_months).await {
                Ok(()) => EVERY,
                Err(error) => {
                    tracing::warn!("the tables of the database wait for their upkeep: {error}");
                    AGAIN
                }
            };
            let _ = tokio::time::timeout(wait, ending.wait_for(|ending| *ending)).await;
        }
    });
}

async fn work(database: &Database, keep_months: Option<u32>) -> Result<(), HubError> {
    months::make(database).await?;
    if let Some(keep) = keep_months {
        months::drop_old(database, keep).await?;
    }
    let client = database.get().await?;
    let old = "DELETE FROM idempotent_answers WHERE at < now() - interval '1 day'";
    client.execute(old, &[]).await?;
    Ok(())
}
