use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

use super::chunk::{Chunk, Part};

/// Bytes of the latest events that are kept in memory. Who is further behind reads from disk.
const KEPT: usize = 4 << 20;

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
    chunks: VecDeque<Arc<Chunk>>,
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

    /// Some of what came after this event, or nothing if nothing did; if all of it is still in memory.
    pub fn after(&self, sequence: u64) -> Option<Part> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if sequence >= self.latest() {
            return Some(Part::default());
        }
        let place = kept
            .chunks
            .partition_point(|chunk| chunk.last() <= sequence);
        let chunk = kept.chunks.get(place)?;
        (chunk.first <= sequence + 1).then(|| Part::behind(sequence, chunk.clone()))
    }

    /// Tells of these, which follow each other and what was told before.
    pub(super) fn tell(&self, chunks: impl IntoIterator<Item = Chunk>) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        for chunk in chunks {
            kept.bytes += size(&chunk);
            kept.chunks.push_back(Arc::new(chunk));
        }
        let Some(last) = kept.chunks.back().map(|chunk| chunk.last()) else {
            return;
        };
        while kept.bytes > KEPT
            && kept.chunks.len() > 1
            && let Some(chunk) = kept.chunks.pop_front()
        {
            kept.bytes -= size(&chunk);
        }
        drop(kept);
        self.latest.send_if_modified(|latest| {
            let is_new = *latest < last;
            *latest = last;
            is_new
        });
    }
}

/// What a chunk takes in memory, roughly.
fn size(chunk: &Chunk) -> usize {
    chunk.text.len() + chunk.len() * size_of::<usize>() + size_of::<Chunk>()
}

#[cfg(test)]
mod tests {
    use super::super::chunk::ChunkWriter;
    use super::*;
    use crate::model::Event;

    /// Events from this number on, each with a text of that many bytes.
    fn chunk(first: u64, lengths: &[usize]) -> Chunk {
        let mut writer = ChunkWriter::default();
        for length in lengths {
            let reason = "x".repeat(*length);
            writer.push(
                &Event::HostLost {
                    reason,
                    restart: None,
                },
                0.0,
            );
        }
        writer.finish(first)
    }

    fn sequences(log: &Log, after: u64) -> Option<Vec<u64>> {
        let part = log.after(after)?;
        Some(part.iter().map(|event| event.sequence).collect())
    }

    #[test]
    fn a_listener_gets_what_came_after_what_it_has_seen() {
        let log = Log::new(10);
        assert_eq!(sequences(&log, 10), Some(vec![]));
        log.tell([chunk(11, &[1, 1]), chunk(13, &[1])]);
        assert_eq!(log.latest(), 13);
        assert_eq!(sequences(&log, 10), Some(vec![11, 12]));
        assert_eq!(sequences(&log, 11), Some(vec![12]));
        assert_eq!(sequences(&log, 12), Some(vec![13]));
        assert_eq!(sequences(&log, 13), Some(vec![]));
        assert_eq!(sequences(&log, 99), Some(vec![]));
    }

    #[test]
    fn who_is_too_far_behind_is_told_to_look_elsewhere() {
        let log = Log::new(5);
        assert_eq!(sequences(&log, 4), None);
        log.tell([chunk(6, &[KEPT / 2]), chunk(7, &[KEPT / 2]), chunk(8, &[1])]);
        assert_eq!(sequences(&log, 5), None);
        assert_eq!(sequences(&log, 6), Some(vec![7]));
    }
}
