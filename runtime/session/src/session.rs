//! The handle of a session: what the server and the command line use.
//!
//! Commands go to the actor and wait for its answer. Everything that only reads takes what the
//! actor has published, and never waits.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::command::{Command, Reply};
use crate::error::SessionError;
use crate::launch::Launch;
use crate::messages::Messages;
use crate::mirror::Mirror;
use crate::monitor::CallProgress;
use crate::reference::{InstanceRef, PluginRef};
use crate::resource::Precondition;
use crate::run_request::RunRequest;
use crate::shared::Shared;
use crate::snapshot::{Activity, Snapshot};
use crate::thread;
use crate::user_choices::UserChoices;
use pyblish_adapter::{Description, Limit};
use pyblish_history::{History, Writer};
use pyblish_model::{Change, JsonText, Mode, PairResult, RunId, RunInfo};

/// The handle of a session. Cheap to clone. The session ends when its last handle is dropped.
#[derive(Debug, Clone)]
pub struct Session {
    commands: mpsc::Sender<Command>,
    shared: Shared,
    messages: Arc<Messages>,
    description: Arc<Description>,
    history: History,
    /// How long the command under way may go on when the session closes: the limit `close`.
    close_timeout: Duration,
}

impl Session {
    /// Starts the adapter, opens a session with it and discovers the plug-ins. `until_ended` is
    /// dropped when nothing is left of the session, its adapter and its thread.
    ///
    /// # Errors
    /// The adapter cannot be started, or it refuses.
    pub async fn start(
        launch: Launch,
        (history, writer): (History, Writer),
        until_ended: impl Send + 'static,
    ) -> Result<Session, SessionError> {
        let (commands, queue) = mpsc::channel(launch.limits.count(Limit::Queue));
        let mirror = Mirror::new(&launch.limits, history.first_revision());
        let shared = Shared::new(mirror.snapshot());
        let session = Session {
            commands,
            shared: shared.clone(),
            messages: Arc::default(),
            description: Arc::new(launch.description.clone()),
            history: history.clone(),
            close_timeout: launch.limits.close(),
        };
        thread::spawn(launch, shared, (history, writer), queue, until_ended).await?;
        Ok(session)
    }

    /// Closes the session. Returns at once: the command under way may go on for a short time (the
    /// limit `close`), then it is stopped by force.
    ///
    /// # Errors
    /// A run is under way, or the session is closing already.
    pub fn close(&self) -> Result<(), SessionError> {
        self.shared.lifecycle.close()?;
        self.end();
        Ok(())
    }

    /// The same, also while a run is under way, which is then interrupted.
    pub fn shut_down(&self) {
        self.shared.lifecycle.shut_down();
        self.end();
    }

    fn end(&self) {
        self.history.end_listening();
        // The task holds no handle of the session, because the session must be able to end.
        let (restarts, timeout) = (self.shared.restarts.clone(), self.close_timeout);
        tokio::spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(timeout) => restarts.send_modify(|asked| *asked += 1),
                () = restarts.closed() => {}
            }
        });
    }

    /// Whether the session is closing: nothing begins in it any more.
    pub fn is_closing(&self) -> bool {
        self.shared.lifecycle.is_closing()
    }

    /// The session as it is known now, however busy the host is.
    pub fn snapshot(&self) -> Snapshot {
        self.shared.visible.borrow().clone()
    }

    /// Looks at the session as it is known now, without a copy. The look must be short: until it
    /// ends, nothing new is shown to readers.
    pub fn look<T>(&self, look: impl FnOnce(&Snapshot) -> T) -> T {
        look(&self.shared.visible.borrow())
    }

    /// How far the call under way has come, if the adapter has reported it.
    pub fn progress(&self) -> Option<CallProgress> {
        self.shared.monitor.progress()
    }

    /// What the adapter says of itself.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Messages for the frontend.
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    /// What clients have changed in the context: what another session needs to publish the same.
    pub fn choices(&self) -> UserChoices {
        self.shared.made().list()
    }

    /// How many commands wait until the session comes to them.
    pub fn queued(&self) -> usize {
        self.commands.max_capacity() - self.commands.capacity()
    }

    /// What has happened in this session, in this process and in former ones.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Begins with an empty context, and the plug-ins that there are now. Starts the adapter if it
    /// is down.
    ///
    /// # Errors
    /// A run is under way, the adapter or its host fails or refuses, or too many commands wait.
    pub async fn reset(&self) -> Result<(), SessionError> {
        self.ask(Command::Reset).await
    }

    /// Starts another adapter in the place of this one, which is stopped by force, whatever it
    /// does. A run under way is lost. The context begins empty, unless the host still has it.
    ///
    /// # Errors
    /// The adapter cannot be started, or the session is closed.
    pub async fn restart(&self) -> Result<(), SessionError> {
        self.shared.restarts.send_modify(|asked| *asked += 1);
        let (reply, answer) = oneshot::channel();
        // It may wait for room in the queue: the call that all others wait for is being stopped.
        let sent = self.commands.send(Command::Restart(reply)).await;
        sent.map_err(|_| SessionError::Closed)?;
        answer.await.unwrap_or(Err(SessionError::Closed))
    }

    /// Begins with an empty context and no plug-ins. Starts the adapter if it is down.
    ///
    /// # Errors
    /// As for [`Session::reset`].
    pub async fn forget(&self) -> Result<(), SessionError> {
        self.ask(Command::Forget).await
    }

    /// Processes an instance with a plug-in, or the context where no instance is named. Where the
    /// plug-in does not implement this, nothing happens, and the result is a success. A plug-in
    /// that fails is a result, not an error.
    ///
    /// # Errors
    /// There is no such plug-in or instance, a run is under way, or the adapter is down.
    pub async fn run_pair(
        &self,
        plugin: PluginRef,
        instance: Option<InstanceRef>,
        mode: Mode,
    ) -> Result<Arc<PairResult>, SessionError> {
        let command = |reply| Command::RunPair {
            plugin,
            instance,
            mode,
            must_be_able: false,
            reply,
        };
        self.ask(command).await
    }

    /// Lets a plug-in repair an instance, or the context where no instance is named.
    ///
    /// # Errors
    /// As for [`Session::run_pair`], or the plug-in has no such repair; then nothing changes.
    pub async fn repair(
        &self,
        plugin: PluginRef,
        instance: Option<InstanceRef>,
    ) -> Result<Arc<PairResult>, SessionError> {
        let command = |reply| Command::RunPair {
            plugin,
            instance,
            mode: Mode::Repair,
            must_be_able: true,
            reply,
        };
        self.ask(command).await
    }

    /// Starts a publish, or a part of it. Returns when the run has started, or the run that was
    /// started with the same key. Until its end, changes of data wait for the end of a pair, and
    /// most other commands are refused.
    ///
    /// # Errors
    /// Another run is under way, the run that it continues cannot be continued, or the adapter is
    /// down.
    pub async fn start_run(&self, request: RunRequest) -> Result<Arc<RunInfo>, SessionError> {
        self.ask(|reply| Command::StartRun { request, reply }).await
    }

    /// Waits for the end of a run of this process. Returns the run as it ended.
    ///
    /// # Errors
    /// Another run has begun since, or the session has ended.
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

    /// Waits until the adapter is down, or the session has ended.
    pub async fn until_down(&self) {
        let mut visible = self.shared.visible.subscribe();
        let is_down = |seen: &Snapshot| matches!(seen.activity, Activity::Down { .. });
        // An error says that the session has ended.
        let _ = visible.wait_for(is_down).await;
    }

    /// Cancels a run, and returns at once. The run ends after the pair under way, and the plug-in
    /// is asked to stop. If it has not stopped after `grace`, it is stopped by force, and the
    /// adapter with it.
    ///
    /// # Errors
    /// It is not the latest run of this process.
    pub fn cancel_run(&self, run: RunId, grace: Duration) -> Result<(), SessionError> {
        let latest = self.snapshot().run;
        let latest = latest.filter(|latest| latest.id == run);
        let latest = latest.ok_or(SessionError::UnknownRun(run))?;
        if latest.state.ended() {
            return Ok(());
        }
        self.shared.monitor.cancel(run);
        let session = self.clone();
        tokio::spawn(async move {
            let ended = session.run_ended(run);
            if tokio::time::timeout(grace, ended).await.is_err() {
                session.shared.forced.send_replace(Some(run));
            }
        });
        Ok(())
    }

    /// Cancels what a plug-in does outside of a run, such as a repair, and returns at once. The
    /// plug-in is asked to stop. If it has not stopped after `grace`, it is stopped by force, and the
    /// adapter with it. Nothing happens where no plug-in works, or a run is under way.
    pub fn cancel_pair(&self, grace: Duration) {
        let shared = self.shared.clone();
        let Some(number) = shared.monitor.cancel_single_pair() else {
            return;
        };
        tokio::spawn(async move {
            tokio::time::sleep(grace).await;
            if shared.monitor.is_under_way(number) {
                shared.forced_pair.send_replace(Some(number));
            }
        });
    }

    /// Has the host select the members of these instances, for a user who wants to see them there.
    ///
    /// # Errors
    /// One of the instances is unknown, a run is under way, the host cannot select all members, or
    /// the adapter is down.
    pub async fn select(&self, instances: Vec<InstanceRef>) -> Result<(), SessionError> {
        self.ask(|reply| Command::Select { instances, reply }).await
    }

    /// Makes changes for a client.
    ///
    /// # Errors
    /// The precondition does not hold, the adapter refuses or is down, or too many commands wait.
    pub async fn apply(
        &self,
        changes: Vec<Change>,
        precondition: Option<Precondition>,
    ) -> Result<(), SessionError> {
        self.make(changes, precondition, false).await
    }

    /// Makes changes that a user chose. They are made again after a reset, once what they are about
    /// is there.
    ///
    /// # Errors
    /// Those of [`Session::apply`].
    pub async fn choose(
        &self,
        changes: Vec<Change>,
        precondition: Option<Precondition>,
    ) -> Result<(), SessionError> {
        self.make(changes, precondition, true).await
    }

    async fn make(
        &self,
        changes: Vec<Change>,
        precondition: Option<Precondition>,
        remember: bool,
    ) -> Result<(), SessionError> {
        let command = |reply| Command::Apply {
            changes,
            precondition,
            remember,
            reply,
        };
        self.ask(command).await
    }

    /// Keeps a result that comes from no plug-in, such as one that says that a plug-in does not
    /// exist.
    ///
    /// # Errors
    /// There is no room for it, or too many commands wait.
    pub async fn add_result(&self, result: PairResult) -> Result<(), SessionError> {
        self.ask(|reply| Command::AddResult { result, reply }).await
    }

    /// Has the host call its callbacks for an event of a frontend, such as `commented`. The
    /// arguments are a JSON object; in it instances and plug-ins are named by their ids.
    ///
    /// # Errors
    /// The adapter is down, or too many commands wait.
    pub async fn notify(&self, event: String, arguments: JsonText) -> Result<(), SessionError> {
        let command = |reply| Command::Notify {
            event,
            arguments,
            reply,
        };
        self.ask(command).await
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, SessionError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.commands.try_send(command(reply));
        sent.map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SessionError::Full(self.commands.max_capacity()),
            mpsc::error::TrySendError::Closed(_) => SessionError::Closed,
        })?;
        answer.await.unwrap_or(Err(SessionError::Closed))
    }
}
