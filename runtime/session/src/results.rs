//! The results since the context began: a list that only grows, shared by everybody who reads it.
//!
//! Their memory has a limit (`result-data`). Beyond half of it the oldest results lose their
//! records and their longest texts, and say so; the events and the reports still have those. How
//! each result ended stays. When that is not enough, no further pair is processed until the session
//! is reset.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use crate::memory_size;
use crate::tally::Tally;
use pyblish_model::{Failure, Level, PairResult, Record};

/// How many new results a reader that must not wait counts by itself.
const FEW: usize = 256;

/// Bytes of a failure's message that are kept in any case.
const MESSAGE: usize = 1000;

/// The results that there were at one moment. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Results {
    list: Arc<RwLock<ResultList>>,
    /// How many results there were at that moment: the list may have grown since.
    length: usize,
    tally: Arc<Mutex<Tally>>,
}

#[derive(Debug)]
struct ResultList {
    results: Vec<Arc<PairResult>>,
    /// What all of them take in memory, in bytes.
    size: usize,
    /// How many bytes they may take.
    max_size: usize,
    /// How many of the oldest results have been shortened.
    shortened: usize,
}

/// There is no room for another result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ResultsFull;

impl Results {
    /// No results yet. They may take so many bytes.
    pub(crate) fn new(max_size: usize) -> Self {
        let list = ResultList {
            results: Vec::new(),
            size: 0,
            max_size,
            shortened: 0,
        };
        Results {
            list: Arc::new(RwLock::new(list)),
            length: 0,
            tally: Arc::default(),
        }
    }

    /// No results yet, with the same limit as these.
    pub(crate) fn emptied(&self) -> Self {
        Results::new(self.read().max_size)
    }

    /// Checks whether there is room for another result.
    pub(crate) fn check_room(&self) -> Result<(), ResultsFull> {
        let list = self.read();
        if list.size < list.max_size {
            Ok(())
        } else {
            Err(ResultsFull)
        }
    }

    pub(crate) fn push(&mut self, result: Arc<PairResult>) {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        list.push(result);
        self.length = list.results.len();
    }

    fn read(&self) -> RwLockReadGuard<'_, ResultList> {
        // A panic elsewhere leaves no half-written list.
        self.list.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// All results; the first one is the oldest.
    pub fn list(&self) -> Vec<Arc<PairResult>> {
        self.after(0)
    }

    /// How many results there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The results without the first `count` of them.
    pub fn after(&self, count: usize) -> Vec<Arc<PairResult>> {
        let list = self.read();
        let some = list.results.get(count..self.length).unwrap_or_default();
        some.to_vec()
    }

    /// The results at these positions, counted from 0. Positions that do not exist are left out.
    pub fn at(&self, positions: impl IntoIterator<Item = usize>) -> Vec<Arc<PairResult>> {
        let list = self.read();
        let positions = positions.into_iter();
        let found = positions.filter_map(|position| list.results.get(position).cloned());
        found.collect()
    }

    /// The latest result of each plug-in on each instance, with its position. These are the latest
    /// ones of the tally, which may have counted more results than there were at this moment.
    pub fn latest(&self) -> Vec<(usize, Arc<PairResult>)> {
        self.tally(|tally| {
            let list = self.read();
            let counted = list.results.iter().take(tally.results()).enumerate();
            let latest = counted.filter(|(place, result)| tally.is_latest(*place, result));
            latest
                .map(|(place, result)| (place, result.clone()))
                .collect()
        })
    }

    /// Looks at the tally of these results, or of a moment later.
    pub fn tally<T>(&self, look: impl FnOnce(&Tally) -> T) -> T {
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        look(&self.count_new(tally))
    }

    /// The same, for readers that must not wait. None while another reader looks, and none where
    /// more than 256 results came since the last look.
    pub fn tally_now<T>(&self, look: impl FnOnce(&Tally) -> T) -> Option<T> {
        let tally = self.tally.try_lock().ok()?;
        let new = self.length.saturating_sub(tally.results());
        (new <= FEW).then(|| look(&self.count_new(tally)))
    }

    /// Counts the results that came since the last look.
    fn count_new<'a>(&self, mut tally: MutexGuard<'a, Tally>) -> MutexGuard<'a, Tally> {
        for result in self.after(tally.results()) {
            tally.count(&result);
        }
        tally
    }
}

impl ResultList {
    fn push(&mut self, result: Arc<PairResult>) {
        self.size = self.size.saturating_add(memory_size::result(&result));
        self.results.push(result);
        // The latest result stays whole, because somebody waits for it.
        while self.size > self.max_size / 2 && self.shortened + 1 < self.results.len() {
            let old = &mut self.results[self.shortened];
            if let Some(short) = shorten(old) {
                let saved = memory_size::result(old);
                self.size = self.size.saturating_sub(saved) + memory_size::result(&short);
                *old = Arc::new(short);
            }
            self.shortened += 1;
        }
    }
}

/// The result without its records and long texts; none if it has neither. A result with a warning
/// still has one afterwards.
fn shorten(result: &PairResult) -> Option<PairResult> {
    let level = result.records.iter().map(|record| record.level).max();
    let failure = result.failure.as_ref();
    let is_long = |failure: &Failure| {
        let texts = [&failure.detail, &failure.traceback];
        failure.message.len() > MESSAGE || texts.iter().any(|text| text.is_some())
    };
    if level.is_none() && !failure.is_some_and(is_long) {
        return None;
    }
    let record = level.map(|level| Record {
        level: level.min(Level::WARNING),
        message: format!(
            "what this said ({} records) is no longer in memory; the events and the report of its run still have it",
            result.records.len()
        ),
        logger: "pyblish_endpoint".into(),
        location: None,
        traceback: None,
        created: result.started,
    });
    let failure = failure.map(|failure| {
        let end = failure.message.floor_char_boundary(MESSAGE);
        let mut message = failure.message[..end].to_owned();
        if end < failure.message.len() {
            message += "…";
        }
        Failure {
            kind: failure.kind.clone(),
            ..Failure::new("", message)
        }
    });
    Some(PairResult {
        plugin_id: result.plugin_id.clone(),
        plugin: result.plugin.clone(),
        instance_id: result.instance_id.clone(),
        instance: result.instance.clone(),
        mode: result.mode.clone(),
        failure,
        records: record.into_iter().collect(),
        ..*result
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyblish_model::{InstanceId, Mode, PluginId};

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
    fn nonwaiting_reader_counts_few_results() {
        let mut results = Results::new(usize::MAX);
        let look = |results: &Results| results.tally_now(Tally::results);
        for _ in 0..FEW {
            results.push(result("a", "P", true));
        }
        assert_eq!(look(&results), Some(FEW));
        for _ in 0..=FEW {
            results.push(result("a", "P", true));
        }
        assert_eq!(look(&results), None);
        // A reader that waits counts them all, and nothing is left to count.
        assert_eq!(results.tally(Tally::results), 2 * FEW + 1);
        assert_eq!(look(&results), Some(2 * FEW + 1));
        assert_eq!(results.tally(|_| look(&results)), None);
    }

    #[test]
    fn each_pair_has_one_latest_result() {
        let mut results = Results::new(usize::MAX);
        results.push(result("a", "P", false));
        results.push(result("a", "Q", true));
        let before = results.clone();
        results.push(result("a", "P", true));
        // Another reader has counted the new result already.
        assert_eq!(results.tally(Tally::results), 3);
        for results in [before, results] {
            let latest = results.latest().into_iter().map(|(place, _)| place);
            assert_eq!(latest.collect::<Vec<_>>(), [1, 2]);
        }
    }

    #[test]
    fn clone_keeps_its_length() {
        let mut results = Results::new(usize::MAX);
        results.push(result("a", "P", true));
        let before = results.clone();
        results.push(result("a", "P", true));
        assert_eq!((before.list().len(), results.list().len()), (1, 2));
        assert_eq!(results.after(1).len(), 1);
        assert_eq!(results.after(9).len(), 0);
        assert_eq!(results.at([1, 9]).len(), 1);
    }
}
