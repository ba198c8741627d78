use serde::{Deserialize, Serialize};

use super::run_asked as asked;
use super::{InstanceId, PluginId, RunFacts, RunId};

/// How far a run has come, or how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "state", content = "reason")]
pub enum RunState {
    /// It has not ended.
    Running,
    /// All of it was done, and every plug-in succeeded.
    Succeeded,
    /// All of it was done, and some plug-in failed.
    Failed,
    /// It ended before its last plug-in, for this reason of Pyblish's, such as `failed validation`.
    Stopped(String),
    /// Because the user asked.
    Cancelled,
    /// The adapter or its host went away, for this reason.
    Lost(String),
    /// The runtime itself ended in the middle of it.
    Interrupted,
}

impl RunState {
    /// Whether it has ended, in whatever way.
    pub fn ended(&self) -> bool {
        !matches!(self, RunState::Running)
    }

    /// Whether it was broken off from outside, so that it can be continued where the context is
    /// still there.
    pub fn is_broken_off(&self) -> bool {
        matches!(
            self,
            RunState::Cancelled | RunState::Lost(_) | RunState::Interrupted
        )
    }
}

/// A publish, or a part of one, that a session executes. The aliases read what earlier versions
/// stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunInfo {
    /// Unique in its session.
    pub id: RunId,
    /// How far it has come.
    #[serde(flatten)]
    pub state: RunState,
    /// What it was asked to do, in Pyblish's words: `publish`, `validate`, `up to validate`, … It is
    /// sent as it was asked for: with the stage as `until` or as `only`, both null for a publish.
    #[serde(flatten, with = "asked")]
    pub until: String,
    /// The targets that plug-ins were chosen by.
    pub targets: Vec<String>,
    /// The artist's comment.
    pub comment: String,
    /// Seconds since 1970-01-01 UTC.
    pub started: f64,
    /// Likewise.
    pub ended: Option<f64>,
    /// From 0 to 1; never falls.
    pub progress: f64,
    /// How many milliseconds it will still take, by how long its plug-ins took before; none where that is
    /// not known, and at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<f64>,
    /// The stage of the plug-in that is or was last at work, where its order has one.
    pub stage: Option<String>,
    /// How many pairs succeeded.
    pub succeeded: u64,
    /// How many pairs failed.
    pub failed: u64,
    /// How many instances there were when it ended; none where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<u64>,
    /// Where it took place, and at its end what it left behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Box<RunFacts>>,
    /// The only instances that it sees, if it was restricted to some.
    #[serde(
        default,
        rename = "instanceIds",
        alias = "instances",
        skip_serializing_if = "Option::is_none"
    )]
    pub instances: Option<Vec<InstanceId>>,
    /// The only plug-ins that it sees, if it was restricted to some.
    #[serde(
        default,
        rename = "pluginIds",
        alias = "plugins",
        skip_serializing_if = "Option::is_none"
    )]
    pub plugins: Option<Vec<PluginId>>,
    /// The run that it continues: what that one did counts, and was not done again.
    #[serde(
        default,
        rename = "continuesRunId",
        alias = "continues",
        skip_serializing_if = "Option::is_none"
    )]
    pub continues: Option<RunId>,
}
