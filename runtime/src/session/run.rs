use std::sync::Arc;
use std::time::SystemTime;

use serde_json::json;

use super::SessionError;
use super::actor::Actor;
use super::command::{Reply, known_run};
use crate::history::RunStart;
use crate::model::{Change, Event, Mode, Place, Plugin, RunId, RunInfo, RunState, seconds};
use crate::publish::{self, RunOptions, Stage, Step, Until};

/// What a run is started with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunRequest {
    pub options: RunOptions,
    /// Becomes the context's `comment`, unless it is empty.
    pub comment: String,
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

    async fn begin_run(&mut self, request: RunRequest) -> Result<Arc<RunInfo>, SessionError> {
        self.free_for("publish")?;
        self.adapter()?;
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
        });
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
        if self.shared.monitor.take_cancelled() {
            return Some(RunState::Cancelled);
        }
        let now = self.mirror.now();
        let active = |plugin: &Plugin| {
            let mut known = now.plugins.iter().filter(|known| known.id == plugin.id);
            known.next().is_some_and(|known| known.active)
        };
        let (plugin, id) = match run.plan.next(&now.context, active) {
            Step::Pair { plugin, instance } => (plugin, instance),
            Step::Stopped(stop) => return Some(RunState::Stopped(stop.to_string())),
            Step::Done if run.plan.succeeded() => return Some(RunState::Succeeded),
            Step::Done => return Some(RunState::Failed),
        };
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
        let executed = self.execute(plugin, instance.as_deref(), Mode::Process, Some(run.id));
        match executed.await {
            Ok(result) => {
                run.plan.finished(result.success());
                let progress = run.plan.progress();
                self.mirror.change_run(|info| {
                    match result.success() {
                        true => info.succeeded += 1,
                        false => info.failed += 1,
                    }
                    info.progress = progress;
                });
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

    async fn end_run(&mut self, mut run: ActiveRun, state: RunState) {
        self.enter(&mut run, None);
        // An adapter that is gone hears nothing.
        if self.adapter().is_ok() {
            let arguments = json!({"success": state == RunState::Succeeded});
            if let Err(error) = self.tell_host(run.plan.ended_event(), &arguments).await {
                tracing::warn!("at the end of {}: {error}", run.id);
            }
        }
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

/// What a run is asked to do, in words.
fn words(until: Until) -> String {
    match until {
        Until::All => "publish".into(),
        Until::One(stage) => stage.name().into(),
        Until::UpTo(stage) => format!("up to {}", stage.name()),
    }
}
