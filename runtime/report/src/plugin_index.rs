use std::collections::HashMap;

use super::Report;
use pyblish_model::{PairResult, Plugin, PluginId};
use pyblish_rules::Stage;

/// The plug-ins of a report, found by the id or name in a result.
pub(super) struct PluginIndex<'a> {
    by_id: HashMap<&'a PluginId, &'a Plugin>,
}

/// Tells the plug-ins of results apart, also those that are not known.
pub(super) type PluginKey<'a> = (Option<&'a PluginId>, &'a str);

impl<'a> PluginIndex<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let pairs = report
            .discovered
            .plugins
            .iter()
            .map(|plugin| (&plugin.id, plugin));
        PluginIndex {
            by_id: pairs.collect(),
        }
    }

    pub(super) fn plugin(&self, result: &PairResult) -> Option<&'a Plugin> {
        self.by_id.get(result.plugin_id.as_ref()?).copied()
    }

    /// What users call the plug-in of this result.
    pub(super) fn label<'b>(&self, result: &'b PairResult) -> &'b str
    where
        'a: 'b,
    {
        self.plugin(result).map_or(&result.plugin, label)
    }

    pub(super) fn stage(&self, result: &PairResult) -> Option<Stage> {
        Some(Stage::of(self.plugin(result)?.order))
    }
}

/// What users call this plug-in.
pub(super) fn label(plugin: &Plugin) -> &str {
    let label = plugin.label.as_deref().map(str::trim);
    label
        .filter(|label| !label.is_empty())
        .unwrap_or(&plugin.name)
}

/// What distinguishes the plug-in of this result from others.
pub(super) fn key(result: &PairResult) -> PluginKey<'_> {
    (result.plugin_id.as_ref(), &result.plugin)
}
