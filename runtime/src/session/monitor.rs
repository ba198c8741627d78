use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::adapter::Observer;
use crate::model::Record;

/// How far a call has come, in its own words.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Between 0 and 1.
    pub fraction: f64,
    pub message: String,
}

/// What is known of the call under way: the adapter writes it, everybody reads it.
#[derive(Debug, Clone, Default)]
pub(super) struct Monitor(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    call: Mutex<Call>,
    cancelled: AtomicBool,
}

#[derive(Debug, Default)]
struct Call {
    records: Vec<Record>,
    progress: Option<Progress>,
}

impl Monitor {
    /// A call is to begin: nothing is known of it yet. Answers whether somebody has cancelled since the last
    /// time, which is forgotten with this.
    pub(super) fn begin(&self) -> bool {
        *self.lock() = Call::default();
        self.0.cancelled.swap(false, Ordering::Relaxed)
    }

    /// The call ended; these are its records.
    pub(super) fn end(&self) -> Vec<Record> {
        std::mem::take(&mut *self.lock()).records
    }

    /// Asks the call under way to stop, and the run that it belongs to.
    pub(super) fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    pub(super) fn progress(&self) -> Option<Progress> {
        self.lock().progress.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Call> {
        // Each field is replaced whole.
        self.0.call.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Monitor {
    fn record(&mut self, record: Record) {
        self.lock().records.push(record);
    }

    fn progress(&mut self, fraction: f64, message: String) {
        self.lock().progress = Some(Progress { fraction, message });
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }
}
