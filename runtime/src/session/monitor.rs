use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::upcoming::Upcoming;
use crate::adapter::{Force, Observer};
use crate::history::Recorder;
use crate::model::{Event, InstanceId, Pair, PluginId, Record};

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
    /// What is at work, where a plug-in is.
    pair: Option<Arc<Pair>>,
    records: Vec<Record>,
    progress: Option<Progress>,
    /// What comes after it, where a run does.
    upcoming: Option<Upcoming>,
}

impl Monitor {
    /// Forgets whether somebody has cancelled; answers whether somebody had.
    pub(super) fn take_cancelled(&self) -> bool {
        self.0.cancelled.swap(false, Ordering::Relaxed)
    }

    /// A call of this pair is to begin: nothing is known of it yet.
    pub(super) fn begin(&self, pair: Arc<Pair>, upcoming: Option<Upcoming>) {
        *self.lock() = Call {
            pair: Some(pair),
            upcoming,
            ..Call::default()
        };
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

/// Takes what an adapter says while it works, and has it told at once.
pub(super) struct Live {
    pub(super) monitor: Monitor,
    pub(super) recorder: Recorder,
    pub(super) force: Force,
}

impl Observer for Live {
    fn record(&mut self, record: Record) {
        let mut call = self.monitor.lock();
        if let Some(pair) = call.pair.clone() {
            let record = record.clone();
            self.recorder.event(Event::Record { pair, record });
        }
        call.records.push(record);
    }

    fn progress(&mut self, fraction: f64, message: String) {
        let mut call = self.monitor.lock();
        if let Some(pair) = call.pair.clone() {
            let message = message.clone();
            self.recorder.event(Event::Progress {
                pair,
                fraction,
                message,
            });
        }
        call.progress = Some(Progress { fraction, message });
    }

    fn cancelled(&self) -> bool {
        self.monitor.0.cancelled.load(Ordering::Relaxed)
    }

    fn force(&self) -> Force {
        self.force.clone()
    }

    fn upcoming(&self, limit: usize) -> Vec<(PluginId, Option<InstanceId>)> {
        let upcoming = self.monitor.lock().upcoming.clone();
        upcoming.map_or_else(Vec::new, |upcoming| upcoming.pairs(limit))
    }
}
