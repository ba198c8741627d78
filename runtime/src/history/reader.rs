use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::chunk::Part;
use super::store::{Retention, Store};
use super::writer::now;
use super::{HistoryError, Log, Writer};
use crate::model::{PairResult, Plugin, RunId, RunInfo};

/// The history of one session, to whoever reads it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct History {
    log: Arc<Log>,
    /// A connection of its own, so that a reader waits for no commit. None for a session that keeps none.
    store: Option<Arc<Mutex<Store>>>,
}

impl History {
    /// The history in this file, for this process alone.
    pub fn own(path: &Path, retention: Retention) -> Result<(History, Writer), HistoryError> {
        let mut store = Store::own(path)?;
        store.trim(retention, now())?;
        let log = Arc::new(Log::new(store.latest()?));
        let history = History {
            log: log.clone(),
            store: Some(Arc::new(Mutex::new(Store::open(path)?))),
        };
        Ok((history, Writer::start(log, Some((store, retention)))?))
    }

    /// A history that ends with this process.
    pub fn forgetful() -> Result<(History, Writer), HistoryError> {
        let log = Arc::new(Log::new(0));
        let history = History {
            log: log.clone(),
            store: None,
        };
        Ok((history, Writer::start(log, None)?))
    }

    /// The latest events, in memory.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Some of what came after this event, from memory or else from disk; nothing if nothing did. Waits for
    /// the disk.
    pub fn events_after(&self, sequence: u64) -> Result<Part, HistoryError> {
        if let Some(part) = self.log.after(sequence) {
            return Ok(part);
        }
        let chunk = self.read(|store| store.chunk_after(sequence))?;
        Ok(chunk.map_or_else(Part::default, |chunk| {
            Part::behind(sequence, Arc::new(chunk))
        }))
    }

    /// The runs, latest first. Waits for the disk.
    pub fn runs(&self) -> Result<Vec<RunInfo>, HistoryError> {
        self.read(Store::runs)
    }

    /// Waits for the disk.
    pub fn run(&self, run: RunId) -> Result<Option<RunInfo>, HistoryError> {
        self.read(|store| store.run(run))
    }

    /// The run that was started with this `Idempotency-Key`. Waits for the disk.
    pub fn run_by_key(&self, key: &str) -> Result<Option<RunInfo>, HistoryError> {
        self.read(|store| store.run_by_key(key))
    }

    /// The plug-ins as they were when a run began. Waits for the disk.
    pub fn plugins(&self, run: RunId) -> Result<Vec<Plugin>, HistoryError> {
        self.read(|store| store.plugins(run))
    }

    /// The results of a run, in their order. Waits for the disk.
    pub fn results(&self, run: RunId) -> Result<Vec<PairResult>, HistoryError> {
        self.read(|store| store.results(run))
    }

    fn read<T: Default>(
        &self,
        query: impl FnOnce(&Store) -> Result<T, HistoryError>,
    ) -> Result<T, HistoryError> {
        match &self.store {
            // Reading leaves nothing half done.
            Some(store) => query(&store.lock().unwrap_or_else(PoisonError::into_inner)),
            None => Ok(T::default()),
        }
    }
}
