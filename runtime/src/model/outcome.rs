use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Failure, Instance, InstanceId, PluginId};

/// The address of one value: of the context's data if `instance` is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub instance: Option<InstanceId>,
    pub key: String,
}

/// One step from the context as it was to the context as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "change")]
pub enum Change {
    /// Appended after the instances that are there.
    InstanceAdded {
        instance: Instance,
    },
    InstanceRemoved {
        instance: InstanceId,
    },
    MembersSet {
        instance: InstanceId,
        members: Vec<String>,
    },
    DataSet {
        place: Place,
        value: Value,
    },
    DataUnset {
        place: Place,
    },
    /// The plug-in takes part from now on, or no longer does.
    PluginActivated {
        plugin: PluginId,
        active: bool,
    },
}

/// What a call of the adapter did. A plug-in may change things and then fail.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    pub failure: Option<Failure>,
    /// Only what changed, in the order in which it did.
    pub changes: Vec<Change>,
    /// How many of the pairs that come next the host has begun already.
    pub ahead: u32,
    /// How long the host worked on it, in milliseconds, where the adapter knows it.
    pub took: Option<f64>,
}
