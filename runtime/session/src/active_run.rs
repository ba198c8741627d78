//! The run under way: its plan, how far it has come, and the pair that is being processed.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::journal::Journal;
use crate::lookahead::{FinishedPairs, Lookahead};
use crate::monitor::Monitor;
use crate::pair::StartedPair;
use pyblish_adapter::{ForceStop, PairIds};
use pyblish_model::{
    Event, Failure, Instance, InstanceId, Mode, Plugin, PluginId, RunId, RunState,
};
use pyblish_rules::{RunOptions, Stage, Step};

/// Why a run is lost when a user restarts the adapter.
pub(crate) const RESTARTED: &str = "a user restarted the adapter";

/// How many pairs an adapter is given at once at most, and at first.
const MOST_PAIRS: usize = 1024;
const FIRST_PAIRS: usize = 16;

/// The run under way. What readers see of it is in the mirror.
pub(crate) struct ActiveRun {
    pub(crate) id: RunId,
    plan: pyblish_rules::Run,
    /// The stage of the pair that is being processed.
    stage: Option<Stage>,
    /// What the run that this one continues has processed.
    finished: FinishedPairs,
    /// The pair that has begun. The adapter may end a call before it has finished it: then it is the
    /// first of the next call.
    current: Option<StartedPair>,
    /// What comes next, where that is known already.
    next: Option<Planned>,
    /// Why the host refuses all that comes next.
    refused: Option<String>,
    /// How many pairs the adapter is given at once.
    batch_size: usize,
    /// How many results the session had before.
    pub(crate) first_result: usize,
    /// Whether it is known how long pairs take.
    is_timed: bool,
}

/// What comes next in a run.
enum Planned {
    Pair {
        plugin: usize,
        instance: Option<Arc<Instance>>,
    },
    End(RunState),
}

/// Says when planning must stop: with many plug-ins and many instances it takes long.
pub(crate) struct PlanningGuard {
    pub(crate) monitor: Monitor,
    pub(crate) force: ForceStop,
    /// How long planning one step may take, and the limit that says so, in words.
    pub(crate) limit: (Duration, String),
}

impl PlanningGuard {
    /// How the run ends, if no other pair may begin. What has happened already in the host is
    /// planned also after a cancel.
    fn stop(&self, run: RunId, has_happened: bool) -> Option<RunState> {
        if !has_happened && self.monitor.is_cancelled(run) {
            return Some(RunState::Cancelled);
        }
        if self.force.has_changed().unwrap_or(false) {
            return Some(RunState::Lost(RESTARTED.into()));
        }
        None
    }

    /// The same, or if planning that began then takes too long.
    fn end(&self, run: RunId, begun: Instant, has_happened: bool) -> Option<RunState> {
        let (limit, words) = &self.limit;
        let too_long = || RunState::Lost(format!("planning took too long: {words}"));
        self.stop(run, has_happened)
            .or_else(|| (begun.elapsed() > *limit).then(too_long))
    }
}

impl ActiveRun {
    pub(crate) fn new(
        id: RunId,
        plugins: Arc<[Plugin]>,
        options: RunOptions,
        finished: FinishedPairs,
    ) -> Self {
        ActiveRun {
            id,
            plan: pyblish_rules::Run::new(plugins, options),
            stage: None,
            finished,
            current: None,
            next: None,
            refused: None,
            batch_size: FIRST_PAIRS,
            first_result: 0,
            is_timed: false,
        }
    }

    /// The same run, if it is known how many microseconds a pair of each plug-in takes.
    pub(crate) fn with_weights(mut self, weights: Option<Vec<u64>>) -> Self {
        if let Some(weights) = weights {
            self.plan = self.plan.with_weights(weights);
            self.is_timed = true;
        }
        self
    }

    /// Whether a pair has begun and not finished.
    pub(crate) fn has_begun_pair(&self) -> bool {
        self.current.is_some()
    }

    /// Begins the next pair, unless one has begun already. Answers how the run ends, if there is
    /// none.
    pub(crate) fn begin_next(
        &mut self,
        journal: &mut Journal,
        guard: &PlanningGuard,
    ) -> Result<(), RunState> {
        if self.current.is_some() {
            return Ok(());
        }
        if let Some(reason) = &self.refused {
            return Err(RunState::Stopped(reason.clone()));
        }
        match self.planned(journal, guard, false) {
            Planned::End(state) => Err(state),
            Planned::Pair { plugin, instance } => {
                self.begin(plugin, instance.as_deref(), journal, guard);
                Ok(())
            }
        }
    }

    /// Begins the next pair if it is this one. Answers whether it is. `has_happened` is for a pair
    /// that the host has begun by itself.
    pub(crate) fn begin_if_next(
        &mut self,
        wanted: &PairIds,
        has_happened: bool,
        journal: &mut Journal,
        guard: &PlanningGuard,
    ) -> bool {
        if let Some(current) = &self.current {
            return (current.plugin(), current.instance()) == (&wanted.0, wanted.1.as_ref());
        }
        if has_happened && matches!(self.next, Some(Planned::End(RunState::Cancelled))) {
            self.next = None;
        }
        match self.planned(journal, guard, has_happened) {
            Planned::Pair { plugin, instance } => {
                let id = instance.as_ref().map(|instance| &instance.id);
                let is_wanted =
                    (&self.plan.plugins()[plugin].id, id) == (&wanted.0, wanted.1.as_ref());
                if is_wanted {
                    self.begin(plugin, instance.as_deref(), journal, guard);
                } else {
                    self.next = Some(Planned::Pair { plugin, instance });
                }
                is_wanted
            }
            end => {
                self.next = Some(end);
                false
            }
        }
    }

    /// The pair that has begun, and those that come after it if all succeed and change nothing.
    /// If it `collects_first`, nothing else comes in the same call as collectors.
    pub(crate) fn batch(&self, journal: &Journal, collects_first: bool) -> Vec<PairIds> {
        let Some(current) = &self.current else {
            return Vec::new();
        };
        let first = (current.plugin().clone(), current.instance().cloned());
        let lookahead = Lookahead {
            plan: &self.plan,
            session: journal.now().view(),
            finished: &self.finished,
        };
        let mut pairs = vec![first];
        let next = lookahead.pairs(self.batch_size - 1).into_iter();
        if collects_first && self.is_collecting() {
            pairs.extend(next.take_while(|(plugin, _)| self.is_collector(plugin)));
        } else {
            pairs.extend(next);
        }
        pairs
    }

    /// Says how many pairs of a batch were finished, so that the next one is about as long.
    pub(crate) fn batch_ended(&mut self, given: usize, finished: usize) {
        self.batch_size = if finished == given {
            (self.batch_size * 2).min(MOST_PAIRS)
        } else {
            finished.clamp(1, MOST_PAIRS)
        };
    }

    /// Keeps the result of the pair that has begun.
    pub(crate) fn finish(
        &mut self,
        failure: Option<Failure>,
        duration: Option<f64>,
        journal: &mut Journal,
        monitor: &Monitor,
    ) {
        if let Some(failure) = failure.as_ref().filter(|it| it.is_refusal_of_host()) {
            self.refused = Some(failure.message.clone());
        }
        if let Some(pair) = self.current.take() {
            let result = pair.finish(failure, duration, journal, monitor);
            self.count(result.success(), journal);
        }
    }

    /// Goes on to this stage, or to the end. Records the end of the stage before.
    pub(crate) fn enter(&mut self, stage: Option<Stage>, journal: &mut Journal) {
        if self.stage == stage {
            return;
        }
        if let Some(ended) = self.stage {
            journal.record(Event::StageEnded {
                run: self.id,
                stage: ended.name().into(),
            });
        }
        self.stage = stage;
        if let Some(stage) = stage {
            journal.change_run(|info| info.stage = Some(stage.name().into()));
        }
    }

    /// Whether the pair that began last is one of a collector.
    pub(crate) fn is_collecting(&self) -> bool {
        self.stage == Some(Stage::Collect)
    }

    fn is_collector(&self, id: &PluginId) -> bool {
        let mut plugins = self.plan.plugins().iter();
        let plugin = plugins.find(|plugin| plugin.id == *id);
        plugin.is_some_and(|plugin| Stage::of(plugin.order) == Stage::Collect)
    }

    /// Between 0 and 1.
    pub(crate) fn progress(&self) -> f64 {
        self.plan.progress()
    }

    /// The event of Pyblish that the host is told at the end.
    pub(crate) fn ended_event(&self) -> pyblish_rules::PyblishEvent {
        self.plan.ended_event()
    }

    fn begin(
        &mut self,
        plugin: usize,
        instance: Option<&Instance>,
        journal: &mut Journal,
        guard: &PlanningGuard,
    ) {
        let plugins = Arc::clone(self.plan.plugins());
        let plugin = &plugins[plugin];
        self.enter(Some(Stage::of(plugin.order)), journal);
        let started = SystemTime::now();
        journal.set_busy(started, &plugin.name);
        let run = Some(self.id);
        let pair = StartedPair::begin(
            plugin,
            instance,
            Mode::Process,
            run,
            started,
            journal,
            &guard.monitor,
        );
        self.current = Some(pair);
    }

    /// What to do next in the session as it is now.
    fn planned(
        &mut self,
        journal: &mut Journal,
        guard: &PlanningGuard,
        has_happened: bool,
    ) -> Planned {
        if let Some(planned) = self.next.take() {
            return planned;
        }
        let id = self.id;
        if let Some(state) = guard.stop(id, has_happened) {
            return Planned::End(state);
        }
        // Most steps are short, and do not look at the clock.
        let mut begun = None;
        loop {
            let mut end = || {
                let begun = *begun.get_or_insert_with(Instant::now);
                guard.end(id, begun, has_happened)
            };
            let mut go_on = || end().is_none();
            let step = self.plan.next_while(journal.now().view(), &mut go_on);
            let (plugin, wanted) = match step {
                Step::Pair { plugin, instance } => (plugin, instance),
                Step::Interrupted => return Planned::End(end().unwrap_or(RunState::Cancelled)),
                Step::Stopped(stop) => return Planned::End(RunState::Stopped(stop.to_string())),
                Step::Done if self.plan.succeeded() => return Planned::End(RunState::Succeeded),
                Step::Done => return Planned::End(RunState::Failed),
            };
            if let Some(success) = self.finished_before(plugin, &wanted) {
                self.count(success, journal);
                if let Some(state) = end() {
                    return Planned::End(state);
                }
                continue;
            }
            let instance = wanted.as_ref().and_then(|id| journal.instance(id));
            if wanted.is_some() && instance.is_none() {
                // It was removed earlier in this plug-in's turn.
                self.plan.finished(true);
                if let Some(state) = end() {
                    return Planned::End(state);
                }
                continue;
            }
            return Planned::Pair { plugin, instance };
        }
    }

    /// Whether this pair succeeded in the run that this one continues; none where it did not finish
    /// there.
    fn finished_before(&self, plugin: usize, instance: &Option<InstanceId>) -> Option<bool> {
        if self.finished.is_empty() {
            return None;
        }
        let pair = (self.plan.plugins()[plugin].id.clone(), instance.clone());
        self.finished.get(&pair).copied()
    }

    /// The last pair is done.
    fn count(&mut self, success: bool, journal: &mut Journal) {
        self.plan.finished(success);
        journal.change_run(|info| {
            if success {
                info.succeeded += 1;
            } else {
                info.failed += 1;
            }
            info.progress = self.plan.progress();
            let left = self.plan.left() as f64 / 1e3;
            info.remaining = self.is_timed.then_some(left);
        });
    }
}
