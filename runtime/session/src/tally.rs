//! What the results come to, by the latest result of each plug-in on each instance.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::plugin_stats::{PluginStats, StatsByPlugin};
use crate::states::{InstanceState, StageState};
use pyblish_model::{InstanceId, PairResult, PluginId};

/// What the results come to. Readers bring it up to date, result by result, so a look costs what
/// has happened since the last one.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many results have been counted.
    counted: usize,
    /// How many had been counted when the state of an instance, or of a pair, last changed.
    changed: usize,
    /// Of each instance that was processed, the plug-ins whose latest result on it is a failure.
    failed: HashMap<InstanceId, HashSet<PluginId>>,
    plugins: StatsByPlugin,
}

impl Tally {
    /// Counts the next result.
    pub(crate) fn count(&mut self, result: &PairResult) {
        let is_new = self.plugins.count(self.counted, result);
        self.counted += 1;
        if is_new {
            self.changed = self.counted;
        }
        let (Some(instance), Some(plugin)) = (&result.instance_id, &result.plugin_id) else {
            return;
        };
        let before = self.state(instance);
        // Most instances are known, and only a new one needs a copy of its id.
        let failed = match self.failed.get_mut(instance) {
            Some(failed) => failed,
            None => self.failed.entry(instance.clone()).or_default(),
        };
        if result.success() {
            failed.remove(plugin);
        } else {
            failed.insert(plugin.clone());
        }
        if self.state(instance) != before {
            self.changed = self.counted;
        }
    }

    /// What the results on this instance come to.
    pub fn state(&self, instance: &InstanceId) -> InstanceState {
        match self.failed.get(instance) {
            None => InstanceState::Unprocessed,
            Some(failed) if failed.is_empty() => InstanceState::Succeeded,
            Some(_) => InstanceState::Failed,
        }
    }

    /// What the latest result of a plug-in on an instance, or on the context, says. A cancelled one
    /// is a failure.
    pub fn pair(&self, plugin: &PluginId, instance: Option<&InstanceId>) -> StageState {
        self.plugins.pair(plugin, instance)
    }

    /// How many results have been counted.
    pub fn results(&self) -> usize {
        self.counted
    }

    /// The plug-ins that have results, each with what those come to.
    pub fn plugins(&self) -> impl Iterator<Item = (&PluginId, &PluginStats)> {
        self.plugins.iter()
    }

    /// The positions of the failures, counted from 0 in the list of results. A result that a later
    /// one has replaced does not count.
    pub fn failed(&self) -> &BTreeSet<usize> {
        self.plugins.failed()
    }

    /// The same, of the successes with a warning.
    pub fn warned(&self) -> &BTreeSet<usize> {
        self.plugins.warned()
    }

    /// Whether the result at this position is the latest one of its plug-in on its instance.
    pub fn is_latest(&self, position: usize, result: &PairResult) -> bool {
        self.plugins.is_latest(position, result)
    }

    /// Grows whenever the state of an instance changes, or that of a pair.
    pub fn revision(&self) -> usize {
        self.changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyblish_model::{Failure, Mode};

    fn result(plugin: &str, success: bool) -> PairResult {
        PairResult {
            plugin_id: Some(PluginId(plugin.into())),
            plugin: plugin.into(),
            instance_id: Some(InstanceId("a".into())),
            instance: Some("a".into()),
            mode: Mode::Process,
            failure: (!success).then(|| Failure::new("Error", "no")),
            records: Vec::new(),
            started: 0.0,
            duration: 0.0,
        }
    }

    #[test]
    fn latest_result_of_each_plugin_makes_the_state() {
        use InstanceState::{Failed, Succeeded, Unprocessed};
        let mut tally = Tally::default();
        let id = InstanceId("a".into());
        let state = |tally: &Tally| (tally.state(&id), tally.revision());
        assert_eq!(state(&tally), (Unprocessed, 0));
        for (plugin, success, expected) in [
            ("P", true, (Succeeded, 1)),
            ("Q", true, (Succeeded, 2)),
            ("P", false, (Failed, 3)),
            ("Q", false, (Failed, 4)),
            ("P", true, (Failed, 5)),
            ("P", true, (Failed, 5)),
            ("Q", true, (Succeeded, 7)),
        ] {
            tally.count(&result(plugin, success));
            assert_eq!(state(&tally), expected, "{plugin}");
        }
        assert_eq!(tally.state(&InstanceId("b".into())), Unprocessed);
    }
}
