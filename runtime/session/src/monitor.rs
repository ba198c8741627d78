//! The call of the adapter that is under way: which one it is, what it has reported so far, and
//! whether a user cancelled the run that it belongs to.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyblish_model::{Pair, Record, RunId};

/// How far the call under way has come, as the adapter reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct CallProgress {
    /// Between 0 and 1.
    pub fraction: f64,
    /// What the adapter is doing, for people to read.
    pub message: String,
}

/// The call under way. The actor begins and ends it, the adapter's observer writes into it, and
/// everybody may read it. All clones share one state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Monitor(Arc<MonitorState>);

#[derive(Debug, Default)]
struct MonitorState {
    call: Mutex<Call>,
    /// The number of the latest run that was cancelled; 0 is none, because runs are counted from 1.
    /// A cancel that comes too late must not stop the next run.
    cancelled: AtomicU64,
}

/// Which call a report belongs to.
pub(crate) struct CallOrigin {
    /// The function of the adapter.
    pub(crate) function: &'static str,
    /// The pair that is being processed, if any.
    pub(crate) pair: Option<Arc<Pair>>,
}

#[derive(Debug, Default)]
struct Call {
    function: &'static str,
    pair: Option<Arc<Pair>>,
    /// Counts the pairs, so that a stop that comes too late does not stop the next one.
    number: u64,
    /// Whether a user cancelled the pair, which belongs to no run.
    is_cancelled: bool,
    records: Vec<Record>,
    progress: Option<CallProgress>,
}

impl Monitor {
    /// Whether this run was cancelled.
    pub(crate) fn is_cancelled(&self, run: RunId) -> bool {
        self.0.cancelled.load(Ordering::Relaxed) == run.0
    }

    /// Whether the call under way was cancelled, or the run that it belongs to.
    pub(crate) fn is_call_cancelled(&self) -> bool {
        let call = self.lock();
        match call.pair.as_ref().and_then(|pair| pair.run) {
            Some(run) => self.is_cancelled(run),
            None => call.is_cancelled,
        }
    }

    /// Cancels the pair under way, if it belongs to no run. Returns its number.
    pub(crate) fn cancel_single_pair(&self) -> Option<u64> {
        let mut call = self.lock();
        let is_single = call.pair.as_ref().is_some_and(|pair| pair.run.is_none());
        call.is_cancelled |= is_single;
        is_single.then_some(call.number)
    }

    /// The number of the pair under way, or of the last one.
    pub(crate) fn pair_number(&self) -> u64 {
        self.lock().number
    }

    /// Whether the pair with this number is under way.
    pub(crate) fn is_under_way(&self, number: u64) -> bool {
        let call = self.lock();
        call.pair.is_some() && call.number == number
    }

    /// Cancels a run: the call under way is asked to stop, if it belongs to this run.
    pub(crate) fn cancel(&self, run: RunId) {
        self.0.cancelled.store(run.0, Ordering::Relaxed);
    }

    /// Begins a pair. Nothing is known of it yet.
    pub(crate) fn begin_pair(&self, pair: Arc<Pair>) {
        let mut call = self.lock();
        *call = Call {
            function: call.function,
            pair: Some(pair),
            number: call.number + 1,
            ..Call::default()
        };
    }

    /// Begins a call of this function of the adapter.
    pub(crate) fn begin_call(&self, function: &'static str) {
        let mut call = self.lock();
        call.function = function;
        call.progress = None;
    }

    /// Forgets the call, because it ended. Returns its records.
    pub(crate) fn end(&self) -> Vec<Record> {
        let mut call = self.lock();
        let number = call.number;
        let ended = std::mem::replace(
            &mut *call,
            Call {
                number,
                ..Call::default()
            },
        );
        ended.records
    }

    /// Keeps a record for the result of its pair.
    pub(crate) fn add_record(&self, record: &Record) -> CallOrigin {
        let mut call = self.lock();
        if call.pair.is_some() {
            call.records.push(record.clone());
        }
        call.origin()
    }

    pub(crate) fn set_progress(&self, progress: CallProgress) -> CallOrigin {
        let mut call = self.lock();
        call.progress = Some(progress);
        call.origin()
    }

    pub(crate) fn progress(&self) -> Option<CallProgress> {
        self.lock().progress.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Call> {
        // A panic elsewhere leaves no half-written field.
        self.0.call.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    fn origin(&self) -> CallOrigin {
        CallOrigin {
            function: self.function,
            pair: self.pair.clone(),
        }
    }
}
