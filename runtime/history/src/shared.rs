use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};

use super::queue::Queue;
use super::store::Store;
use super::unwritten::Unwritten;
use super::{EventLog, HistoryError};

/// How many connections are kept open for reading. More are opened if more readers need one at the
/// same time.
const IDLE: usize = 4;

/// What the writer and the readers of a history share.
#[derive(Debug)]
pub(super) struct Shared {
    pub log: EventLog,
    /// The events and runs that are not on disk.
    pub held: RwLock<Unwritten>,
    /// Why events are currently not saved, if so.
    pub trouble: RwLock<Option<Arc<str>>>,
    /// None for a history in memory.
    pub readers: Option<Readers>,
    damaged: AtomicBool,
    queue: OnceLock<Weak<Queue>>,
}

impl Shared {
    pub(crate) fn new(latest: u64, path: Option<&Path>) -> Self {
        Shared {
            log: EventLog::new(latest),
            held: RwLock::default(),
            trouble: RwLock::default(),
            readers: path.map(Readers::new),
            damaged: AtomicBool::new(false),
            queue: OnceLock::new(),
        }
    }

    /// The file, for messages.
    pub(crate) fn path(&self) -> &Path {
        let path = self.readers.as_ref().map(|readers| readers.path.as_path());
        path.unwrap_or(Path::new("memory"))
    }

    /// The queue of the writer, to report damage and the end of listening.
    pub(crate) fn written_by(&self, queue: &Arc<Queue>) {
        self.queue.get_or_init(|| Arc::downgrade(queue));
    }

    /// The queue of the writer, while the writer exists.
    pub(crate) fn queue(&self) -> Option<Arc<Queue>> {
        self.queue.get().and_then(Weak::upgrade)
    }

    pub(crate) fn held<T>(&self, look: impl FnOnce(&Unwritten) -> T) -> T {
        // A panic cannot leave this half changed.
        look(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn change_held<T>(&self, change: impl FnOnce(&mut Unwritten) -> T) -> T {
        change(&mut self.held.write().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn trouble(&self) -> Option<Arc<str>> {
        let trouble = self.trouble.read().unwrap_or_else(PoisonError::into_inner);
        trouble.clone()
    }

    pub(crate) fn set_trouble(&self, words: Option<Arc<str>>) {
        *self.trouble.write().unwrap_or_else(PoisonError::into_inner) = words;
    }

    /// Reads from disk; none if there is no file yet or it cannot be read.
    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&Store) -> Result<T, HistoryError>,
    ) -> Result<Option<T>, HistoryError> {
        let Some(readers) = &self.readers else {
            return Ok(None);
        };
        let read = readers.read(query);
        if let Err(error) = &read
            && error.is_damage()
        {
            // The writer moves the file aside; the next read uses the recovered file.
            self.damaged.store(true, Ordering::Release);
            if let Some(queue) = self.queue() {
                queue.poke();
            }
        }
        read
    }

    /// Whether a reader found damage since the last call.
    pub(crate) fn take_damaged(&self) -> bool {
        self.damaged.swap(false, Ordering::Acquire)
    }

    /// Closes the file, because it was replaced or the writer has ended.
    pub(crate) fn reopen(&self) {
        if let Some(readers) = &self.readers {
            readers.reopen();
        }
    }
}

/// Read-only connections: a reader waits neither for the writer nor for another reader.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Idle>,
}

#[derive(Debug, Default)]
struct Idle {
    /// Increases when the file is replaced.
    generation: u64,
    stores: Vec<Store>,
}

impl Readers {
    fn new(path: &Path) -> Self {
        Readers {
            path: path.into(),
            idle: Mutex::default(),
        }
    }

    fn read<T>(
        &self,
        query: impl FnOnce(&Store) -> Result<T, HistoryError>,
    ) -> Result<Option<T>, HistoryError> {
        let (generation, idle) = {
            let mut idle = self.lock();
            (idle.generation, idle.stores.pop())
        };
        let store = match idle {
            Some(store) => store,
            None => match self.path.try_exists() {
                Ok(true) => Store::open(&self.path)?,
                Ok(false) => return Ok(None),
                // The state of this connection is unknown.
                Err(error) => return Err(HistoryError::unusable(&self.path, error)),
            },
        };
        let read = query(&store)?;
        let mut idle = self.lock();
        if idle.generation == generation && idle.stores.len() < IDLE && store.is_live() {
            idle.stores.push(store);
        }
        Ok(Some(read))
    }

    fn reopen(&self) {
        let mut idle = self.lock();
        idle.generation += 1;
        let stores = std::mem::take(&mut idle.stores);
        drop(idle);
        drop(stores);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Idle> {
        // A panic cannot leave this list half changed.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
