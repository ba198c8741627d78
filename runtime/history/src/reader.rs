use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::chunk::EventPage;
use super::clock;
use super::disk::{Disk, Opened};
use super::queue::{Entry, Idempotency};
use super::retention::Retention;
use super::shared::Shared;
use super::store::Store;
use super::{EventLog, HistoryError, Writer};
use pyblish_model::{PairResult, PluginSet, RunId, RunInfo};

/// The history of one session, for readers. Cheap to clone.
///
/// Events that are not on disk yet are held in memory. Readers get both.
#[derive(Debug, Clone)]
pub struct History {
    shared: Arc<Shared>,
    first_revision: u64,
    last_run: u64,
}

impl History {
    /// Opens the history in this file, for this process alone.
    pub fn own(path: &Path, retention: Retention) -> Result<(History, Writer), HistoryError> {
        let Opened {
            disk,
            given,
            trouble,
            salvaged,
        } = Disk::own(path, retention)?;
        let shared = Arc::new(Shared::new(given.event, Some(path)));
        let history = History {
            shared: shared.clone(),
            first_revision: given.revision,
            last_run: given.run,
        };
        let writer = Writer::start(shared, Some(disk), trouble, salvaged)?;
        Ok((history, writer))
    }

    /// A history in memory, which ends with this process.
    pub fn forgetful() -> Result<(History, Writer), HistoryError> {
        let shared = Arc::new(Shared::new(0, None));
        let history = History {
            shared: shared.clone(),
            first_revision: clock::first_revision(0),
            last_run: 0,
        };
        Ok((history, Writer::start(shared, None, None, None)?))
    }

    /// The latest events, in memory.
    pub fn log(&self) -> &EventLog {
        &self.shared.log
    }

    /// Ends every listener once it has received everything that was recorded before.
    pub fn end_listening(&self) {
        match self.shared.queue() {
            Some(queue) => queue.push(Entry::EndListening, true),
            None => self.shared.log.end(),
        }
    }

    /// Why events are currently not saved, if so; the text names the file.
    pub fn trouble(&self) -> Option<Arc<str>> {
        self.shared.trouble()
    }

    /// The first revision of the session in this process, higher than all that an earlier process
    /// has shown.
    pub fn first_revision(&self) -> u64 {
        self.first_revision
    }

    /// The number of the last run that an earlier process started.
    pub fn last_run(&self) -> u64 {
        self.last_run
    }

    /// Some of the events after this one, from memory or else from disk; empty if there are none
    /// left. If the first is not the next number, the events between are gone. Waits for the disk.
    pub fn events_after(&self, sequence: u64) -> Result<EventPage, HistoryError> {
        if let Some(part) = self.log().after(sequence) {
            return Ok(part);
        }
        let held = self.shared.held(|held| held.chunk_after(sequence));
        let is_next = |first: u64| first <= sequence + 1;
        let in_memory = match held {
            Some(held) if is_next(held.first) => return Ok(EventPage::behind(sequence, held)),
            // The page stays in memory while this looks there and on disk.
            held => held.into_iter().chain(self.log().chunk_after(sequence)),
        };
        let on_disk = self.log().read_once(sequence, || {
            let chunk = self.shared.read(|store| store.chunk_after(sequence))?;
            Ok::<_, HistoryError>(chunk.flatten())
        })?;
        let nearest = in_memory.chain(on_disk).min_by_key(|chunk| chunk.first);
        Ok(nearest.map_or_else(EventPage::default, |chunk| {
            EventPage::behind(sequence, chunk)
        }))
    }

    /// How many bytes of this history have events after this one: compressed where they are so on
    /// disk. A chunk that begins before it counts as a whole. Waits for the disk.
    pub fn bytes_after(&self, sequence: u64) -> Result<u64, HistoryError> {
        if sequence >= self.log().latest() {
            return Ok(0);
        }
        let held = self.shared.held(|held| held.bytes_after(sequence)) as u64;
        let on_disk = self.shared.read(|store| store.bytes_after(sequence))?;
        Ok(held + on_disk.unwrap_or_default())
    }

    /// The runs, the latest first. Waits for the disk.
    pub fn runs(&self) -> Result<Vec<RunInfo>, HistoryError> {
        let held = self.shared.held(|held| {
            let runs = held.runs().filter_map(|(_, run)| run.info());
            runs.map(|run| (run.id, run.as_ref().clone()))
                .collect::<BTreeMap<_, _>>()
        });
        let on_disk = self.shared.read(Store::runs)?.unwrap_or_default();
        let mut runs: BTreeMap<_, _> = on_disk.into_iter().map(|run| (run.id, run)).collect();
        runs.extend(held);
        Ok(runs.into_values().rev().collect())
    }

    /// Waits for the disk.
    pub fn run(&self, run: RunId) -> Result<Option<RunInfo>, HistoryError> {
        let held = self
            .shared
            .held(|held| held.run(run).and_then(|run| run.info().cloned()));
        match held {
            Some(held) => Ok(Some(held.as_ref().clone())),
            None => Ok(self.shared.read(|store| store.run(run))?.flatten()),
        }
    }

    /// The run that was started with this `Idempotency-Key`, and the digest of its request, if
    /// known. Waits for the disk.
    pub fn run_by_key(
        &self,
        key: &str,
    ) -> Result<Option<(RunInfo, Option<Idempotency>)>, HistoryError> {
        let held = self.shared.held(|held| {
            let mut runs = held.runs().rev();
            runs.find_map(|(_, run)| {
                let known = run.idempotency().filter(|known| known.key == key)?;
                Some((run.info()?.as_ref().clone(), Some(known.clone())))
            })
        });
        match held {
            Some(held) => Ok(Some(held)),
            None => Ok(self.shared.read(|store| store.run_by_key(key))?.flatten()),
        }
    }

    /// What had been discovered when a run began. Waits for the disk.
    pub fn discovered(&self, run: RunId) -> Result<PluginSet, HistoryError> {
        let held = self.shared.held(|held| {
            let start = held.run(run)?.start()?;
            Some(start.discovered.clone())
        });
        match held {
            Some(plugins) => Ok(plugins),
            None => {
                let on_disk = self.shared.read(|store| store.discovered(run))?;
                Ok(on_disk.flatten().unwrap_or_default())
            }
        }
    }

    /// The results of a run in order, after those of the run that it continues. Waits for the disk.
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
            let held: Vec<_> = self
                .shared
                .held(|held| held.chunks().map(|it| (it.first, it.clone())).collect());
            let on_disk = self.shared.read(|store| store.chunks_of(run))?;
            let mut chunks = on_disk.unwrap_or_default();
            chunks.extend(held);
            // What was held a moment ago may since be on disk, in one chunk with other events.
            let mut last = 0;
            for chunk in chunks.values() {
                let more = chunk.results(run, last);
                results.extend(more.map_err(|error| self.of_memory(error))?);
                last = last.max(chunk.last());
            }
        }
        Ok(results)
    }

    fn of_memory(&self, error: serde_json::Error) -> HistoryError {
        HistoryError::Json {
            path: self.shared.path().into(),
            error,
        }
    }
}
