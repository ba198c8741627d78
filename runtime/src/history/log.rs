use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

/// Bytes of the latest events that are kept in memory. Who is further behind reads from disk.
const KEPT: usize = 8 << 20;

/// An event that is on disk, and so may be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Counts the session's events from 1, without a gap.
    pub sequence: u64,
    /// Seconds since 1970-01-01 UTC.
    pub at: f64,
    pub name: String,
    /// JSON.
    pub body: String,
}

/// The latest events, for any number of listeners: each is a number, the last event that it has seen, so a
/// slow one costs nothing and keeps nobody waiting.
#[derive(Debug)]
pub struct Log {
    kept: RwLock<Kept>,
    ended: AtomicBool,
    latest: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<Arc<Told>>,
    bytes: usize,
}

impl Log {
    pub(super) fn new(latest: u64) -> Self {
        Log {
            kept: RwLock::default(),
            ended: AtomicBool::new(false),
            latest: watch::Sender::new(latest),
        }
    }

    /// The number of the latest event.
    pub fn latest(&self) -> u64 {
        *self.latest.borrow()
    }

    /// Whether nothing is told any more.
    pub fn ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Sends every listener away: the session, or the server, ends.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.latest.send_modify(|_| {});
    }

    /// Is changed with each new event, and at the end.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.latest.subscribe()
    }

    /// At most so many events after this one, if all that came after it are still in memory.
    pub fn after(&self, sequence: u64, most: usize) -> Option<Vec<Arc<Told>>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let Some(first) = kept.events.front() else {
            return (sequence >= self.latest()).then(Vec::new);
        };
        let skipped = (sequence + 1).checked_sub(first.sequence)?;
        let skipped = usize::try_from(skipped).ok()?;
        Some(
            kept.events
                .iter()
                .skip(skipped)
                .take(most)
                .cloned()
                .collect(),
        )
    }

    /// Tells of these, which follow each other and what was told before.
    pub(super) fn tell(&self, events: Vec<Told>) {
        let Some(last) = events.last().map(|event| event.sequence) else {
            return;
        };
        {
            let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
            for event in events {
                kept.bytes += size(&event);
                kept.events.push_back(Arc::new(event));
            }
            while kept.bytes > KEPT
                && kept.events.len() > 1
                && let Some(event) = kept.events.pop_front()
            {
                kept.bytes -= size(&event);
            }
        }
        self.latest.send_replace(last);
    }
}

/// What an event takes in memory, roughly.
fn size(event: &Told) -> usize {
    event.body.len() + event.name.len() + size_of::<Told>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sequence: u64, length: usize) -> Told {
        Told {
            sequence,
            at: 0.0,
            name: "record".into(),
            body: "x".repeat(length),
        }
    }

    fn sequences(log: &Log, after: u64, most: usize) -> Option<Vec<u64>> {
        let events = log.after(after, most)?;
        Some(events.iter().map(|event| event.sequence).collect())
    }

    #[test]
    fn a_listener_gets_what_came_after_what_it_has_seen() {
        let log = Log::new(10);
        assert_eq!(sequences(&log, 10, 9), Some(vec![]));
        log.tell(vec![told(11, 1), told(12, 1), told(13, 1)]);
        assert_eq!(log.latest(), 13);
        assert_eq!(sequences(&log, 10, 9), Some(vec![11, 12, 13]));
        assert_eq!(sequences(&log, 11, 1), Some(vec![12]));
        assert_eq!(sequences(&log, 13, 9), Some(vec![]));
        assert_eq!(sequences(&log, 99, 9), Some(vec![]));
    }

    #[test]
    fn who_is_too_far_behind_is_told_to_look_elsewhere() {
        let log = Log::new(5);
        assert_eq!(sequences(&log, 4, 9), None);
        log.tell(vec![told(6, KEPT / 2), told(7, KEPT / 2), told(8, 1)]);
        assert_eq!(sequences(&log, 5, 9), None);
        assert_eq!(sequences(&log, 6, 9), Some(vec![7, 8]));
    }
}
