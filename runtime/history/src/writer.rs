//! The thread that writes a history. Events are published only after they are on disk. If they
//! cannot be written, the work continues: events are held in memory, clients get a warning, and the
//! events are written once that is possible.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::HistoryError;
use super::chunk::{Chunk, ChunkWriter};
use super::claim::HighestNumbers;
use super::clock::now;
use super::disk::Disk;
use super::queue::{Entry, Queue, Recorder, Work};
use super::salvage::Salvaged;
use super::shared::Shared;
use super::store::Group;
use pyblish_model::Event;

/// The size in bytes at which a new chunk is started: reading one event from disk means reading its
/// chunk.
const CHUNK: usize = 1 << 20;

/// How long the end of a session waits for a file that cannot be written, and how long between two
/// tries.
const LAST_PATIENCE: Duration = Duration::from_secs(5);
const LAST_REST: Duration = Duration::from_millis(100);

/// Writes a session's history; the session's actor owns it. Dropping it waits until every
/// [`Recorder`] is dropped and everything is on disk.
pub struct Writer {
    recorder: Option<Recorder>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. Without a file, everything is held in memory, as far as there is space,
    /// and ends with the process.
    pub(super) fn start(
        shared: Arc<Shared>,
        disk: Option<Disk>,
        trouble: Option<HistoryError>,
        salvaged: Option<Salvaged>,
    ) -> Result<Writer, HistoryError> {
        let (recorder, queue) = Recorder::new();
        shared.written_by(&queue);
        let mut writing = Writing {
            sequence: shared.log.latest(),
            shared: shared.clone(),
            disk,
            current: Group::default(),
            steps: VecDeque::new(),
            untold: Vec::new(),
            news: Vec::new(),
        };
        if let Some(salvaged) = salvaged {
            writing.set_aside(&salvaged);
        }
        if let Some(trouble) = trouble {
            writing.fail(&trouble.to_string());
        }
        let thread = thread::Builder::new()
            .name("history".into())
            .spawn(move || writing.run(&queue))
            .map_err(|error| HistoryError::Unusable {
                path: "memory".into(),
                reason: format!("its thread cannot be started: {error}"),
            })?;
        Ok(Writer {
            recorder: Some(recorder),
            shared,
            thread: Some(thread),
        })
    }

    /// A recorder for other parts than the actor, valid while the actor exists.
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
        self.shared.reopen();
        self.shared.log.end();
    }
}

/// The state of the writer's thread.
struct Writing {
    shared: Arc<Shared>,
    /// None for a history in memory.
    disk: Option<Disk>,
    /// The number of the last event.
    sequence: u64,
    /// What is being written in this turn. After a crash in between, it is unknown how much of it
    /// is on disk.
    current: Group,
    /// What to do in this turn after that is on disk or held.
    steps: VecDeque<Step>,
    /// Events that are on disk or held, to be published after readers can see them.
    untold: Vec<Arc<Chunk>>,
    /// Events about the history itself, to be published.
    news: Vec<Event>,
}

/// What to do after entries are on disk.
enum Step {
    /// Publishes these events. Live events are only about work in progress, and change nothing that
    /// a reader sees.
    Tell {
        chunk: Arc<Chunk>,
        live: bool,
    },
    Work(Work),
    EndListening,
}

/// Ends the queue when the thread ends, even by a panic, so that nobody waits for it.
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
        self.turn(std::iter::empty());
        while queue.take(&mut entries, self.patience()) {
            // A bug here may lose the current entries, but does not end the session.
            let turned = catch_unwind(AssertUnwindSafe(|| self.turn(entries.drain(..))));
            if turned.is_err() {
                entries.clear();
                self.crashed();
            }
        }
        self.finish();
    }

    /// How long to wait for entries: until the next try after a failure.
    fn patience(&self) -> Option<Duration> {
        if !self.news.is_empty() {
            return Some(Duration::ZERO);
        }
        let disk = self.disk.as_ref()?;
        if self.is_behind() {
            return Some(disk.due_in());
        }
        disk.tidy_in()
    }

    /// Whether something could not be written yet.
    fn is_behind(&self) -> bool {
        let is_open = self.disk.as_ref().is_none_or(Disk::is_open);
        !is_open || self.shared.trouble().is_some()
    }

    fn turn(&mut self, entries: impl Iterator<Item = Entry>) {
        if self.shared.take_damaged()
            && let Some(disk) = &mut self.disk
        {
            disk.doubt();
            self.shared.reopen();
            self.catch_up();
        }
        self.group(entries);
        if !self.current.is_empty() {
            let group = self.current.clone();
            self.keep(&group);
        }
        self.current = Group::default();
        self.tell();
        if self.is_behind()
            && self
                .disk
                .as_ref()
                .is_some_and(|disk| disk.due_in().is_zero())
        {
            self.catch_up();
        }
        self.tidy();
        self.tell_news();
    }

    /// Does a small part of the work that nobody waits for: events that come meanwhile wait for it.
    fn tidy(&mut self) {
        if !self.is_behind()
            && let Some(disk) = &mut self.disk
            && let Err(error) = disk.tidy()
        {
            disk.later();
            self.shared.reopen();
            self.fail(&error.to_string());
        }
    }

    /// Handles a crash in a turn. The entries are held, because nobody knows whether they were
    /// written; the remaining work is done in the next turn.
    fn crashed(&mut self) {
        if let Some(disk) = &mut self.disk {
            disk.close();
            disk.later();
        }
        self.shared.reopen();
        let group = std::mem::take(&mut self.current);
        self.shared.change_held(|held| held.hold(&group));
        self.fail("the writer of the history crashed, which is a bug in this program");
    }

    /// Sorts entries into what to write, and what to do afterwards.
    fn group(&mut self, entries: impl Iterator<Item = Entry>) {
        let (mut open, mut live) = (ChunkWriter::default(), true);
        for entry in entries {
            match entry {
                Entry::Event(event, at) => {
                    if open.size() >= CHUNK {
                        self.close(&mut open, &mut live);
                    }
                    live &= event.is_live();
                    open.push(&event, at);
                }
                Entry::Run(run) => {
                    let behind = self.sequence + open.len() as u64;
                    self.current.runs.push((run, behind));
                }
                Entry::Revision(revision) => {
                    self.current.mark = self.current.mark.max(HighestNumbers {
                        revision,
                        ..HighestNumbers::default()
                    });
                }
                Entry::Then(work) => {
                    self.close(&mut open, &mut live);
                    self.steps.push_back(Step::Work(work));
                }
                Entry::EndListening => {
                    self.close(&mut open, &mut live);
                    self.steps.push_back(Step::EndListening);
                }
            }
        }
        self.close(&mut open, &mut live);
    }

    fn close(&mut self, open: &mut ChunkWriter, live: &mut bool) {
        if open.is_empty() {
            return;
        }
        let chunk = Arc::new(std::mem::take(open).finish(self.sequence + 1));
        self.sequence = chunk.last();
        self.current.chunks.push(chunk.clone());
        let live = std::mem::replace(live, true);
        self.steps.push_back(Step::Tell { chunk, live });
    }

    /// Writes this to disk, or else holds it.
    fn keep(&mut self, group: &Group) {
        let Some(disk) = &mut self.disk else {
            self.shared.change_held(|held| held.hold(group));
            return;
        };
        if self.shared.trouble().is_none() {
            match disk.write(group) {
                Ok(()) => return disk.trim_if_due(),
                Err(error) if error.is_damage() => {
                    disk.close();
                    disk.later();
                    self.shared.reopen();
                    self.fail(&error.to_string());
                }
                Err(error) if error.is_of_one_row() => return self.keep_each(group),
                Err(error) => self.fail(&error.to_string()),
            }
        }
        if let Some(disk) = &mut self.disk {
            disk.mark(group);
        }
        self.shared.change_held(|held| held.hold(group));
    }

    /// Writes a group without the entries that the history refuses.
    fn keep_each(&mut self, group: &Group) {
        let chunks = group.chunks.iter().map(|chunk| Group {
            chunks: vec![chunk.clone()],
            ..Group::default()
        });
        let runs = group.runs.iter().map(|run| Group {
            runs: vec![run.clone()],
            ..Group::default()
        });
        for one in chunks.chain(runs) {
            let Some(disk) = &mut self.disk else {
                return;
            };
            match disk.write(&one) {
                Ok(()) => {}
                Err(error) if error.is_of_one_row() => {
                    let lost = one.events();
                    let message = format!(
                        "{lost} events and {} runs are lost: {error}",
                        one.runs.len()
                    );
                    tracing::error!("{message}");
                    self.news.push(Event::HistoryChanged {
                        kept: true,
                        message,
                        lost: lost as u64,
                    });
                }
                Err(error) => {
                    self.fail(&error.to_string());
                    self.shared.change_held(|held| held.hold(&one));
                }
            }
        }
    }

    /// Writes what is held, if possible.
    fn catch_up(&mut self) {
        let Some(disk) = &mut self.disk else {
            return;
        };
        let was_open = disk.is_open();
        let opened = disk.open_again();
        match opened {
            Ok(None) if was_open => {}
            // The file may have been replaced.
            Ok(None) => self.shared.reopen(),
            Ok(Some(salvaged)) => {
                self.shared.reopen();
                self.set_aside(&salvaged);
            }
            Err(error) => {
                disk.later();
                return self.fail(&error.to_string());
            }
        }
        let Some(disk) = &mut self.disk else {
            return;
        };
        let mut group = self.shared.held(super::unwritten::Unwritten::group);
        group.mark = disk.given();
        disk.hurry(true);
        let written = disk.write(&group);
        disk.hurry(false);
        match written {
            Ok(()) => {}
            Err(error) if error.is_of_one_row() => self.keep_each(&group),
            Err(error) => {
                if error.is_damage()
                    && let Some(disk) = &mut self.disk
                {
                    disk.close();
                }
                return self.fail(&error.to_string());
            }
        }
        // Readers look here first and then on disk, so they miss nothing in between.
        let lost = self.shared.change_held(|held| {
            held.clear();
            held.take_lost()
        });
        if self.shared.trouble().is_some() {
            self.shared.set_trouble(None);
            let is_gone = self.disk.as_mut().is_some_and(Disk::take_gone);
            let message = match lost {
                _ if is_gone => format!(
                    "the history is saved again, in a new file: what was in the old one is gone, \
                     and {lost} events since"
                ),
                0 => "the history is saved again, and nothing is lost".to_owned(),
                lost => format!("the history is saved again, but {lost} earlier events are lost"),
            };
            tracing::warn!("{message}");
            self.news.push(Event::HistoryChanged {
                kept: true,
                message,
                lost,
            });
        }
        if let Some(disk) = &mut self.disk {
            disk.trim_if_due();
        }
    }

    /// Notes that events are not saved for now, and reports it once.
    fn fail(&mut self, reason: &str) {
        let words =
            format!("{reason}. Events are held in memory, and are written once that is possible");
        let is_new = self.shared.trouble().is_none();
        self.shared.set_trouble(Some(words.as_str().into()));
        if is_new {
            tracing::error!("{words}");
            self.news.push(Event::HistoryChanged {
                kept: false,
                message: words,
                lost: 0,
            });
        }
    }

    fn set_aside(&mut self, salvaged: &Salvaged) {
        self.news.push(Event::HistoryChanged {
            kept: true,
            message: format!(
                "the history was damaged: it is now {}, and {} events and {} runs of it were \
                 recovered",
                salvaged.aside.display(),
                salvaged.events,
                salvaged.runs
            ),
            lost: 0,
        });
    }

    /// Publishes the events about the history itself.
    fn tell_news(&mut self) {
        while !self.news.is_empty() {
            let mut open = ChunkWriter::default();
            for event in std::mem::take(&mut self.news) {
                open.push(&event, now());
            }
            self.close(&mut open, &mut true);
            let group = std::mem::take(&mut self.current);
            self.keep(&group);
            self.tell();
        }
    }

    /// Publishes the events of a group, and does the work that waited for it, in order.
    ///
    /// An event that changes what readers see is published after readers can see the change: a
    /// client that reads because of the event must not get the old state.
    fn tell(&mut self) {
        while let Some(step) = self.steps.pop_front() {
            match step {
                Step::Tell { chunk, live } => {
                    let waits = !live || !self.untold.is_empty();
                    self.untold.push(chunk);
                    if !waits {
                        self.shared.log.tell(self.untold.drain(..));
                    }
                }
                Step::Work(work) => {
                    work();
                    self.shared.log.tell(self.untold.drain(..));
                }
                Step::EndListening => {
                    self.shared.log.tell(self.untold.drain(..));
                    self.shared.log.end();
                }
            }
        }
    }

    /// At the end, writes what is held, if that is possible within a time limit.
    fn finish(&mut self) {
        let deadline = Instant::now() + LAST_PATIENCE;
        while self.disk.is_some() && self.is_behind() {
            self.catch_up();
            self.tell_news();
            if !self.is_behind() || Instant::now() >= deadline {
                break;
            }
            thread::sleep(LAST_REST);
        }
        if self.disk.is_some()
            && let Some(trouble) = self.shared.trouble()
        {
            let (events, lost) = self.shared.held(|held| (held.events(), held.lost()));
            let events = events as u64 + lost;
            tracing::error!("{events} events are lost: {trouble}");
        }
        self.shared.log.tell(self.untold.drain(..));
        self.shared.reopen();
        if let Some(disk) = &mut self.disk {
            disk.settle();
        }
    }
}
