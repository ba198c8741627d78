//! How much history is kept: events older than the age or beyond the size are removed, oldest
//! first.
//!
//! **Size** is the used space, including the write-ahead log. Free pages are returned to the system
//! before any event is removed, and no more is removed than the limit requires.
//!
//! **Age** is not measured by a single reading of the clock, because a clock can be wrong. A
//! history stores the last three days on which it was used, and counts its age from the earliest of
//! them. So a clock that is ahead on one or two days removes nothing; when it is right again, the
//! wrong days are deleted.

use std::time::Duration;

use rusqlite::OptionalExtension;

use super::HistoryError;
use super::error::StoreError;
use super::form::beside;
use super::rows::read_mark;
use super::store::Store;

const DAY: f64 = 86_400.0;

/// How many days of use must agree that something is old.
const LOOKS: usize = 3;

/// How many rounds of removal to try before giving up; each removes something.
const ROUNDS: u32 = 100;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retention {
    /// For how long events are kept.
    pub age: Duration,
    /// Bytes on disk: the used part of the file, and its write-ahead log.
    pub size: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Retention {
            age: Duration::from_hours(30 * 24),
            size: 256 << 20,
        }
    }
}

impl Retention {
    /// How many bytes are written between two checks of the size; each check frees this much room.
    pub(super) fn step(self) -> u64 {
        (self.size / 16).clamp(64 << 10, 16 << 20)
    }
}

impl Store {
    /// Removes what is beyond the retention, oldest first; `now` is in seconds since 1970.
    pub(super) fn trim(&mut self, retention: Retention, now: f64) -> Result<(), HistoryError> {
        if let Some(today) = self.look_at(now)? {
            let oldest = today - retention.age.as_secs_f64();
            // If the clock once went back, there may be an old time between newer ones. An event is
            // only old if all events before it are old, too.
            let query = "SELECT coalesce(
                             (SELECT first - 1 FROM chunks WHERE at >= ?1 ORDER BY first LIMIT 1),
                             (SELECT max(last) FROM chunks))";
            if let Some(last) = self.number(query, oldest)? {
                self.forget_until(last)?;
            }
        }
        let limit = retention.size.saturating_sub(retention.step());
        for _ in 0..ROUNDS {
            if self.used()? <= limit {
                break;
            }
            self.give_back()?;
            // From here on, only count what removing events can free. The part of the write-ahead
            // log that a reader uses is freed when the reader ends, and is no reason to remove
            // more.
            let pages = self.used_pages()?;
            if pages <= limit || !self.forget_bytes(pages - limit)? {
                break;
            }
        }
        self.give_back()
    }

    /// Notes that the history is used today. Returns the earliest of the last days of use, or none
    /// while there are too few.
    pub(super) fn look_at(&mut self, now: f64) -> Result<Option<f64>, HistoryError> {
        let today = (now / DAY).floor();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "stops at the ends of the integer"
        )]
        let day = today as i64;
        let mut days = Vec::new();
        self.transaction(|connection| {
            // Days in the future come from a clock that was ahead.
            connection.execute("DELETE FROM days WHERE day > ?1", [day])?;
            connection.execute("INSERT OR IGNORE INTO days VALUES (?1)", [day])?;
            let surplus = "DELETE FROM days WHERE day NOT IN
                           (SELECT day FROM days ORDER BY day DESC LIMIT ?1)";
            connection.execute(surplus, [LOOKS])?;
            let mut statement = connection.prepare_cached("SELECT day FROM days ORDER BY day")?;
            let known = statement.query_map([], |row| row.get::<_, i64>(0))?;
            days = known.collect::<Result<Vec<_>, _>>()?;
            Ok(())
        })?;
        let earliest = days.first().filter(|_| days.len() == LOOKS);
        Ok(earliest.map(|day| *day as f64 * DAY))
    }

    /// When something last happened in it, in seconds since 1970.
    pub fn last_used(&self) -> Result<f64, HistoryError> {
        let latest = "SELECT max(at) FROM chunks";
        let latest = self
            .connection
            .query_row(latest, [], |row| row.get::<_, Option<f64>>(0))
            .map_err(StoreError::from);
        let latest = self.named(latest)?;
        let runs = self.runs()?.into_iter();
        let runs = runs.map(|run| run.ended.unwrap_or(run.started));
        Ok(runs.fold(latest.unwrap_or(0.0), f64::max))
    }

    fn number(&self, query: &str, value: f64) -> Result<Option<u64>, HistoryError> {
        let found = self
            .connection
            .query_row(query, [value], |row| row.get::<_, Option<u64>>(0))
            .optional()
            .map_err(StoreError::from);
        Ok(self.named(found)?.flatten())
    }

    /// Removes the oldest events, at least `bytes` of them. Returns whether there were any.
    fn forget_bytes(&mut self, bytes: u64) -> Result<bool, HistoryError> {
        let query = "SELECT last FROM (
                         SELECT last, sum(octet_length(text)) OVER (ORDER BY first) AS bytes FROM chunks)
                     WHERE bytes >= ?1 ORDER BY last LIMIT 1";
        let last = match self.number(query, bytes as f64)? {
            Some(last) => Some(last),
            None => self.number("SELECT max(last) FROM chunks WHERE ?1 = ?1", 0.0)?,
        };
        match last {
            Some(last) => Ok(self.forget_until(last)? > 0),
            None => Ok(false),
        }
    }

    /// Removes the events up to this one, and the runs without remaining events. Their numbers are
    /// not assigned again.
    fn forget_until(&mut self, last: u64) -> Result<usize, HistoryError> {
        let mut gone = 0;
        self.transaction(|connection| {
            super::rows::put_mark(connection, read_mark(connection, true)?)?;
            gone = connection.execute("DELETE FROM chunks WHERE last <= ?1", [last])?;
            if gone > 0 {
                connection.execute(
                    "DELETE FROM runs WHERE last < coalesce((SELECT min(first) FROM chunks),
                         (SELECT value + 1 FROM counters WHERE name = 'event'))",
                    [],
                )?;
                connection.execute(
                    "DELETE FROM plugins WHERE digest NOT IN (SELECT plugins FROM runs)",
                    [],
                )?;
            }
            Ok(())
        })?;
        Ok(gone)
    }

    /// The used bytes on disk.
    pub(super) fn used(&self) -> Result<u64, HistoryError> {
        let log = beside(&self.path, "-wal").metadata();
        Ok(self.used_pages()? + log.map_or(0, |log| log.len()))
    }

    /// The bytes of the pages in use.
    fn used_pages(&self) -> Result<u64, HistoryError> {
        let number = |name: &str| {
            let value = self
                .connection
                .pragma_query_value(None, name, |row| row.get::<_, u64>(0));
            self.named(value.map_err(StoreError::from))
        };
        let pages = number("page_count")?.saturating_sub(number("freelist_count")?);
        Ok(pages * number("page_size")?)
    }

    /// Returns the free space of the file and the whole write-ahead log to the system.
    pub(super) fn give_back(&mut self) -> Result<(), HistoryError> {
        let given = (|| {
            let mut statement = self.connection.prepare("PRAGMA incremental_vacuum")?;
            // Each step frees one page.
            let mut rows = statement.query([])?;
            while rows.next()?.is_some() {}
            drop(rows);
            let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
            // A reader may still use a part of it; the next check frees that.
            self.connection.query_row(checkpoint, [], |_| Ok(()))?;
            Ok(())
        })();
        self.named(given)
    }
}
