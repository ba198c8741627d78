use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use super::chunk::{Chunk, ChunkWriter};
use super::queue::{Entry, Queue, Recorder, RunEntry, Work};
use super::store::{Retention, Store, put_chunk, put_run};
use super::{HistoryError, Log};
use crate::model::seconds;

/// Bytes of a chunk from which on another one is begun: who reads one event from disk reads its chunk.
const CHUNK: usize = 1 << 20;

/// How many bytes are written between two looks at the retention.
const TRIM_EVERY: usize = 16 << 20;

/// The one who writes a session's history: its actor. Everything is on disk when it is dropped, which waits
/// for every [`Recorder`] to be dropped first.
pub struct Writer {
    recorder: Option<Recorder>,
    log: Arc<Log>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(
        log: Arc<Log>,
        store: Option<(Store, Retention)>,
    ) -> Result<Writer, HistoryError> {
        let (recorder, queue) = Recorder::new();
        let writing = Writing {
            sequence: log.latest(),
            log: log.clone(),
            store,
            held: Vec::new(),
            untrimmed: 0,
        };
        let thread = thread::Builder::new()
            .name("history".into())
            .spawn(move || writing.run(&queue))
            .map_err(|error| HistoryError::Unusable {
                path: "memory".into(),
                reason: format!("no thread could be started: {error}"),
            })?;
        Ok(Writer {
            recorder: Some(recorder),
            log,
            thread: Some(thread),
        })
    }

    /// For whoever records beside the actor, for as long as the actor lives.
    pub fn recorder(&self) -> Recorder {
        let recorder = self.recorder.clone();
        recorder.expect("it is there until the writer is dropped")
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.recorder = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the history's thread crashed; the last events may be missing");
        }
        self.log.end();
    }
}

/// What the writer's thread has.
struct Writing {
    log: Arc<Log>,
    store: Option<(Store, Retention)>,
    /// The number of the last event.
    sequence: u64,
    /// On disk, and to be told behind the work that shows them.
    held: Vec<Chunk>,
    /// Bytes since the last look at the retention.
    untrimmed: usize,
}

/// A group of entries, put in order for the disk and for what is to be done behind it.
#[derive(Default)]
struct Group {
    chunks: Vec<Chunk>,
    /// Each with the number of the event before it.
    runs: Vec<(RunEntry, u64)>,
    after: Vec<After>,
}

/// What is left to do with an entry that is on disk.
enum After {
    /// The next chunk is told.
    Tell {
        /// Whether all of it is about work under way, and changes nothing that a reader sees.
        live: bool,
    },
    Work(Work),
}

/// Ends the queue with the thread, also when it crashes: nobody shall wait for it.
struct Closing<'a>(&'a Queue);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Writing {
    fn run(mut self, queue: &Queue) {
        let _closing = Closing(queue);
        let mut entries = Vec::new();
        while queue.take(&mut entries) {
            let group = self.group(entries.drain(..));
            self.commit(&group.chunks, &group.runs);
            self.tell(group);
        }
        self.log.tell(self.held);
    }

    fn group(&mut self, entries: impl Iterator<Item = Entry>) -> Group {
        let (mut group, mut open, mut live) = (Group::default(), ChunkWriter::default(), true);
        for entry in entries {
            match entry {
                Entry::Event(event, at) => {
                    if open.size() >= CHUNK {
                        self.close(&mut group, &mut open, &mut live);
                    }
                    live &= event.is_live();
                    open.push(&event, at);
                }
                Entry::Run(run) => {
                    group.runs.push((run, self.sequence + open.len() as u64));
                }
                Entry::Then(work) => {
                    self.close(&mut group, &mut open, &mut live);
                    group.after.push(After::Work(work));
                }
            }
        }
        self.close(&mut group, &mut open, &mut live);
        group
    }

    fn close(&mut self, group: &mut Group, open: &mut ChunkWriter, live: &mut bool) {
        if open.is_empty() {
            return;
        }
        let chunk = std::mem::take(open).finish(self.sequence + 1);
        self.sequence = chunk.last();
        self.untrimmed += chunk.text.len();
        group.chunks.push(chunk);
        let live = std::mem::replace(live, true);
        group.after.push(After::Tell { live });
    }

    fn commit(&mut self, chunks: &[Chunk], runs: &[(RunEntry, u64)]) {
        let Some((store, retention)) = &mut self.store else {
            return;
        };
        let written = store.transaction(|connection| {
            for chunk in chunks {
                put_chunk(connection, chunk)?;
            }
            for (run, behind) in runs {
                put_run(connection, run, *behind)?;
            }
            Ok(())
        });
        if let Err(error) = written {
            // The work goes on: an artist's publish is worth more than its record.
            let events: usize = chunks.iter().map(Chunk::len).sum();
            tracing::error!("{events} events are not kept: {error}");
        }
        if self.untrimmed > TRIM_EVERY {
            self.untrimmed = 0;
            if let Err(error) = store.trim(*retention, now()) {
                tracing::warn!("what is old could not be forgotten: {error}");
            }
        }
    }

    /// Tells the events of a group and does what waited for it, in order.
    ///
    /// An event that changes what readers see is told behind the work that shows it to them: who looks on
    /// hearing of it must not find what was before.
    fn tell(&mut self, group: Group) {
        let mut chunks = group.chunks.into_iter();
        for step in group.after {
            match step {
                After::Tell { live } => {
                    let waits = !live || !self.held.is_empty();
                    self.held.extend(chunks.next());
                    if !waits {
                        self.log.tell(self.held.drain(..));
                    }
                }
                After::Work(work) => {
                    work();
                    self.log.tell(self.held.drain(..));
                }
            }
        }
    }
}

pub(super) fn now() -> f64 {
    seconds(SystemTime::now())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::super::History;
    use super::*;
    use crate::model::Event;

    #[test]
    fn what_is_told_is_on_disk_first_and_numbers_go_on_after_a_restart() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("s.sqlite");
        for round in 0..2 {
            let (history, writer) = History::own(&path, Retention::default()).unwrap();
            assert_eq!(history.log().latest(), round * 3);
            let (done, wait) = mpsc::channel();
            let recorder = writer.recorder();
            for _ in 0..3 {
                recorder.event(Event::Reset {});
            }
            let (seen, path) = (history.clone(), path.clone());
            recorder.then(move || {
                let on_disk = Store::open(&path).unwrap().latest().unwrap();
                done.send((on_disk, seen.log().latest())).unwrap();
            });
            // What shows the events to readers comes between the disk and those who listen.
            let (on_disk, told) = wait.recv().unwrap();
            assert_eq!((on_disk, told), (round * 3 + 3, round * 3));
            drop((recorder, writer));
            assert_eq!(history.log().latest(), round * 3 + 3);
        }
        let (history, _writer) = History::own(&path, Retention::default()).unwrap();
        let (mut seen, mut sequences) = (2, Vec::new());
        while let Some(last) = history.events_after(seen).unwrap().last() {
            let part = history.events_after(seen).unwrap();
            sequences.extend(part.iter().map(|event| event.sequence));
            seen = last;
        }
        assert_eq!(sequences, [3, 4, 5, 6]);
    }
}
