//! Which pairs come next in a run, so that an adapter gets several at once.

use std::collections::HashMap;

use pyblish_model::{InstanceId, PluginId};
use pyblish_rules::SessionView;

/// A run while a pair of it is being processed: enough to say what comes next.
#[derive(Debug)]
pub(crate) struct Lookahead<'a> {
    pub(crate) plan: &'a pyblish_rules::Run,
    pub(crate) session: SessionView<'a>,
    /// Pairs that the run skips, because the run that it continues has processed them.
    pub(crate) finished: &'a FinishedPairs,
}

/// How many steps of planning one answer may take. A step looks at about a hundred instances for
/// one plug-in. Nothing else would end a long search.
const MAX_STEPS: usize = 10_000;

/// Pairs that were processed, and whether each succeeded.
pub(crate) type FinishedPairs = HashMap<(PluginId, Option<InstanceId>), bool>;

impl Lookahead<'_> {
    /// The next pairs, at most `limit` of them. The list ends before a pair that is finished
    /// already (it may have failed), and before one whose instance is gone.
    pub(crate) fn pairs(&self, limit: usize) -> Vec<(PluginId, Option<InstanceId>)> {
        let mut steps = 0;
        let go_on = || {
            steps += 1;
            steps <= MAX_STEPS
        };
        let pairs = self.plan.upcoming(self.session, go_on);
        let pairs =
            pairs.map(|(plugin, instance)| (self.session.plugins[plugin].id.clone(), instance));
        // They come in the context's order, so each is found right behind the one before it.
        let all = &self.session.context.instances;
        let mut position = 0;
        let mut exists = |id: &InstanceId| {
            let found = (position..all.len())
                .chain(0..position)
                .find(|&position| &all[position].id == id);
            position = found.unwrap_or(position);
            found.is_some()
        };
        let is_to_do = |pair: &(PluginId, Option<InstanceId>)| {
            !self.finished.contains_key(pair) && pair.1.as_ref().is_none_or(&mut exists)
        };
        pairs.take_while(is_to_do).take(limit).collect()
    }
}
