//! What the results of each plug-in come to, by its latest result on each instance. They are
//! counted as they come, in a few bytes a pair, because there may be millions of pairs.

use std::collections::{BTreeSet, HashMap};

use crate::states::{StageState, has_warning};
use pyblish_model::{InstanceId, Mode, PairResult, PluginId};

/// The stats of all plug-ins. Results of actions say nothing about a plug-in, so they are not
/// counted.
#[derive(Debug, Default)]
pub(crate) struct StatsByPlugin {
    /// A number for each instance, from 1, because ids take more memory; 0 is the context.
    numbers: HashMap<InstanceId, usize>,
    plugins: HashMap<PluginId, PluginStats>,
    /// The positions of the latest results that failed.
    failed: BTreeSet<usize>,
    /// The positions of the latest results that succeeded with a warning.
    warned: BTreeSet<usize>,
}

/// What the results of one plug-in come to.
#[derive(Debug, Default)]
pub struct PluginStats {
    /// The latest result on each instance, by the number of the instance.
    latest: Vec<Option<LatestResult>>,
    /// On how many instances it succeeded, with or without warnings; the context counts as one.
    pub succeeded: usize,
    /// How long all of its processing took, in milliseconds. Repairs and actions do not count.
    pub duration: f64,
}

/// The latest result of a pair.
#[derive(Debug, Clone, Copy)]
struct LatestResult {
    /// Its position in the list of results.
    position: usize,
    /// Whether it processed the pair with success. A repair is no success: the plug-in has yet to
    /// show that it passes.
    succeeded: bool,
}

impl StatsByPlugin {
    /// Counts the result at this position. Returns whether the state of its pair has changed.
    pub(crate) fn count(&mut self, position: usize, result: &PairResult) -> bool {
        let Some(plugin) = counted_plugin(result) else {
            return false;
        };
        let before = self.pair(plugin, result.instance_id.as_ref());
        let number = self.number(result.instance_id.as_ref());
        // Most plug-ins are known, and only a new one needs a copy of its id.
        let stats = match self.plugins.get_mut(plugin) {
            Some(stats) => stats,
            None => self.plugins.entry(plugin.clone()).or_default(),
        };
        if stats.latest.len() <= number {
            stats.latest.resize(number + 1, None);
        }
        let processed = result.mode == Mode::Process;
        let latest = LatestResult {
            position,
            succeeded: processed && result.success(),
        };
        if let Some(before) = stats.latest[number].replace(latest) {
            stats.succeeded -= usize::from(before.succeeded);
            self.failed.remove(&before.position);
            self.warned.remove(&before.position);
        }
        stats.succeeded += usize::from(latest.succeeded);
        if processed {
            stats.duration += result.duration;
        }
        if !result.success() {
            self.failed.insert(position);
        } else if processed && has_warning(result) {
            self.warned.insert(position);
        }
        self.pair(plugin, result.instance_id.as_ref()) != before
    }

    /// What the latest result of a plug-in on an instance, or on the context, says.
    pub(crate) fn pair(&self, plugin: &PluginId, instance: Option<&InstanceId>) -> StageState {
        match self.latest(plugin, instance) {
            Some(latest) if self.failed.contains(&latest.position) => StageState::Failed,
            Some(latest) if latest.succeeded => StageState::Done,
            Some(_) | None => StageState::Pending,
        }
    }

    fn latest(&self, plugin: &PluginId, instance: Option<&InstanceId>) -> Option<LatestResult> {
        let number = match instance {
            None => 0,
            Some(id) => *self.numbers.get(id)?,
        };
        *self.plugins.get(plugin)?.latest.get(number)?
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&PluginId, &PluginStats)> {
        self.plugins.iter()
    }

    /// The positions of the latest results that failed.
    pub(crate) fn failed(&self) -> &BTreeSet<usize> {
        &self.failed
    }

    /// The positions of the latest results that succeeded with a warning.
    pub(crate) fn warned(&self) -> &BTreeSet<usize> {
        &self.warned
    }

    /// Whether the result at this position is the latest of its plug-in on its instance.
    pub(crate) fn is_latest(&self, position: usize, result: &PairResult) -> bool {
        let plugin = counted_plugin(result);
        let latest = plugin.and_then(|it| self.latest(it, result.instance_id.as_ref()));
        latest.is_some_and(|latest| latest.position == position)
    }

    fn number(&mut self, instance: Option<&InstanceId>) -> usize {
        let Some(instance) = instance else {
            return 0;
        };
        let next = self.numbers.len() + 1;
        match self.numbers.get(instance) {
            Some(number) => *number,
            None => *self.numbers.entry(instance.clone()).or_insert(next),
        }
    }
}

/// The plug-in that this result is counted for, if it is.
fn counted_plugin(result: &PairResult) -> Option<&PluginId> {
    match result.mode {
        Mode::Action(_) => None,
        Mode::Process | Mode::Repair => result.plugin_id.as_ref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyblish_model::{Failure, Level, Record};

    fn result(instance: Option<&str>, mode: Mode, success: bool, warns: bool) -> PairResult {
        let record = Record {
            level: Level::WARNING,
            message: "look".into(),
            logger: "P".into(),
            location: None,
            traceback: None,
            created: 0.0,
        };
        PairResult {
            plugin_id: Some(PluginId("P".into())),
            plugin: "P".into(),
            instance_id: instance.map(|id| InstanceId(id.into())),
            instance: instance.map(Into::into),
            mode,
            failure: (!success).then(|| Failure::new("Error", "no")),
            records: warns.then_some(record).into_iter().collect(),
            started: 0.0,
            duration: 2.0,
        }
    }

    #[test]
    fn latest_result_of_each_pair_counts() {
        let mut stats = StatsByPlugin::default();
        let action = || Mode::Action("open".into());
        let cases = [
            // A result, and after it: how many succeeded, the positions of failures and of
            // warnings, the duration.
            (
                result(Some("a"), Mode::Process, false, false),
                (0, vec![0], vec![], 2.0),
            ),
            (
                result(None, Mode::Process, true, true),
                (1, vec![0], vec![1], 4.0),
            ),
            (
                result(Some("a"), Mode::Repair, true, true),
                (1, vec![], vec![1], 4.0),
            ),
            (
                result(Some("a"), action(), false, false),
                (1, vec![], vec![1], 4.0),
            ),
            (
                result(Some("a"), Mode::Process, true, false),
                (2, vec![], vec![1], 6.0),
            ),
            (
                result(Some("a"), Mode::Process, true, true),
                (2, vec![], vec![1, 5], 8.0),
            ),
            (
                result(None, Mode::Repair, false, false),
                (1, vec![6], vec![5], 8.0),
            ),
        ];
        let mut results: Vec<PairResult> = Vec::new();
        for (position, (result, (succeeded, failed, warned, duration))) in
            cases.into_iter().enumerate()
        {
            stats.count(position, &result);
            results.push(result);
            let (_, plugin) = stats.iter().next().unwrap();
            assert_eq!(
                (plugin.succeeded, plugin.duration),
                (succeeded, duration),
                "{position}"
            );
            assert_eq!(*stats.failed(), BTreeSet::from_iter(failed), "{position}");
            assert_eq!(*stats.warned(), BTreeSet::from_iter(warned), "{position}");
        }
        let latest = |position: &usize| stats.is_latest(*position, &results[*position]);
        let found: Vec<_> = (0..results.len()).filter(latest).collect();
        assert_eq!(found, [5, 6]);
    }
}
