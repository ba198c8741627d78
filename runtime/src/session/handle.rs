use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};

use super::actor;
use super::command::Command;
use super::launch::Launch;
use super::mirror::Mirror;
use super::monitor::{Monitor, Progress};
use super::{Messages, RunRequest, SessionError, Snapshot};
use crate::adapter::{Description, Limit};
use crate::history::{History, Writer};
use crate::model::{Change, InstanceId, Mode, PairResult, PluginId, RunId, RunInfo};

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

/// What of a session a client can change.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Thing {
    Context,
    Instance(InstanceId),
    Plugin(PluginId),
}

/// What a client thinks that it changes: as it was at this revision of the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    pub things: Vec<Thing>,
    pub revision: u64,
}

/// What the actor and the readers share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    /// The session as readers see it: what is in it is on disk already.
    pub(super) visible: watch::Sender<Snapshot>,
    pub(super) monitor: Monitor,
    /// The latest run that is to be ended by force.
    pub(super) forced: watch::Sender<Option<RunId>>,
    /// How often somebody asked to have the adapter started again: what it does then is ended by force.
    pub(super) restarts: watch::Sender<u64>,
}

impl Shared {
    /// Whether this run is to be ended by force.
    pub(super) fn forced(&self, run: RunId) -> bool {
        *self.forced.borrow() == Some(run)
    }
}

/// A session, to whoever talks to it. Cheap to clone; the session ends with its last handle.
#[derive(Debug, Clone)]
pub struct Session {
    commands: mpsc::Sender<Command>,
    shared: Shared,
    messages: Arc<Messages>,
    description: Arc<Description>,
    history: History,
}

impl Session {
    /// Starts the adapter, opens a session with it and discovers the plug-ins.
    pub async fn start(
        launch: Launch,
        (history, writer): (History, Writer),
    ) -> Result<Session, SessionError> {
        let (commands, queue) = mpsc::channel(launch.limits.count(Limit::Queue));
        let shared = Shared {
            visible: watch::Sender::new(Mirror::new().snapshot()),
            monitor: Monitor::default(),
            forced: watch::Sender::new(None),
            restarts: watch::Sender::new(0),
        };
        let session = Session {
            commands,
            shared: shared.clone(),
            messages: Arc::default(),
            description: Arc::new(launch.description.clone()),
            history: history.clone(),
        };
        actor::spawn(launch, shared, (history, writer), queue).await?;
        Ok(session)
    }

    /// The session as it is known now, however busy the host is.
    pub fn snapshot(&self) -> Snapshot {
        self.shared.visible.borrow().clone()
    }

    /// How far the call under way has come, if it said so.
    pub fn progress(&self) -> Option<Progress> {
        self.shared.monitor.progress()
    }

    /// The adapter that the session is with.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Messages for the frontend.
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    /// What happened.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Begins anew: an empty context, and the plug-ins that there are now. Starts the adapter if it is down.
    pub async fn reset(&self) -> Result<(), SessionError> {
        self.ask(Command::Reset).await
    }

    /// Starts another adapter in the place of this one, which is ended by force, whatever it does; a run under way is
    /// lost. The context begins anew, unless the host still has it.
    pub async fn restart(&self) -> Result<(), SessionError> {
        self.shared.restarts.send_modify(|asked| *asked += 1);
        let (reply, answer) = oneshot::channel();
        // However many wait: they are answered soon, for what they waited for has ended.
        let sent = self.commands.send(Command::Restart(reply)).await;
        sent.map_err(|_| SessionError::Closed)?;
        answer.await.unwrap_or(Err(SessionError::Closed))
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

    /// Starts a publish, or a part of it, as Pyblish orders and stops it; answers at once. Changes of data are
    /// taken between two pairs, every other command is refused until its end.
    pub async fn start_run(&self, request: RunRequest) -> Result<Arc<RunInfo>, SessionError> {
        self.ask(|reply| Command::StartRun { request, reply }).await
    }

    /// Waits for the end of a run of this process.
    pub async fn run_ended(&self, run: RunId) -> Result<Arc<RunInfo>, SessionError> {
        let mut visible = self.shared.visible.subscribe();
        let ended = |seen: &Snapshot| {
            let latest = seen.run.as_ref();
            latest.is_some_and(|latest| latest.id > run || latest.id == run && latest.state.ended())
        };
        let seen = visible
            .wait_for(ended)
            .await
            .map_err(|_| SessionError::Closed)?;
        let latest = seen.run.clone().filter(|latest| latest.id == run);
        latest.ok_or(SessionError::UnknownRun(run))
    }

    /// Asks the run under way to stop: between two pairs at once, inside a plug-in by asking it. A plug-in that
    /// has not stopped after the grace is stopped by force, and the adapter with it.
    pub fn cancel_run(&self, run: RunId, grace: Duration) -> Result<(), SessionError> {
        let latest = self.snapshot().run;
        let latest = latest.filter(|latest| latest.id == run);
        let latest = latest.ok_or(SessionError::UnknownRun(run))?;
        if latest.state.ended() {
            return Ok(());
        }
        self.shared.monitor.cancel();
        let session = self.clone();
        tokio::spawn(async move {
            let ended = session.run_ended(run);
            if tokio::time::timeout(grace, ended).await.is_err() {
                session.shared.forced.send_replace(Some(run));
            }
        });
        Ok(())
    }

    /// Changes data for a frontend, unless what it expects was changed since it looked.
    pub async fn apply(
        &self,
        changes: Vec<Change>,
        expected: Option<Expected>,
    ) -> Result<(), SessionError> {
        let command = |reply| Command::Apply {
            changes,
            expected,
            reply,
        };
        self.ask(command).await
    }

    /// Keeps a result that came from no plug-in, such as that there is none of this name.
    pub async fn note(&self, result: PairResult) -> Result<(), SessionError> {
        self.ask(|reply| Command::Note { result, reply }).await
    }

    /// Has the host call what listens to this event of a frontend's, such as `commented`, with these arguments: an
    /// object, in which instances and plug-ins are named by their ids.
    pub async fn tell(&self, event: String, arguments: Value) -> Result<(), SessionError> {
        let command = |reply| Command::Tell {
            event,
            arguments,
            reply,
        };
        self.ask(command).await
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, SessionError>>) -> Command,
    ) -> Result<T, SessionError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.commands.try_send(command(reply));
        sent.map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SessionError::Full(self.commands.max_capacity()),
            mpsc::error::TrySendError::Closed(_) => SessionError::Closed,
        })?;
        answer.await.unwrap_or(Err(SessionError::Closed))
    }
}
