//! What readers see of a session: a snapshot, once everything in it is on disk.
//!
//! A run changes the session thousands of times a second, and each look that readers are given costs a copy
//! of what they hold; so they see it at most a millisecond late.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::Snapshot;
use super::mirror::Mirror;
use crate::history::Recorder;

/// How old what readers see of a run may be.
const LATE: Duration = Duration::from_millis(1);

pub(super) struct Window {
    visible: watch::Sender<Snapshot>,
    recorder: Recorder,
    shown: Instant,
}

impl Window {
    pub(super) fn new(visible: watch::Sender<Snapshot>, recorder: Recorder) -> Self {
        Window {
            visible,
            recorder,
            shown: Instant::now(),
        }
    }

    /// Has readers see the session as it is now, once that is on disk.
    pub(super) fn show(&mut self, mirror: &Mirror) {
        let (visible, now) = (self.visible.clone(), mirror.snapshot());
        self.recorder.soon(move || {
            visible.send_replace(now);
        });
        self.shown = Instant::now();
    }

    /// Likewise, unless they were shown it just now. Whoever has to wait for something after this shows it
    /// first.
    pub(super) fn show_unless_just_shown(&mut self, mirror: &Mirror) {
        if self.shown.elapsed() >= LATE {
            self.show(mirror);
        }
    }
}
