//! The queue of entries that wait for the disk. Recording blocks only if the disk is far behind.
//! The writer takes all waiting entries at once, and lets them gather for a moment unless a client
//! waits for one.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::clock::now;
use pyblish_model::{Event, PluginSet, RunInfo};

/// How many entries wait for the disk before recording blocks.
const BACKLOG: usize = 16_384;

/// From how many entries on a commit is worthwhile.
const GROUP: usize = 4096;

/// How long entries gather if nobody waits for them: committing one costs as much as committing a
/// hundred.
const GATHER: Duration = Duration::from_millis(1);

pub(super) type Work = Box<dyn FnOnce() + Send>;

/// Something to write, or to do after everything before it is written.
pub(super) enum Entry {
    /// An event with its time, in seconds since 1970-01-01 UTC.
    Event(Event, f64),
    Run(RunEntry),
    /// Revisions up to this one may be seen from now on.
    Revision(u64),
    Then(Work),
    /// Listeners end once they have received everything before.
    EndListening,
}

/// The current state of a run.
#[derive(Debug, Clone)]
pub(super) struct RunEntry {
    pub info: Arc<RunInfo>,
    /// The values for the start of the run.
    pub start: Option<RunStart>,
}

/// How a repeated request is recognized: the client's key, and a digest of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The key that the client chose.
    pub key: String,
    /// SHA-256 of the request that first had the key.
    pub request: [u8; 32],
}

/// The data that is written once for each run, at its start.
#[derive(Debug, Clone)]
pub struct RunStart {
    /// The client's key for it, if it sent one.
    pub idempotency: Option<Idempotency>,
    /// The plug-ins at its start, for its report.
    pub discovered: PluginSet,
}

/// Records events and runs. Blocks only if the disk is far behind.
#[derive(Clone)]
pub struct Recorder(Arc<Open>);

/// The queue is open while a recorder exists.
struct Open(Arc<Queue>);

#[derive(Default)]
pub(super) struct Queue {
    pending: Mutex<Pending>,
    /// Notified when the writer should check the queue.
    filled: Condvar,
    /// Notified when there is room again.
    emptied: Condvar,
}

#[derive(Default)]
struct Pending {
    entries: Vec<Entry>,
    /// Whether a client waits for an entry in it.
    urgent: bool,
    /// Whether the writer should check the disk, even if there is nothing to write.
    poked: bool,
    writer: State,
    closed: bool,
}

/// What the writer does.
#[derive(Default, PartialEq)]
enum State {
    #[default]
    Busy,
    /// Any entry wakes it.
    Asleep,
    /// It has entries, and waits briefly for more.
    Gathering,
}

impl Recorder {
    pub(super) fn new() -> (Recorder, Arc<Queue>) {
        let queue = Arc::new(Queue::default());
        (Recorder(Arc::new(Open(queue.clone()))), queue)
    }

    /// Writes an event. It is published once it is on disk.
    pub fn event(&self, event: Event) {
        self.event_at(event, now());
    }

    /// Writes an event with this time, in seconds since 1970-01-01 UTC.
    pub fn event_at(&self, event: Event, at: f64) {
        self.0.0.push(Entry::Event(event, at), false);
    }

    /// Writes the current state of a run; at its start, with its start data.
    pub fn run(&self, info: Arc<RunInfo>, start: Option<RunStart>) {
        self.0.0.push(Entry::Run(RunEntry { info, start }), false);
    }

    /// Makes sure that a later process starts after this revision. Call it before the revision is
    /// shown.
    pub fn reserve(&self, revision: u64) {
        self.0.0.push(Entry::Revision(revision), false);
    }

    /// Calls this as soon as everything recorded before is on disk.
    pub fn then(&self, work: impl FnOnce() + Send + 'static) {
        self.0.0.push(Entry::Then(Box::new(work)), true);
    }

    /// Calls this some time after everything recorded before is on disk; nobody waits for it.
    pub fn soon(&self, work: impl FnOnce() + Send + 'static) {
        self.0.0.push(Entry::Then(Box::new(work)), false);
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.filled.notify_one();
    }
}

impl Pending {
    fn is_ripe(&self) -> bool {
        self.urgent || self.closed || self.poked || self.entries.len() >= GROUP
    }
}

impl Queue {
    /// Blocks only if the disk is far behind; does nothing once the writer is gone.
    pub(crate) fn push(&self, entry: Entry, urgent: bool) {
        let mut pending = self.lock();
        while pending.entries.len() >= BACKLOG && !pending.closed {
            pending = self
                .emptied
                .wait(pending)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if pending.closed {
            // The writer is gone. Dropping the work informs those that wait for it.
            drop(pending);
            drop(entry);
            return;
        }
        pending.entries.push(entry);
        pending.urgent |= urgent;
        let wake = match pending.writer {
            State::Busy => false,
            State::Asleep => true,
            State::Gathering => pending.is_ripe(),
        };
        drop(pending);
        if wake {
            self.filled.notify_one();
        }
    }

    /// Waits for entries, and swaps them with this empty list. Waits at most this long if the
    /// writer must try something again, and not at all after `poke`; then there may be no entries.
    /// Returns false at the end.
    pub(crate) fn take(&self, into: &mut Vec<Entry>, patience: Option<Duration>) -> bool {
        let deadline = patience.map(|patience| Instant::now() + patience);
        let mut pending = self.lock();
        while pending.entries.is_empty() && !pending.poked {
            if pending.closed {
                return false;
            }
            pending.writer = State::Asleep;
            pending = match deadline.map(|at| at.saturating_duration_since(Instant::now())) {
                None => self
                    .filled
                    .wait(pending)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => break,
                Some(left) => {
                    let waited = self.filled.wait_timeout(pending, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        if !pending.entries.is_empty() && !pending.is_ripe() {
            pending.writer = State::Gathering;
            let waited = self
                .filled
                .wait_timeout_while(pending, GATHER, |pending| !pending.is_ripe());
            pending = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        pending.writer = State::Busy;
        pending.urgent = false;
        pending.poked = false;
        std::mem::swap(&mut pending.entries, into);
        drop(pending);
        self.emptied.notify_all();
        true
    }

    /// Lets the writer check the disk.
    pub(crate) fn poke(&self) {
        self.lock().poked = true;
        self.filled.notify_one();
    }

    /// Ends the queue: callers that wait for room are released, and remaining entries are dropped.
    pub(crate) fn close(&self) {
        let mut pending = self.lock();
        pending.closed = true;
        let left = std::mem::take(&mut pending.entries);
        drop(pending);
        self.emptied.notify_all();
        drop(left);
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        // A panic cannot leave these fields half changed.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
