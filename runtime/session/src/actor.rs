//! The actor of a session: takes one command after the other, and between them one pair of the run
//! under way. It owns the parts that do the work: the adapter's driver, the runs and the inbox.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::adapter_driver::AdapterDriver;
use crate::attributes;
use crate::choices::Choices;
use crate::command::{Command, Reply, answer};
use crate::error::SessionError;
use crate::inbox::Inbox;
use crate::journal::Journal;
use crate::launch::Launch;
use crate::lifecycle::Lifecycle;
use crate::mirror::Mirror;
use crate::policy::AppliedPolicy;
use crate::recovery;
use crate::reference::{InstanceRef, PluginRef};
use crate::resource::Precondition;
use crate::restore::restore;
use crate::runs::Runs;
use crate::shared::Shared;
use crate::single_pair;
use pyblish_adapter::Limit;
use pyblish_history::{History, Recorder};
use pyblish_model::{Change, Instance, Mode, PairResult, Plugin, RunState};

pub(crate) struct Actor {
    driver: AdapterDriver,
    runs: Runs,
    inbox: Inbox,
    lifecycle: Lifecycle,
    /// What users chose, also after a reset.
    choices: Choices,
}

impl Actor {
    pub(crate) fn new(
        launch: Launch,
        shared: Shared,
        history: History,
        recorder: Recorder,
        queue: mpsc::Receiver<Command>,
    ) -> Self {
        let mirror = Mirror::new(&launch.limits, history.first_revision());
        let policy = AppliedPolicy::new(launch.policy.clone());
        let journal = Journal::new(mirror, recorder.clone(), shared.visible.clone(), policy);
        let capacity = launch.limits.count(Limit::Queue);
        Actor {
            inbox: Inbox::new(queue, capacity, recorder),
            runs: Runs::new(history, shared.lifecycle.clone()),
            lifecycle: shared.lifecycle.clone(),
            choices: Choices::default(),
            driver: AdapterDriver::new(launch, journal, shared),
        }
    }

    /// Starts the adapter, says so with `ready`, and works until the session is closed.
    pub(crate) async fn run(mut self, ready: Reply<()>) {
        let begun = recovery::begin(&mut self.driver, &self.runs).await;
        let failed = begun.is_err();
        if let Ok(kept) = begun {
            // A context that the host still has is collected already.
            restore(&mut self.choices, &mut self.driver, kept).await;
        }
        self.answer(ready, begun.map(drop));
        if !failed {
            self.work().await;
        }
        // Where the server shuts down, a run may be under way.
        let state = RunState::Interrupted;
        self.runs.end_active(state, &mut self.driver).await;
        self.driver.slot.close().await;
    }

    async fn work(&mut self) {
        while !self.lifecycle.is_closing() {
            let command = match self.inbox.next_deferred() {
                Some(command) => Some(command),
                // Between two pairs a command that waits has its turn.
                None if self.runs.is_active() => self.inbox.try_recv(),
                None => tokio::select! {
                    biased;
                    command = self.inbox.recv() => match command {
                        Some(command) => Some(command),
                        None => break,
                    },
                    () = self.lifecycle.until_closing() => break,
                    () = self.driver.backoff.until_next() => {
                        recovery::retry(&mut self.driver, &self.runs).await;
                        self.begin_context();
                        restore(&mut self.choices, &mut self.driver, true).await;
                        continue;
                    }
                    () = self.driver.slot.until_scene_changes(&self.driver.journal.now().scene) => {
                        self.driver.take_scene();
                        self.driver.journal.publish();
                        continue;
                    }
                    () = self.driver.slot.until_host_ended() => {
                        self.driver.host_ended();
                        continue;
                    }
                },
            };
            match command {
                Some(command) => self.handle(command).await,
                None => {
                    let (driver, inbox) = (&mut self.driver, &mut self.inbox);
                    self.runs.step(driver, inbox, &mut self.choices).await;
                }
            }
        }
    }

    /// Does what it is told, and answers.
    async fn handle(&mut self, command: Command) {
        match command {
            Command::Reset(reply) => {
                let result = self.reset().await;
                self.answer(reply, result);
            }
            Command::Restart(reply) => {
                let result = recovery::restart(&mut self.driver, &mut self.runs).await;
                self.begin_context();
                restore(&mut self.choices, &mut self.driver, true).await;
                self.answer(reply, result);
            }
            Command::Forget(reply) => {
                let result = self.forget().await;
                self.answer(reply, result);
            }
            Command::RunPair {
                plugin,
                instance,
                mode,
                must_be_able,
                reply,
            } => {
                let pair = (&plugin, instance.as_ref(), mode);
                let result = self.run_pair(pair, must_be_able).await;
                self.answer(reply, result);
            }
            Command::StartRun { request, reply } => {
                let result = self.runs.start(request, &mut self.driver).await;
                self.answer(reply, result);
            }
            Command::Apply {
                changes,
                precondition,
                remember,
                reply,
            } => {
                let result = self.apply(changes, precondition, remember).await;
                self.answer(reply, result);
            }
            Command::AddResult { result, reply } => {
                let room = self.driver.check_room_for_result();
                if room.is_ok() {
                    self.driver.journal.add_result(Arc::new(result), None, None);
                }
                self.answer(reply, room);
            }
            Command::Select { instances, reply } => {
                let result = self.select(&instances).await;
                self.answer(reply, result);
            }
            Command::Notify {
                event,
                arguments,
                reply,
            } => {
                self.driver.set_busy(&event);
                let result = self.driver.notify(&event, &arguments).await;
                self.answer(reply, result);
            }
        }
    }

    async fn reset(&mut self) -> Result<(), SessionError> {
        self.begin_command("reset")?;
        // What the user sees in a folder would not be what is collected.
        self.driver.slot.check_folders()?;
        self.driver.reset().await?;
        self.driver.forgive_failures();
        self.begin_context();
        restore(&mut self.choices, &mut self.driver, false).await;
        Ok(())
    }

    /// Another context begins, in which only what users chose is made again.
    fn begin_context(&mut self) {
        self.choices.begin_context();
        *self.driver.shared().made() = self.choices.again();
    }

    async fn select(&mut self, instances: &[InstanceRef]) -> Result<(), SessionError> {
        self.begin_command("select in the host")?;
        let found = instances
            .iter()
            .map(|instance| Ok(self.find_instance(instance)?.id.clone()));
        let found: Vec<_> = found.collect::<Result<_, SessionError>>()?;
        self.driver.select(&found).await
    }

    async fn forget(&mut self) -> Result<(), SessionError> {
        self.begin_command("forget")?;
        self.driver.forget().await?;
        self.begin_context();
        self.driver.forgive_failures();
        Ok(())
    }

    async fn run_pair(
        &mut self,
        (plugin, instance, mode): (&PluginRef, Option<&InstanceRef>, Mode),
        must_be_able: bool,
    ) -> Result<Arc<PairResult>, SessionError> {
        self.runs.check_idle()?;
        // What is meant is looked up now that its turn has come, not when it was sent.
        let plugin = self.find_plugin(plugin)?;
        self.driver.set_busy(&doing(&plugin, &mode));
        let instance = instance.map(|instance| self.find_instance(instance));
        let instance = instance.transpose()?;
        if must_be_able && !single_pair::is_implemented(&plugin, instance.is_some(), &mode) {
            return Err(SessionError::NoRepair {
                plugin: plugin.name,
                instance: instance.map(|instance| instance.name.clone()),
            });
        }
        self.driver.check_room_for_result()?;
        single_pair::run_pair(&mut self.driver, &plugin, instance.as_deref(), mode).await
    }

    async fn apply(
        &mut self,
        changes: Vec<Change>,
        precondition: Option<Precondition>,
        remember: bool,
    ) -> Result<(), SessionError> {
        self.driver.journal.check(precondition)?;
        let changes = attributes::checked(changes, self.driver.journal.now())?;
        self.driver.set_busy("apply");
        let before = self.driver.journal.now().clone();
        self.driver.apply(&changes).await?;
        if remember {
            self.choices.remember(&changes, &before);
        }
        // Also what nobody asked to remember.
        self.driver.shared().made().remember(&changes, &before);
        self.driver.journal.note_client_changes(&changes);
        self.driver.notify_toggles(&changes).await
    }

    /// Begins a command that cannot be done during a run.
    fn begin_command(&mut self, doing: &str) -> Result<(), SessionError> {
        self.runs.check_idle()?;
        self.driver.set_busy(doing);
        Ok(())
    }

    fn find_plugin(&self, wanted: &PluginRef) -> Result<Plugin, SessionError> {
        let mut plugins = self.driver.journal.now().plugins.iter();
        let found = plugins.find(|plugin| wanted.matches(plugin));
        let unknown = || SessionError::UnknownPlugin(wanted.text().into());
        found.cloned().ok_or_else(unknown)
    }

    fn find_instance(&self, wanted: &InstanceRef) -> Result<Arc<Instance>, SessionError> {
        let mut instances = self.driver.journal.now().context.instances.iter();
        let found = instances.find(|instance| wanted.matches(instance));
        let unknown = || SessionError::UnknownInstance(wanted.text().into());
        found.cloned().ok_or_else(unknown)
    }

    /// Answers a command. Whoever gets the answer finds what was done in the snapshot.
    fn answer<T: Send + 'static>(&mut self, reply: Reply<T>, result: Result<T, SessionError>) {
        if !self.runs.is_active() {
            self.driver.set_idle();
        }
        self.driver.journal.publish();
        answer(self.driver.journal.recorder(), reply, result);
    }
}

/// What readers see while one pair is processed: names, as a client may have asked by an id.
fn doing(plugin: &Plugin, mode: &Mode) -> String {
    let name = &plugin.name;
    match mode {
        Mode::Process => name.to_string(),
        Mode::Repair => format!("repair of {name}"),
        Mode::Action(id) => {
            let action = plugin.actions.iter().find(|action| action.id == *id);
            let label = action.map_or(id.as_str(), |action| action.label.as_str());
            format!("{label} of {name}")
        }
    }
}
