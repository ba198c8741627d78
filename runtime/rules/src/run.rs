use std::collections::VecDeque;
use std::sync::Arc;

use pyblish_model::{Context, Instance, InstanceId, Plugin, StopTest};

use super::progress::Progress;
use super::turn::{Listed, Turn};
use super::{
    BadFamilies, Order, PyblishEvent, RunOptions, SessionView, StopReason, by_order,
    collectors_first, families_match, is_skipped, session_targets, stop_test, targets_match,
};

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Process this plug-in, then tell the run how it [`finished`](Run::finished).
    Pair {
        /// A position in the list that the run was made with.
        plugin: usize,
        /// None for a plug-in that isn't run on instances. It may have been removed from the
        /// context since the plug-in's turn began: the original still processes it then.
        instance: Option<InstanceId>,
    },
    /// The end, before all was done.
    Stopped(StopReason),
    /// The end. Plug-ins may have failed: see [`Run::succeeded`].
    Done,
    /// The end, because planning was interrupted.
    Interrupted,
}

/// How many instances are looked at between two questions whether to go on.
const LOOK: usize = 128;

/// Asked during planning whether to go on, because planning can take long: each plug-in is compared
/// with each instance.
pub(crate) type GoOn<'a> = &'a mut dyn FnMut() -> bool;

/// Why there is no next step.
enum Halt {
    Stopped(StopReason),
    Interrupted,
}

impl From<StopReason> for Halt {
    fn from(stop: StopReason) -> Self {
        Halt::Stopped(stop)
    }
}

impl From<BadFamilies> for Halt {
    fn from(error: BadFamilies) -> Self {
        Halt::Stopped(error.into())
    }
}

/// The plan of a publish, or a part of one: which plug-in to process with which instance, step by
/// step.
///
/// It is a function of what it is given: the plug-ins and options, and then for each step the
/// session as it is, and how the last pair went. Each step of a plug-in's turn takes constant
/// time; the beginning of a turn looks at each instance once.
///
/// Source: pyblish-base 1.8.12, util.py: `_convenience_iter`, and logic.py: Iterator.
#[derive(Debug, Clone)]
pub struct Run {
    /// As they were at the last step.
    plugins: Arc<[Plugin]>,
    /// Shared, because a look ahead copies the run.
    options: Arc<RunOptions>,
    pass: Pass,
    /// Plug-ins whose turn is still to come in this pass.
    waiting: VecDeque<usize>,
    /// Plug-ins whose turn comes after collection.
    later: Vec<usize>,
    /// The plug-in whose turn it is, if it runs on instances.
    turn: Option<Turn>,
    /// The plug-in of the pair that hasn't finished.
    pending: Option<usize>,
    /// The plug-in of the last pair, if it failed.
    last_failed: Option<usize>,
    orders_with_error: Vec<f64>,
    failed: bool,
    progress: Progress,
    /// How many pairs are planned for each plug-in whose turn is to come.
    expected: Vec<usize>,
    /// How much a pair of each plug-in counts for progress.
    weights: Vec<u64>,
}

#[derive(Debug, Clone)]
enum Pass {
    /// No plug-in has been asked yet whether it is active.
    Fresh,
    Collectors,
    Others,
    Ended(Step),
}

impl Run {
    /// The plan of a run of these plug-ins, in whatever order they are.
    ///
    /// Nothing is asked of the context or the plug-ins' activity before the first step.
    pub fn new(plugins: Arc<[Plugin]>, options: RunOptions) -> Run {
        let mut sorted = by_order(&plugins);
        sorted.retain(|&plugin| options.sees_plugin(&plugins[plugin]));
        let Order { collectors, others } = collectors_first(&plugins, sorted);
        Run {
            expected: vec![0; plugins.len()],
            weights: vec![1; plugins.len()],
            plugins,
            options: Arc::new(options),
            pass: Pass::Fresh,
            waiting: collectors.into(),
            later: others,
            turn: None,
            pending: None,
            last_failed: None,
            orders_with_error: Vec::new(),
            failed: false,
            progress: Progress::default(),
        }
    }

    /// The same plan, where a pair of each plug-in counts as much as this says: how long it is
    /// expected to take. Each must be at least 1.
    #[must_use]
    pub fn with_weights(mut self, weights: Vec<u64>) -> Run {
        if weights.len() == self.weights.len() {
            self.weights = weights;
        }
        self
    }

    /// What to do next, given the session as it is now. After the end, the end again.
    ///
    /// A plug-in is read where Pyblish reads it:
    /// - whether it is active, at the first step, and again just before its turn, but not between
    ///   its instances: so switching one off in mid-run works, switching one on does not;
    /// - its targets, before and after the collectors;
    /// - its families, after the collectors and before its turn;
    /// - its order, before its turn and when it fails. Its place among the others stays.
    ///
    /// A pair that was not said to have [`finished`](Run::finished) has succeeded.
    pub fn next(&mut self, session: SessionView<'_>) -> Step {
        self.next_while(session, &mut || true)
    }

    /// The same, for as long as `go_on` says so.
    pub fn next_while(&mut self, session: SessionView<'_>, go_on: GoOn) -> Step {
        if let Pass::Ended(end) = &self.pass {
            return end.clone();
        }
        self.finished(true);
        self.take_over(session.plugins);
        self.note_error();
        let end = match self.advance(session, go_on) {
            Ok(Some((plugin, instance))) => {
                self.pending = Some(plugin);
                return Step::Pair { plugin, instance };
            }
            Ok(None) => {
                self.progress.complete();
                Step::Done
            }
            Err(Halt::Stopped(stop)) => Step::Stopped(stop),
            Err(Halt::Interrupted) => Step::Interrupted,
        };
        self.pass = Pass::Ended(end.clone());
        end
    }

    /// The pairs that come next, if the one that has not finished and each of them succeed and
    /// change nothing. It ends where the run does, or where planning is interrupted.
    pub fn upcoming(
        &self,
        session: SessionView<'_>,
        mut go_on: impl FnMut() -> bool,
    ) -> impl Iterator<Item = (usize, Option<InstanceId>)> {
        let mut run = self.clone();
        std::iter::from_fn(move || match run.next_while(session, &mut go_on) {
            Step::Pair { plugin, instance } => Some((plugin, instance)),
            Step::Stopped(_) | Step::Done | Step::Interrupted => None,
        })
    }

    /// The plug-ins, as they were at the last step.
    pub fn plugins(&self) -> &Arc<[Plugin]> {
        &self.plugins
    }

    /// Notes the order at which the last pair failed, as the plug-in has left it.
    fn note_error(&mut self) {
        let Some(failed) = self.last_failed.take() else {
            return;
        };
        if !matches!(self.pass, Pass::Others) {
            // The original counts no error of its first pass, whatever order a collector has by now.
            return;
        }
        let order = self.plugins[failed].order;
        // Equal orders mostly follow each other, so this keeps the list about as short as a set.
        if self.orders_with_error.last() != Some(&order) {
            self.orders_with_error.push(order);
        }
    }

    /// Reads the plug-ins as they are now.
    fn take_over(&mut self, plugins: &Arc<[Plugin]>) {
        if Arc::ptr_eq(&self.plugins, plugins) || self.plugins.len() != plugins.len() {
            return;
        }
        let mut both = self.plugins.iter().zip(plugins.iter());
        if both.all(|(before, now)| before.id == now.id) {
            self.plugins = Arc::clone(plugins);
        }
    }

    /// Says how the last pair went. Without one, nothing happens.
    pub fn finished(&mut self, success: bool) {
        let Some(plugin) = self.pending.take() else {
            return;
        };
        self.progress.advance(self.weights[plugin]);
        if !success {
            self.failed = true;
            self.last_failed = Some(plugin);
        }
    }

    /// Says that an instance has been removed from the context, and what it was like then: if it
    /// awaits its turn, the run still comes to it, and asks whether it is skipped. Without this
    /// call its state from the beginning of the turn counts.
    pub fn removed(&mut self, last: &Arc<Instance>) {
        if let Some(turn) = &mut self.turn {
            turn.removed(last);
        }
    }

    /// How much is done, from 0 to 1; it never falls. 1 at the end, unless the run was stopped.
    pub fn progress(&self) -> f64 {
        self.progress.fraction()
    }

    /// The weights of the pairs that are still expected.
    pub fn left(&self) -> u64 {
        self.progress.left()
    }

    /// Whether it came to its end without being stopped, and no plug-in failed. False until the
    /// end.
    pub fn succeeded(&self) -> bool {
        !self.failed && matches!(self.pass, Pass::Ended(Step::Done))
    }

    /// What is told when it ends, stopped or not: say with it whether it
    /// [`succeeded`](Run::succeeded).
    pub fn ended_event(&self) -> PyblishEvent {
        self.options.until.ended_event()
    }

    /// The next plug-in, and the instance if it is run on instances; none at the end.
    fn advance(
        &mut self,
        session: SessionView<'_>,
        go_on: GoOn,
    ) -> Result<Option<(usize, Option<InstanceId>)>, Halt> {
        if let Pass::Fresh = self.pass {
            self.begin(session, go_on)?;
        }
        loop {
            if let Some((plugin, instance)) = self.take_instance(session.context) {
                return Ok(Some((plugin, Some(instance))));
            }
            if let Some(plugin) = self.waiting.pop_front() {
                if self.begin_turn(plugin, session, go_on)? {
                    return Ok(Some((plugin, None)));
                }
            } else if let Pass::Collectors = self.pass {
                self.end_collection(session, go_on)?;
            } else {
                return Ok(None);
            }
        }
    }

    /// Leaves out inactive plug-ins and collectors for other targets, and plans all pairs for the
    /// context as it is.
    ///
    /// The plan is only a guess, for progress. But the original makes one too, and so it ends here
    /// when an instance's families cannot be read, before the first plug-in has run.
    fn begin(&mut self, session: SessionView<'_>, go_on: GoOn) -> Result<(), Halt> {
        let plugins = Arc::clone(&self.plugins);
        let targets = session_targets(&self.options.targets, session.targets);
        let is_targeted = |plugin: &usize| targets_match(&plugins[*plugin], &targets);
        let is_active = |plugin: &usize| plugins[*plugin].active;
        self.waiting
            .retain(|plugin| is_active(plugin) && is_targeted(plugin));
        self.later.retain(is_active);
        let later = self.later.iter().copied().filter(is_targeted);
        let planned: Vec<usize> = self.waiting.iter().copied().chain(later).collect();
        for plugin in planned {
            let listed = self.compatible(plugin, session.context, go_on)?;
            self.expect(plugin, &listed);
        }
        self.pass = Pass::Collectors;
        Ok(())
    }

    /// Leaves out instance plug-ins that match no instance, and plug-ins for other targets. A
    /// skipped instance is a match. They stay out, also when a matching instance is made later.
    ///
    /// A plug-in for other targets never runs. But it ends the run like any other when it meets
    /// families that cannot be read, because the original looks at its instances first.
    fn end_collection(&mut self, session: SessionView<'_>, go_on: GoOn) -> Result<(), Halt> {
        let targets = session_targets(&self.options.targets, session.targets);
        for position in std::mem::take(&mut self.later) {
            self.drop_expected(position);
            let plugin = &self.plugins[position];
            let listed = if plugin.processes.instance {
                let listed = self.compatible(position, session.context, go_on)?;
                if listed.is_empty() {
                    continue;
                }
                listed
            } else {
                Vec::new()
            };
            if targets_match(plugin, &targets) {
                self.expect(position, &listed);
                self.waiting.push_back(position);
            }
        }
        self.pass = Pass::Others;
        self.progress.recount();
        Ok(())
    }

    /// Begins a plug-in's turn. True if that is a single pair, without an instance.
    fn begin_turn(
        &mut self,
        plugin: usize,
        session: SessionView<'_>,
        go_on: GoOn,
    ) -> Result<bool, Halt> {
        self.drop_expected(plugin);
        if !self.plugins[plugin].active {
            return Ok(false);
        }
        if let Some(stop) = self.stop_before(plugin, session.stop_test) {
            if let Pass::Collectors = self.pass {
                // The original ends the first of its two passes, and then begins the second.
                for left in std::mem::take(&mut self.waiting) {
                    self.drop_expected(left);
                }
                return Ok(false);
            }
            return Err(stop.into());
        }
        // For a plug-in on the context too: the original looks for its instances, and then ignores
        // them.
        let listed = self.compatible(plugin, session.context, go_on)?;
        if self.plugins[plugin].processes.instance {
            self.progress
                .plan(count_not_skipped(&listed), self.weights[plugin]);
            self.turn = Some(Turn::new(plugin, listed));
            Ok(false)
        } else {
            self.progress.plan(1, self.weights[plugin]);
            Ok(true)
        }
    }

    /// The next instance of the turn that is not skipped now.
    fn take_instance(&mut self, context: &Context) -> Option<(usize, InstanceId)> {
        let turn = self.turn.as_mut()?;
        while let Some(taken) = turn.take(context) {
            match (taken.was_skipped, taken.is_skipped) {
                (false, true) => self.progress.drop_planned(1, self.weights[turn.plugin]),
                (true, false) => self.progress.plan(1, self.weights[turn.plugin]),
                (false, false) | (true, true) => {}
            }
            if !taken.is_skipped {
                return Some((turn.plugin, taken.instance));
            }
        }
        self.turn = None;
        None
    }

    /// The instances that the run sees and the plug-in is for.
    fn compatible(
        &self,
        plugin: usize,
        context: &Context,
        go_on: GoOn,
    ) -> Result<Vec<Listed>, Halt> {
        let mut listed = Vec::new();
        for (position, instance) in context.instances.iter().enumerate() {
            if position % LOOK == 0 && !go_on() {
                return Err(Halt::Interrupted);
            }
            if self.options.sees_instance(instance)
                && families_match(&self.plugins[plugin], instance)?
            {
                let instance = Arc::clone(instance);
                listed.push(Listed { position, instance });
            }
        }
        Ok(listed)
    }

    /// Why the run, or its collection, stops before this plug-in's turn.
    fn stop_before(&self, plugin: usize, test: &StopTest) -> Option<StopReason> {
        let plugin = &self.plugins[plugin];
        match test {
            StopTest::Pyblish => stop_test(plugin.order, &self.orders_with_error),
            StopTest::Host(stops) => {
                let stop = stops.iter().find(|stop| stop.plugin == plugin.id)?;
                Some(StopReason::HostTest(stop.reason.clone()))
            }
        }
    }

    /// Plans the pairs of a plug-in whose turn is to come: at least one, because other plug-ins may
    /// still make an instance for it, and progress must not be 1 before that.
    fn expect(&mut self, plugin: usize, listed: &[Listed]) {
        self.drop_expected(plugin);
        let pairs = if self.plugins[plugin].processes.instance {
            count_not_skipped(listed).max(1)
        } else {
            1
        };
        self.progress.plan(pairs, self.weights[plugin]);
        self.expected[plugin] = pairs;
    }

    fn drop_expected(&mut self, plugin: usize) {
        let pairs = std::mem::take(&mut self.expected[plugin]);
        self.progress.drop_planned(pairs, self.weights[plugin]);
    }
}

fn count_not_skipped(listed: &[Listed]) -> usize {
    let not_skipped = |listed: &&Listed| !is_skipped(&listed.instance);
    listed.iter().filter(not_skipped).count()
}

#[cfg(test)]
mod tests;
