use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Change, Instance, InstanceId, PairResult, Place, PluginId, Record, RunId, RunInfo};

/// What a plug-in is at work on: the pair that something is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pair {
    pub plugin: PluginId,
    pub plugin_name: String,
    /// None for the context.
    pub instance: Option<InstanceId>,
    pub instance_name: Option<String>,
    /// The run that it belongs to, if any.
    pub run: Option<RunId>,
}

/// As what is shared.
fn shared<T: Serialize, S: Serializer>(value: &Arc<T>, serializer: S) -> Result<S::Ok, S::Error> {
    value.as_ref().serialize(serializer)
}

/// Something that happened in a session, as frontends are told of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", untagged)]
pub enum Event {
    /// The context begins anew, empty.
    #[serde(rename_all = "camelCase")]
    Reset {},
    #[serde(rename_all = "camelCase")]
    PluginsDiscovered {
        plugins: usize,
        broken: usize,
    },
    /// Takes part from now on, or no longer does.
    #[serde(rename_all = "camelCase")]
    PluginToggled {
        plugin: PluginId,
        active: bool,
    },
    #[serde(rename_all = "camelCase")]
    InstanceAdded {
        #[serde(serialize_with = "shared")]
        instance: Arc<Instance>,
    },
    /// One of its data was set; or unset, if there is no value.
    #[serde(rename_all = "camelCase")]
    InstanceChanged {
        instance: InstanceId,
        key: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<Value>,
    },
    #[serde(rename_all = "camelCase")]
    MembersChanged {
        instance: InstanceId,
        members: Vec<String>,
    },
    #[serde(rename_all = "camelCase")]
    InstanceRemoved {
        instance: InstanceId,
    },
    /// One of the context's data was set; or unset, if there is no value.
    #[serde(rename_all = "camelCase")]
    ContextChanged {
        key: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<Value>,
    },
    RunStarted(#[serde(serialize_with = "shared")] Arc<RunInfo>),
    /// A plug-in is at work from now on. In a run it tells how far that is, so that nobody who listens has to ask.
    #[serde(rename_all = "camelCase")]
    PluginStarted {
        #[serde(flatten, serialize_with = "shared")]
        pair: Arc<Pair>,
        /// Of the run, from 0 to 1.
        #[serde(skip_serializing_if = "Option::is_none")]
        progress: Option<f64>,
        /// The stage that the run is in.
        #[serde(skip_serializing_if = "Option::is_none")]
        stage: Option<String>,
    },
    #[serde(rename_all = "camelCase")]
    Record {
        #[serde(serialize_with = "shared")]
        pair: Arc<Pair>,
        record: Record,
    },
    #[serde(rename_all = "camelCase")]
    Progress {
        #[serde(serialize_with = "shared")]
        pair: Arc<Pair>,
        fraction: f64,
        message: String,
    },
    #[serde(rename_all = "camelCase")]
    Result {
        run: Option<RunId>,
        #[serde(serialize_with = "shared")]
        result: Arc<PairResult>,
    },
    #[serde(rename_all = "camelCase")]
    StageEnded {
        run: RunId,
        stage: String,
    },
    RunEnded(#[serde(serialize_with = "shared")] Arc<RunInfo>),
    /// The adapter or its host is gone, for this reason.
    #[serde(rename_all = "camelCase")]
    HostLost {
        reason: String,
        /// After how many seconds the adapter is started again by itself, if it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        restart: Option<f64>,
    },
    /// The host is there again.
    #[serde(rename_all = "camelCase")]
    HostFound {
        /// Whether its context is the one from before; else it is new.
        kept: bool,
        /// Its version, where it says one.
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// Its version before, where that was another: what was made with the one may not fit the other.
        #[serde(skip_serializing_if = "Option::is_none")]
        formerly: Option<String>,
    },
}

/// A change as frontends are told of it.
impl From<Change> for Event {
    fn from(change: Change) -> Self {
        match change {
            Change::InstanceAdded { instance } => Event::InstanceAdded {
                instance: Arc::new(instance),
            },
            Change::InstanceRemoved { instance } => Event::InstanceRemoved { instance },
            Change::MembersSet { instance, members } => Event::MembersChanged { instance, members },
            Change::DataSet { place, value } => data_changed(place, Some(value)),
            Change::DataUnset { place } => data_changed(place, None),
            Change::PluginActivated { plugin, active } => Event::PluginToggled { plugin, active },
        }
    }
}

fn data_changed(Place { instance, key }: Place, value: Option<Value>) -> Event {
    match instance {
        Some(instance) => Event::InstanceChanged {
            instance,
            key,
            value,
        },
        None => Event::ContextChanged { key, value },
    }
}

impl Event {
    /// What it is called where it is told.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Reset {} => "reset",
            Event::PluginsDiscovered { .. } => "pluginsDiscovered",
            Event::PluginToggled { .. } => "pluginToggled",
            Event::InstanceAdded { .. } => "instanceAdded",
            Event::InstanceChanged { .. } => "instanceChanged",
            Event::MembersChanged { .. } => "membersChanged",
            Event::InstanceRemoved { .. } => "instanceRemoved",
            Event::ContextChanged { .. } => "contextChanged",
            Event::RunStarted(_) => "runStarted",
            Event::PluginStarted { .. } => "pluginStarted",
            Event::Record { .. } => "record",
            Event::Progress { .. } => "progress",
            Event::Result { .. } => "result",
            Event::StageEnded { .. } => "stageEnded",
            Event::RunEnded(_) => "runEnded",
            Event::HostLost { .. } => "hostLost",
            Event::HostFound { .. } => "hostFound",
        }
    }

    /// Whether it is about work under way, and changes nothing that a reader sees.
    pub fn is_live(&self) -> bool {
        matches!(
            self,
            Event::PluginStarted { .. } | Event::Record { .. } | Event::Progress { .. }
        )
    }

    /// The run that it belongs to.
    pub fn run(&self) -> Option<RunId> {
        match self {
            Event::RunStarted(run) | Event::RunEnded(run) => Some(run.id),
            Event::PluginStarted { pair, .. }
            | Event::Record { pair, .. }
            | Event::Progress { pair, .. } => pair.run,
            Event::Result { run, .. } => *run,
            Event::StageEnded { run, .. } => Some(*run),
            Event::Reset {}
            | Event::PluginsDiscovered { .. }
            | Event::PluginToggled { .. }
            | Event::InstanceAdded { .. }
            | Event::InstanceChanged { .. }
            | Event::MembersChanged { .. }
            | Event::InstanceRemoved { .. }
            | Event::ContextChanged { .. }
            | Event::HostLost { .. }
            | Event::HostFound { .. } => None,
        }
    }
}
