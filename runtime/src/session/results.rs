//! The results since the context began: a list that only grows, shared by all who look at it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::fared::{Fared, PluginFared, warned};
use crate::model::{InstanceId, PairResult, PluginId};

/// The results that there were at one moment. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Results {
    all: Arc<RwLock<Vec<Arc<PairResult>>>>,
    length: usize,
    standing: Arc<Mutex<Standing>>,
}

/// How what was processed stands, by the latest result of each plug-in on it. It is brought up to date by
/// whoever looks, result by result, so that a look costs what has happened since the last one.
#[derive(Debug, Default)]
pub struct Standing {
    /// How many results have been counted.
    counted: usize,
    /// How many had been when one last changed something.
    changed: usize,
    /// Of each instance that was processed, the plug-ins whose latest result on it is a failure.
    failed: HashMap<InstanceId, HashSet<PluginId>>,
    fared: Fared,
}

/// What a result came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// Warnings or not.
    Succeeded,
    /// It succeeded with a warning.
    Warned,
    Failed,
}

impl Came {
    pub fn is(self, result: &PairResult) -> bool {
        match self {
            Came::Succeeded => result.success(),
            Came::Warned => result.success() && warned(result),
            Came::Failed => !result.success(),
        }
    }
}

/// How an instance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Unprocessed,
    Succeeded,
    Failed,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Unprocessed => "unprocessed",
            State::Succeeded => "succeeded",
            State::Failed => "failed",
        }
    }
}

impl Results {
    /// The results, first one first.
    pub fn list(&self) -> Vec<Arc<PairResult>> {
        self.after(0)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The results behind so many.
    pub fn after(&self, passed: usize) -> Vec<Arc<PairResult>> {
        // A list of pointers is whole at every moment.
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        let some = all.get(passed..self.length).unwrap_or_default();
        some.to_vec()
    }

    /// Those at these places.
    pub fn at(&self, places: impl IntoIterator<Item = usize>) -> Vec<Arc<PairResult>> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        let places = places.into_iter();
        places.filter_map(|place| all.get(place).cloned()).collect()
    }

    /// Looks at how everything stands: as it did then, or a moment later.
    pub fn standing<T>(&self, look: impl FnOnce(&Standing) -> T) -> T {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        for result in self.after(standing.counted) {
            standing.count(&result);
        }
        look(&standing)
    }

    pub(super) fn push(&mut self, result: Arc<PairResult>) {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        all.push(result);
        self.length = all.len();
    }
}

impl Standing {
    fn count(&mut self, result: &PairResult) {
        self.fared.count(self.counted, result);
        self.counted += 1;
        let (Some(instance), Some(plugin)) = (&result.instance_id, &result.plugin_id) else {
            return;
        };
        let before = self.state(instance);
        let failed = match self.failed.get_mut(instance) {
            Some(failed) => failed,
            None => self.failed.entry(instance.clone()).or_default(),
        };
        match result.success() {
            true => failed.remove(plugin),
            false => failed.insert(plugin.clone()),
        };
        if self.state(instance) != before {
            self.changed = self.counted;
        }
    }

    pub fn state(&self, instance: &InstanceId) -> State {
        match self.failed.get(instance) {
            None => State::Unprocessed,
            Some(failed) if failed.is_empty() => State::Succeeded,
            Some(_) => State::Failed,
        }
    }

    /// How many results there are.
    pub fn results(&self) -> usize {
        self.counted
    }

    /// How each plug-in fared that has a result.
    pub fn plugins(&self) -> impl Iterator<Item = (&PluginId, &PluginFared)> {
        self.fared.plugins()
    }

    /// The places of those results that failed, and that no later one has replaced.
    pub fn failed(&self) -> &BTreeSet<usize> {
        &self.fared.failed
    }

    /// Likewise, of those that succeeded with a warning.
    pub fn warned(&self) -> &BTreeSet<usize> {
        &self.fared.warned
    }

    /// Whether no later result of the same plug-in on the same instance has replaced the one at this place.
    pub fn is_latest(&self, place: usize, result: &PairResult) -> bool {
        self.fared.is_latest(place, result)
    }

    /// Grows whenever an instance's state changes.
    pub fn revision(&self) -> usize {
        self.changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Failure, Mode};

    fn result(instance: &str, plugin: &str, success: bool) -> Arc<PairResult> {
        Arc::new(PairResult {
            plugin_id: Some(PluginId(plugin.into())),
            plugin: plugin.into(),
            instance_id: Some(InstanceId(instance.into())),
            instance: Some(instance.into()),
            mode: Mode::Process,
            failure: (!success).then(|| Failure::new("Error", "no")),
            records: Vec::new(),
            started: 0.0,
            duration: 0.0,
        })
    }

    #[test]
    fn an_instance_stands_by_the_latest_result_of_each_plug_in() {
        let mut results = Results::default();
        let id = InstanceId("a".into());
        let state = |results: &Results| results.standing(|s| (s.state(&id), s.revision()));
        assert_eq!(state(&results), (State::Unprocessed, 0));
        for (plugin, success, expected) in [
            ("P", true, (State::Succeeded, 1)),
            ("Q", true, (State::Succeeded, 1)),
            ("P", false, (State::Failed, 3)),
            ("Q", false, (State::Failed, 3)),
            ("P", true, (State::Failed, 3)),
            ("Q", true, (State::Succeeded, 6)),
        ] {
            results.push(result("a", plugin, success));
            assert_eq!(state(&results), expected, "{plugin}");
        }
        assert_eq!(
            results.standing(|s| s.state(&InstanceId("b".into()))),
            State::Unprocessed
        );
    }

    #[test]
    fn who_looked_before_sees_what_there_was() {
        let mut results = Results::default();
        results.push(result("a", "P", true));
        let before = results.clone();
        results.push(result("a", "P", true));
        assert_eq!((before.list().len(), results.list().len()), (1, 2));
        assert_eq!(results.after(1).len(), 1);
        assert_eq!(results.after(9).len(), 0);
        assert_eq!(results.at([1, 9]).len(), 1);
    }
}
