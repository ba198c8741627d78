use std::collections::VecDeque;
use std::sync::Arc;

use pyblish_model::{Context, Instance, InstanceId, Plugin};

use super::progress::Progress;
use super::turn::{Listed, Turn};
use super::{
    BadFamilies, Order, PyblishEvent, RunOptions, StopReason, by_order, collectors_first,
    families_match, is_skipped, stop_test,
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
/// context, who is active, and how the last pair went. Each step of a plug-in's turn takes constant
/// time; the beginning of a turn looks at each instance once.
///
/// Source: pyblish-base 1.8.12, util.py: `_convenience_iter`, and logic.py: Iterator.
#[derive(Debug, Clone)]
pub struct Run {
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
    orders_with_error: Vec<f64>,
    failed: bool,
    progress: Progress,
    /// How many pairs are planned for each plug-in whose turn is to come.
    expected: Vec<usize>,
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
            plugins,
            options: Arc::new(options),
            pass: Pass::Fresh,
            waiting: collectors.into(),
            later: others,
            turn: None,
            pending: None,
            orders_with_error: Vec::new(),
            failed: false,
            progress: Progress::default(),
        }
    }

    /// What to do next, given the context as it is now. After the end, the end again.
    ///
    /// `plugin_active` is asked at the first step about each plug-in of the run, and again just
    /// before each one's turn, but not between its instances: so switching one off in mid-run
    /// works, switching one on does not. A pair that was not said to have
    /// [`finished`](Run::finished) has succeeded.
    pub fn next(&mut self, context: &Context, plugin_active: impl Fn(&Plugin) -> bool) -> Step {
        self.next_while(context, plugin_active, &mut || true)
    }

    /// The same, for as long as `go_on` says so.
    pub fn next_while(
        &mut self,
        context: &Context,
        plugin_active: impl Fn(&Plugin) -> bool,
        go_on: GoOn,
    ) -> Step {
        if let Pass::Ended(end) = &self.pass {
            return end.clone();
        }
        self.finished(true);
        let end = match self.advance(context, plugin_active, go_on) {
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
        context: &Context,
        plugin_active: impl Fn(&Plugin) -> bool,
        mut go_on: impl FnMut() -> bool,
    ) -> impl Iterator<Item = (usize, Option<InstanceId>)> {
        let mut run = self.clone();
        std::iter::from_fn(
            move || match run.next_while(context, &plugin_active, &mut go_on) {
                Step::Pair { plugin, instance } => Some((plugin, instance)),
                Step::Stopped(_) | Step::Done | Step::Interrupted => None,
            },
        )
    }

    /// Says how the last pair went. Without one, nothing happens.
    pub fn finished(&mut self, success: bool) {
        let Some(plugin) = self.pending.take() else {
            return;
        };
        self.progress.advance();
        if !success {
            self.failed = true;
            let order = self.plugins[plugin].order;
            // Equal orders follow each other, so this keeps the list as short as a set.
            if self.orders_with_error.last() != Some(&order) {
                self.orders_with_error.push(order);
            }
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
        context: &Context,
        plugin_active: impl Fn(&Plugin) -> bool,
        go_on: GoOn,
    ) -> Result<Option<(usize, Option<InstanceId>)>, Halt> {
        if let Pass::Fresh = self.pass {
            self.begin(context, &plugin_active, go_on)?;
        }
        loop {
            if let Some((plugin, instance)) = self.take_instance(context) {
                return Ok(Some((plugin, Some(instance))));
            }
            if let Some(plugin) = self.waiting.pop_front() {
                if self.begin_turn(plugin, context, &plugin_active, go_on)? {
                    return Ok(Some((plugin, None)));
                }
            } else if let Pass::Collectors = self.pass {
                self.end_collection(context, go_on)?;
            } else {
                return Ok(None);
            }
        }
    }

    /// Leaves out inactive plug-ins, and plans all pairs for the context as it is.
    ///
    /// The plan is only a guess, for progress. But the original makes one too, and so it ends here
    /// when an instance's families cannot be read, before the first plug-in has run.
    fn begin(
        &mut self,
        context: &Context,
        plugin_active: impl Fn(&Plugin) -> bool,
        go_on: GoOn,
    ) -> Result<(), Halt> {
        let mut goes_on = true;
        let mut is_active = |plugin: &usize| {
            goes_on = goes_on && go_on();
            goes_on && plugin_active(&self.plugins[*plugin])
        };
        self.waiting.retain(&mut is_active);
        self.later.retain(&mut is_active);
        if !goes_on {
            return Err(Halt::Interrupted);
        }
        let active: Vec<usize> = self.waiting.iter().chain(&self.later).copied().collect();
        for plugin in active {
            if self.is_targeted(plugin) {
                let listed = self.compatible(plugin, context, go_on)?;
                self.expect(plugin, &listed);
            }
        }
        self.pass = Pass::Collectors;
        Ok(())
    }

    /// Leaves out instance plug-ins that match no instance. A skipped instance is a match. They
    /// stay out, also when a matching instance is made later.
    fn end_collection(&mut self, context: &Context, go_on: GoOn) -> Result<(), Halt> {
        for plugin in std::mem::take(&mut self.later) {
            if self.plugins[plugin].processes.instance {
                let listed = self.compatible(plugin, context, go_on)?;
                if listed.is_empty() {
                    self.drop_expected(plugin);
                    continue;
                }
                if self.is_targeted(plugin) {
                    self.expect(plugin, &listed);
                }
            }
            self.waiting.push_back(plugin);
        }
        self.pass = Pass::Others;
        Ok(())
    }

    /// Begins a plug-in's turn. True if that is a single pair, without an instance.
    fn begin_turn(
        &mut self,
        plugin: usize,
        context: &Context,
        plugin_active: impl Fn(&Plugin) -> bool,
        go_on: GoOn,
    ) -> Result<bool, Halt> {
        self.drop_expected(plugin);
        if !self.is_targeted(plugin) || !plugin_active(&self.plugins[plugin]) {
            return Ok(false);
        }
        if let Some(stop) = stop_test(self.plugins[plugin].order, &self.orders_with_error) {
            return Err(stop.into());
        }
        // For a plug-in on the context too: the original looks for its instances, and then ignores
        // them.
        let listed = self.compatible(plugin, context, go_on)?;
        if self.plugins[plugin].processes.instance {
            self.progress.plan(count_not_skipped(&listed));
            self.turn = Some(Turn::new(plugin, listed));
            Ok(false)
        } else {
            self.progress.plan(1);
            Ok(true)
        }
    }

    /// The next instance of the turn that is not skipped now.
    fn take_instance(&mut self, context: &Context) -> Option<(usize, InstanceId)> {
        let turn = self.turn.as_mut()?;
        while let Some(taken) = turn.take(context) {
            match (taken.was_skipped, taken.is_skipped) {
                (false, true) => self.progress.drop_planned(1),
                (true, false) => self.progress.plan(1),
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

    /// Asked where the original asks, not once in advance: a plug-in for other targets never runs,
    /// but it ends the run like any other when it meets families that cannot be read.
    fn is_targeted(&self, plugin: usize) -> bool {
        self.options.targets(&self.plugins[plugin])
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
        self.progress.plan(pairs);
        self.expected[plugin] = pairs;
    }

    fn drop_expected(&mut self, plugin: usize) {
        let pairs = std::mem::take(&mut self.expected[plugin]);
        self.progress.drop_planned(pairs);
    }
}

fn count_not_skipped(listed: &[Listed]) -> usize {
    let not_skipped = |listed: &&Listed| !is_skipped(&listed.instance);
    listed.iter().filter(not_skipped).count()
}

#[cfg(test)]
mod tests;
