//! How each plug-in fared on each instance, by the latest result: counted as results come, in a few bytes a pair,
//! for there may be millions of pairs.

use std::collections::{BTreeSet, HashMap};

use crate::model::{InstanceId, Level, Mode, PairResult, PluginId};

/// How every plug-in fared. What an action came to says nothing of it.
#[derive(Debug, Default)]
pub(super) struct Fared {
    /// Numbers in place of the instances' names, from 1; 0 is the context.
    numbers: HashMap<InstanceId, usize>,
    plugins: HashMap<PluginId, PluginFared>,
    /// The places of the latest results that failed.
    pub(super) failed: BTreeSet<usize>,
    /// Likewise, of those that succeeded with a warning.
    pub(super) warned: BTreeSet<usize>,
}

/// How one plug-in fared.
#[derive(Debug, Default)]
pub struct PluginFared {
    /// By the instance's number.
    latest: Vec<Option<Latest>>,
    /// On how many instances it succeeded, warnings or not; the context counts as one.
    pub succeeded: usize,
    /// How long all of its work took, in milliseconds; repairs and actions don't count.
    pub duration: f64,
}

/// The latest result of a pair.
#[derive(Debug, Clone, Copy)]
struct Latest {
    /// Its place among all results.
    place: usize,
    /// Whether it was processed, with success. What was repaired has to show itself anew.
    succeeded: bool,
}

impl Fared {
    pub(super) fn count(&mut self, place: usize, result: &PairResult) {
        let Some(plugin) = relevant(result) else {
            return;
        };
        let number = self.number(result.instance_id.as_ref());
        let fared = match self.plugins.get_mut(plugin) {
            Some(fared) => fared,
            None => self.plugins.entry(plugin.clone()).or_default(),
        };
        if fared.latest.len() <= number {
            fared.latest.resize(number + 1, None);
        }
        let processed = result.mode == Mode::Process;
        let succeeded = processed && result.success();
        let before = fared.latest[number].replace(Latest { place, succeeded });
        if let Some(before) = before {
            fared.succeeded -= usize::from(before.succeeded);
            self.failed.remove(&before.place);
            self.warned.remove(&before.place);
        }
        fared.succeeded += usize::from(succeeded);
        if processed {
            fared.duration += result.duration;
        }
        if !result.success() {
            self.failed.insert(place);
        } else if processed && warned(result) {
            self.warned.insert(place);
        }
    }

    pub(super) fn plugins(&self) -> impl Iterator<Item = (&PluginId, &PluginFared)> {
        self.plugins.iter()
    }

    /// Whether the result at this place is the latest of its plug-in on its instance.
    pub(super) fn is_latest(&self, place: usize, result: &PairResult) -> bool {
        let number = match &result.instance_id {
            None => Some(0),
            Some(id) => self.numbers.get(id).copied(),
        };
        let fared = relevant(result).and_then(|plugin| self.plugins.get(plugin));
        let latest = fared.zip(number).and_then(|(f, n)| *f.latest.get(n)?);
        latest.is_some_and(|latest| latest.place == place)
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

/// The plug-in that a result says something of.
fn relevant(result: &PairResult) -> Option<&PluginId> {
    match result.mode {
        Mode::Action(_) => None,
        Mode::Process | Mode::Repair => result.plugin_id.as_ref(),
    }
}

/// Whether something was said that the user ought to read, though it succeeded.
pub(super) fn warned(result: &PairResult) -> bool {
    let mut records = result.records.iter();
    records.any(|record| record.level >= Level::WARNING)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Failure, Record};

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
            instance: instance.map(str::to_owned),
            mode,
            failure: (!success).then(|| Failure::new("Error", "no")),
            records: warns.then_some(record).into_iter().collect(),
            started: 0.0,
            duration: 2.0,
        }
    }

    #[test]
    fn the_latest_result_of_each_pair_counts() {
        let mut fared = Fared::default();
        let action = || Mode::Action("open".into());
        let cases = [
            // What came, and then: the succeeded, the places of the failed and of the warned, the duration.
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
        for (place, (result, (succeeded, failed, warned, duration))) in
            cases.into_iter().enumerate()
        {
            fared.count(place, &result);
            results.push(result);
            let (_, plugin) = fared.plugins().next().unwrap();
            assert_eq!(
                (plugin.succeeded, plugin.duration),
                (succeeded, duration),
                "{place}"
            );
            assert_eq!(fared.failed, BTreeSet::from_iter(failed), "{place}");
            assert_eq!(fared.warned, BTreeSet::from_iter(warned), "{place}");
        }
        let latest = |place: &usize| fared.is_latest(*place, &results[*place]);
        let found: Vec<_> = (0..results.len()).filter(latest).collect();
        assert_eq!(found, [5, 6]);
    }
}
