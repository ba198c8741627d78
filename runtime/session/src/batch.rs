//! The pairs that the adapter was given in one call: takes their outcomes as they come, and says
//! whether to begin the next one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::active_run::{ActiveRun, PlanningGuard};
use crate::journal::Journal;
use crate::mirror::ChangeError;
use crate::shared::Shared;
use pyblish_adapter::PairIds;
use pyblish_model::{Change, Outcome};

/// The batch under way.
pub(crate) struct Batch<'a> {
    run: &'a mut ActiveRun,
    guard: PlanningGuard,
    shared: Shared,
    /// How many commands wait for the end of the call.
    waiting: Arc<AtomicUsize>,
    /// The pairs that are not finished.
    pairs: VecDeque<PairIds>,
    given: usize,
}

/// Why outcomes are not taken.
#[derive(Debug)]
pub(crate) enum OutcomeError {
    /// A change that cannot be made.
    Change(ChangeError),
    /// The run was cancelled, and its plug-in is stopped by force.
    Forced,
    /// It took too long to apply.
    TooLong,
    /// An outcome of a pair that was not to begin, in words.
    Unexpected(String),
}

impl From<ChangeError> for OutcomeError {
    fn from(error: ChangeError) -> Self {
        OutcomeError::Change(error)
    }
}

impl<'a> Batch<'a> {
    pub(crate) fn new(
        run: &'a mut ActiveRun,
        guard: PlanningGuard,
        shared: Shared,
        waiting: Arc<AtomicUsize>,
        pairs: &[PairIds],
    ) -> Self {
        Batch {
            run,
            guard,
            shared,
            waiting,
            pairs: pairs.iter().cloned().collect(),
            given: pairs.len(),
        }
    }

    /// Takes the outcomes of the next pairs. Answers whether to begin the one that comes then; if
    /// so, it has begun.
    pub(crate) fn take(
        &mut self,
        outcomes: Vec<Outcome>,
        journal: &mut Journal,
    ) -> Result<bool, OutcomeError> {
        let mut may_go_on = true;
        for outcome in outcomes {
            let Some(pair) = self.pairs.pop_front() else {
                return Err(OutcomeError::Unexpected("more than it was given".into()));
            };
            // A host may have begun pairs by itself. They must be those that the run comes to.
            if !self.run.begin_if_next(&pair, true, journal, &self.guard) {
                let (plugin, instance) = (pair.0.0, pair.1);
                let on = instance.map_or("the context".into(), |id| format!("{:?}", id.0));
                return Err(OutcomeError::Unexpected(format!(
                    "the plug-in {plugin:?} on {on}, which was not to come after the one before it"
                )));
            }
            let Outcome {
                failure,
                changes,
                duration,
            } = outcome;
            may_go_on &= failure.is_none() && !changes.iter().any(changes_what_comes);
            self.apply(changes, journal)?;
            let monitor = &self.shared.monitor;
            self.run.finish(failure, duration, journal, monitor);
        }
        // The pairs that the adapter was given are those that come if all goes well.
        Ok(may_go_on && self.goes_on(journal))
    }

    /// Whether the next pair begins in this call.
    fn goes_on(&mut self, journal: &mut Journal) -> bool {
        let Some(next) = self.pairs.front().cloned() else {
            return false;
        };
        let may_go_on = self.waiting.load(Ordering::Relaxed) == 0
            && journal.check_room_for_result().is_ok()
            && !self.shared.monitor.is_cancelled(self.run.id);
        may_go_on && self.run.begin_if_next(&next, false, journal, &self.guard)
    }

    /// Takes over what a pair changed. It can be stopped by force, and has the limits of a call.
    fn apply(&mut self, changes: Vec<Change>, journal: &mut Journal) -> Result<(), OutcomeError> {
        if changes.is_empty() {
            return Ok(());
        }
        let (begun, run) = (Instant::now(), self.run.id);
        let (limit, shared) = (self.guard.limit.0, &self.shared);
        journal.apply(changes, || {
            if shared.is_forced(run) {
                return Err(OutcomeError::Forced);
            }
            if begun.elapsed() > limit {
                return Err(OutcomeError::TooLong);
            }
            Ok(())
        })
    }

    /// The call is over: how long it was says how many pairs the next one gets.
    pub(crate) fn end(self) {
        let finished = self.given - self.pairs.len();
        self.run.batch_ended(self.given, finished);
    }
}

/// Whether other pairs may come after this change than before it.
fn changes_what_comes(change: &Change) -> bool {
    match change {
        Change::InstanceAdded { .. }
        | Change::InstanceRemoved { .. }
        | Change::SelectionSet { .. }
        | Change::PluginActivated { .. }
        | Change::PluginsChanged { .. }
        | Change::TargetsSet { .. }
        | Change::StopTestSet { .. } => true,
        Change::DataSet { place, .. } | Change::DataUnset { place } => {
            place.instance.is_some()
                && matches!(place.key.as_str(), "family" | "families" | "publish")
        }
        Change::MembersSet { .. } => false,
    }
}
