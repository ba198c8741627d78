use std::collections::HashSet;

use serde::Serialize;

use super::Report;
use super::plugin_index::{PluginIndex, key};
use pyblish_model::{Level, Mode, PairResult};
use pyblish_rules::Stage;

/// How much a run did. All numbers count things with a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Plug-ins that ran.
    pub plugins: usize,
    /// Instances that some plug-in ran on.
    pub instances: usize,
    /// Pairs of a plug-in and an instance or the context; the page calls them steps.
    pub pairs: usize,
    /// Pairs that failed, without those that the user cancelled.
    pub failed: usize,
    /// Pairs that succeeded, and logged a warning or worse.
    pub warnings: usize,
    /// Pairs of the validate stage.
    pub checks: usize,
    /// Checks that failed.
    pub checks_failed: usize,
}

impl Report {
    /// How much the run did.
    pub fn summary(&self) -> Summary {
        Summary::of(self, &PluginIndex::of(self))
    }
}

impl Summary {
    pub(super) fn of(report: &Report, known: &PluginIndex<'_>) -> Self {
        let mut summary = Summary::default();
        let (mut plugins, mut instances) = (HashSet::new(), HashSet::new());
        for result in &report.results {
            plugins.insert(key(result));
            instances.extend(&result.instance_id);
            let failure = result.failure.as_ref();
            let failed = usize::from(failure.is_some_and(|it| !it.is_cancelled()));
            summary.pairs += 1;
            summary.failed += failed;
            summary.warnings += usize::from(warned(result));
            if result.mode == Mode::Process && known.stage(result) == Some(Stage::Validate) {
                summary.checks += 1;
                summary.checks_failed += failed;
            }
        }
        summary.plugins = plugins.len();
        summary.instances = instances.len();
        summary
    }
}

/// Whether a result succeeded with a warning.
pub(super) fn warned(result: &PairResult) -> bool {
    let mut records = result.records.iter();
    result.success() && records.any(|record| record.level >= Level::WARNING)
}
