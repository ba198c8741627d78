use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::{
    Change, DataKey, Instance, InstanceId, JsonText, Pair, PairResult, Plugin, PluginId, Record,
    RunId, RunInfo, SceneState, Selection,
};

/// Serializes the value behind a shared pointer.
fn shared<T: Serialize, S: Serializer>(value: &Arc<T>, serializer: S) -> Result<S::Ok, S::Error> {
    value.as_ref().serialize(serializer)
}

/// Something that happened in a session, in the form that frontends get. A member that is the id of
/// something else ends in `Id`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", untagged)]
pub enum Event {
    /// The session was reset: its context is empty now.
    #[serde(rename_all = "camelCase")]
    Reset {},
    /// The plug-ins were discovered.
    #[serde(rename_all = "camelCase")]
    PluginsDiscovered {
        /// How many there are.
        plugins: usize,
        /// How many files could not be used.
        broken: usize,
        /// How many do not take part.
        left_out: usize,
    },
    /// A plug-in was switched on or off.
    #[serde(rename_all = "camelCase")]
    PluginToggled {
        /// Which one.
        #[serde(rename = "pluginId")]
        plugin: PluginId,
        /// Whether it takes part.
        active: bool,
    },
    /// Plug-ins are described anew: another plug-in changed them.
    #[serde(rename_all = "camelCase")]
    PluginsChanged {
        /// As they are now.
        plugins: Vec<Plugin>,
    },
    /// Other targets are registered in the host.
    #[serde(rename_all = "camelCase")]
    TargetsChanged {
        /// All of them.
        targets: Vec<String>,
    },
    /// An instance was added behind the others.
    #[serde(rename_all = "camelCase")]
    InstanceAdded {
        /// The new instance.
        #[serde(serialize_with = "shared")]
        instance: Arc<Instance>,
    },
    /// A value of an instance's data was set, or removed if there is no value.
    #[serde(rename_all = "camelCase")]
    InstanceChanged {
        /// Which one.
        #[serde(rename = "instanceId")]
        instance: InstanceId,
        /// The key in its `data`.
        key: String,
        /// The new value.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<JsonText>,
    },
    /// The members of an instance changed.
    #[serde(rename_all = "camelCase")]
    MembersChanged {
        /// Which one.
        #[serde(rename = "instanceId")]
        instance: InstanceId,
        /// All of its members.
        members: Vec<String>,
    },
    /// Pyblish's rules see an instance in another way: only the host knows what its values are.
    #[serde(rename_all = "camelCase")]
    SelectionChanged {
        /// Which one.
        #[serde(rename = "instanceId")]
        instance: InstanceId,
        /// How they see it now.
        selection: Selection,
    },
    /// An instance was removed.
    #[serde(rename_all = "camelCase")]
    InstanceRemoved {
        /// Which one.
        #[serde(rename = "instanceId")]
        instance: InstanceId,
    },
    /// A value of the context's data was set, or removed if there is no value.
    #[serde(rename_all = "camelCase")]
    ContextChanged {
        /// The key in its `data`.
        key: String,
        /// The new value.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<JsonText>,
    },
    /// A run begins.
    RunStarted(#[serde(serialize_with = "shared")] Arc<RunInfo>),
    /// A plug-in begins. In a run the event has the run's progress, so listeners need not ask for
    /// it.
    #[serde(rename_all = "camelCase")]
    PluginStarted {
        /// What is at work.
        #[serde(flatten, serialize_with = "shared")]
        pair: Arc<Pair>,
        /// Of the run, from 0 to 1.
        #[serde(skip_serializing_if = "Option::is_none")]
        progress: Option<f64>,
        /// How many milliseconds the run will still take, where that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        remaining: Option<f64>,
        /// The stage that the run is in.
        #[serde(skip_serializing_if = "Option::is_none")]
        stage: Option<String>,
    },
    /// A plug-in wrote a record.
    #[serde(rename_all = "camelCase")]
    Record {
        /// What is at work.
        #[serde(serialize_with = "shared")]
        pair: Arc<Pair>,
        /// The record.
        record: Record,
    },
    /// A plug-in says how far it is.
    #[serde(rename_all = "camelCase")]
    Progress {
        /// What is at work.
        #[serde(serialize_with = "shared")]
        pair: Arc<Pair>,
        /// From 0 to 1.
        fraction: f64,
        /// What it is doing.
        message: String,
    },
    /// The adapter wrote a record outside of a plug-in, while this function of it was
    /// called: `open`, `reset`, `discover`, `apply`, `notify` or `close`. With `run`, the session
    /// itself warns of the run that begins.
    #[serde(rename_all = "camelCase")]
    SessionRecord {
        /// The function that was called.
        call: &'static str,
        /// The record.
        record: Record,
    },
    /// The adapter reported progress outside of a plug-in.
    #[serde(rename_all = "camelCase")]
    SessionProgress {
        /// The function that was called.
        call: &'static str,
        /// From 0 to 1.
        fraction: f64,
        /// What it is doing.
        message: String,
    },
    /// A plug-in has ended.
    #[serde(rename_all = "camelCase")]
    Result {
        /// The run that it belongs to, if any.
        #[serde(rename = "runId")]
        run: Option<RunId>,
        /// The result.
        #[serde(serialize_with = "shared")]
        result: Arc<PairResult>,
        /// The stage of the plug-in: `collect`, `validate`, `extract` or `integrate`. None for a
        /// result of a plug-in that the host does not have.
        #[serde(skip_serializing_if = "Option::is_none")]
        stage: Option<&'static str>,
    },
    /// The last plug-in of a stage has ended.
    #[serde(rename_all = "camelCase")]
    StageEnded {
        /// The run.
        #[serde(rename = "runId")]
        run: RunId,
        /// The stage: `collect`, `validate`, `extract` or `integrate`.
        stage: String,
    },
    /// A run has ended, as its state says.
    RunEnded(#[serde(serialize_with = "shared")] Arc<RunInfo>),
    /// The adapter or its host is gone.
    #[serde(rename_all = "camelCase")]
    HostLost {
        /// Why, in words.
        reason: String,
        /// After how many milliseconds the adapter is started again by itself, if it is.
        #[serde(rename = "restartAfter", skip_serializing_if = "Option::is_none")]
        restart: Option<f64>,
        /// Whether the host itself is gone, and is looked for.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        searching: bool,
        /// The name of the limit that the adapter met, if that is why.
        #[serde(skip_serializing_if = "Option::is_none")]
        limit: Option<&'static str>,
    },
    /// The host is there again.
    #[serde(rename_all = "camelCase")]
    HostFound {
        /// Whether its context is the one from before; else it is new.
        kept: bool,
        /// Its version, where it says one.
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// The version that it had before, if it differs: data of one version may not fit the
        /// other.
        #[serde(skip_serializing_if = "Option::is_none")]
        formerly: Option<String>,
    },
    /// The host says something else of its scene: another file is open, the context is no longer
    /// about it, or work waits for the artist. All members are as they are now.
    SceneChanged(#[serde(serialize_with = "shared")] Arc<SceneState>),
    /// The history cannot be written, can be written again, or was damaged. The message names the
    /// file.
    #[serde(rename_all = "camelCase")]
    HistoryChanged {
        /// Whether the history is being written.
        kept: bool,
        /// What happened, and to which file.
        message: String,
        /// How many events are lost for good.
        lost: u64,
    },
}

impl Event {
    /// A change in the form that frontends get; none where only the runtime reads it.
    pub fn of_change(change: Change) -> Option<Self> {
        Some(match change {
            Change::InstanceAdded { instance } => Event::InstanceAdded {
                instance: Arc::new(instance),
            },
            Change::InstanceRemoved { instance } => Event::InstanceRemoved { instance },
            Change::MembersSet { instance, members } => Event::MembersChanged { instance, members },
            Change::SelectionSet {
                instance,
                selection,
            } => Event::SelectionChanged {
                instance,
                selection,
            },
            Change::DataSet { place, value } => data_changed(place, Some(value)),
            Change::DataUnset { place } => data_changed(place, None),
            Change::PluginActivated { plugin, active } => Event::PluginToggled { plugin, active },
            Change::PluginsChanged { plugins } => Event::PluginsChanged { plugins },
            Change::TargetsSet { targets } => Event::TargetsChanged { targets },
            Change::StopTestSet { .. } => return None,
        })
    }
}

fn data_changed(DataKey { instance, key }: DataKey, value: Option<JsonText>) -> Event {
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
    /// The name of the event in the API.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Reset {} => "reset",
            Event::PluginsDiscovered { .. } => "pluginsDiscovered",
            Event::PluginToggled { .. } => "pluginToggled",
            Event::PluginsChanged { .. } => "pluginsChanged",
            Event::TargetsChanged { .. } => "targetsChanged",
            Event::InstanceAdded { .. } => "instanceAdded",
            Event::InstanceChanged { .. } => "instanceChanged",
            Event::MembersChanged { .. } => "membersChanged",
            Event::SelectionChanged { .. } => "selectionChanged",
            Event::InstanceRemoved { .. } => "instanceRemoved",
            Event::ContextChanged { .. } => "contextChanged",
            Event::RunStarted(_) => "runStarted",
            Event::PluginStarted { .. } => "pluginStarted",
            Event::Record { .. } => "record",
            Event::Progress { .. } => "progress",
            Event::SessionRecord { .. } => "sessionRecord",
            Event::SessionProgress { .. } => "sessionProgress",
            Event::Result { .. } => "result",
            Event::StageEnded { .. } => "stageEnded",
            Event::RunEnded(_) => "runEnded",
            Event::HostLost { .. } => "hostLost",
            Event::HostFound { .. } => "hostFound",
            Event::SceneChanged(_) => "sceneChanged",
            Event::HistoryChanged { .. } => "historyChanged",
        }
    }

    /// Whether it only reports on work in progress, and changes nothing in the snapshot.
    pub fn is_live(&self) -> bool {
        matches!(
            self,
            Event::PluginStarted { .. }
                | Event::Record { .. }
                | Event::Progress { .. }
                | Event::SessionRecord { .. }
                | Event::SessionProgress { .. }
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
            | Event::PluginsChanged { .. }
            | Event::TargetsChanged { .. }
            | Event::InstanceAdded { .. }
            | Event::InstanceChanged { .. }
            | Event::MembersChanged { .. }
            | Event::SelectionChanged { .. }
            | Event::InstanceRemoved { .. }
            | Event::ContextChanged { .. }
            | Event::SessionRecord { .. }
            | Event::SessionProgress { .. }
            | Event::HostLost { .. }
            | Event::HostFound { .. }
            | Event::SceneChanged(_)
            | Event::HistoryChanged { .. } => None,
        }
    }
}
