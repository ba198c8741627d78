//! The commands that wait for the actor.
//!
//! While a plug-in of a run works, commands still come in. What a run forbids is refused at once;
//! the rest waits here until the pair ends, up to the limit `queue`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

use crate::command::{Command, answer};
use crate::error::SessionError;
use pyblish_history::{Idempotency, Recorder};
use pyblish_model::{RunId, RunInfo};

/// The commands that wait, in their order.
pub(crate) struct Inbox {
    queue: mpsc::Receiver<Command>,
    /// Taken out of the queue while a pair was being processed. They come before those in the
    /// queue.
    deferred: VecDeque<Command>,
    /// How many they are, for those who work meanwhile.
    waiting: Arc<AtomicUsize>,
    /// How many commands may be deferred.
    capacity: usize,
    recorder: Recorder,
}

impl Inbox {
    pub(crate) fn new(queue: mpsc::Receiver<Command>, capacity: usize, recorder: Recorder) -> Self {
        Inbox {
            queue,
            deferred: VecDeque::new(),
            waiting: Arc::default(),
            capacity,
            recorder,
        }
    }

    /// How many commands are deferred, also while the inbox is in use.
    pub(crate) fn waiting(&self) -> Arc<AtomicUsize> {
        self.waiting.clone()
    }

    /// The next command that was deferred, if any.
    pub(crate) fn next_deferred(&mut self) -> Option<Command> {
        let command = self.deferred.pop_front();
        self.waiting.store(self.deferred.len(), Ordering::Relaxed);
        command
    }

    /// The next command of the queue, if one is there.
    pub(crate) fn try_recv(&mut self) -> Option<Command> {
        self.queue.try_recv().ok()
    }

    /// Waits for the next command of the queue; none when nobody is left to send one.
    pub(crate) async fn recv(&mut self) -> Option<Command> {
        self.queue.recv().await
    }

    /// Takes commands for as long as a pair of this run is being processed: refuses those that a
    /// run forbids, and defers the others. `started` says which run was started with a key. Never
    /// returns by itself.
    pub(crate) async fn take_during_pair(
        &mut self,
        run: RunId,
        started: impl Fn(&Idempotency) -> Result<Option<Arc<RunInfo>>, SessionError>,
    ) -> Infallible {
        while let Some(command) = self.queue.recv().await {
            if let Some(command) = self.refuse(command, run, &started) {
                self.deferred.push_back(command);
                self.waiting.store(self.deferred.len(), Ordering::Relaxed);
            }
        }
        // Nobody is left to send a command; the pair goes on to its end.
        future::pending().await
    }

    /// Answers a command that cannot wait for the end of the pair. Gives back one that can.
    fn refuse(
        &self,
        command: Command,
        run: RunId,
        started: impl Fn(&Idempotency) -> Result<Option<Arc<RunInfo>>, SessionError>,
    ) -> Option<Command> {
        let running = SessionError::Running(run);
        let is_full = self.deferred.len() >= self.capacity;
        let full = || Err(SessionError::Full(self.capacity));
        let recorder = &self.recorder;
        match command {
            Command::Reset(reply) | Command::Forget(reply) | Command::Select { reply, .. } => {
                answer(recorder, reply, Err(running));
            }
            Command::RunPair { reply, .. } => answer(recorder, reply, Err(running)),
            Command::StartRun { request, reply } => {
                let known = request.idempotency.as_ref().map(started).transpose();
                let known = known.and_then(|run| run.flatten().ok_or(running));
                answer(recorder, reply, known);
            }
            Command::Apply { reply, .. }
            | Command::AddResult { reply, .. }
            | Command::Notify { reply, .. }
                if is_full =>
            {
                answer(recorder, reply, full());
            }
            Command::Apply { .. }
            | Command::AddResult { .. }
            | Command::Notify { .. }
            | Command::Restart(_) => return Some(command),
        }
        None
    }
}
