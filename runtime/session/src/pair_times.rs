//! How long the pairs of each plug-in took in earlier runs, so that progress says how long a run
//! will take.

use std::borrow::Borrow;
use std::collections::HashMap;

use pyblish_history::History;
use pyblish_model::{Mode, PairResult, Plugin, RunInfo, SmolStr};

/// The most pairs of a run that are looked at.
const MOST: usize = 20_000;

/// How long the pairs of each plug-in took, by the name of its class.
#[derive(Debug, Default)]
pub(crate) struct PairTimes {
    /// Microseconds in all, and of how many pairs.
    known: HashMap<SmolStr, (f64, u64)>,
    has_read: bool,
}

impl PairTimes {
    /// Reads the latest run of a former process, once.
    pub(crate) fn read(&mut self, history: &History) {
        if std::mem::replace(&mut self.has_read, true) {
            return;
        }
        let is_known = |run: &&RunInfo| {
            let pairs = run.succeeded + run.failed;
            run.state.ended() && (1..=MOST as u64).contains(&pairs)
        };
        let read = || {
            let runs = history.runs()?;
            match runs.iter().find(is_known) {
                Some(run) => history.results(run.id),
                None => Ok(Vec::new()),
            }
        };
        match read() {
            Ok(results) => self.learn(&results),
            Err(error) => tracing::debug!("how long plug-ins took is not known: {error}"),
        }
    }

    /// Takes the latest of these results into account.
    pub(crate) fn learn(&mut self, results: &[impl Borrow<PairResult>]) {
        let latest = results.iter().rev().take(MOST).map(Borrow::borrow);
        for result in latest.filter(|it| it.mode == Mode::Process && it.duration.is_finite()) {
            let (time, pairs) = self.known.entry(result.plugin.clone()).or_default();
            *time += result.duration.max(0.0) * 1000.0;
            *pairs += 1;
        }
    }

    /// How many microseconds a pair of each plug-in takes. A plug-in that never ran takes as long as
    /// the others on average. None if none of them ever ran.
    pub(crate) fn weights(&self, plugins: &[Plugin]) -> Option<Vec<u64>> {
        let time = |plugin: &Plugin| {
            let (time, pairs) = self.known.get(&plugin.name)?;
            Some(time / *pairs as f64)
        };
        let known: Vec<f64> = plugins.iter().filter_map(time).collect();
        if known.is_empty() {
            return None;
        }
        let average = known.iter().sum::<f64>() / known.len() as f64;
        let weights = plugins.iter().map(|plugin| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a time that was measured"
            )]
            let whole = time(plugin).unwrap_or(average).min(1e12) as u64;
            whole.max(1)
        });
        Some(weights.collect())
    }
}
