use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use super::store::{Retention, Store, put_event, put_run};
use super::{HistoryError, Log, Told};
use crate::model::{Event, PairResult, RunId, RunInfo, seconds};

/// How many entries wait for the disk before whoever writes them waits too.
const BACKLOG: usize = 16_384;

/// How many entries are committed at once, at most.
const GROUP: usize = 4096;

/// How many events are written between two looks at the retention.
const TRIM_EVERY: u64 = 50_000;

/// What is to be written, or to be done once everything before it is.
enum Entry {
    Event(Event, f64),
    Run(Arc<RunInfo>, Option<String>),
    Then(Box<dyn FnOnce() + Send>),
}

/// The history of one session, to whoever reads it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct History {
    log: Arc<Log>,
    /// A connection of its own, so that a reader waits for no commit. None for a session that keeps none.
    store: Option<Arc<Mutex<Store>>>,
}

/// The one who writes a session's history: its actor. Everything is on disk when it is dropped, which waits
/// for every [`Recorder`] to be dropped first.
pub struct Writer {
    recorder: Option<Recorder>,
    log: Arc<Log>,
    thread: Option<JoinHandle<()>>,
}

/// Takes what is to be written. Waits only when the disk is far behind.
#[derive(Clone)]
pub struct Recorder(SyncSender<Entry>);

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

    /// At most so many events after this one, from memory or else from disk. Waits for the disk.
    pub fn events_after(&self, sequence: u64, most: usize) -> Result<Vec<Arc<Told>>, HistoryError> {
        if let Some(events) = self.log.after(sequence, most) {
            return Ok(events);
        }
        let events = self.read(|store| store.events_after(sequence, most))?;
        Ok(events.into_iter().map(Arc::new).collect())
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

impl Writer {
    fn start(log: Arc<Log>, store: Option<(Store, Retention)>) -> Result<Writer, HistoryError> {
        let (entries, queue) = sync_channel(BACKLOG);
        let writing = Writing {
            sequence: log.latest(),
            log: log.clone(),
            store,
            held: Vec::new(),
            untrimmed: 0,
        };
        let thread = thread::Builder::new()
            .name("history".into())
            .spawn(move || writing.run(&queue))
            .map_err(|error| HistoryError::Unusable {
                path: "memory".into(),
                reason: format!("no thread could be started: {error}"),
            })?;
        Ok(Writer {
            recorder: Some(Recorder(entries)),
            log,
            thread: Some(thread),
        })
    }

    /// For whoever records beside the actor, for as long as the actor lives.
    pub fn recorder(&self) -> Recorder {
        let recorder = self.recorder.clone();
        recorder.expect("it is there until the writer is dropped")
    }
}

impl Recorder {
    /// Writes an event; it is told once it is on disk.
    pub fn event(&self, event: Event) {
        self.send(Entry::Event(event, now()));
    }

    /// Writes a run as it is now, the first time with its `Idempotency-Key`.
    pub fn run(&self, run: Arc<RunInfo>, key: Option<String>) {
        self.send(Entry::Run(run, key));
    }

    /// Does this once everything that was written before is on disk.
    pub fn then(&self, work: impl FnOnce() + Send + 'static) {
        self.send(Entry::Then(Box::new(work)));
    }

    fn send(&self, entry: Entry) {
        // The thread outlives every recorder, unless it crashed; the writer says so when it is dropped.
        let _ = self.0.send(entry);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.recorder = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the history's thread crashed; the last events may be missing");
        }
        self.log.end();
    }
}

/// What is left to do with an entry that is on disk.
enum After {
    /// With whether it is live.
    Tell(Told, Option<RunId>, bool),
    Work(Box<dyn FnOnce() + Send>),
}

/// What the writer's thread has.
struct Writing {
    log: Arc<Log>,
    store: Option<(Store, Retention)>,
    sequence: u64,
    /// On disk, and to be told behind the work that shows them.
    held: Vec<Told>,
    /// Events since the last look at the retention.
    untrimmed: u64,
}

impl Writing {
    fn run(mut self, queue: &Receiver<Entry>) {
        let mut group = Vec::new();
        while let Ok(first) = queue.recv() {
            group.push(first);
            while group.len() < GROUP {
                match queue.try_recv() {
                    Ok(entry) => group.push(entry),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
            self.commit(group.drain(..));
        }
        self.log.tell(self.held);
    }

    /// Writes a group as one, and then tells its events and does what waited for it, in order.
    ///
    /// An event that changes what readers see is told behind the work that shows it to them: who looks on
    /// hearing of it must not find what was before.
    fn commit(&mut self, group: impl Iterator<Item = Entry>) {
        let (mut runs, mut after, mut count) = (Vec::new(), Vec::new(), 0);
        for entry in group {
            match entry {
                Entry::Event(event, at) => {
                    self.sequence += 1;
                    count += 1;
                    let told = Told {
                        sequence: self.sequence,
                        at,
                        name: event.name().into(),
                        body: body(&event),
                    };
                    after.push(After::Tell(told, event.run(), event.is_live()));
                }
                Entry::Run(run, key) => runs.push((run, key)),
                Entry::Then(work) => after.push(After::Work(work)),
            }
        }
        if let Some((store, _)) = &mut self.store {
            let written = store.transaction(|connection| {
                for step in &after {
                    if let After::Tell(event, run, _) = step {
                        put_event(connection, event, *run)?;
                    }
                }
                for (run, key) in &runs {
                    put_run(connection, run, key.as_deref())?;
                }
                Ok(())
            });
            if let Err(error) = written {
                // The work goes on: an artist's publish is worth more than its record.
                tracing::error!("{count} events are not kept: {error}");
            }
        }
        for step in after {
            match step {
                After::Tell(event, _, is_live) => {
                    self.held.push(event);
                    if is_live {
                        self.log.tell(std::mem::take(&mut self.held));
                    }
                }
                After::Work(work) => {
                    work();
                    self.log.tell(std::mem::take(&mut self.held));
                }
            }
        }
        self.untrimmed += count;
        if self.untrimmed > TRIM_EVERY {
            self.untrimmed = 0;
            if let Some((store, retention)) = &mut self.store
                && let Err(error) = store.trim(*retention, now())
            {
                tracing::warn!("what is old could not be forgotten: {error}");
            }
        }
    }
}

fn body(event: &Event) -> String {
    // Every event is made of texts, numbers and JSON values, which serialize.
    serde_json::to_string(event).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
}

fn now() -> f64 {
    seconds(SystemTime::now())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_is_told_is_on_disk_first_and_numbers_go_on_after_a_restart() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("s.sqlite");
        for round in 0..2 {
            let (history, writer) = History::own(&path, Retention::default()).unwrap();
            assert_eq!(history.log().latest(), round * 3);
            let (done, wait) = mpsc::channel();
            let recorder = writer.recorder();
            for _ in 0..3 {
                recorder.event(Event::Reset {});
            }
            let (seen, path) = (history.clone(), path.clone());
            recorder.then(move || {
                let on_disk = Store::open(&path).unwrap().latest().unwrap();
                done.send((on_disk, seen.log().latest())).unwrap();
            });
            // What shows the events to readers comes between the disk and those who listen.
            let (on_disk, told) = wait.recv().unwrap();
            assert_eq!((on_disk, told), (round * 3 + 3, round * 3));
            drop((recorder, writer));
            assert_eq!(history.log().latest(), round * 3 + 3);
        }
        let (history, _writer) = History::own(&path, Retention::default()).unwrap();
        let sequences: Vec<u64> = history
            .events_after(2, 100)
            .unwrap()
            .iter()
            .map(|event| event.sequence)
            .collect();
        assert_eq!(sequences, [3, 4, 5, 6]);
    }
}
