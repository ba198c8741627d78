//! The JSON that several resources of v2 return.
//!
//! The shapes are copies of the types of the model, so that the model can change without changing
//! the API. A member that is the id of something else ends in `Id`; times are seconds since 1970,
//! durations are milliseconds. The doc comments of the types and fields are the descriptions in the OpenAPI document.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::hub_progress::HubProgress;
use pyblish_farm::JobPlace;
use pyblish_model::{
    Asked, Attribute, BrokenPlugin, Data, Failure, Instance, JsonText, LeftOutPlugin, PairResult,
    Plugin, Record, RunInfo, RunState, SceneState, Scope, seconds,
};
use pyblish_rules::Stage;
use pyblish_session::{Activity, AdapterFailure, InstanceStages, Session, StageState, Tally};

/// A session with one host.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionShape {
    pub id: String,
    pub adapter: String,
    pub adapter_version: String,
    pub hosts: Vec<String>,
    /// What the adapter says of its host, for people to read: for example its version. The file that
    /// is open in it is `scene.file`.
    #[schema(value_type = Object)]
    pub host: Value,
    /// What the host says of the scene that is open in it.
    pub scene: SceneShape,
    /// Increases with every change. Send it with your own changes.
    pub revision: u64,
    /// The number of the latest event.
    pub sequence: u64,
    /// `idle`, `busy`, `down` or `closing`.
    pub state: &'static str,
    /// What it is busy with, or why it is down.
    pub doing: Option<String>,
    /// Since when it is busy: seconds since 1970.
    pub since: Option<f64>,
    /// Why the adapter last went down. None after a reset.
    pub failure: Option<AdapterFailureShape>,
    /// The progress of the current plug-in from 0 to 1, if it reports one.
    pub progress: Option<f64>,
    /// The progress message of the current plug-in.
    pub progress_message: Option<String>,
    /// The time of the last reset: seconds since 1970.
    pub connected: f64,
    pub plugins: usize,
    pub instances: usize,
    /// Plug-in files that could not be used.
    pub broken: Vec<BrokenFileShape>,
    /// How many plug-ins, files and folders were found and do not take part.
    pub left_out: usize,
    /// The run in progress, or else the latest.
    pub run: Option<RunShape>,
    /// The interrupted run that can be continued, because the host still has its context.
    pub continuable_run_id: Option<String>,
    /// Why new results and events currently cannot be written to disk. They are held in memory, and
    /// written as soon as possible. None if there is no problem.
    pub history: Option<String>,
    /// How far the studio's hub is with this session. None without a hub.
    pub hub: Option<HubShape>,
    /// Where a publish can be done that is handed over: on the `farm`, or `here` in the background.
    /// Empty without a hub.
    pub job_places: Vec<JobPlace>,
}

/// How far the studio's hub is with a session. It is not part of the `ETag`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct HubShape {
    /// The number of the last event that the hub has.
    pub acknowledged: u64,
    /// How many events the hub does not have yet.
    pub behind: u64,
    /// How many events were removed from the history before they could be sent.
    pub lost: u64,
    /// Why nothing can be sent now. It is sent later. None if there is no problem.
    pub failure: Option<String>,
}

impl HubShape {
    fn of(progress: &HubProgress, sequence: u64) -> Self {
        HubShape {
            acknowledged: progress.acknowledged,
            behind: sequence.saturating_sub(progress.acknowledged),
            lost: progress.lost,
            failure: progress.failure.as_deref().map(str::to_owned),
        }
    }
}

/// Why the adapter went down, and what happens next. If the session is `down`, has no `restartAt` and
/// is not `searching`, it stays down until a client asks for a `restart` or a `reset`.
#[derive(Serialize, ToSchema)]
#[schema(as = DownfallShape)]
#[serde(rename_all = "camelCase")]
pub(super) struct AdapterFailureShape {
    /// What happened, in words.
    pub message: String,
    /// When: seconds since 1970.
    pub at: f64,
    /// Whether a client stopped it: the host itself may live on.
    pub stopped: bool,
    /// How many times in a row the adapter has failed.
    pub failures: u64,
    /// When the server starts or started it again: seconds since 1970.
    pub restart_at: Option<f64>,
    /// Whether the server is looking for the host, and will start the adapter once it finds it.
    pub searching: bool,
}

impl AdapterFailureShape {
    fn of(failure: &AdapterFailure) -> Self {
        AdapterFailureShape {
            message: failure.message.clone(),
            at: seconds(failure.at),
            stopped: failure.stopped,
            failures: failure.failures,
            restart_at: failure.restart.map(seconds),
            searching: failure.searching,
        }
    }
}

/// A plug-in file that could not be used.
#[derive(Serialize, ToSchema)]
#[schema(as = BrokenShape)]
pub(super) struct BrokenFileShape {
    pub file: String,
    pub message: String,
}

impl BrokenFileShape {
    pub(super) fn of(broken: &BrokenPlugin) -> Self {
        BrokenFileShape {
            file: broken.file.clone(),
            message: broken.failure.message.clone(),
        }
    }
}

/// A plug-in, a file or a folder of plug-ins that was found and does not take part.
#[derive(Serialize, ToSchema)]
#[schema(as = LeftOutShape)]
pub(super) struct LeftOutShape {
    /// The name of the plug-in's class; none for a file or a folder.
    pub name: Option<String>,
    pub file: Option<String>,
    /// Why, and what to do if it was not meant.
    pub reason: String,
}

impl LeftOutShape {
    pub(super) fn of(left_out: &LeftOutPlugin) -> Self {
        LeftOutShape {
            name: left_out.name.clone(),
            file: left_out.file.clone(),
            reason: left_out.reason.clone(),
        }
    }
}

impl SessionShape {
    pub(super) fn of(
        id: &str,
        session: &Session,
        hub: Option<&HubProgress>,
        job_places: Vec<JobPlace>,
    ) -> Self {
        // Read before the snapshot: a client that listens from this number on misses nothing.
        let sequence = session.history().log().latest();
        let snapshot = session.snapshot();
        let (state, doing, since) = match &snapshot.activity {
            _ if session.is_closing() => ("closing", None, None),
            Activity::Idle => ("idle", None, None),
            Activity::Busy { since, doing } => ("busy", Some(doing.clone()), Some(seconds(*since))),
            Activity::Down { reason } => ("down", Some(reason.clone()), None),
        };
        let adapter = session.description();
        // Its file is that of the scene, which is up to date.
        let mut host = snapshot.host.as_ref().clone();
        host.shift_remove("file");
        let progress = session.progress();
        SessionShape {
            id: id.into(),
            adapter: adapter.name.clone(),
            adapter_version: adapter.version.clone(),
            hosts: adapter.hosts.clone(),
            host: json!(host),
            scene: SceneShape {
                file: snapshot.scene_file(),
                ..SceneShape::of(&snapshot.scene)
            },
            revision: snapshot.revision,
            sequence,
            state,
            doing,
            since,
            failure: snapshot
                .adapter_failure
                .as_deref()
                .map(AdapterFailureShape::of),
            progress: progress.as_ref().map(|progress| progress.fraction),
            progress_message: progress.map(|progress| progress.message),
            connected: seconds(snapshot.connected),
            plugins: snapshot.plugins.len(),
            instances: snapshot.context.instances.len(),
            broken: snapshot.broken.iter().map(BrokenFileShape::of).collect(),
            left_out: snapshot.left_out.len(),
            run: snapshot.run.as_deref().map(RunShape::of),
            continuable_run_id: snapshot.continuable.map(|run| run.to_string()),
            history: session.history().trouble().map(|words| words.to_string()),
            hub: hub.map(|progress| HubShape::of(progress, sequence)),
            job_places,
        }
    }
}

/// What a host says of its scene. A host that says nothing has none of it.
#[derive(Serialize, ToSchema)]
pub(super) struct SceneShape {
    /// The path of its file; none while it has no name. Where the host does not tell it, it is the
    /// context's `currentFile`.
    pub file: Option<String>,
    /// Why the context is no longer about this scene. A run that does not collect is refused (409,
    /// `stale-context`) until a reset.
    pub stale: Option<String>,
    /// Why what was collected may be old: a repair or an action changed the scene. A run that
    /// extracts or integrates and does not collect is refused (409, `stale-context`) until a reset.
    pub outdated: Option<String>,
    /// What the artist must do before the host can take work. The run waits meanwhile.
    pub waiting: Option<String>,
}

impl SceneShape {
    fn of(scene: &SceneState) -> Self {
        let SceneState {
            file,
            stale,
            outdated,
            waiting,
        } = scene.clone();
        SceneShape {
            file,
            stale,
            outdated,
            waiting,
        }
    }
}

/// A publish, or a part of one, that the session runs by itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunShape {
    pub id: String,
    /// `running`, `succeeded`, `failed`, `stopped`, `cancelled`, `lost` or `interrupted`.
    pub state: &'static str,
    /// Why it was stopped or lost.
    pub reason: Option<String>,
    /// The last stage, if it was asked to end after one.
    pub until: Option<String>,
    /// The only stage, if it was asked for one. A whole publish has neither.
    pub only: Option<String>,
    pub targets: Vec<String>,
    pub comment: String,
    /// Seconds since 1970.
    pub started: f64,
    /// Seconds since 1970. None while the run is in progress.
    pub ended: Option<f64>,
    /// From 0 to 1; never decreases. Counted anew when collection has ended, and by how long each
    /// plug-in took in earlier runs.
    pub progress: f64,
    /// How many milliseconds it will still take, by how long its plug-ins took before. None where that is
    /// not known, and at the end.
    pub remaining: Option<f64>,
    pub stage: Option<String>,
    /// How many pairs of plug-in and instance succeeded.
    pub succeeded: u64,
    pub failed: u64,
    /// How many instances there were when it ended.
    pub collected: Option<u64>,
    /// The run that this one continues. The finished work of that run counts here, and was not
    /// repeated.
    pub continues_run_id: Option<String>,
    /// Why the run currently cannot be written to disk. It is held in memory, and written as soon
    /// as possible. Only in answers about one run.
    pub history: Option<String>,
}

impl RunShape {
    pub(super) fn of(run: &RunInfo) -> Self {
        let (state, reason) = match &run.state {
            RunState::Running => ("running", None),
            RunState::Succeeded => ("succeeded", None),
            RunState::Failed => ("failed", None),
            RunState::Stopped(reason) => ("stopped", Some(reason.clone())),
            RunState::Cancelled => ("cancelled", None),
            RunState::Lost(reason) => ("lost", Some(reason.clone())),
            RunState::Interrupted => ("interrupted", None),
        };
        let asked = Asked::of(&run.until);
        RunShape {
            id: run.id.to_string(),
            state,
            reason,
            until: asked.until.map(str::to_owned),
            only: asked.only.map(str::to_owned),
            targets: run.targets.clone(),
            comment: run.comment.clone(),
            started: run.started,
            ended: run.ended,
            progress: run.progress,
            remaining: run.remaining,
            stage: run.stage.clone(),
            succeeded: run.succeeded,
            failed: run.failed,
            collected: run.collected,
            continues_run_id: run.continues.map(|run| run.to_string()),
            history: None,
        }
    }
}

/// What a plug-in can be run on.
#[derive(Serialize, ToSchema)]
pub(super) struct ScopeShape {
    pub context: bool,
    pub instance: bool,
}

impl ScopeShape {
    fn of(scope: Scope) -> Self {
        ScopeShape {
            context: scope.context,
            instance: scope.instance,
        }
    }
}

/// An action that a plug-in offers.
#[derive(Serialize, ToSchema)]
pub(super) struct ActionShape {
    pub id: String,
    pub label: String,
    pub icon: Option<String>,
    /// `action`, `separator` or `category`.
    #[schema(value_type = String)]
    pub kind: Value,
    /// When it is offered.
    pub on: String,
}

/// A plug-in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PluginShape {
    pub id: String,
    pub name: String,
    pub label: Option<String>,
    pub doc: Option<String>,
    pub version: Vec<u32>,
    pub order: f64,
    /// `collect`, `validate`, `extract` or `integrate`: the one to which its order belongs.
    pub stage: &'static str,
    pub families: Vec<String>,
    pub hosts: Vec<String>,
    pub targets: Vec<String>,
    /// `intersection`, `subset` or `exact`.
    #[serde(rename = "match")]
    #[schema(value_type = String)]
    pub algorithm: Value,
    pub optional: bool,
    pub active: bool,
    pub processes: ScopeShape,
    pub repairs: ScopeShape,
    pub actions: Vec<ActionShape>,
    pub file: Option<String>,
    pub category: Option<String>,
    /// What users can set for it.
    pub attributes: Vec<AttributeShape>,
}

/// Something that users can set for a plug-in, or for each instance that it fits.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttributeShape {
    /// Unique among the plug-in's attributes of that scope.
    pub key: String,
    /// `plugin`: one value, in the data of the context. `instance`: a value in the data of each
    /// instance that the plug-in fits.
    #[schema(value_type = String)]
    pub scope: Value,
    /// The key of the value in that data: `PLUGIN.KEY` in the context, `KEY` in an instance.
    pub data_key: String,
    /// `boolean`, `integer`, `number`, `text`, `texts`, `choice` or `choices`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: Value,
    /// What users call it; the key if there is none.
    pub label: Option<String>,
    /// What it is for.
    pub help: Option<String>,
    /// A heading under which it is shown.
    pub group: Option<String>,
    /// The value where nobody has set another.
    #[schema(value_type = Option<Value>)]
    pub default: Option<JsonText>,
    /// The smallest number.
    pub minimum: Option<f64>,
    /// The largest number.
    pub maximum: Option<f64>,
    /// What can be chosen.
    pub choices: Vec<AttributeChoiceShape>,
    /// Whether a text may have more than one line.
    pub multiline: bool,
    /// Whether users only see it.
    pub read_only: bool,
}

/// Something that can be chosen.
#[derive(Serialize, ToSchema)]
pub(super) struct AttributeChoiceShape {
    /// What the value is then.
    #[schema(value_type = Value)]
    pub value: JsonText,
    /// What users call it; the value if there is none.
    pub label: Option<String>,
}

impl AttributeShape {
    fn of(attribute: &Attribute, plugin: &Plugin) -> Self {
        let choices = attribute.choices.iter().map(|choice| AttributeChoiceShape {
            value: choice.value.clone(),
            label: choice.label.clone(),
        });
        AttributeShape {
            key: attribute.key.clone(),
            scope: json!(attribute.scope),
            data_key: attribute.data_key(&plugin.name),
            kind: json!(attribute.kind),
            label: attribute.label.clone(),
            help: attribute.help.clone(),
            group: attribute.group.clone(),
            default: attribute.default.clone(),
            minimum: attribute.minimum,
            maximum: attribute.maximum,
            choices: choices.collect(),
            multiline: attribute.multiline,
            read_only: attribute.read_only,
        }
    }
}

impl PluginShape {
    pub(super) fn of(plugin: &Plugin) -> Self {
        let actions = plugin.actions.iter().map(|action| ActionShape {
            id: action.id.clone(),
            label: action.label.clone(),
            icon: action.icon.clone(),
            kind: json!(action.kind),
            on: action.on.clone(),
        });
        PluginShape {
            id: plugin.id.0.to_string(),
            name: plugin.name.to_string(),
            label: plugin.label.clone(),
            doc: plugin.doc.clone(),
            version: plugin.version.clone(),
            order: plugin.order,
            stage: Stage::of(plugin.order).name(),
            families: plugin.families.clone(),
            hosts: plugin.hosts.clone(),
            targets: plugin.targets.clone(),
            algorithm: json!(plugin.algorithm),
            optional: plugin.optional,
            active: plugin.active,
            processes: ScopeShape::of(plugin.processes),
            repairs: ScopeShape::of(plugin.repairs),
            actions: actions.collect(),
            file: plugin.file.clone(),
            category: plugin.category.clone(),
            attributes: plugin
                .attributes
                .iter()
                .map(|attribute| AttributeShape::of(attribute, plugin))
                .collect(),
        }
    }
}

/// An instance.
#[derive(Serialize, ToSchema)]
pub(super) struct InstanceShape {
    pub id: String,
    pub name: String,
    #[schema(value_type = Object)]
    pub data: Data,
    pub members: Vec<String>,
    /// `unprocessed`, `succeeded` or `failed`, by the latest result of each plug-in on it.
    pub state: &'static str,
    /// How far it is: the stages that have plug-ins for it, in their order.
    pub stages: Vec<InstanceStageShape>,
}

/// A stage of an instance.
#[derive(Serialize, ToSchema)]
pub(super) struct InstanceStageShape {
    /// `collect`, `validate`, `extract` or `integrate`.
    pub stage: &'static str,
    /// `done` if each plug-in of the stage has succeeded on the instance, `failed` if the latest
    /// result of one is a failure, or else `pending`.
    pub state: &'static str,
}

impl InstanceShape {
    pub(super) fn of(instance: &Instance, tally: &Tally, stages: &mut InstanceStages<'_>) -> Self {
        let stages = stages.find(instance);
        InstanceShape {
            id: instance.id.0.to_string(),
            name: instance.name.to_string(),
            data: instance.data.clone(),
            members: instance.members.clone(),
            state: tally.state(&instance.id).name(),
            stages: stages.into_iter().map(InstanceStageShape::of).collect(),
        }
    }
}

impl InstanceStageShape {
    fn of((stage, state): (Stage, StageState)) -> Self {
        InstanceStageShape {
            stage: stage.name(),
            state: state.name(),
        }
    }
}

/// The result of running one plug-in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultShape {
    pub plugin: String,
    /// None for the context.
    pub instance: Option<String>,
    /// Its id.
    pub instance_id: Option<String>,
    pub success: bool,
    /// None if it succeeded: title, message, detail, location, traceback, kind.
    #[schema(value_type = Option<Object>)]
    pub error: Option<Failure>,
    #[schema(value_type = Vec<Object>)]
    pub records: Vec<Record>,
    /// Seconds since 1970.
    pub started: f64,
    /// Milliseconds.
    pub duration: f64,
}

impl ResultShape {
    pub(super) fn of(result: &PairResult) -> Self {
        ResultShape {
            plugin: result.plugin.to_string(),
            instance: result.instance.as_ref().map(ToString::to_string),
            instance_id: result.instance_id.as_ref().map(ToString::to_string),
            success: result.success(),
            error: result.failure.clone(),
            records: result.records.clone(),
            started: result.started,
            duration: result.duration,
        }
    }
}
