//! One session's file. Statements are short and prepared once; whoever calls waits for the disk.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::HistoryError;
use super::chunk::Chunk;
use super::queue::RunEntry;
use crate::model::{PairResult, Plugin, RunId, RunInfo, RunState};

/// The form of the tables; another one is not opened.
const FORM: i64 = 2;

/// How much of the past is kept: what is older than the age or beyond the size goes, oldest first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retention {
    pub age: Duration,
    /// Bytes of the file.
    pub size: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Retention {
            age: Duration::from_secs(30 * 24 * 60 * 60),
            size: 256 << 20,
        }
    }
}

/// The events and runs of one session.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Connection,
    /// Held for as long as this process owns the file.
    _lock: Option<File>,
}

impl Store {
    /// Opens the file, or makes it, for this process alone. Runs that a former process left unfinished are
    /// interrupted from now on.
    pub fn own(path: &Path) -> Result<Self, HistoryError> {
        let unusable = |reason: String| HistoryError::Unusable {
            path: path.into(),
            reason,
        };
        let lock = File::create(path.with_extension("lock"))
            .map_err(|error| unusable(error.to_string()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(HistoryError::InUse(path.into()));
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(unusable(error.to_string())),
        }
        let mut store = Store::open(path)?;
        store._lock = Some(lock);
        store.interrupt_unfinished()?;
        Ok(store)
    }

    /// Opens the file to read it, beside the process that owns it.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let unusable = |reason: String| HistoryError::Unusable {
            path: path.into(),
            reason,
        };
        let connection = Connection::open(path).map_err(|error| unusable(error.to_string()))?;
        connection.busy_timeout(Duration::from_secs(10))?;
        let form: i64 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(|error| unusable(error.to_string()))?;
        match form {
            0 => connection.execute_batch(&format!(
                // NORMAL: a commit is in the system's hands, where the end of this process cannot reach it.
                "PRAGMA auto_vacuum = INCREMENTAL;
                 PRAGMA journal_mode = WAL;
                 BEGIN;
                 CREATE TABLE IF NOT EXISTS chunks (
                     first INTEGER PRIMARY KEY, last INTEGER NOT NULL, at REAL NOT NULL, text TEXT NOT NULL);
                 CREATE TABLE IF NOT EXISTS plugins (digest BLOB PRIMARY KEY, list TEXT NOT NULL) WITHOUT ROWID;
                 CREATE TABLE IF NOT EXISTS runs (
                     number INTEGER PRIMARY KEY, key TEXT UNIQUE, info TEXT NOT NULL,
                     plugins BLOB NOT NULL, first INTEGER NOT NULL, last INTEGER);
                 PRAGMA user_version = {FORM};
                 COMMIT;"
            ))?,
            FORM => {}
            other => {
                return Err(unusable(format!(
                    "it was written by another version of this program (form {other})"
                )));
            }
        }
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(Store {
            path: path.into(),
            connection,
            _lock: None,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of the latest event, 0 before the first.
    pub fn latest(&self) -> Result<u64, HistoryError> {
        let query = "SELECT coalesce(max(last), 0) FROM chunks";
        Ok(self.connection.query_row(query, [], |row| row.get(0))?)
    }

    /// Does several things as one: all of it is there afterwards, or nothing.
    pub(super) fn transaction(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<(), HistoryError>,
    ) -> Result<(), HistoryError> {
        let transaction = self.connection.transaction()?;
        work(&transaction)?;
        Ok(transaction.commit()?)
    }

    /// The chunk with the event after this one, or with the first after it that is left.
    pub(super) fn chunk_after(&self, sequence: u64) -> Result<Option<Chunk>, HistoryError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT first, text FROM chunks WHERE last > ?1 AND first >= coalesce(
                 (SELECT max(first) FROM chunks WHERE first <= ?1 + 1), 0) ORDER BY first LIMIT 1",
        )?;
        let chunk = statement.query_row([sequence], |row| Ok((row.get(0)?, row.get(1)?)));
        let chunk = chunk.optional()?;
        Ok(chunk.map(|(first, text)| Chunk::read(first, text)))
    }

    /// The runs, latest first.
    pub fn runs(&self) -> Result<Vec<RunInfo>, HistoryError> {
        let query = "SELECT info FROM runs ORDER BY number DESC";
        let mut statement = self.connection.prepare_cached(query)?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let infos = rows.map(|info| Ok(serde_json::from_str(&info?)?));
        infos.collect()
    }

    pub fn run(&self, run: RunId) -> Result<Option<RunInfo>, HistoryError> {
        self.run_where("number = ?1", run.0)
    }

    /// The run that was started with this `Idempotency-Key`.
    pub fn run_by_key(&self, key: &str) -> Result<Option<RunInfo>, HistoryError> {
        self.run_where("key = ?1", key)
    }

    fn run_where(
        &self,
        condition: &str,
        value: impl rusqlite::ToSql,
    ) -> Result<Option<RunInfo>, HistoryError> {
        let query = format!("SELECT info FROM runs WHERE {condition}");
        let mut statement = self.connection.prepare_cached(&query)?;
        let info = statement
            .query_row([value], |row| row.get::<_, String>(0))
            .optional()?;
        Ok(info.map(|info| serde_json::from_str(&info)).transpose()?)
    }

    /// The plug-ins as they were when a run began.
    pub fn plugins(&self, run: RunId) -> Result<Vec<Plugin>, HistoryError> {
        let query =
            "SELECT list FROM plugins WHERE digest = (SELECT plugins FROM runs WHERE number = ?1)";
        let mut statement = self.connection.prepare_cached(query)?;
        let list = statement.query_row([run.0], |row| row.get::<_, String>(0));
        let list = list.optional()?;
        let plugins = list.map(|list| serde_json::from_str(&list)).transpose()?;
        Ok(plugins.unwrap_or_default())
    }

    /// The results of a run, in their order; behind those of the run that it continues.
    pub fn results(&self, run: RunId) -> Result<Vec<PairResult>, HistoryError> {
        let (mut runs, mut last) = (vec![run], run);
        while let Some(info) = self.run(last)?
            && let Some(former) = info.continues.filter(|former| *former < last)
        {
            runs.push(former);
            last = former;
        }
        let mut results = Vec::new();
        for run in runs.into_iter().rev() {
            self.add_results(run, &mut results)?;
        }
        Ok(results)
    }

    fn add_results(&self, run: RunId, results: &mut Vec<PairResult>) -> Result<(), HistoryError> {
        #[derive(serde::Deserialize)]
        struct Body {
            result: PairResult,
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT chunks.first, text FROM chunks, runs WHERE number = ?1 AND chunks.last >= runs.first
                 AND chunks.first <= coalesce(runs.last, chunks.first) ORDER BY chunks.first",
        )?;
        let rows = statement.query_map([run.0], |row| Ok(Chunk::read(row.get(0)?, row.get(1)?)))?;
        for chunk in rows {
            for event in chunk?.iter() {
                if event.run == Some(run) && event.name == "result" {
                    results.push(serde_json::from_str::<Body>(event.body)?.result);
                }
            }
        }
        Ok(())
    }

    fn interrupt_unfinished(&mut self) -> Result<(), HistoryError> {
        let unfinished: Vec<RunInfo> = self
            .runs()?
            .into_iter()
            .filter(|run| !run.state.ended())
            .collect();
        for mut run in unfinished {
            run.state = RunState::Interrupted;
            for result in self.results(run.id)? {
                match result.success() {
                    true => run.succeeded += 1,
                    false => run.failed += 1,
                }
            }
            let (last, info) = (self.latest()?, Arc::new(run));
            let entry = RunEntry { info, start: None };
            self.transaction(|connection| put_run(connection, &entry, last))?;
        }
        Ok(())
    }

    /// Forgets what is beyond the retention, oldest first; `now` is in seconds since 1970.
    pub fn trim(&mut self, retention: Retention, now: f64) -> Result<(), HistoryError> {
        let oldest = now - retention.age.as_secs_f64();
        self.forget_until("SELECT max(last) FROM chunks WHERE at < ?1", oldest)?;
        while self.size()? > retention.size {
            // Some chunks hold one event, others thousands: a tenth of the rows, not of the events.
            let tenth = "SELECT last FROM chunks WHERE ?1 = ?1 ORDER BY first
                         LIMIT 1 OFFSET (SELECT count(*) / 10 FROM chunks)";
            if self.forget_until(tenth, 0.0)? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Forgets the events up to the one that the query names, and the runs that have none left.
    fn forget_until(&mut self, query: &str, value: f64) -> Result<usize, HistoryError> {
        let last: Option<u64> = self
            .connection
            .query_row(query, [value], |row| row.get(0))
            .optional()?
            .flatten();
        let Some(last) = last else {
            return Ok(0);
        };
        // The latest chunk stays, for the next one counts from it.
        let query =
            "DELETE FROM chunks WHERE last <= ?1 AND first < (SELECT max(first) FROM chunks)";
        let gone = self.connection.execute(query, [last])?;
        self.connection.execute_batch(
            "DELETE FROM runs WHERE last < (SELECT min(first) FROM chunks);
             DELETE FROM plugins WHERE digest NOT IN (SELECT plugins FROM runs);",
        )?;
        self.connection
            .execute_batch("PRAGMA incremental_vacuum;")?;
        Ok(gone)
    }

    fn size(&self) -> Result<u64, HistoryError> {
        let number = |name: &str| -> Result<u64, rusqlite::Error> {
            self.connection
                .pragma_query_value(None, name, |row| row.get(0))
        };
        Ok(number("page_count")? * number("page_size")?)
    }
}

pub(super) fn put_chunk(connection: &Connection, chunk: &Chunk) -> Result<(), HistoryError> {
    let query = "INSERT INTO chunks (first, last, at, text) VALUES (?1, ?2, ?3, ?4)";
    connection.prepare_cached(query)?.execute(params![
        chunk.first,
        chunk.last(),
        chunk.at(),
        chunk.text
    ])?;
    Ok(())
}

/// Writes a run as it is now, behind the event of this number.
pub(super) fn put_run(
    connection: &Connection,
    run: &RunEntry,
    behind: u64,
) -> Result<(), HistoryError> {
    let number = run.info.id.0;
    let info = serde_json::to_string(&*run.info)?;
    if let Some(start) = &run.start {
        let list = serde_json::to_string(&*start.plugins)?;
        let digest = Sha256::digest(&list);
        let digest = digest.as_slice();
        connection
            .prepare_cached("INSERT OR IGNORE INTO plugins (digest, list) VALUES (?1, ?2)")?
            .execute(params![digest, list])?;
        let query =
            "INSERT INTO runs (number, key, info, plugins, first) VALUES (?1, ?2, ?3, ?4, ?5)";
        connection.prepare_cached(query)?.execute(params![
            number,
            start.idempotency_key,
            info,
            digest,
            behind
        ])?;
    } else {
        let query = "UPDATE runs SET info = ?2, last = ?3 WHERE number = ?1";
        let last = run.info.state.ended().then_some(behind);
        connection
            .prepare_cached(query)?
            .execute(params![number, info, last])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::chunk::ChunkWriter;
    use super::super::queue::RunStart;
    use super::*;
    use crate::model::Event;

    fn store() -> (tempfile::TempDir, Store) {
        let place = tempfile::tempdir().unwrap();
        let store = Store::own(&place.path().join("s.sqlite")).unwrap();
        (place, store)
    }

    /// A chunk of one event, which happened at this second.
    fn chunk(sequence: u64, at: f64) -> Chunk {
        let mut writer = ChunkWriter::default();
        writer.push(&Event::Reset {}, at);
        writer.finish(sequence)
    }

    fn begin(run: RunInfo, key: &str) -> RunEntry {
        let start = RunStart {
            idempotency_key: Some(key.into()),
            plugins: Arc::new([]),
        };
        RunEntry {
            info: Arc::new(run),
            start: Some(start),
        }
    }

    fn run(number: u64, state: RunState) -> RunInfo {
        RunInfo {
            id: RunId(number),
            state,
            until: "publish".into(),
            targets: Vec::new(),
            comment: String::new(),
            started: 1.0,
            ended: None,
            progress: 0.0,
            stage: None,
            succeeded: 0,
            failed: 0,
            instances: None,
            plugins: None,
            continues: None,
        }
    }

    #[test]
    fn a_file_has_one_owner() {
        let (place, store) = store();
        let path = place.path().join("s.sqlite");
        assert!(matches!(Store::own(&path), Err(HistoryError::InUse(_))));
        assert!(Store::open(&path).is_ok());
        drop(store);
        assert!(Store::own(&path).is_ok());
    }

    #[test]
    fn an_unfinished_run_is_interrupted_by_the_next_start() {
        let (place, mut store) = store();
        store
            .transaction(|connection| {
                put_run(connection, &begin(run(1, RunState::Succeeded), "a"), 0)?;
                put_run(connection, &begin(run(2, RunState::Running), "b"), 0)
            })
            .unwrap();
        assert!(
            store
                .transaction(|c| put_run(c, &begin(run(3, RunState::Running), "b"), 0))
                .is_err()
        );
        drop(store);
        let store = Store::own(&place.path().join("s.sqlite")).unwrap();
        let states: Vec<_> = store
            .runs()
            .unwrap()
            .into_iter()
            .map(|run| run.state)
            .collect();
        assert_eq!(states, [RunState::Interrupted, RunState::Succeeded]);
        assert_eq!(store.run_by_key("b").unwrap().unwrap().id, RunId(2));
        assert_eq!(store.run(RunId(9)).unwrap(), None);
    }

    #[test]
    fn what_is_old_or_too_much_is_forgotten_but_for_the_latest() {
        let (_place, mut store) = store();
        let put = |store: &mut Store, range: std::ops::Range<u64>| {
            store
                .transaction(|connection| {
                    range
                        .clone()
                        .try_for_each(|n| put_chunk(connection, &chunk(n, n as f64)))
                })
                .unwrap();
        };
        put(&mut store, 1..101);
        let retention = Retention {
            age: Duration::from_secs(50),
            ..Retention::default()
        };
        store.trim(retention, 100.0).unwrap();
        assert_eq!(store.chunk_after(0).unwrap().unwrap().first, 50);
        assert_eq!(store.chunk_after(70).unwrap().unwrap().first, 71);
        store
            .trim(
                Retention {
                    size: 0,
                    ..Retention::default()
                },
                100.0,
            )
            .unwrap();
        assert_eq!(store.latest().unwrap(), 100);
        assert!(store.chunk_after(0).unwrap().unwrap().first > 90);
        assert_eq!(store.chunk_after(100).unwrap(), None);
    }

    #[test]
    fn what_is_no_history_is_not_touched() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("s.sqlite");
        std::fs::write(
            &path,
            b"something else entirely, long enough to be read as a header",
        )
        .unwrap();
        let message = Store::own(&path).unwrap_err().to_string();
        assert!(message.contains("Move the file away"), "{message}");
    }
}
