use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::json;

use super::SessionError;
use super::actor::Actor;
use super::command::{Reply, known_run};
use super::upcoming::{Done, Upcoming, is_active};
use crate::history::RunStart;
use crate::model::{
    Change, Event, Failure, Mode, PairResult, Place, Plugin, PluginId, RunId, RunInfo, RunState,
    seconds,
};
use crate::publish::{self, RunOptions, Stage, Step, Until};

/// What a run is started with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunRequest {
    pub options: RunOptions,
    /// Becomes the context's `comment`, unless it is empty.
    pub comment: String,
    /// A run that was broken off: what it did is not done again, and its options count, not these.
    pub continues: Option<RunId>,
    /// A run that was started with the same key is answered, not started again.
    pub idempotency_key: Option<String>,
}

/// A run under way: its plan, and what is told of it.
pub(super) struct ActiveRun {
    /// What is known of it is in the mirror.
    pub(super) id: RunId,
    plan: publish::Run,
    plugins: Arc<[Plugin]>,
    /// Whose pairs are being processed.
    stage: Option<Stage>,
    /// What the run that it continues did, and whether it succeeded.
    done: Arc<Done>,
}

impl Actor {
    /// Starts a run, or answers the one that was started with the same key.
    pub(super) async fn start_run(&mut self, request: RunRequest, reply: Reply<Arc<RunInfo>>) {
        let known = |key| known_run(&self.keys, &self.mirror, &self.history, key);
        let started = match request.idempotency_key.as_deref().and_then(known) {
            Some(run) => Ok(run),
            None => self.begin_run(request).await,
        };
        self.answer(reply, started);
    }

    async fn begin_run(&mut self, mut request: RunRequest) -> Result<Arc<RunInfo>, SessionError> {
        self.free_for("publish")?;
        self.adapter()?;
        let done = match request.continues {
            None => HashMap::new(),
            Some(run) => {
                let (former, now) = self.continuable(run)?;
                request.options = options(&former);
                if let Some(plugins) = &mut request.options.plugins {
                    *plugins = plugins
                        .iter()
                        .filter_map(|id| now.get(id).cloned())
                        .collect();
                }
                if request.comment.is_empty() {
                    request.comment = former.comment;
                }
                done(self.history.results(run)?, &now)
            }
        };
        // Who cancelled before it began meant something else.
        self.shared.monitor.take_cancelled();
        if !request.comment.is_empty() {
            let comment = Change::DataSet {
                place: Place {
                    instance: None,
                    key: "comment".into(),
                },
                value: request.comment.clone().into(),
            };
            self.apply(&[comment]).await?;
        }
        let plugins = self.mirror.now().plugins.clone();
        self.last_run += 1;
        let info = RunInfo {
            id: RunId(self.last_run),
            state: RunState::Running,
            until: words(request.options.until),
            targets: request.options.targets.clone(),
            comment: request.comment,
            started: seconds(SystemTime::now()),
            ended: None,
            progress: 0.0,
            stage: None,
            succeeded: 0,
            failed: 0,
            instances: request.options.instances.as_ref().map(sorted),
            plugins: request.options.plugins.as_ref().map(sorted),
            continues: request.continues,
        };
        if let Some(key) = &request.idempotency_key {
            self.keys.insert(key.clone(), info.id);
        }
        let told = Arc::new(info);
        let start = RunStart {
            idempotency_key: request.idempotency_key,
            plugins: plugins.clone(),
        };
        self.recorder.run(told.clone(), Some(start));
        self.recorder.event(Event::RunStarted(told.clone()));
        self.mirror.set_run(told.clone());
        self.run = Some(ActiveRun {
            id: told.id,
            plan: publish::Run::new(plugins.clone(), request.options),
            plugins,
            stage: None,
            done: Arc::new(done),
        });
        self.mirror.set_continuable(None);
        Ok(told)
    }

    /// One pair of the run under way, or its end.
    pub(super) async fn step(&mut self) {
        let Some(mut run) = self.run.take() else {
            return;
        };
        match self.try_step(&mut run).await {
            None => {
                self.run = Some(run);
                self.window.show_unless_just_shown(&self.mirror);
            }
            Some(state) => {
                self.end_run(run, state).await;
                self.show();
            }
        }
    }

    async fn try_step(&mut self, run: &mut ActiveRun) -> Option<RunState> {
        // What the host has begun is told first, for it has happened.
        if self.ahead == 0 && self.shared.monitor.take_cancelled() {
            return Some(RunState::Cancelled);
        }
        let now = self.mirror.now();
        let active = |plugin: &Plugin| is_active(&now.plugins, plugin);
        let (plugin, id) = match run.plan.next(&now.context, active) {
            Step::Pair { plugin, instance } => (plugin, instance),
            Step::Stopped(stop) => return Some(RunState::Stopped(stop.to_string())),
            Step::Done if run.plan.succeeded() => return Some(RunState::Succeeded),
            Step::Done => return Some(RunState::Failed),
        };
        if !run.done.is_empty() {
            let pair = (run.plugins[plugin].id.clone(), id.clone());
            if let Some(success) = run.done.get(&pair) {
                self.finished(run, *success);
                return None;
            }
        }
        let instance = id.as_ref().and_then(|id| self.mirror.instance_with(id));
        if id.is_some() && instance.is_none() {
            // Removed earlier in this plug-in's turn: there is nothing left to process.
            run.plan.finished(true);
            return None;
        }
        let plugins = run.plugins.clone();
        let plugin = &plugins[plugin];
        self.enter(run, Stage::of(plugin.order));
        self.mirror.set_busy(SystemTime::now(), &plugin.name);
        let now = self.mirror.now();
        let upcoming = Upcoming {
            plan: run.plan.clone(),
            plugins: run.plugins.clone(),
            context: now.context.clone(),
            now: now.plugins.clone(),
            done: run.done.clone(),
        };
        let within = Some((run.id, upcoming));
        let executed = self.execute(plugin, instance.as_deref(), Mode::Process, within);
        match executed.await {
            Ok(result) => {
                self.finished(run, result.success());
                // An adapter that went down with this pair ends the run; by force, if the user cancelled it.
                let lost = self.adapter().err()?;
                Some(match self.shared.forced(run.id) {
                    true => RunState::Cancelled,
                    false => RunState::Lost(lost.to_string()),
                })
            }
            Err(error) => Some(RunState::Lost(error.to_string())),
        }
    }

    /// A pair of the run is done.
    fn finished(&mut self, run: &mut ActiveRun, success: bool) {
        run.plan.finished(success);
        self.mirror.change_run(|info| {
            match success {
                true => info.succeeded += 1,
                false => info.failed += 1,
            }
            info.progress = run.plan.progress();
        });
    }

    /// The run, if it can be continued, and what its plug-ins are called now.
    fn continuable(
        &self,
        run: RunId,
    ) -> Result<(RunInfo, HashMap<PluginId, PluginId>), SessionError> {
        let former = self.history.run(run)?;
        let former = former.ok_or(SessionError::UnknownRun(run))?;
        if !former.state.is_broken_off() {
            return Err(SessionError::NotContinued(run, "it was not broken off"));
        }
        if self.mirror.now().continuable != Some(run) {
            let reason = "the context that it was about is gone, or another run came after it";
            return Err(SessionError::NotContinued(run, reason));
        }
        let now = &self.mirror.now().plugins;
        let Some(names) = same(&self.history.plugins(run)?, now) else {
            let reason = "there are other plug-ins now than there were then";
            return Err(SessionError::NotContinued(run, reason));
        };
        Ok((former, names))
    }

    /// Tells that a stage ended when another one begins, or none.
    fn enter(&mut self, run: &mut ActiveRun, stage: Option<Stage>) {
        if run.stage == stage {
            return;
        }
        if let Some(ended) = run.stage {
            self.recorder.event(Event::StageEnded {
                run: run.id,
                stage: ended.name().into(),
            });
        }
        run.stage = stage;
        if let Some(stage) = stage {
            self.mirror
                .change_run(|info| info.stage = Some(stage.name().into()));
        }
    }

    pub(super) async fn end_run(&mut self, mut run: ActiveRun, state: RunState) {
        self.ahead = 0;
        self.enter(&mut run, None);
        // An adapter that is gone hears nothing.
        if self.adapter().is_ok() {
            let arguments = json!({"success": state == RunState::Succeeded});
            if let Err(error) = self
                .tell_host(run.plan.ended_event().name(), &arguments)
                .await
            {
                tracing::warn!("at the end of {}: {error}", run.id);
            }
        }
        let continuable = state.is_broken_off() && self.adapter().is_ok();
        self.mirror.set_continuable(continuable.then_some(run.id));
        self.mirror.change_run(|info| {
            info.state = state;
            info.progress = run.plan.progress();
            info.ended = Some(seconds(SystemTime::now()));
        });
        if let Some(ended) = self.mirror.now().run.clone() {
            self.recorder.run(ended.clone(), None);
            self.recorder.event(Event::RunEnded(ended));
        }
        self.settle();
    }
}

/// The options that a run was started with.
fn options(run: &RunInfo) -> RunOptions {
    let stage = |text: &str| text.parse::<Stage>().ok();
    let until = match run.until.strip_prefix("up to ") {
        Some(text) => stage(text).map(Until::UpTo),
        None => stage(&run.until).map(Until::One),
    };
    RunOptions {
        until: until.unwrap_or(Until::All),
        targets: run.targets.clone(),
        hosts: None,
        instances: run.instances.clone().map(HashSet::from_iter),
        plugins: run.plugins.clone().map(HashSet::from_iter),
    }
}

/// What each of these plug-ins is called now, if they are the same: ids are only good until plug-ins are
/// discovered anew.
fn same(then: &[Plugin], now: &[Plugin]) -> Option<HashMap<PluginId, PluginId>> {
    let same =
        |(a, b): (&Plugin, &Plugin)| (&a.name, &a.file, a.order) == (&b.name, &b.file, b.order);
    let all = then.len() == now.len() && then.iter().zip(now).all(same);
    let ids = then
        .iter()
        .zip(now)
        .map(|(a, b)| (a.id.clone(), b.id.clone()));
    all.then(|| ids.collect())
}

/// What these results were about, by what plug-ins are called now, and whether they were successes. What stopped because
/// the user asked for it is not done.
fn done(results: Vec<PairResult>, now: &HashMap<PluginId, PluginId>) -> Done {
    let pairs = results.into_iter().filter_map(|result| {
        if result.failure.as_ref().is_some_and(Failure::is_cancelled) {
            return None;
        }
        let success = result.success();
        let plugin = now.get(&result.plugin_id?)?.clone();
        Some(((plugin, result.instance_id), success))
    });
    pairs.collect()
}

/// The same for the same, whatever their order.
fn sorted<T: Clone + Ord>(ids: &HashSet<T>) -> Vec<T> {
    let mut ids: Vec<T> = ids.iter().cloned().collect();
    ids.sort();
    ids
}

/// What a run is asked to do, in words.
fn words(until: Until) -> String {
    match until {
        Until::All => "publish".into(),
        Until::One(stage) => stage.name().into(),
        Until::UpTo(stage) => format!("up to {}", stage.name()),
    }
}
