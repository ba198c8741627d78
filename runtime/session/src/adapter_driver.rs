//! Drives the adapter of a session: calls it, takes over what it changes, and says what becomes of
//! the session when it goes down.
//!
//! Every answer of the adapter goes through [`AdapterDriver::check`]. After an error the adapter is
//! dropped and never called again; the reason goes into the journal, and the backoff says when to
//! try again.

use std::future::poll_fn;
use std::num::NonZeroU32;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc;

use crate::active_run::PlanningGuard;
use crate::adapter_slot::AdapterSlot;
use crate::attributes;
use crate::batch::{Batch, OutcomeError};
use crate::error::SessionError;
use crate::journal::Journal;
use crate::launch::Launch;
use crate::mirror::ChangeError;
use crate::observer::CallObserver;
use crate::other_host;
use crate::process_step::{ProcessStep, poll_step, process_one};
use crate::restart_backoff::{DownCause, RestartBackoff};
use crate::results::ResultsFull;
use crate::scene_watch::SceneWatch;
use crate::shared::Shared;
use crate::snapshot::AdapterFailure;
use crate::toggle;
use pyblish_adapter::{Adapter, AdapterError, Finished, Limit, OpenedSession, PairIds};
use pyblish_model::{
    BrokenPlugin, Change, Failure, InstanceId, JsonText, LeftOutPlugin, Mode, Outcome, PluginId,
    RunId,
};

/// The adapter of a session, and the journal that its answers change.
pub(crate) struct AdapterDriver {
    pub(crate) journal: Journal,
    /// Says when an adapter that went down is started again.
    pub(crate) backoff: RestartBackoff,
    /// Holds the adapter while it runs.
    pub(crate) slot: AdapterSlot,
    shared: Shared,
    /// How often the adapter went down.
    times_down: u64,
}

impl AdapterDriver {
    /// The driver of an adapter that has not been started.
    pub(crate) fn new(launch: Launch, journal: Journal, shared: Shared) -> Self {
        AdapterDriver {
            journal,
            backoff: RestartBackoff::new(launch.limits.get(Limit::Restarts)),
            slot: AdapterSlot::new(launch, shared.restarts.subscribe()),
            shared,
            times_down: 0,
        }
    }

    /// Starts the adapter, and a context with its plug-ins. Returns whether the context is one that
    /// the host still had.
    pub(crate) async fn begin(&mut self) -> Result<bool, SessionError> {
        let OpenedSession { context, .. } = self.open().await?;
        let kept = !context.is_empty();
        if kept {
            self.journal.begin_context();
            self.take_changes(context)?;
            self.discover().await?;
        } else {
            self.reset().await?;
        }
        Ok(kept)
    }

    async fn open(&mut self) -> Result<OpenedSession, SessionError> {
        let observer = CallObserver {
            monitor: self.shared.monitor.clone(),
            recorder: self.journal.recorder().clone(),
            force: self.shared.restarts.subscribe(),
        };
        let mut opened = self.slot.open(observer).await?;
        self.backoff.started();
        self.journal.set_host(std::mem::take(&mut opened.host));
        self.take_scene();
        Ok(opened)
    }

    /// Takes over what the host said of its scene.
    pub(crate) fn take_scene(&mut self) {
        let scene = self.slot.scene().borrow().clone();
        self.journal.set_scene(scene);
    }

    /// Begins with an empty context, and the plug-ins that there are now.
    pub(crate) async fn reset(&mut self) -> Result<(), SessionError> {
        self.forget().await?;
        self.discover().await
    }

    /// Begins with an empty context and no plug-ins. Starts the adapter if it is down.
    pub(crate) async fn forget(&mut self) -> Result<(), SessionError> {
        if !self.slot.is_running() {
            self.open().await?;
        }
        let (adapter, scene) = self.adapter()?;
        let outcome = scene.during(adapter.reset()).await;
        let outcome = self.check(outcome)?;
        self.journal.begin_context();
        self.take_changes(outcome.changes)?;
        accepted(outcome.failure)
    }

    async fn discover(&mut self) -> Result<(), SessionError> {
        let (adapter, scene) = self.adapter()?;
        let found = scene.during(adapter.discover()).await;
        let mut found = self.check(found)?.map_err(SessionError::from)?;
        found
            .broken
            .extend(attributes::take_wrong(&mut found.plugins));
        for BrokenPlugin { file, failure } in &found.broken {
            tracing::warn!(
                "the plug-in file {file} cannot be used: {}",
                failure.message
            );
        }
        // Pyblish discovers what is for its host, in the order in which it will run.
        let hosts = match found.hosts.is_empty() {
            true => self.slot.hosts(),
            false => &found.hosts,
        };
        let hosts = hosts.to_vec();
        let found_plugins = std::mem::take(&mut found.plugins);
        for plugin in found_plugins {
            if pyblish_rules::hosts_match(&plugin, &hosts) {
                found.plugins.push(plugin);
            } else {
                found.left_out.push(other_host::left_out(plugin, &hosts));
            }
        }
        for (reason, names) in LeftOutPlugin::by_reason(&found.left_out) {
            let (first, more) = (names.first().unwrap_or(&""), names.len().saturating_sub(1));
            match more {
                0 => tracing::info!("{first} is left out: {reason}"),
                _ => tracing::info!("{first} and {more} more are left out: {reason}"),
            }
        }
        self.journal.set_discovery(found, &hosts);
        Ok(())
    }

    /// Has the adapter make a client's changes.
    pub(crate) async fn apply(&mut self, changes: &[Change]) -> Result<(), SessionError> {
        let (adapter, scene) = self.adapter()?;
        let outcome = scene.during(adapter.apply(changes)).await;
        let outcome = self.check(outcome)?;
        self.take_changes(outcome.changes)?;
        accepted(outcome.failure)
    }

    /// Tells the host which plug-ins and instances a client has switched on or off, as Pyblish's
    /// own frontends do.
    pub(crate) async fn notify_toggles(&mut self, changes: &[Change]) -> Result<(), SessionError> {
        for (event, arguments) in changes.iter().filter_map(toggle::event) {
            self.notify(event.name(), &arguments).await?;
        }
        Ok(())
    }

    /// Has the host select the members of these instances.
    pub(crate) async fn select(&mut self, instances: &[InstanceId]) -> Result<(), SessionError> {
        if self.journal.now().host.get(SELECTS).map(JsonText::text) != Some("true") {
            return Err(SessionError::CannotSelect(self.slot.hosts().join(", ")));
        }
        let arguments = JsonText::object([("instances", JsonText::of_value(&instances))]);
        let (adapter, scene) = self.adapter()?;
        let outcome = scene.during(adapter.notify(SELECT, &arguments)).await;
        let outcome = self.check(outcome)?;
        self.take_changes(outcome.changes)?;
        accepted(outcome.failure)
    }

    /// Tells the host of one of Pyblish's events, and takes over what its callbacks change.
    pub(crate) async fn notify(
        &mut self,
        event: &str,
        arguments: &JsonText,
    ) -> Result<(), SessionError> {
        let (adapter, scene) = self.adapter()?;
        let outcome = scene.during(adapter.notify(event, arguments)).await;
        let outcome = self.check(outcome)?;
        if let Some(failure) = &outcome.failure {
            tracing::warn!(
                "the host's callbacks for {event} failed: {}",
                failure.message
            );
        }
        self.take_changes(outcome.changes)
    }

    /// Has the adapter process one pair, or repair it, or do an action of the plug-in: outside of a
    /// run.
    ///
    /// # Errors
    /// The outer one: the adapter is down already.
    pub(crate) async fn call_pair(
        &mut self,
        plugin: &PluginId,
        instance: Option<&InstanceId>,
        mode: &Mode,
    ) -> Result<Result<Outcome, AdapterError>, SessionError> {
        let (adapter, scene) = self.adapter()?;
        Ok(match mode {
            Mode::Process => scene.during(process_one(adapter, plugin, instance)).await,
            Mode::Repair => scene.during(adapter.repair(plugin, instance)).await,
            Mode::Action(action) => scene.during(adapter.act(plugin, action, instance)).await,
        })
    }

    /// Has the adapter process these pairs of a run; the batch takes the outcomes. The call ends at
    /// once when the run is stopped by force.
    ///
    /// # Errors
    /// The adapter went down, or was down already.
    pub(crate) async fn process(
        &mut self,
        run: RunId,
        pairs: &[PairIds],
        batch: &mut Batch<'_>,
    ) -> Result<(), SessionError> {
        let ended = {
            let mut forced = self.shared.forced.subscribe();
            let (adapter, mut scene) = self.adapter()?;
            let (finished, mut told) = mpsc::unbounded_channel();
            let mut call = std::pin::pin!(adapter.process(pairs, finished));
            // Most pairs are done before there is anything to show.
            let mut is_shown = false;
            loop {
                // Quick pairs follow each other without a look at anything else.
                let now =
                    poll_fn(|context| Poll::Ready(poll_step(call.as_mut(), &mut told, context)));
                let step = match now.await {
                    Poll::Ready(step) => step,
                    Poll::Pending => tokio::select! {
                        biased;
                        step = poll_fn(|context| poll_step(call.as_mut(), &mut told, context)) => step,
                        () = scene.changed() => {
                            scene.show();
                            continue;
                        }
                        _ = forced.wait_for(|forced| *forced == Some(run)) => {
                            break Err(ProcessError::Outcome(OutcomeError::Forced));
                        }
                        () = tokio::time::sleep(SHOW_AFTER), if !is_shown => {
                            scene.journal().publish();
                            is_shown = true;
                            continue;
                        }
                    },
                };
                match step {
                    ProcessStep::Finished(Finished { outcomes, goes_on }) => {
                        match batch.take(outcomes, scene.journal()) {
                            // The adapter may be gone by now.
                            Ok(next) => {
                                let _ = goes_on.send(next);
                            }
                            Err(error) => break Err(ProcessError::Outcome(error)),
                        }
                        is_shown = false;
                    }
                    ProcessStep::Ended(ended) => break ended.map_err(ProcessError::Adapter),
                }
            }
        };
        match ended {
            Ok(()) => self.check(Ok(())),
            Err(ProcessError::Adapter(error)) => self.check(Err(error)),
            Err(ProcessError::Outcome(error)) => Err(self.refuse(error)),
        }
    }

    /// What planning a step of a run is held to.
    pub(crate) fn planning_guard(&self) -> PlanningGuard {
        let limits = self.slot.limits();
        PlanningGuard {
            monitor: self.shared.monitor.clone(),
            force: self.slot.force().clone(),
            limit: (limits.cpu(), limits.said(Limit::Cpu)),
        }
    }

    /// Stops the adapter, because its outcomes cannot be taken.
    fn refuse(&mut self, error: OutcomeError) -> SessionError {
        let adapter = self.slot.name().to_owned();
        let call = "process";
        let error = match error {
            OutcomeError::Change(error) => return self.refuse_change(error),
            OutcomeError::Forced => AdapterError::Forced { adapter },
            OutcomeError::TooLong => AdapterError::Limit {
                adapter,
                call,
                limit: Limit::Cpu,
                said: self.slot.limits().said(Limit::Cpu),
            },
            OutcomeError::Unexpected(reason) => AdapterError::Misbehaved {
                adapter,
                call,
                reason: format!("an outcome of {reason}"),
            },
        };
        match self.check::<()>(Err(error)) {
            Err(error) => error,
            Ok(()) => self.journal.down_error(),
        }
    }

    /// The running adapter, and what shows readers the scene during a call of it.
    ///
    /// # Errors
    /// It is down: [`SessionError::Down`].
    fn adapter(&mut self) -> Result<(&mut Adapter, SceneWatch<'_>), SessionError> {
        let scene = self.slot.scene();
        match self.slot.adapter() {
            Some(adapter) => Ok((adapter, SceneWatch::new(&mut self.journal, scene))),
            None => Err(self.journal.down_error()),
        }
    }

    /// # Errors
    /// The adapter is down: [`SessionError::Down`].
    pub(crate) fn check_running(&self) -> Result<(), SessionError> {
        if self.slot.is_running() {
            Ok(())
        } else {
            Err(self.journal.down_error())
        }
    }

    /// Checks an answer of the adapter. After an error the adapter is down, and also when it says
    /// that its host is gone.
    pub(crate) fn check<T>(&mut self, answer: Result<T, AdapterError>) -> Result<T, SessionError> {
        let answer = answer.map_err(|error| {
            tracing::error!("{error}");
            let cause = match error {
                AdapterError::Forced { .. } | AdapterError::Restarted { .. } => DownCause::Stopped,
                _ => DownCause::Failed,
            };
            self.go_down(error.to_string(), cause, error.limit())
        })?;
        self.take_scene();
        if let Some(reason) = self.slot.lost_host().map(str::to_owned) {
            tracing::warn!("{reason}");
            self.go_down(reason, DownCause::HostLost, None);
        }
        Ok(answer)
    }

    /// Takes over what the adapter changed. That is a part of its call: the limits of the call
    /// count, and it can be stopped by force.
    ///
    /// An adapter that reports a change that cannot be is stopped, because the mirror no longer
    /// shows what it has.
    pub(crate) fn take_changes(&mut self, changes: Vec<Change>) -> Result<(), SessionError> {
        let slot = &mut self.slot;
        let taken = self.journal.apply(changes, || {
            let Some(adapter) = slot.adapter() else {
                return Ok(());
            };
            adapter.may_go_on().map_err(TakeError::Ended)
        });
        match taken {
            Ok(()) => Ok(()),
            Err(TakeError::Ended(error)) => self.check(Err(error)),
            Err(TakeError::Change(error)) => Err(self.refuse_change(error)),
        }
    }

    /// Stops the adapter, because it reported a change that cannot be made.
    fn refuse_change(&mut self, error: ChangeError) -> SessionError {
        let adapter = self.slot.name();
        let limit = error.limit();
        let reason = match error {
            ChangeError::Invalid(change) => format!(
                "the adapter {adapter} reported {change}. It is stopped; reset the session, and tell the adapter's author"
            ),
            ChangeError::OverLimit(limit) => format!(
                "the adapter {adapter} was stopped, because its context is too large: {}",
                self.slot.limits().said(limit)
            ),
        };
        tracing::error!("{reason}");
        self.go_down(reason, DownCause::Failed, limit)
    }

    /// Drops the adapter, for this reason. What happens next depends on the cause; `limit` is what it
    /// used too much of, if that is why.
    pub(crate) fn go_down(
        &mut self,
        reason: String,
        cause: DownCause,
        limit: Option<Limit>,
    ) -> SessionError {
        self.slot.drop_adapter();
        self.times_down += 1;
        let wait = self.backoff.went_down(cause);
        let at = SystemTime::now();
        let failure = AdapterFailure {
            message: reason.clone(),
            at,
            stopped: cause == DownCause::Stopped,
            failures: self.backoff.failures(),
            restart: wait.map(|wait| at + wait),
            searching: cause == DownCause::HostLost,
        };
        self.journal.adapter_failed(failure, wait, limit);
        SessionError::Down(reason)
    }

    /// The host's process ended while nothing was asked of it.
    pub(crate) fn host_ended(&mut self) {
        let hosts = self.slot.hosts().join(", ");
        let pid = self.slot.pid().map_or(0, NonZeroU32::get);
        let reason = format!("{hosts} (pid {pid}) has ended");
        tracing::warn!("{reason}");
        self.go_down(reason, DownCause::HostLost, None);
        self.journal.publish();
    }

    /// How often the adapter went down so far.
    pub(crate) fn times_down(&self) -> u64 {
        self.times_down
    }

    /// A user reset the session: earlier failures no longer count, and readers no longer see them.
    pub(crate) fn forgive_failures(&mut self) {
        self.backoff.reset_failures();
        self.journal.clear_adapter_failure();
    }

    /// The session is busy with this, and readers see it.
    pub(crate) fn set_busy(&mut self, doing: &str) {
        if self.slot.is_running() {
            self.journal.set_busy(SystemTime::now(), doing);
            self.journal.publish();
        }
    }

    /// Nothing is under way any more.
    pub(crate) fn set_idle(&mut self) {
        self.shared.monitor.end();
        if self.slot.is_running() {
            self.journal.set_idle();
        }
    }

    /// Whether the result of another pair can be kept.
    pub(crate) fn check_room_for_result(&self) -> Result<(), SessionError> {
        let room = self.journal.check_room_for_result();
        let limit = || self.slot.limits().said(Limit::ResultData);
        room.map_err(|ResultsFull| SessionError::ManyResults(limit()))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }
}

/// The event that asks a host to select the members of instances: its argument `instances` has their
/// ids.
const SELECT: &str = "selectInHost";

/// What a host that can do so says of itself, with the value true.
const SELECTS: &str = "selects";

/// How long a pair may take before readers are shown that it is being processed.
const SHOW_AFTER: Duration = Duration::from_millis(1);

/// Why a batch was broken off.
enum ProcessError {
    Adapter(AdapterError),
    Outcome(OutcomeError),
}

/// Why not all changes of an answer were taken over.
enum TakeError {
    /// The call ended before that.
    Ended(AdapterError),
    Change(ChangeError),
}

impl From<ChangeError> for TakeError {
    fn from(error: ChangeError) -> Self {
        TakeError::Change(error)
    }
}

fn accepted(failure: Option<Failure>) -> Result<(), SessionError> {
    failure.map_or(Ok(()), |failure| Err(failure.into()))
}
