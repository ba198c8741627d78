//! What is counted of sessions.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};

use pyblish_session::AdapterLimits;

/// How many plug-ins have a label of their own, those that came first; all later ones are `other`.
const MOST_PLUGINS: usize = 200;

/// The label of a plug-in that has none of its own.
const OTHER: &str = "other";

type NamedLabel = [(&'static str, String); 1];
type StepLabels = [(&'static str, String); 2];
type Histograms = Family<StepLabels, Histogram, fn() -> Histogram>;

/// What is counted. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    pub(super) runs: Family<NamedLabel, Counter>,
    pub(super) steps: Histograms,
    pub(super) failures: Family<StepLabels, Counter>,
    pub(super) adapters_lost: Counter,
    pub(super) restarts: Counter,
    pub(super) lost_events: Counter,
    /// Limits of adapters that were met, by their names: there are as many as limits.
    pub(super) adapter_limits: Family<NamedLabel, Counter>,
    plugins: Arc<Mutex<HashSet<String>>>,
}

impl Default for Metrics {
    fn default() -> Self {
        let adapter_limits = Family::<NamedLabel, Counter>::default();
        for limit in AdapterLimits::names() {
            drop(adapter_limits.get_or_create(&[("limit", limit.to_owned())]));
        }
        Metrics {
            runs: Family::default(),
            steps: Family::new_with_constructor(seconds as fn() -> Histogram),
            failures: Family::default(),
            adapters_lost: Counter::default(),
            restarts: Counter::default(),
            lost_events: Counter::default(),
            adapter_limits,
            plugins: Arc::default(),
        }
    }
}

/// From a millisecond to four minutes.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 4.0, 10))
}

impl Metrics {
    /// A run has ended with this state.
    pub(super) fn ended(&self, state: &str) {
        self.runs
            .get_or_create(&[("state", state.to_owned())])
            .inc();
    }

    /// A plug-in of this stage has ended after so many milliseconds.
    pub(super) fn stepped(&self, plugin: &str, stage: &str, duration: f64, success: bool) {
        let labels = [("plugin", self.label(plugin)), ("stage", stage.to_owned())];
        self.steps
            .get_or_create(&labels)
            .observe((duration / 1e3).max(0.0));
        if !success {
            self.failures.get_or_create(&labels).inc();
        }
    }

    /// The adapter or its host is gone: whether it is started again by itself, and which of its limits
    /// it met.
    pub(super) fn lost(&self, restarts: bool, limit: Option<&str>) {
        self.adapters_lost.inc();
        if let Some(limit) = limit {
            self.adapter_limits
                .get_or_create(&[("limit", limit.to_owned())])
                .inc();
        }
        if restarts {
            self.restarts.inc();
        }
    }

    /// The label of this plug-in.
    fn label(&self, plugin: &str) -> String {
        let mut known = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(plugin) {
            return plugin.to_owned();
        }
        if known.len() == MOST_PLUGINS {
            return OTHER.into();
        }
        known.insert(plugin.to_owned());
        plugin.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_plugins_have_a_label() {
        let metrics = Metrics::default();
        let names: Vec<_> = (0..=MOST_PLUGINS)
            .map(|number| format!("P{number}"))
            .collect();
        for name in &names {
            metrics.stepped(name, "collect", 1.0, true);
        }
        assert_eq!(metrics.label(&names[0]), names[0]);
        assert_eq!(
            metrics.label(&names[MOST_PLUGINS - 1]),
            names[MOST_PLUGINS - 1]
        );
        assert_eq!(metrics.label(&names[MOST_PLUGINS]), OTHER);
        let is_counted = |plugin: &str| {
            let labels = [
                ("plugin", plugin.to_owned()),
                ("stage", "collect".to_owned()),
            ];
            metrics.steps.get(&labels).is_some()
        };
        assert!(is_counted(OTHER) && is_counted(&names[MOST_PLUGINS - 1]));
        assert!(!is_counted(&names[MOST_PLUGINS]));
    }
}
