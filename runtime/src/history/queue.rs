//! What waits for the disk. Whoever records waits only when the disk is far behind; the writer takes
//! everything that came meanwhile at once, and lets it gather for a moment unless somebody waits for it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::model::{Event, Plugin, RunInfo, seconds};

/// How many entries wait for the disk before whoever writes them waits too.
const BACKLOG: usize = 16_384;

/// How many entries are worth a commit of their own.
const GROUP: usize = 4096;

/// How long entries gather that nobody waits for: a commit costs as much for one as for a hundred.
const GATHER: Duration = Duration::from_millis(1);

pub(super) type Work = Box<dyn FnOnce() + Send>;

/// What is to be written, or to be done once everything before it is.
pub(super) enum Entry {
    /// With its moment, in seconds since 1970-01-01 UTC.
    Event(Event, f64),
    Run(RunEntry),
    Then(Work),
}

/// A run as it is now.
pub(super) struct RunEntry {
    pub info: Arc<RunInfo>,
    /// Where it begins.
    pub start: Option<RunStart>,
}

/// What is written of a run once.
pub struct RunStart {
    pub idempotency_key: Option<String>,
    /// The plug-ins as they were, which its report is about.
    pub plugins: Arc<[Plugin]>,
}

/// Takes what is to be written. Waits only when the disk is far behind.
#[derive(Clone)]
pub struct Recorder(Arc<Open>);

/// The queue is open for as long as somebody can record.
struct Open(Arc<Queue>);

#[derive(Default)]
pub(super) struct Queue {
    pending: Mutex<Pending>,
    /// Told when the writer has a reason to look.
    filled: Condvar,
    /// Told when there is room again.
    emptied: Condvar,
}

#[derive(Default)]
struct Pending {
    entries: Vec<Entry>,
    /// Whether somebody waits for what is in it.
    urgent: bool,
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
    /// It has entries, and waits a moment for more.
    Gathering,
}

impl Recorder {
    pub(super) fn new() -> (Recorder, Arc<Queue>) {
        let queue = Arc::new(Queue::default());
        (Recorder(Arc::new(Open(queue.clone()))), queue)
    }

    /// Writes an event; it is told once it is on disk.
    pub fn event(&self, event: Event) {
        self.event_at(event, seconds(SystemTime::now()));
    }

    /// Writes an event of this moment, in seconds since 1970-01-01 UTC.
    pub fn event_at(&self, event: Event, at: f64) {
        self.push(Entry::Event(event, at), false);
    }

    /// Writes a run as it is now, with what it starts with where it begins.
    pub fn run(&self, info: Arc<RunInfo>, start: Option<RunStart>) {
        self.push(Entry::Run(RunEntry { info, start }), false);
    }

    /// Does this once everything that was recorded before is on disk, as soon as that can be.
    pub fn then(&self, work: impl FnOnce() + Send + 'static) {
        self.push(Entry::Then(Box::new(work)), true);
    }

    /// Likewise, but nobody waits for it: a millisecond more does not matter.
    pub fn soon(&self, work: impl FnOnce() + Send + 'static) {
        self.push(Entry::Then(Box::new(work)), false);
    }

    fn push(&self, entry: Entry, urgent: bool) {
        let queue = &self.0.0;
        let mut pending = queue.lock();
        while pending.entries.len() >= BACKLOG && !pending.closed {
            pending = queue
                .emptied
                .wait(pending)
                .unwrap_or_else(PoisonError::into_inner);
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
            queue.filled.notify_one();
        }
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
        self.urgent || self.closed || self.entries.len() >= GROUP
    }
}

impl Queue {
    /// Waits for entries, and swaps them for these, which are empty. False at the end.
    pub fn take(&self, into: &mut Vec<Entry>) -> bool {
        let mut pending = self.lock();
        while pending.entries.is_empty() {
            if pending.closed {
                return false;
            }
            pending.writer = State::Asleep;
            pending = self
                .filled
                .wait(pending)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if !pending.is_ripe() {
            pending.writer = State::Gathering;
            let waited = self
                .filled
                .wait_timeout_while(pending, GATHER, |pending| !pending.is_ripe());
            pending = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        pending.writer = State::Busy;
        pending.urgent = false;
        std::mem::swap(&mut pending.entries, into);
        drop(pending);
        self.emptied.notify_all();
        true
    }

    /// The writer ends: whoever waits for room waits in vain.
    pub fn close(&self) {
        self.lock().closed = true;
        self.emptied.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        // Each field is whole at every moment.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
