use std::fmt;

use serde::{Deserialize, Serialize};

use super::{InstanceId, PluginId};

/// Names one run of a session: `r1` is its first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub u64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

/// What is no name of a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no run; a run is named like r1")]
pub struct NoRunId(String);

impl std::str::FromStr for RunId {
    type Err = NoRunId;

    fn from_str(text: &str) -> Result<Self, NoRunId> {
        let number = text
            .strip_prefix('r')
            .and_then(|number| number.parse().ok());
        number.map(RunId).ok_or_else(|| NoRunId(text.into()))
    }
}

impl Serialize for RunId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// How far a run has come, or how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "state", content = "reason")]
pub enum RunState {
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
    pub fn ended(&self) -> bool {
        !matches!(self, RunState::Running)
    }

    /// Whether it was broken off from outside, so that it can be continued where the context is still there.
    pub fn is_broken_off(&self) -> bool {
        matches!(
            self,
            RunState::Cancelled | RunState::Lost(_) | RunState::Interrupted
        )
    }
}

/// A publish, or a part of one, that a session does by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunInfo {
    pub id: RunId,
    #[serde(flatten)]
    pub state: RunState,
    /// What it was asked to do, in Pyblish's words: `publish`, `validate`, `up to validate`, …
    pub until: String,
    pub targets: Vec<String>,
    pub comment: String,
    /// Seconds since 1970-01-01 UTC.
    pub started: f64,
    /// Likewise.
    pub ended: Option<f64>,
    /// From 0 to 1; never falls.
    pub progress: f64,
    /// The stage of the plug-in that is or was last at work, where its order has one.
    pub stage: Option<String>,
    /// How many pairs succeeded.
    pub succeeded: u64,
    /// How many pairs failed.
    pub failed: u64,
    /// The only instances that it sees, if it was restricted to some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instances: Option<Vec<InstanceId>>,
    /// The only plug-ins that it sees, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugins: Option<Vec<PluginId>>,
    /// The run that it continues: what that one did counts, and was not done again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<RunId>,
}
