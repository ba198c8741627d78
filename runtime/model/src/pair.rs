use serde::Serialize;
use smol_str::SmolStr;

use super::{InstanceId, PluginId, RunId};

/// What a plug-in is at work on: the pair that something is about. It is sent with the names that
/// results have, too: `pluginId` is an id, and `plugin` a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pair {
    /// The plug-in.
    #[serde(rename = "pluginId")]
    pub plugin: PluginId,
    /// The name of its class.
    #[serde(rename = "plugin")]
    pub plugin_name: SmolStr,
    /// None for the context.
    #[serde(rename = "instanceId")]
    pub instance: Option<InstanceId>,
    /// The instance's name.
    #[serde(rename = "instance")]
    pub instance_name: Option<SmolStr>,
    /// The run that it belongs to, if any.
    #[serde(rename = "runId")]
    pub run: Option<RunId>,
}
