//! Gives committed batches their places in the feed, and adds their counts.
//!
//! Batches commit side by side, and each leaves a row in `feed_pending`. Afterwards the sequencer
//! moves all of these rows into the feed in one transaction, with numbers that follow each other. So
//! a reader that has seen a number has seen all below it, and waits for no batch that is being
//! written. Two batches of one session stay in their order: the second one begins after the commit
//! of the first one, so its row has a higher number and is never there without the other.
//!
//! Each hub has a sequencer, which begins after each batch that its hub takes, and from time to time
//! for what a hub left that was killed. The row of `feed_head` lets one of them at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_postgres::types::ToSql;

use super::channel::CHANNEL;
use super::database::Database;
use super::error::HubError;

/// How often it looks by itself.
const LOOK: Duration = Duration::from_secs(1);

/// How many batches it moves at a time.
const MOST: i64 = 1_000;

/// Moves what is there, adds it up, and rings.
const MOVE: &str = "
    WITH taken AS (
        DELETE FROM feed_pending WHERE id IN (SELECT id FROM feed_pending ORDER BY id LIMIT $1)
        RETURNING id, session_id, first, last, month, days
    ), placed AS (
        SELECT session_id, first, last, month, row_number() OVER (ORDER BY id) AS place FROM taken
    ), head AS (
        UPDATE feed_head SET last = last + (SELECT count(*) FROM taken) RETURNING last
    ), fed AS (
        INSERT INTO feed (id, session_id, first, last, month)
        SELECT head.last - (SELECT count(*) FROM taken) + place, session_id, placed.first, placed.last, month
        FROM placed, head
    ), counted AS (
        INSERT INTO plugin_days (day, plugin, results, failed, total, longest)
        SELECT date '1970-01-01' + new.day, new.plugin, sum(new.results), sum(new.failed), sum(new.total),
            max(new.longest)
        FROM taken, json_to_recordset(taken.days)
            AS new (day integer, plugin text, results bigint, failed bigint, total float8, longest float8)
        GROUP BY 1, 2
        ON CONFLICT (day, plugin) DO UPDATE SET
            results = plugin_days.results + excluded.results,
            failed = plugin_days.failed + excluded.failed,
            total = plugin_days.total + excluded.total,
            longest = greatest(plugin_days.longest, excluded.longest)
    )
    SELECT count(*), CASE WHEN count(*) > 0 THEN pg_notify($2, '') END FROM taken";

/// The sequencer of one hub. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sequencer(Arc<Notify>);

impl Sequencer {
    /// Starts it. It ends with the hub.
    pub(crate) fn start(database: Database, mut ending: watch::Receiver<bool>) -> Self {
        let bell = Arc::new(Notify::new());
        let rung = bell.clone();
        tokio::spawn(async move {
            while !*ending.borrow() {
                match step(&database).await {
                    // There may be more.
                    Ok(MOST..) => continue,
                    Ok(_) => {}
                    Err(error) => tracing::debug!("batches wait for their places: {error}"),
                }
                tokio::select! {
                    _ = timeout(LOOK, rung.notified()) => {}
                    _ = ending.wait_for(|ending| *ending) => {}
                }
            }
        });
        Sequencer(bell)
    }

    /// Says that a batch was committed.
    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }
}

/// Moves some batches. Returns how many.
async fn step(database: &Database) -> Result<i64, HubError> {
    let mut client = database.get().await?;
    let look = client
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM feed_pending)")
        .await?;
    if !client.query_one(&look, &[]).await?.get::<_, bool>(0) {
        return Ok(0);
    }
    let transaction = client.transaction().await?;
    // In a statement of its own: the next one must see what another hub has just moved.
    let lock = transaction
        .prepare_cached("SELECT 1 FROM feed_head FOR UPDATE")
        .await?;
    transaction.query_one(&lock, &[]).await?;
    let step = transaction.prepare_cached(MOVE).await?;
    let values: [&(dyn ToSql + Sync); 2] = [&MOST, &CHANNEL];
    let count = transaction.query_one(&step, &values).await?.get(0);
    transaction.commit().await?;
    Ok(count)
}
