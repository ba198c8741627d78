//! The file of one session. Statements are short and prepared once. All calls block on the disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, ToSql};

use super::HistoryError;
use super::chunk::{Chunk, EventPage};
use super::claim::{Claim, HighestNumbers};
use super::error::StoreError;
use super::form::{self, FORM, Found, beside};
use super::open_files::OpenFile;
use super::pack::{self, Effort};
use super::plugin_list;
use super::queue::{Idempotency, RunEntry};
use super::rows::{
    RunRow, Stored, has_chunk, put_chunk, put_mark, put_row, put_run, read_chunk, read_log,
    read_mark, read_plugins, read_run, run_columns,
};
use super::salvage::{self, Check, Salvaged};
use pyblish_model::{PairResult, PluginSet, RunId, RunInfo, RunState};

/// What is written in one transaction: all of it, or nothing.
#[derive(Debug, Default, Clone)]
pub(super) struct Group {
    pub chunks: Vec<Arc<Chunk>>,
    /// The runs, each with the number of the event before it.
    pub runs: Vec<(RunEntry, u64)>,
    /// The highest numbers assigned.
    pub mark: HighestNumbers,
}

impl Group {
    pub(crate) fn is_empty(&self) -> bool {
        self.chunks.is_empty() && self.runs.is_empty() && self.mark == HighestNumbers::default()
    }

    pub(crate) fn events(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.len()).sum()
    }
}

/// How many bytes of events were written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// All of them, as they are on disk.
    pub bytes: usize,
    /// Those that are not compressed.
    pub plain: usize,
}

/// The events and runs of one session.
#[derive(Debug)]
pub struct Store {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    /// Must be dropped after the connection.
    here: OpenFile,
    form: i64,
    is_live: bool,
    /// All events before this one are compressed, as far as they can be.
    pub(super) compacted: u64,
}

impl Store {
    /// How long a statement waits while another program locks the file. Answers are delayed by this
    /// time once. Then the work continues, and unwritten data is held until the file is free.
    pub(super) const PATIENCE: Duration = Duration::from_secs(2);

    /// Opens the file for writing, or creates it; the caller must hold the claim. A damaged file is
    /// moved aside first. Unfinished runs of an earlier process become interrupted.
    pub(super) fn own(
        path: &Path,
        claim: &Claim,
        patience: Duration,
        check: Check,
    ) -> Result<(Self, Option<Salvaged>), HistoryError> {
        match form::look(path)? {
            Found::Foreign(reason) => {
                let path = path.into();
                return Err(HistoryError::Foreign { path, reason });
            }
            Found::Nothing => {
                salvage::set_loose_aside(path)?;
                if !salvage::finish(path)? {
                    form::make(path)?;
                }
            }
            Found::Damaged(what) => {
                let why = StoreError::Damaged(what).named(path);
                return Store::own_rest(path, claim, patience, &why);
            }
            Found::Ours => {}
        }
        match Store::own_whole(path, patience, check) {
            Err(error) if error.is_damage() => Store::own_rest(path, claim, patience, &error),
            owned => Ok((owned?, None)),
        }
    }

    /// Moves the damaged file aside, and continues with the recovered rows.
    fn own_rest(
        path: &Path,
        claim: &Claim,
        patience: Duration,
        why: &HistoryError,
    ) -> Result<(Self, Option<Salvaged>), HistoryError> {
        let salvaged = salvage::set_aside(path, claim.mark(), why)?;
        let store = Store::own_whole(path, patience, salvage::check)?;
        Ok((store, Some(salvaged)))
    }

    fn own_whole(path: &Path, patience: Duration, check: Check) -> Result<Self, HistoryError> {
        let here = OpenFile::new(path);
        let connection = form::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let mut store = Store {
            here,
            form: FORM,
            path: path.into(),
            connection,
            is_live: true,
            compacted: 0,
        };
        store.wait(patience)?;
        store.connect(check)?;
        store.interrupt_unfinished()?;
        Ok(store)
    }

    fn connect(&mut self, check: Check) -> Result<(), HistoryError> {
        let form = form::form(&self.connection, &self.path)?;
        let connection = &mut self.connection;
        let connected = (|| {
            if form != FORM {
                form::take_up(connection, form)?;
            }
            connection.pragma_update(None, "journal_mode", "WAL")?;
            // NORMAL: a commit is handed to the system, so it survives the end of this process.
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            check(connection)
        })();
        connected.map_err(|fault: StoreError| fault.named(&self.path))
    }

    /// Opens the file for reading, besides the process that owns it, if there is one. Creates and
    /// changes nothing.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let foreign = |reason: String| HistoryError::Foreign {
            path: path.into(),
            reason,
        };
        match form::look(path)? {
            Found::Ours => {}
            Found::Nothing => return Err(foreign("it is empty or does not exist".into())),
            Found::Damaged(what) => return Err(StoreError::Damaged(what).named(path)),
            Found::Foreign(reason) => return Err(foreign(reason)),
        }
        let here = OpenFile::new(path);
        // Without a write-ahead log nobody is writing, and SQLite would create one just for
        // reading.
        let is_live = beside(path, "-wal").exists();
        let connection = if is_live {
            form::open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?
        } else {
            form::open_unchanging(path)?
        };
        let store = Store {
            here,
            form: form::form(&connection, path)?,
            path: path.into(),
            connection,
            is_live,
            compacted: 0,
        };
        store.wait(Store::PATIENCE)?;
        Ok(store)
    }

    /// Whether the file and its write-ahead log are still in their places: anything written
    /// elsewhere is lost.
    pub(super) fn is_in_place(&self) -> Result<(), HistoryError> {
        let what = match (self.is_there(), beside(&self.path, "-wal").exists()) {
            (true, true) => return Ok(()),
            (true, false) => "its write-ahead log was removed",
            (false, _) => "it was removed or replaced by another file",
        };
        Err(HistoryError::unusable(&self.path, what))
    }

    /// Whether the file is still in its place.
    pub(super) fn is_there(&self) -> bool {
        self.here.is_in_place(&self.path)
    }

    /// Whether this connection sees later writes to the file.
    pub(super) fn is_live(&self) -> bool {
        self.is_live
    }

    /// Sets how long a statement waits for another program that locks the file.
    pub(super) fn wait(&self, patience: Duration) -> Result<(), HistoryError> {
        self.named(
            self.connection
                .busy_timeout(patience)
                .map_err(StoreError::from),
        )
    }

    pub(super) fn named<T>(&self, result: Result<T, StoreError>) -> Result<T, HistoryError> {
        result.map_err(|fault| fault.named(&self.path))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn has_sums(&self) -> bool {
        form::has_sums(self.form)
    }

    /// The highest numbers that were ever assigned, as far as it shows.
    pub(super) fn mark(&self) -> Result<HighestNumbers, HistoryError> {
        self.named(read_mark(&self.connection, self.has_sums()))
    }

    /// The number of the latest event.
    pub fn latest(&self) -> Result<u64, HistoryError> {
        Ok(self.mark()?.event)
    }

    /// The id of this history: no other one has it, also not one that takes its place later. A damaged
    /// one keeps it when it is recovered. None until something was written to it.
    pub fn log(&self) -> Result<Option<u64>, HistoryError> {
        match self.has_sums() {
            true => self.named(read_log(&self.connection)),
            false => Ok(None),
        }
    }

    /// Some of the events after this one; empty if there are none left. If the first is not the next
    /// number, the events between are gone.
    pub fn events_after(&self, sequence: u64) -> Result<EventPage, HistoryError> {
        let chunk = self.chunk_after(sequence)?.map(Arc::new);
        Ok(chunk.map_or_else(EventPage::default, |chunk| {
            EventPage::behind(sequence, chunk)
        }))
    }

    /// Whether nothing ever happened in it.
    pub fn is_blank(&self) -> Result<bool, HistoryError> {
        let mark = self.mark()?;
        Ok((mark.event, mark.run) == (0, 0))
    }

    /// Writes this, all of it or nothing.
    pub(super) fn write(&mut self, group: &Group) -> Result<Written, HistoryError> {
        let mut written = Written::default();
        self.transaction(|connection| {
            let mut chunks = Vec::with_capacity(group.chunks.len());
            for chunk in &group.chunks {
                if !has_chunk(connection, chunk)? {
                    chunks.push(chunk);
                }
            }
            for chunk in Chunk::join(chunks, pack::FULL) {
                match put_chunk(connection, &chunk, Effort::Quick)? {
                    Stored::Packed(bytes) => written.bytes += bytes,
                    Stored::Plain(bytes) => {
                        written.bytes += bytes;
                        written.plain += bytes;
                    }
                }
            }
            for (run, behind) in &group.runs {
                put_run(connection, run, *behind)?;
            }
            put_mark(connection, group.mark)
        })?;
        Ok(written)
    }

    /// Does several things in one transaction: all of them take effect, or none.
    pub(super) fn transaction(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<(), StoreError>,
    ) -> Result<(), HistoryError> {
        let written = (|| {
            let transaction = self.connection.transaction()?;
            work(&transaction)?;
            Ok(transaction.commit()?)
        })();
        self.named(written)
    }

    /// The chunk with the event after this one, or with the next one that is left.
    pub(super) fn chunk_after(&self, sequence: u64) -> Result<Option<Chunk>, HistoryError> {
        let query = format!(
            "SELECT first, text, {} FROM chunks WHERE last > ?1 AND first >= coalesce(
                 (SELECT max(first) FROM chunks WHERE first <= ?1 + 1), 0) ORDER BY first LIMIT 1",
            self.sum_column()
        );
        self.named((|| {
            let mut statement = self.connection.prepare_cached(&query)?;
            let chunk = statement.query_row([sequence], |row| Ok(read_chunk(row)));
            chunk.optional()?.transpose()
        })())
    }

    /// How many bytes the chunks with an event after this one have on disk.
    pub(super) fn bytes_after(&self, sequence: u64) -> Result<u64, HistoryError> {
        self.named((|| {
            // Their sizes are in the headers of the rows, so no text is read.
            let query = "SELECT coalesce(sum(octet_length(text)), 0) FROM chunks WHERE last > ?1";
            let mut statement = self.connection.prepare_cached(query)?;
            Ok(statement.query_row([sequence], |row| row.get(0))?)
        })())
    }

    fn sum_column(&self) -> &'static str {
        if self.has_sums() { "sum" } else { "NULL" }
    }

    /// The runs, the latest first.
    pub fn runs(&self) -> Result<Vec<RunInfo>, HistoryError> {
        let query = format!(
            "SELECT {} FROM runs ORDER BY number DESC",
            run_columns(self.has_sums())
        );
        self.named((|| {
            let mut statement = self.connection.prepare_cached(&query)?;
            let rows = statement.query_map([], |row| Ok(read_run(row)))?;
            rows.map(|row| row??.info()).collect()
        })())
    }

    /// A run as it is written; none if there is no such run.
    pub fn run(&self, run: RunId) -> Result<Option<RunInfo>, HistoryError> {
        let row = self.run_where("number = ?1", run.0)?;
        self.named(row.map(|row| row.info()).transpose())
    }

    /// The run that was started with this `Idempotency-Key`, and the digest of its request, which
    /// runs of earlier versions do not have.
    pub(super) fn run_by_key(
        &self,
        key: &str,
    ) -> Result<Option<(RunInfo, Option<Idempotency>)>, HistoryError> {
        let Some(row) = self.run_where("key = ?1", key)? else {
            return Ok(None);
        };
        let request = row.request.as_deref().and_then(|it| it.try_into().ok());
        let known = request.map(|request| Idempotency {
            key: key.into(),
            request,
        });
        Ok(Some((self.named(row.info())?, known)))
    }

    fn run_where(
        &self,
        condition: &str,
        value: impl ToSql,
    ) -> Result<Option<RunRow>, HistoryError> {
        let columns = run_columns(self.has_sums());
        let query = format!("SELECT {columns} FROM runs WHERE {condition}");
        self.named((|| {
            let mut statement = self.connection.prepare_cached(&query)?;
            let row = statement.query_row([value], |row| Ok(read_run(row)));
            row.optional()?.transpose()
        })())
    }

    /// What had been discovered when a run began; none if there is no such run.
    pub fn discovered(&self, run: RunId) -> Result<Option<PluginSet>, HistoryError> {
        let query = "SELECT digest, list FROM plugins
                     WHERE digest = (SELECT plugins FROM runs WHERE number = ?1)";
        self.named((|| {
            let mut statement = self.connection.prepare_cached(query)?;
            let list = statement.query_row([run.0], |row| Ok(read_plugins(row)));
            let list = list.optional()?.transpose()?;
            Ok(list.map(|list| plugin_list::read(&list)).transpose()?)
        })())
    }

    /// The results of a run in order, after those of the run that it continues.
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
            for chunk in self.chunks_of(run)?.values() {
                let more = chunk.results(run, 0).map_err(StoreError::from);
                results.extend(self.named(more)?);
            }
        }
        Ok(results)
    }

    /// The chunks that may contain events of a run, by the number of their first event.
    pub(super) fn chunks_of(&self, run: RunId) -> Result<BTreeMap<u64, Arc<Chunk>>, HistoryError> {
        self.named((|| {
            let mut statement = self.connection.prepare_cached(&self.chunks_of_run())?;
            let rows = statement.query_map([run.0], |row| Ok(read_chunk(row)))?;
            rows.map(|chunk| {
                let chunk = chunk??;
                Ok((chunk.first, Arc::new(chunk)))
            })
            .collect()
        })())
    }

    /// The query for the chunks of a run. It finds the first of them by its number: there may be
    /// many before it.
    pub(super) fn chunks_of_run(&self) -> String {
        format!(
            "SELECT chunks.first, text, {} FROM runs, chunks
             WHERE number = ?1 AND chunks.last > runs.first
                 AND chunks.first >= coalesce(
                     (SELECT max(first) FROM chunks WHERE first <= runs.first + 1), 0)
                 AND chunks.first <= coalesce(runs.last, {}) ORDER BY chunks.first",
            if self.has_sums() {
                "chunks.sum"
            } else {
                "NULL"
            },
            i64::MAX
        )
    }

    fn interrupt_unfinished(&mut self) -> Result<(), HistoryError> {
        let unfinished = self.runs()?.into_iter();
        let unfinished: Vec<_> = unfinished.filter(|run| !run.state.ended()).collect();
        for run in unfinished {
            let (run, last) = (self.interrupted(run)?, self.mark()?.event);
            let row = self.run_where("number = ?1", run.id.0)?;
            let info = self.named(serde_json::to_string(&run).map_err(StoreError::from))?;
            if let Some(row) = row {
                let last = Some(last);
                self.transaction(|connection| put_row(connection, &RunRow { info, last, ..row }))?;
            }
        }
        Ok(())
    }

    /// Marks a run that no process continues as interrupted, with its results so far.
    pub fn interrupted(&self, mut run: RunInfo) -> Result<RunInfo, HistoryError> {
        run.state = RunState::Interrupted;
        (run.succeeded, run.failed) = (0, 0);
        for result in self.results(run.id)? {
            if result.success() {
                run.succeeded += 1;
            } else {
                run.failed += 1;
            }
        }
        Ok(run)
    }
}
