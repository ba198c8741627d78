//! The actor: a thread of its own for each session, so that no adapter, whatever it does, takes time from
//! another session or from the server.
//!
//! What it does is told when it is on disk: answers, and what readers see, go through the history's recorder
//! behind the events that they stand on.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::SessionError;
use super::command::{Command, Reply};
use super::handle::Shared;
use super::launch::Launch;
use super::mirror::Mirror;
use super::monitor::Live;
use super::recovery::Cause;
use super::run::ActiveRun;
use super::search::Search;
use super::snapshot::{Activity, Broken};
use super::window::Window;
use crate::adapter::{Adapter, AdapterError, Limit, Opened, Opening};
use crate::history::{History, Recorder, Writer};
use crate::model::{Change, Event, Failure, RunId};
use crate::publish;
use crate::user::process;

/// Starts the session's thread; answers when the adapter is open and its plug-ins are known.
pub(super) async fn spawn(
    launch: Launch,
    shared: Shared,
    history: (History, Writer),
    queue: mpsc::Receiver<Command>,
) -> Result<(), SessionError> {
    let (ready, opened) = oneshot::channel();
    let name = format!("session {}", launch.description.name);
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        match runtime {
            Ok(runtime) => {
                runtime.block_on(Actor::run(launch, shared, history, queue, ready));
                // A host call that never returns, such as opening a pipe that nobody writes to, is not waited for.
                runtime.shutdown_background();
            }
            Err(error) => {
                let reason = format!("the session's thread has no event loop: {error}");
                // Whoever started the session may be gone; then nobody needs the answer.
                let _ = ready.send(Err(SessionError::Down(reason)));
            }
        }
    };
    thread::Builder::new()
        .name(name)
        .spawn(run)
        .map_err(|error| SessionError::Down(format!("the session has no thread: {error}")))?;
    opened.await.unwrap_or(Err(SessionError::Closed))
}

pub(super) struct Actor {
    pub(super) launch: Launch,
    pub(super) shared: Shared,
    pub(super) mirror: Mirror,
    /// None where it is down.
    pub(super) adapter: Option<Adapter>,
    pub(super) queue: mpsc::Receiver<Command>,
    /// What came while a plug-in of a run was at work, and can wait until it ends.
    pub(super) waiting: VecDeque<Command>,
    /// The run under way.
    pub(super) run: Option<ActiveRun>,
    /// How many of the pairs that come next in it the host has begun already.
    pub(super) ahead: u32,
    /// The number of the latest run.
    pub(super) last_run: u64,
    /// The keys that runs of this process were started with.
    pub(super) keys: HashMap<String, RunId>,
    pub(super) history: History,
    pub(super) recorder: Recorder,
    pub(super) window: Window,
    pub(super) search: Search,
    /// How often the adapter went down.
    pub(super) downs: u64,
    /// The process of the host that the adapter works with, where one is known.
    pub(super) host: Option<NonZeroU32>,
    /// The version of that host, where it says one.
    pub(super) version: Option<String>,
}

impl Actor {
    async fn run(
        launch: Launch,
        shared: Shared,
        (history, writer): (History, Writer),
        queue: mpsc::Receiver<Command>,
        ready: Reply<()>,
    ) {
        let latest = match history.runs() {
            Ok(runs) => runs.first().map_or(0, |run| run.id.0),
            Err(error) => {
                // Whoever started the session may be gone; then nobody needs the answer.
                let _ = ready.send(Err(error.into()));
                return;
            }
        };
        let mut actor = Actor {
            window: Window::new(shared.visible.clone(), writer.recorder()),
            search: Search::new(launch.limits.get(Limit::Restarts)),
            downs: 0,
            launch,
            shared,
            mirror: Mirror::new(),
            adapter: None,
            queue,
            waiting: VecDeque::new(),
            run: None,
            ahead: 0,
            last_run: latest,
            keys: HashMap::new(),
            history,
            recorder: writer.recorder(),
            host: None,
            version: None,
        };
        let begun = actor.begin().await.map(|_| ());
        let failed = begun.is_err();
        actor.answer(ready, begun);
        if !failed {
            actor.work().await;
        }
        if let Some(adapter) = actor.adapter.take()
            && let Err(error) = adapter.close().await
        {
            tracing::warn!("{error}");
        }
        // The writer waits for the last of what was recorded, and so for every recorder.
        drop(actor);
        drop(writer);
    }

    /// Takes one command after the other, and runs one pair after the other, until nobody is left to ask.
    async fn work(&mut self) {
        loop {
            if self.run.is_some() && self.ahead > 0 {
                // What has happened in the host is told before anything else is done to it.
                self.step().await;
                continue;
            }
            let command = match (self.waiting.pop_front(), &self.run) {
                (Some(command), _) => Some(command),
                (None, None) => tokio::select! {
                    biased;
                    command = self.queue.recv() => match command {
                        Some(command) => Some(command),
                        None => break,
                    },
                    () = self.search.next() => {
                        self.try_again().await;
                        continue;
                    }
                    () = ended(self.host) => {
                        self.host_ended();
                        continue;
                    }
                },
                // Between two pairs whoever waits has a turn.
                (None, Some(_)) => self.queue.try_recv().ok(),
            };
            match command {
                Some(command) => self.handle(command).await,
                None => self.step().await,
            }
        }
    }

    /// Does what it is told, and answers.
    async fn handle(&mut self, command: Command) {
        match command {
            Command::Reset(reply) => {
                let result = async {
                    self.free_for("reset")?;
                    self.reset().await
                };
                let result = result.await;
                self.forgive(&result);
                self.answer(reply, result);
            }
            Command::Restart(reply) => {
                let result = self.restart().await;
                self.answer(reply, result);
            }
            Command::Forget(reply) => {
                let result = async {
                    self.free_for("forget")?;
                    self.forget().await
                };
                let result = result.await;
                self.forgive(&result);
                self.answer(reply, result);
            }
            Command::Run {
                plugin,
                instance,
                mode,
                reply,
            } => {
                let result = async {
                    self.free_for(plugin.text())?;
                    self.run_pair(&plugin, instance.as_ref(), mode).await
                };
                let result = result.await;
                self.answer(reply, result);
            }
            Command::StartRun { request, reply } => self.start_run(request, reply).await,
            Command::Apply {
                changes,
                expected,
                reply,
            } => {
                let result = async {
                    self.mirror.check(expected)?;
                    self.busy("apply");
                    self.apply(&changes).await?;
                    self.tell_toggles(&changes).await
                };
                let result = result.await;
                self.answer(reply, result);
            }
            Command::Note { result, reply } => {
                self.keep(Arc::new(result), None);
                self.answer(reply, Ok(()));
            }
            Command::Tell {
                event,
                arguments,
                reply,
            } => {
                self.busy(&event);
                let told = self.tell_host(&event, &arguments).await;
                self.answer(reply, told);
            }
        }
    }

    /// Answers, once all that was done is on disk. An answer that nobody waits for any more is dropped: what
    /// was done is in the snapshot.
    pub(super) fn answer<T: Send + 'static>(
        &mut self,
        reply: Reply<T>,
        result: Result<T, SessionError>,
    ) {
        self.settle();
        self.show();
        self.recorder.then(move || {
            let _ = reply.send(result);
        });
    }

    /// Has readers see the session as it is now, once that is on disk.
    pub(super) fn show(&mut self) {
        self.window.show(&self.mirror);
    }

    /// Starts the adapter, and a context with its plug-ins. Answers whether the context is one that the host
    /// still had.
    pub(super) async fn begin(&mut self) -> Result<bool, SessionError> {
        let Opened { context, .. } = self.open().await?;
        let kept = !context.is_empty();
        if kept {
            // It is taken up, not thrown away.
            self.mirror.clear();
            self.recorder.event(Event::Reset {});
            self.mirror_changes(context)?;
            self.discover().await?;
            let runs = self.history.runs()?;
            let latest = runs.first().filter(|run| run.state.is_broken_off());
            self.mirror.set_continuable(latest.map(|run| run.id));
        } else {
            self.reset().await?;
        }
        Ok(kept)
    }

    async fn open(&mut self) -> Result<Opened, SessionError> {
        let launch = &self.launch;
        let opening = Opening {
            settings: launch.settings.clone(),
            identity: launch.identity.clone(),
            bridge: launch.bridge()?,
        };
        let pid = opening.bridge.as_ref().and_then(|bridge| bridge.pid);
        let observer = Live {
            monitor: self.shared.monitor.clone(),
            recorder: self.recorder.clone(),
            force: self.shared.restarts.subscribe(),
        };
        let (adapter, opened) = launch
            .component
            .open(
                &launch.description,
                &launch.grants,
                &launch.limits,
                &opening,
                Box::new(observer),
            )
            .await?;
        self.adapter = Some(adapter);
        // One that the adapter has only just started its bridge in says it itself.
        let said = || u32::try_from(opened.host.get("pid")?.as_u64()?).ok();
        self.host = pid.or_else(said).and_then(NonZeroU32::new);
        let version = opened.host.get("hostVersion");
        self.version = version.and_then(|version| version.as_str().map(str::to_owned));
        self.search.started();
        Ok(opened)
    }

    async fn reset(&mut self) -> Result<(), SessionError> {
        self.forget().await?;
        self.discover().await
    }

    async fn forget(&mut self) -> Result<(), SessionError> {
        if self.adapter.is_none() {
            self.open().await?;
        }
        let outcome = self.adapter()?.reset().await;
        let outcome = self.alive(outcome)?;
        self.mirror.clear();
        self.recorder.event(Event::Reset {});
        self.mirror_changes(outcome.changes)?;
        accepted(outcome.failure)
    }

    async fn discover(&mut self) -> Result<(), SessionError> {
        let found = self.adapter()?.discover().await;
        let found = self.alive(found)?.map_err(SessionError::from)?;
        for (file, failure) in &found.broken {
            tracing::warn!(
                "the plug-in file {file} cannot be used: {}",
                failure.message
            );
        }
        self.recorder.event(Event::PluginsDiscovered {
            plugins: found.plugins.len(),
            broken: found.broken.len(),
        });
        let broken = found.broken.into_iter();
        let broken = broken
            .map(|(file, failure)| Broken { file, failure })
            .collect();
        // Pyblish discovers what is for its host, in the order in which it will run.
        let mut plugins = found.plugins;
        plugins.retain(|plugin| publish::hosts_match(plugin, &self.launch.description.hosts));
        let order = publish::by_order(&plugins);
        let sorted = order.into_iter().map(|place| plugins[place].clone());
        self.mirror.set_plugins(sorted.collect(), broken);
        Ok(())
    }

    pub(super) async fn apply(&mut self, changes: &[Change]) -> Result<(), SessionError> {
        let outcome = self.adapter()?.apply(changes).await;
        let outcome = self.alive(outcome)?;
        self.mirror_changes(outcome.changes)?;
        accepted(outcome.failure)
    }

    /// Tells the host what Pyblish's frontends tell when somebody leaves something out, or takes it in.
    async fn tell_toggles(&mut self, changes: &[Change]) -> Result<(), SessionError> {
        for change in changes {
            let (event, arguments) = match change {
                Change::DataSet { place, value } if place.key == "publish" => {
                    let Some(instance) = &place.instance else {
                        continue;
                    };
                    let arguments = json!({"instance": instance, "new_value": value});
                    (publish::Event::InstanceToggled, arguments)
                }
                Change::PluginActivated { plugin, active } => {
                    let arguments = json!({"plugin": plugin, "new_value": active});
                    (publish::Event::PluginToggled, arguments)
                }
                _ => continue,
            };
            self.tell_host(event.name(), &arguments).await?;
        }
        Ok(())
    }

    /// Tells the host of one of Pyblish's events, and takes over what it changes on hearing it.
    pub(super) async fn tell_host(
        &mut self,
        event: &str,
        arguments: &Value,
    ) -> Result<(), SessionError> {
        let told = self.adapter()?.notify(event, arguments).await;
        let outcome = self.alive(told)?;
        if let Some(failure) = &outcome.failure {
            tracing::warn!("the host failed on hearing {event}: {}", failure.message);
        }
        self.mirror_changes(outcome.changes)
    }

    pub(super) fn adapter(&mut self) -> Result<&mut Adapter, SessionError> {
        match &mut self.adapter {
            Some(adapter) => Ok(adapter),
            None => Err(SessionError::Down(match &self.mirror.now().activity {
                Activity::Down { reason } => reason.clone(),
                Activity::Idle | Activity::Busy { .. } => "the adapter is not running".into(),
            })),
        }
    }

    /// An answer of the adapter; after an error it is gone, and also when it says that its host is.
    pub(super) fn alive<T>(&mut self, answer: Result<T, AdapterError>) -> Result<T, SessionError> {
        let answer = answer.map_err(|error| {
            tracing::error!("{error}");
            let cause = match error {
                AdapterError::Forced { .. } | AdapterError::Restarted { .. } => Cause::Asked,
                _ => Cause::Failed,
            };
            self.down(error.to_string(), cause)
        })?;
        let lost = self.adapter.as_ref().and_then(Adapter::lost);
        if let Some(reason) = lost.map(str::to_owned) {
            tracing::warn!("{reason}");
            self.down(reason, Cause::HostLost);
        }
        Ok(answer)
    }

    /// A mirror that does not fit the adapter's context is worth nothing, and neither is an adapter that
    /// told of such a change.
    pub(super) fn mirror_changes(&mut self, changes: Vec<Change>) -> Result<(), SessionError> {
        for change in &changes {
            self.recorder.event(Event::from(change.clone()));
        }
        let applied = self.mirror.apply(changes);
        applied.map_err(|change| {
            let adapter = &self.launch.description.name;
            let reason = format!(
                "the adapter {adapter} told of {change}. It is stopped; start the session anew, and tell \
                 its author"
            );
            tracing::error!("{reason}");
            self.down(reason, Cause::Failed)
        })
    }

    /// The session is this command's alone, unless a run is under way.
    pub(super) fn free_for(&mut self, doing: &str) -> Result<(), SessionError> {
        if let Some(run) = &self.run {
            return Err(SessionError::Running(run.id));
        }
        self.busy(doing);
        Ok(())
    }

    pub(super) fn busy(&mut self, doing: &str) {
        if self.adapter.is_some() {
            self.mirror.set_busy(SystemTime::now(), doing);
            self.show();
        }
    }

    pub(super) fn settle(&mut self) {
        if self.adapter.is_some() && self.run.is_none() {
            self.mirror.set_activity(Activity::Idle);
        }
    }
}

/// Comes when this process is gone; never, where there is none.
async fn ended(host: Option<NonZeroU32>) {
    match host {
        Some(pid) => process::gone(pid).await,
        None => std::future::pending().await,
    }
}

fn accepted(failure: Option<Failure>) -> Result<(), SessionError> {
    failure.map_or(Ok(()), |failure| Err(failure.into()))
}
