use std::sync::Arc;

use pyblish_model::{PairResult, PluginSet, RunInfo};
use pyblish_rules::Stage;

/// Everything that is known of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The name of the session that it was a run of.
    pub session: String,
    /// The name of the adapter.
    pub adapter: String,
    /// What the adapter published from, as users know it: `Maya 2026`, a folder.
    pub host: String,
    /// The run.
    pub run: RunInfo,
    /// The plug-ins that the run knew, whether or not they ran. A result whose plug-in is missing
    /// here is reported all the same, without a label and a stage. With what could not be used, and
    /// what did not take part.
    pub discovered: PluginSet,
    /// In the order in which the pairs were processed.
    pub results: Vec<Arc<PairResult>>,
}

impl Report {
    /// Whether it has no instance, though its plug-ins are for instances.
    pub fn is_empty(&self) -> bool {
        if self.run.until.contains(Stage::Collect.name()) {
            return self.run.collected == Some(0);
        }
        let mut plugins = self.discovered.plugins.iter();
        let is_for_instances = plugins.any(|plugin| {
            plugin.active && plugin.processes.instance && Stage::of(plugin.order) > Stage::Collect
        });
        is_for_instances
            && !self
                .results
                .iter()
                .any(|result| result.instance_id.is_some())
    }
}
