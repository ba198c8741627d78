//! Shows readers a session: each snapshot becomes visible once everything in it is on disk.
//!
//! A run changes the session thousands of times a second, and publishing copies what a reader may
//! still hold. So during a run readers see a snapshot that is at most a millisecond old.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::mirror::Mirror;
use crate::snapshot::Snapshot;
use pyblish_history::{REVISIONS, Recorder};

/// How old the visible snapshot may become during a run.
const MAX_AGE: Duration = Duration::from_millis(1);

pub(crate) struct SnapshotPublisher {
    visible: watch::Sender<Snapshot>,
    recorder: Recorder,
    /// When a snapshot was published last.
    published: Instant,
    /// The history keeps this revision for this process: later processes begin after it.
    reserved: u64,
}

impl SnapshotPublisher {
    /// Publishes a session that begins at this revision.
    pub(crate) fn new(visible: watch::Sender<Snapshot>, recorder: Recorder, revision: u64) -> Self {
        SnapshotPublisher {
            visible,
            recorder,
            published: Instant::now(),
            reserved: revision + REVISIONS,
        }
    }

    /// Shows readers the session as it is now, once that is on disk.
    pub(crate) fn publish(&mut self, mirror: &Mirror) {
        let (visible, now) = (self.visible.clone(), mirror.snapshot());
        if now.revision > self.reserved {
            self.reserved = now.revision + REVISIONS;
            self.recorder.reserve(self.reserved);
        }
        self.recorder.soon(move || {
            visible.send_replace(now);
        });
        self.published = Instant::now();
    }

    /// The same, unless it was done less than [`MAX_AGE`] ago.
    pub(crate) fn publish_if_due(&mut self, mirror: &Mirror) {
        if self.published.elapsed() >= MAX_AGE {
            self.publish(mirror);
        }
    }
}
