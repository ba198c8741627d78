//! One plug-in on one instance, or on the context: found, run, and its result kept.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Instant, SystemTime};

use super::SessionError;
use super::actor::Actor;
use super::command::{known_run, refuse};
use super::handle::Named;
use super::upcoming::Upcoming;
use crate::adapter::{AdapterError, Limit};
use crate::model::{
    Event, Failure, Instance, Mode, Outcome, Pair, PairResult, Plugin, RunId, Scope, seconds,
};

impl Actor {
    pub(super) async fn run_pair(
        &mut self,
        plugin: &Named,
        instance: Option<&Named>,
        mode: Mode,
    ) -> Result<Arc<PairResult>, SessionError> {
        // What is meant is looked up now that its turn has come, not when it was sent.
        let (plugin, instance) = self.find(plugin, instance)?;
        // Who cancelled before it began meant something else.
        self.shared.monitor.take_cancelled();
        self.execute(&plugin, instance.as_deref(), mode, None).await
    }

    /// Runs one pair and keeps its result. An adapter that goes down with it is a result too.
    pub(super) async fn execute(
        &mut self,
        plugin: &Plugin,
        instance: Option<&Instance>,
        mode: Mode,
        within: Option<(RunId, Upcoming)>,
    ) -> Result<Arc<PairResult>, SessionError> {
        let (run, upcoming) = within.unzip();
        let pair = Arc::new(Pair {
            plugin: plugin.id.clone(),
            plugin_name: plugin.name.clone(),
            instance: instance.map(|instance| instance.id.clone()),
            instance_name: instance.map(|instance| instance.name.clone()),
            run,
        });
        self.shared.monitor.begin(pair.clone(), upcoming);
        let (started, clock) = (seconds(SystemTime::now()), Instant::now());
        let now = self.mirror.now().run.as_deref();
        let now = now.filter(|now| Some(now.id) == run);
        let begins = Event::PluginStarted {
            pair,
            progress: now.map(|now| now.progress),
            stage: now.and_then(|now| now.stage.clone()),
        };
        self.recorder.event_at(begins, started);
        let called = match does(plugin, instance.is_some(), &mode) {
            true => self.call(plugin, instance, &mode, run).await?,
            false => Ok(Outcome::default()),
        };
        let mut duration = clock.elapsed().as_secs_f64() * 1000.0;
        let records = self.shared.monitor.end();
        self.ahead = 0;
        let failure = match self.alive(called) {
            Ok(outcome) => {
                self.ahead = outcome.ahead;
                // What the host did ahead of this call, the call does not show.
                duration = outcome.took.unwrap_or(duration);
                match self.mirror_changes(outcome.changes) {
                    Ok(()) => outcome.failure,
                    Err(error) => Some(Failure::new("AdapterError", error.to_string())),
                }
            }
            Err(error) => Some(Failure::new("AdapterError", error.to_string())),
        };
        let result = Arc::new(PairResult {
            plugin_id: Some(plugin.id.clone()),
            plugin: plugin.name.clone(),
            instance_id: instance.map(|instance| instance.id.clone()),
            instance: instance.map(|instance| instance.name.clone()),
            mode,
            failure,
            records,
            started,
            duration,
        });
        self.keep(result.clone(), run);
        Ok(result)
    }

    pub(super) fn keep(&mut self, result: Arc<PairResult>, run: Option<RunId>) {
        self.recorder.event(Event::Result {
            run,
            result: result.clone(),
        });
        self.mirror.push_result(result);
    }

    /// Calls the adapter, until it answers or the run is ended by force: then the adapter is gone. Meanwhile
    /// whoever asks for what cannot be done during a run is told so at once.
    async fn call(
        &mut self,
        plugin: &Plugin,
        instance: Option<&Instance>,
        mode: &Mode,
        run: Option<RunId>,
    ) -> Result<Result<Outcome, AdapterError>, SessionError> {
        self.adapter()?;
        let Some(adapter) = &mut self.adapter else {
            return Err(SessionError::Closed);
        };
        let instance = instance.map(|instance| &instance.id);
        let called = async {
            match mode {
                Mode::Process => adapter.process(&plugin.id, instance).await,
                Mode::Repair => adapter.repair(&plugin.id, instance).await,
                Mode::Action(action) => adapter.act(&plugin.id, action).await,
            }
        };
        let Some(run) = run else {
            return Ok(called.await);
        };
        let mut called = std::pin::pin!(called);
        // Most plug-ins are done before there is anything to watch, or to show.
        let at_once = poll_fn(|context| Poll::Ready(called.as_mut().poll(context))).await;
        if let Poll::Ready(called) = at_once {
            return Ok(called);
        }
        self.window.show(&self.mirror);
        let mut forced = self.shared.forced.subscribe();
        loop {
            tokio::select! {
                biased;
                called = &mut called => return Ok(called),
                _ = forced.wait_for(|forced| *forced == Some(run)) => {
                    return Ok(Err(AdapterError::Forced {
                        adapter: self.launch.description.name.clone(),
                    }));
                }
                Some(command) = self.queue.recv() => {
                    let known = |key: &str| known_run(&self.keys, &self.mirror, &self.history, key);
                    let most = self.launch.limits.count(Limit::Queue);
                    let room = match self.waiting.len() < most {
                        true => Ok(()),
                        false => Err(SessionError::Full(most)),
                    };
                    self.waiting.extend(refuse(command, run, room, known, &self.recorder));
                }
            }
        }
    }

    fn find(
        &self,
        plugin: &Named,
        instance: Option<&Named>,
    ) -> Result<(Plugin, Option<Arc<Instance>>), SessionError> {
        let now = self.mirror.now();
        let mut plugins = now.plugins.iter();
        let found = plugins.find(|known| plugin.means(&known.id.0, &known.name));
        let found = found.ok_or_else(|| SessionError::UnknownPlugin(plugin.text().into()))?;
        let instance = match instance {
            None => None,
            Some(named) => {
                let mut instances = now.context.instances.iter();
                let found = instances.find(|known| named.means(&known.id.0, &known.name));
                Some(found.ok_or_else(|| SessionError::UnknownInstance(named.text().into()))?)
            }
        };
        Ok((found.clone(), instance.cloned()))
    }
}

/// Whether the plug-in does this at all. One that takes neither the context nor an instance runs once, like
/// one on the context.
fn does(plugin: &Plugin, on_instance: bool, mode: &Mode) -> bool {
    let within = |scope: Scope| match on_instance {
        true => scope.instance,
        false => scope.context,
    };
    match mode {
        Mode::Process => {
            let Scope { context, instance } = plugin.processes;
            within(plugin.processes) || !(on_instance || context || instance)
        }
        Mode::Repair => within(plugin.repairs),
        Mode::Action(_) => true,
    }
}
