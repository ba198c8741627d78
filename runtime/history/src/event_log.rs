use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use tokio::sync::watch;

use super::chunk::{Chunk, EventPage};

/// How many bytes of the latest events are kept in memory. Listeners that are further behind read
/// from disk.
const KEPT: usize = 4 << 20;

/// The latest events, for any number of listeners. A listener is only the number of the last event
/// that it has seen, so a slow one costs nothing and delays nobody.
#[derive(Debug)]
pub struct EventLog {
    kept: RwLock<Kept>,
    /// Chunks that were read from disk, by their first event, for as long as a listener uses them.
    /// So listeners share one copy, however large it is.
    read: Mutex<HashMap<u64, Weak<Chunk>>>,
    ended: AtomicBool,
    /// The latest event when this process opened the history.
    begun: u64,
    latest: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    chunks: VecDeque<Arc<Chunk>>,
    bytes: usize,
}

impl EventLog {
    pub(super) fn new(latest: u64) -> Self {
        EventLog {
            kept: RwLock::default(),
            read: Mutex::default(),
            ended: AtomicBool::new(false),
            begun: latest,
            latest: watch::Sender::new(latest),
        }
    }

    /// The number of the latest event.
    pub fn latest(&self) -> u64 {
        *self.latest.borrow()
    }

    /// The number of the latest event when this process opened the history: what came later, happened
    /// in this process.
    pub fn begun(&self) -> u64 {
        self.begun
    }

    /// Whether the log has ended.
    pub fn ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Ends every listener, because the session or the server ends. See [`History::end_listening`].
    ///
    /// [`History::end_listening`]: super::History::end_listening
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.latest.send_modify(|_| {});
    }

    /// Changes at each new event, and at the end.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.latest.subscribe()
    }

    /// Some events after this one, or an empty page if there are none. None if some of them are no
    /// longer in memory.
    pub fn after(&self, sequence: u64) -> Option<EventPage> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if sequence >= self.latest() {
            return Some(EventPage::default());
        }
        let place = kept
            .chunks
            .partition_point(|chunk| chunk.last() <= sequence);
        let chunk = kept.chunks.get(place)?;
        (chunk.first <= sequence + 1).then(|| EventPage::behind(sequence, chunk.clone()))
    }

    /// The oldest chunk in memory with an event after this one.
    pub(super) fn chunk_after(&self, sequence: u64) -> Option<Arc<Chunk>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let place = kept
            .chunks
            .partition_point(|chunk| chunk.last() <= sequence);
        kept.chunks.get(place).cloned()
    }

    /// The chunk with the event after this one: one that another listener uses already, or the one
    /// that `read` finds on disk. Only one chunk is read at a time, so that listeners that want the
    /// same one share a single copy in memory.
    pub(super) fn read_once<E>(
        &self,
        sequence: u64,
        read: impl FnOnce() -> Result<Option<Chunk>, E>,
    ) -> Result<Option<Arc<Chunk>>, E> {
        // A panic cannot leave the map half changed.
        let mut shared = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        shared.retain(|_, chunk| chunk.strong_count() > 0);
        let mut known = shared.values().filter_map(Weak::upgrade);
        let next = sequence + 1;
        if let Some(known) = known.find(|chunk| chunk.first <= next && next <= chunk.last()) {
            return Ok(Some(known));
        }
        drop(known);
        let chunk = read()?.map(Arc::new);
        if let Some(chunk) = &chunk {
            shared.insert(chunk.first, Arc::downgrade(chunk));
        }
        Ok(chunk)
    }

    /// Publishes these events, which directly follow the ones published before.
    pub(super) fn tell(&self, chunks: impl IntoIterator<Item = Arc<Chunk>>) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        for chunk in chunks {
            kept.bytes += chunk.size();
            kept.chunks.push_back(chunk);
        }
        let Some(last) = kept.chunks.back().map(|chunk| chunk.last()) else {
            return;
        };
        while kept.bytes > KEPT
            && kept.chunks.len() > 1
            && let Some(chunk) = kept.chunks.pop_front()
        {
            kept.bytes -= chunk.size();
        }
        drop(kept);
        self.latest.send_if_modified(|latest| {
            let is_new = *latest < last;
            *latest = last;
            is_new
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::chunk::ChunkWriter;
    use super::*;
    use pyblish_model::Event;

    /// Events from this number on, each with a text of that many bytes.
    fn chunk(first: u64, lengths: &[usize]) -> Arc<Chunk> {
        let mut writer = ChunkWriter::default();
        for length in lengths {
            let reason = "x".repeat(*length);
            writer.push(
                &Event::HostLost {
                    reason,
                    restart: None,
                    searching: false,
                    limit: None,
                },
                0.0,
            );
        }
        Arc::new(writer.finish(first))
    }

    fn sequences(log: &EventLog, after: u64) -> Option<Vec<u64>> {
        let part = log.after(after)?;
        Some(part.iter().map(|event| event.sequence).collect())
    }

    #[test]
    fn a_listener_gets_what_came_after_what_it_has_seen() {
        let log = EventLog::new(10);
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
    fn a_chunk_is_read_into_memory_once() {
        let log = EventLog::new(9);
        let on_disk = |first, lengths: &[usize]| Arc::into_inner(chunk(first, lengths));
        let read = |sequence, found: Option<Chunk>| {
            let read = log.read_once(sequence, || Ok::<_, ()>(found));
            read.unwrap()
        };
        let first = read(0, on_disk(1, &[1, 1])).unwrap();
        for sequence in [0, 1] {
            // Another listener uses the copy in memory, and reads nothing.
            let known = log.read_once(sequence, || Err(()));
            assert!(Arc::ptr_eq(&first, &known.unwrap().unwrap()));
        }
        assert_eq!(read(2, on_disk(3, &[1])).unwrap().first, 3);
        assert_eq!(read(5, None), None);
        drop(first);
        assert_eq!(log.read_once(0, || Err(())), Err(()));
        assert_eq!(log.read.lock().unwrap().len(), 0);
    }

    #[test]
    fn who_is_too_far_behind_is_told_to_look_elsewhere() {
        let log = EventLog::new(5);
        assert_eq!(sequences(&log, 4), None);
        log.tell([chunk(6, &[KEPT / 2]), chunk(7, &[KEPT / 2]), chunk(8, &[1])]);
        assert_eq!(sequences(&log, 5), None);
        assert_eq!(sequences(&log, 6), Some(vec![7]));
    }
}
