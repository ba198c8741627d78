use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use smol_str::SmolStr;

use super::{Failure, InstanceId, PluginId, Record};

/// What a plug-in was asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// Its ordinary work.
    Process,
    /// Its repair.
    Repair,
    /// One of its actions, by the action's id.
    Action(String),
}

/// The result of running one plug-in, on one instance or on the context.
///
/// It is sent and stored in the form that frontends read: with `success`, and with the failure as
/// `error`. The aliases read what earlier versions stored.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PairResult {
    /// None where there is no such plug-in.
    #[serde(alias = "plugin_id")]
    pub plugin_id: Option<PluginId>,
    /// The name of the plug-in's class.
    pub plugin: SmolStr,
    /// None for the context.
    #[serde(alias = "instance_id")]
    pub instance_id: Option<InstanceId>,
    /// The instance's name.
    pub instance: Option<SmolStr>,
    /// What the plug-in was asked to do.
    pub mode: Mode,
    /// None where it succeeded.
    #[serde(rename = "error", alias = "failure")]
    pub failure: Option<Failure>,
    /// What it logged, in its order.
    pub records: Vec<Record>,
    /// Seconds since 1970-01-01 UTC.
    pub started: f64,
    /// Milliseconds.
    pub duration: f64,
}

impl PairResult {
    /// Whether it did not fail.
    pub fn success(&self) -> bool {
        self.failure.is_none()
    }
}

impl Serialize for PairResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_struct("PairResult", 10)?;
        body.serialize_field("pluginId", &self.plugin_id)?;
        body.serialize_field("plugin", &self.plugin)?;
        body.serialize_field("instanceId", &self.instance_id)?;
        body.serialize_field("instance", &self.instance)?;
        body.serialize_field("mode", &self.mode)?;
        body.serialize_field("success", &self.success())?;
        body.serialize_field("error", &self.failure)?;
        body.serialize_field("records", &self.records)?;
        body.serialize_field("started", &self.started)?;
        body.serialize_field("duration", &self.duration)?;
        body.end()
    }
}
