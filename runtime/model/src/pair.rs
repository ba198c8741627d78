use serde::Serialize;
use smol_str::SmolStr;

use super::{InstanceId, PluginId, RunId};

/// What a plug-in is at work on: the pair that something is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pair {
    /// The plug-in.
    pub plugin: PluginId,
    /// The name of its class.
    pub plugin_name: SmolStr,
    /// None for the context.
    pub instance: Option<InstanceId>,
    /// The instance's name.
    pub instance_name: Option<SmolStr>,
    /// The run that it belongs to, if any.
    pub run: Option<RunId>,
}
