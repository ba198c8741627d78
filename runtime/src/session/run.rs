use std::sync::Arc;

use serde_json::json;

use super::actor::{Actor, Reply, answer};
use super::{SessionError, Snapshot};
use crate::model::{Mode, PairResult, Plugin};
use crate::publish::{self, Event, RunOptions, Step, Stop};

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEnd {
    /// All of it was done, and every plug-in succeeded.
    Succeeded,
    /// All of it was done, and some plug-in failed.
    Failed,
    /// It ended before its last plug-in, for this reason of Pyblish's.
    Stopped(Stop),
    /// Because the user asked.
    Cancelled,
    /// The adapter went down, for this reason.
    Lost(String),
}

/// What came of a run: the server-side loop over plug-ins and instances.
#[derive(Debug, Clone, PartialEq)]
pub struct RunReport {
    pub end: RunEnd,
    /// What Pyblish tells at this end. Whether it went well, `end` says.
    pub event: Event,
    /// In the order in which the pairs were processed.
    pub results: Vec<Arc<PairResult>>,
}

/// A run under way: its plan, and who waits for its end.
pub(super) struct ActiveRun {
    pub(super) plan: publish::Run,
    pub(super) plugins: Arc<[Plugin]>,
    pub(super) results: Vec<Arc<PairResult>>,
    reply: Reply<RunReport>,
}

impl ActiveRun {
    pub(super) fn new(
        plugins: Arc<[Plugin]>,
        options: RunOptions,
        reply: Reply<RunReport>,
    ) -> Self {
        ActiveRun {
            plan: publish::Run::new(plugins.clone(), options),
            plugins,
            results: Vec::new(),
            reply,
        }
    }

    /// How it ended if it was not cut short.
    pub(super) fn done(&self) -> RunEnd {
        match self.plan.succeeded() {
            true => RunEnd::Succeeded,
            false => RunEnd::Failed,
        }
    }

    /// Tells whoever waits.
    pub(super) fn end(self, end: RunEnd) {
        let report = RunReport {
            end,
            event: self.plan.ended_event(),
            results: self.results,
        };
        answer(self.reply, Ok(report));
    }
}

impl Actor {
    /// Makes sure that a run can begin; answers the plug-ins that it is about.
    pub(super) fn begin_run(&mut self) -> Result<Arc<[Plugin]>, SessionError> {
        self.free_for("publish")?;
        self.adapter()?;
        // Who cancelled before it began meant something else.
        self.shared.monitor.begin();
        Ok(self.shared.mirror().now().plugins.clone())
    }

    /// One pair of the run under way, or its end.
    pub(super) async fn step(&mut self) {
        let Some(mut run) = self.run.take() else {
            return;
        };
        match self.try_step(&mut run).await {
            None => self.run = Some(run),
            Some(end) => {
                self.tell_end(&run, &end).await;
                self.settle();
                run.end(end);
            }
        }
    }

    async fn try_step(&mut self, run: &mut ActiveRun) -> Option<RunEnd> {
        if self.shared.monitor.begin() {
            return Some(RunEnd::Cancelled);
        }
        let Snapshot {
            context, plugins, ..
        } = self.shared.mirror().snapshot();
        let active = |plugin: &Plugin| {
            let mut known = plugins.iter().filter(|known| known.id == plugin.id);
            known.next().is_some_and(|known| known.active)
        };
        let (plugin, id) = match run.plan.next(&context, active) {
            Step::Pair { plugin, instance } => (plugin, instance),
            Step::Stopped(stop) => return Some(RunEnd::Stopped(stop)),
            Step::Done => return Some(run.done()),
        };
        let instance = id.as_ref().map(|id| context.instance(id).cloned());
        // Whoever holds the context makes each change copy it.
        drop((context, plugins));
        if let Some(None) = instance {
            // Removed earlier in this plug-in's turn: there is nothing left to process.
            run.plan.finished(true);
            return None;
        }
        let plugin = run.plugins[plugin].clone();
        self.busy(&plugin.name);
        let result = self
            .execute(&plugin, instance.flatten().as_deref(), Mode::Process)
            .await;
        match result {
            Ok(result) => {
                run.plan.finished(result.success());
                run.results.push(result);
                // An adapter that went down with this pair ends the run.
                self.adapter()
                    .err()
                    .map(|error| RunEnd::Lost(error.to_string()))
            }
            Err(error) => Some(RunEnd::Lost(error.to_string())),
        }
    }

    /// Tells the host what Pyblish tells at this end, and takes over what it changes on hearing it.
    async fn tell_end(&mut self, run: &ActiveRun, end: &RunEnd) {
        let event = run.plan.ended_event().name();
        let arguments = json!({"success": *end == RunEnd::Succeeded});
        let Ok(adapter) = self.adapter() else {
            return;
        };
        let told = adapter.notify(event, &arguments).await;
        let taken = match self.alive(told) {
            Ok(outcome) => {
                if let Some(failure) = &outcome.failure {
                    tracing::warn!("the host failed on hearing {event}: {}", failure.message);
                }
                self.mirror_changes(outcome.changes)
            }
            Err(error) => Err(error),
        };
        if let Err(error) = taken {
            tracing::warn!("on hearing {event}: {error}");
        }
    }
}
