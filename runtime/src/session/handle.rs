use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::actor::{self, Command, Launch};
use super::mirror::Mirror;
use super::monitor::{Monitor, Progress};
use super::{Messages, RunReport, SessionError, Snapshot};
use crate::adapter::Description;
use crate::model::{Change, Mode, PairResult};
use crate::publish::RunOptions;

/// How many commands wait at most. A frontend sends one at a time; this is room for dozens of them.
const QUEUE: usize = 64;

/// What a command is about: an id, or a name, of which the first one counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Id(String),
    Name(String),
}

impl Named {
    /// Whether something with this id and name is meant.
    pub(super) fn means(&self, id: &str, name: &str) -> bool {
        match self {
            Named::Id(wanted) => wanted == id,
            Named::Name(wanted) => wanted == name,
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Named::Id(text) | Named::Name(text) => text,
        }
    }
}

/// What the actor and the readers share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) mirror: Arc<Mutex<Mirror>>,
    pub(super) monitor: Monitor,
}

impl Shared {
    /// Held for as long as it takes to change or copy pointers, never across a call of the adapter.
    pub(super) fn mirror(&self) -> MutexGuard<'_, Mirror> {
        self.mirror.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session, to whoever talks to it. Cheap to clone; the session ends with its last handle.
#[derive(Debug, Clone)]
pub struct Session {
    commands: mpsc::Sender<Command>,
    shared: Shared,
    messages: Arc<Messages>,
    description: Arc<Description>,
}

impl Session {
    /// Starts the adapter, opens a session with it and discovers the plug-ins.
    pub async fn start(launch: Launch) -> Result<Session, SessionError> {
        let (commands, queue) = mpsc::channel(QUEUE);
        let shared = Shared {
            mirror: Arc::new(Mutex::new(Mirror::new())),
            monitor: Monitor::default(),
        };
        let session = Session {
            commands,
            shared: shared.clone(),
            messages: Arc::default(),
            description: Arc::new(launch.description.clone()),
        };
        actor::spawn(launch, shared, queue).await?;
        Ok(session)
    }

    /// The session as it is known now, however busy the host is.
    pub fn snapshot(&self) -> Snapshot {
        self.shared.mirror().snapshot()
    }

    /// How far the call under way has come, if it said so.
    pub fn progress(&self) -> Option<Progress> {
        self.shared.monitor.progress()
    }

    /// Asks the call under way to stop, and the run that it belongs to.
    pub fn cancel(&self) {
        self.shared.monitor.cancel();
    }

    /// The adapter that the session is with.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Messages for the frontend.
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    /// Begins anew: an empty context, and the plug-ins that there are now. Starts the adapter if it is down.
    pub async fn reset(&self) -> Result<(), SessionError> {
        self.ask(Command::Reset).await
    }

    /// Forgets the context and the plug-ins.
    pub async fn forget(&self) -> Result<(), SessionError> {
        self.ask(Command::Forget).await
    }

    /// Runs a plug-in on an instance, or on the context. Where the plug-in does not do this, nothing happens,
    /// and that is a success.
    pub async fn run(
        &self,
        plugin: Named,
        instance: Option<Named>,
        mode: Mode,
    ) -> Result<Arc<PairResult>, SessionError> {
        let command = |reply| Command::Run {
            plugin,
            instance,
            mode,
            reply,
        };
        self.ask(command).await
    }

    /// Publishes, or a part of it, as Pyblish orders and stops it; answers at its end. Changes of data are
    /// taken between two pairs, every other command is refused until then.
    pub async fn publish(&self, options: RunOptions) -> Result<RunReport, SessionError> {
        self.ask(|reply| Command::Publish { options, reply }).await
    }

    /// Changes data for a frontend; answers what really changed.
    pub async fn apply(&self, changes: Vec<Change>) -> Result<(), SessionError> {
        self.ask(|reply| Command::Apply { changes, reply }).await
    }

    /// Keeps a result that came from no plug-in, such as that there is none of this name.
    pub fn note(&self, result: PairResult) {
        self.shared.mirror().push_result(Arc::new(result));
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, SessionError>>) -> Command,
    ) -> Result<T, SessionError> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .try_send(command(reply))
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => SessionError::Full(QUEUE),
                mpsc::error::TrySendError::Closed(_) => SessionError::Closed,
            })?;
        answer.await.unwrap_or(Err(SessionError::Closed))
    }
}
