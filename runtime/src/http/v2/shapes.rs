//! The shapes of what v2 answers. They are the model's, with the field names of JSON and a schema.

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::model::{Instance, PairResult, Plugin, RunInfo, RunState, Scope, seconds};
use crate::publish::Stage;
use crate::session::{Activity, Downfall, Session};

/// A session with one host.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionShape {
    pub id: String,
    pub adapter: String,
    pub adapter_version: String,
    pub hosts: Vec<String>,
    /// Grows with every change; send it along with a change of your own.
    pub revision: u64,
    /// The number of the latest event.
    pub sequence: u64,
    /// `idle`, `busy` or `down`.
    pub state: &'static str,
    /// What it is busy with, or why it is down.
    pub doing: Option<String>,
    /// Since when it is busy: seconds since 1970.
    pub since: Option<f64>,
    /// Why the adapter went down the last time, until somebody begins anew.
    pub failure: Option<DownfallShape>,
    /// How far the plug-in at work has come, from 0 to 1, if it says so.
    pub progress: Option<f64>,
    /// Likewise, in its words.
    pub progress_message: Option<String>,
    /// When the context began: seconds since 1970.
    pub connected: f64,
    pub plugins: usize,
    pub instances: usize,
    /// Plug-in files that could not be used.
    pub broken: Vec<BrokenShape>,
    /// The run under way, or else the latest.
    pub run: Option<RunShape>,
    /// The run that was broken off and can be continued, for the host still has its context.
    pub continuable: Option<String>,
}

/// Why the adapter went down, and what comes of it. Where it is neither started again nor searched for and the session
/// is still `down`, it stays so until somebody asks for a `restart` or a `reset`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DownfallShape {
    /// What happened, in words.
    pub message: String,
    /// When: seconds since 1970.
    pub at: f64,
    /// How often the adapter failed in a row.
    pub failures: u64,
    /// When it is started again by itself, or was: seconds since 1970.
    pub restart: Option<f64>,
    /// The host is looked for, and the adapter started once it is there.
    pub searching: bool,
}

impl DownfallShape {
    fn of(downfall: &Downfall) -> Self {
        DownfallShape {
            message: downfall.message.clone(),
            at: seconds(downfall.at),
            failures: downfall.failures,
            restart: downfall.restart.map(seconds),
            searching: downfall.searching,
        }
    }
}

/// A plug-in file that could not be used.
#[derive(Serialize, ToSchema)]
pub struct BrokenShape {
    pub file: String,
    pub message: String,
}

impl SessionShape {
    pub fn of(id: &str, session: &Session) -> Self {
        // Asked for first: what is told after it is then no loss to who listens from here on.
        let sequence = session.history().log().latest();
        let snapshot = session.snapshot();
        let (state, doing, since) = match &snapshot.activity {
            Activity::Idle => ("idle", None, None),
            Activity::Busy { since, doing } => ("busy", Some(doing.clone()), Some(seconds(*since))),
            Activity::Down { reason } => ("down", Some(reason.clone()), None),
        };
        let adapter = session.description();
        let progress = session.progress();
        let broken = snapshot.broken.iter().map(|broken| BrokenShape {
            file: broken.file.clone(),
            message: broken.failure.message.clone(),
        });
        SessionShape {
            id: id.into(),
            adapter: adapter.name.clone(),
            adapter_version: adapter.version.clone(),
            hosts: adapter.hosts.clone(),
            revision: snapshot.revision,
            sequence,
            state,
            doing,
            since,
            failure: snapshot.downfall.as_deref().map(DownfallShape::of),
            progress: progress.as_ref().map(|progress| progress.fraction),
            progress_message: progress.map(|progress| progress.message),
            connected: seconds(snapshot.connected),
            plugins: snapshot.plugins.len(),
            instances: snapshot.context.instances.len(),
            broken: broken.collect(),
            run: snapshot.run.as_deref().map(RunShape::of),
            continuable: snapshot.continuable.map(|run| run.to_string()),
        }
    }
}

/// A publish, or a part of one, that the session does by itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunShape {
    pub id: String,
    /// `running`, `succeeded`, `failed`, `stopped`, `cancelled`, `lost` or `interrupted`.
    pub state: &'static str,
    /// Why it was stopped or lost.
    pub reason: Option<String>,
    /// What it was asked to do: `publish`, `validate`, `up to validate`, …
    pub until: String,
    pub targets: Vec<String>,
    pub comment: String,
    /// Seconds since 1970.
    pub started: f64,
    /// Likewise.
    pub ended: Option<f64>,
    /// From 0 to 1; never falls.
    pub progress: f64,
    pub stage: Option<String>,
    /// How many pairs of plug-in and instance succeeded.
    pub succeeded: u64,
    pub failed: u64,
    /// The run that it continues: what that one did counts, and was not done again.
    pub continues: Option<String>,
}

impl RunShape {
    pub fn of(run: &RunInfo) -> Self {
        let (state, reason) = match &run.state {
            RunState::Running => ("running", None),
            RunState::Succeeded => ("succeeded", None),
            RunState::Failed => ("failed", None),
            RunState::Stopped(reason) => ("stopped", Some(reason.clone())),
            RunState::Cancelled => ("cancelled", None),
            RunState::Lost(reason) => ("lost", Some(reason.clone())),
            RunState::Interrupted => ("interrupted", None),
        };
        RunShape {
            id: run.id.to_string(),
            state,
            reason,
            until: run.until.clone(),
            targets: run.targets.clone(),
            comment: run.comment.clone(),
            started: run.started,
            ended: run.ended,
            progress: run.progress,
            stage: run.stage.clone(),
            succeeded: run.succeeded,
            failed: run.failed,
            continues: run.continues.map(|run| run.to_string()),
        }
    }
}

/// What a plug-in can be run on.
#[derive(Serialize, ToSchema)]
pub struct ScopeShape {
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
pub struct ActionShape {
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
pub struct PluginShape {
    pub id: String,
    pub name: String,
    pub label: Option<String>,
    pub doc: Option<String>,
    pub version: Vec<u32>,
    pub order: f64,
    /// `collect`, `validate`, `extract` or `integrate`, where its order is in one.
    pub stage: Option<&'static str>,
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
}

impl PluginShape {
    pub fn of(plugin: &Plugin) -> Self {
        let actions = plugin.actions.iter().map(|action| ActionShape {
            id: action.id.clone(),
            label: action.label.clone(),
            icon: action.icon.clone(),
            kind: json!(action.kind),
            on: action.on.clone(),
        });
        PluginShape {
            id: plugin.id.0.clone(),
            name: plugin.name.clone(),
            label: plugin.label.clone(),
            doc: plugin.doc.clone(),
            version: plugin.version.clone(),
            order: plugin.order,
            stage: Stage::of(plugin.order).map(Stage::name),
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
        }
    }
}

/// An instance.
#[derive(Serialize, ToSchema)]
pub struct InstanceShape {
    pub id: String,
    pub name: String,
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
    pub members: Vec<String>,
    /// `unprocessed`, `succeeded` or `failed`, by the latest result of each plug-in on it.
    pub state: &'static str,
}

impl InstanceShape {
    pub fn of(instance: &Instance, state: &'static str) -> Self {
        InstanceShape {
            id: instance.id.0.clone(),
            name: instance.name.clone(),
            data: instance.data.clone(),
            members: instance.members.clone(),
            state,
        }
    }
}

/// What came of running one plug-in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResultShape {
    pub plugin: String,
    /// None for the context.
    pub instance: Option<String>,
    /// Its id.
    pub instance_id: Option<String>,
    pub success: bool,
    /// None where it succeeded: title, message, detail, location, traceback, kind.
    #[schema(value_type = Option<Object>)]
    pub error: Option<Value>,
    #[schema(value_type = Vec<Object>)]
    pub records: Vec<Value>,
    /// Seconds since 1970.
    pub started: f64,
    /// Milliseconds.
    pub duration: f64,
}

impl ResultShape {
    pub fn of(result: &PairResult) -> Self {
        ResultShape {
            plugin: result.plugin.clone(),
            instance: result.instance.clone(),
            instance_id: result.instance_id.as_ref().map(|id| id.0.clone()),
            success: result.success(),
            error: result.failure.as_ref().map(|failure| json!(failure)),
            records: result.records.iter().map(|record| json!(record)).collect(),
            started: result.started,
            duration: result.duration,
        }
    }
}
