//! The runs that were started before, by this process or by former ones: which one an idempotency
//! key belongs to, and which one can be continued.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::error::SessionError;
use crate::lookahead::FinishedPairs;
use crate::snapshot::Snapshot;
use pyblish_history::{History, Idempotency};
use pyblish_model::{Failure, PairResult, Plugin, PluginId, RunId, RunInfo};

/// How many runs of this process are known by their keys. The history may not have the latest ones
/// yet.
const RECENT: usize = 64;

/// The runs in the session's history, and the latest ones of this process.
pub(crate) struct PastRuns {
    history: History,
    /// The latest runs of this process that were started with a key; the newest one is first.
    recent: VecDeque<(Idempotency, Arc<RunInfo>)>,
}

/// What a run needs of the one that it continues.
pub(crate) struct Continuation {
    /// The run that is continued.
    pub(crate) former: RunInfo,
    /// Which id each plug-in of that run has now: ids change when plug-ins are discovered again.
    pub(crate) ids: HashMap<PluginId, PluginId>,
    /// What it processed.
    pub(crate) finished: FinishedPairs,
}

impl PastRuns {
    pub(crate) fn new(history: History) -> Self {
        PastRuns {
            history,
            recent: VecDeque::new(),
        }
    }

    /// Remembers that this key started this run.
    pub(crate) fn add(&mut self, key: Idempotency, run: Arc<RunInfo>) {
        self.recent.push_front((key, run));
        self.recent.truncate(RECENT);
    }

    /// The run that was started with this key. `latest` is the latest run of this process, as it is
    /// now.
    ///
    /// # Errors
    /// Another request started it, or the history cannot be read: then nothing may be started.
    pub(crate) fn with_key(
        &self,
        asked: &Idempotency,
        latest: Option<&Arc<RunInfo>>,
    ) -> Result<Option<Arc<RunInfo>>, SessionError> {
        let recent = self.recent.iter().find(|(key, _)| key.key == asked.key);
        let (run, key) = match recent {
            Some((key, started)) => {
                let latest = latest.filter(|latest| latest.id == started.id).cloned();
                let run = match latest {
                    Some(run) => run,
                    None => {
                        let stored = self.history.run(started.id)?;
                        stored.map_or_else(|| started.clone(), Arc::new)
                    }
                };
                (run, Some(key.clone()))
            }
            None => match self.history.run_by_key(&asked.key)? {
                Some((run, key)) => (Arc::new(run), key),
                None => return Ok(None),
            },
        };
        match key {
            Some(key) if key.request != asked.request => {
                Err(SessionError::KeyReused(asked.key.clone(), run.id))
            }
            // Older versions of this program stored the key without the request.
            _ => Ok(Some(run)),
        }
    }

    /// The latest run, if it was broken off: cancelled, lost or interrupted.
    pub(crate) fn latest_broken_off(&self) -> Option<RunId> {
        let runs = self.history.runs().unwrap_or_else(|error| {
            // The host's work goes on, but no run can be continued.
            tracing::warn!("cannot tell whether a run can be continued: {error}");
            Vec::new()
        });
        let latest = runs.first().filter(|run| run.state.is_broken_off());
        latest.map(|run| run.id)
    }

    /// What it takes to continue this run in the session as it is now.
    ///
    /// # Errors
    /// There is no such run, it cannot be continued, or the history cannot be read.
    pub(crate) fn continuation(
        &self,
        run: RunId,
        now: &Snapshot,
    ) -> Result<Continuation, SessionError> {
        let former = self.history.run(run)?;
        let former = former.ok_or(SessionError::UnknownRun(run))?;
        if !former.state.is_broken_off() {
            return Err(SessionError::NotContinued(run, "it ended by itself"));
        }
        if now.continuable != Some(run) {
            let reason = "its context is gone, or another run came after it";
            return Err(SessionError::NotContinued(run, reason));
        }
        let Some(ids) = same_plugins(&self.history.discovered(run)?.plugins, &now.plugins) else {
            let reason = "the plug-ins have changed since";
            return Err(SessionError::NotContinued(run, reason));
        };
        let finished = finished(self.history.results(run)?, &ids);
        Ok(Continuation {
            former,
            ids,
            finished,
        })
    }
}

/// Which id each plug-in has now, if the same plug-ins are there as were then.
fn same_plugins(then: &[Plugin], now: &[Plugin]) -> Option<HashMap<PluginId, PluginId>> {
    let is_same =
        |(a, b): (&Plugin, &Plugin)| (&a.name, &a.file, a.order) == (&b.name, &b.file, b.order);
    let pairs = || then.iter().zip(now);
    let all = then.len() == now.len() && pairs().all(is_same);
    let ids = pairs().map(|(a, b)| (a.id.clone(), b.id.clone()));
    all.then(|| ids.collect())
}

/// The pairs that these results are about, by the ids of now. A plug-in that stopped because the
/// run was cancelled has not finished.
fn finished(results: Vec<PairResult>, ids: &HashMap<PluginId, PluginId>) -> FinishedPairs {
    let pairs = results.into_iter().filter_map(|result| {
        if result.failure.as_ref().is_some_and(Failure::is_cancelled) {
            return None;
        }
        let success = result.success();
        let plugin = ids.get(&result.plugin_id?)?.clone();
        Some(((plugin, result.instance_id), success))
    });
    pairs.collect()
}
