use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{InstanceId, PluginId};

/// Where a run took place, and what it left behind: what a report names beside the results. The
/// aliases read what earlier versions stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RunFacts {
    /// The user that the runtime ran as.
    pub user: String,
    /// The machine that it ran on.
    pub machine: String,
    /// The adapter's name.
    pub adapter: String,
    /// Its version.
    pub adapter_version: String,
    /// SHA-256 of its file, in hexadecimal digits.
    pub adapter_digest: String,
    /// The host: what it calls itself, or else the hosts that the adapter is for.
    pub host: String,
    /// The host's version, where it says one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_version: Option<String>,
    /// The scene, or the file that is open in the host, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene: Option<String>,
    /// What was switched off or left out, and by whom.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOutPart>,
    /// What the studio's policy changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policy: Vec<PolicyChange>,
    /// The versions that were published.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<PublishedVersion>,
}

/// An instance that was left out of a run, or a plug-in that was switched off for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOutPart {
    /// The instance; none for a plug-in.
    #[serde(
        default,
        rename = "instanceId",
        alias = "instance",
        skip_serializing_if = "Option::is_none"
    )]
    pub instance: Option<InstanceId>,
    /// The plug-in; none for an instance.
    #[serde(
        default,
        rename = "pluginId",
        alias = "plugin",
        skip_serializing_if = "Option::is_none"
    )]
    pub plugin: Option<PluginId>,
    /// Its name.
    pub name: SmolStr,
    /// `user NAME` for somebody at a frontend, `policy`, or `plug-in` for what a plug-in or its
    /// author decided.
    pub by: String,
}

/// What a rule of policy changed of a plug-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyChange {
    /// The name of the plug-in's class.
    pub plugin: SmolStr,
    /// What is different, in words: `switched off`, `order 1 instead of 1.2`.
    pub change: String,
    /// The rule's own reason, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where the rule is written.
    pub source: String,
}

/// A version that a run published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishedVersion {
    /// The instance.
    #[serde(rename = "instanceId", alias = "instance")]
    pub instance: InstanceId,
    /// Its name.
    pub name: SmolStr,
    /// The number of the version, where the instance says one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Where it is.
    pub path: String,
    /// Whether it was there already, with the same content.
    #[serde(default)]
    pub unchanged: bool,
}
