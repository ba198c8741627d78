use serde::{Deserialize, Serialize};

use super::{Failure, InstanceId, PluginId, Record};

/// What a plug-in was asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    Process,
    Repair,
    /// One of its actions, by the action's id.
    Action(String),
}

/// What came of running one plug-in, on one instance or on the context.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairResult {
    /// None where there is no such plug-in.
    pub plugin_id: Option<PluginId>,
    pub plugin: String,
    /// None for the context.
    pub instance_id: Option<InstanceId>,
    pub instance: Option<String>,
    pub mode: Mode,
    /// None where it succeeded.
    pub failure: Option<Failure>,
    pub records: Vec<Record>,
    /// Seconds since 1970-01-01 UTC.
    pub started: f64,
    /// Milliseconds.
    pub duration: f64,
}

impl PairResult {
    pub fn success(&self) -> bool {
        self.failure.is_none()
    }
}
