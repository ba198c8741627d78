//! Converts the types of the service interface to and from the bridge's JSON.

use pyblish_sdk::bindings::exports::pyblish::endpoint::service;
use pyblish_sdk::bindings::pyblish::endpoint::model;
use pyblish_sdk::{Result, fail};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// The `kind` of a failure that stopped because the user asked for it: the name of the bridge's
/// exception.
const CANCELLED: &str = "Cancelled";

/// A key with its value.
type Datum = (String, Box<RawValue>);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    InstanceAdded {
        id: String,
        name: String,
        data: Vec<Datum>,
        members: Vec<String>,
        #[serde(default, skip_serializing)]
        selection: Option<Selection>,
    },
    InstanceRemoved {
        id: String,
    },
    MembersSet {
        id: String,
        members: Vec<String>,
    },
    SelectionSet {
        id: String,
        selection: Selection,
    },
    DataSet {
        instance: Option<String>,
        key: String,
        value: Box<RawValue>,
    },
    DataUnset {
        instance: Option<String>,
        key: String,
    },
    PluginActivated {
        plugin: String,
        active: bool,
    },
    #[serde(skip_serializing)]
    PluginChanged(Box<Plugin>),
    TargetsSet(Vec<String>),
    StopTestSet(Option<Vec<Stop>>),
}

/// A plug-in before which the host's own test stops a run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Stop {
    plugin: String,
    reason: String,
}

/// How the host sees an instance, where the runtime cannot read it in the data.
#[derive(Debug, Serialize, Deserialize)]
pub struct Selection {
    families: Vec<String>,
    skipped: bool,
}

#[derive(Debug, Deserialize)]
pub struct Failure {
    title: Option<String>,
    message: String,
    detail: Option<String>,
    location: Option<Location>,
    traceback: Option<String>,
    kind: String,
}

#[derive(Debug, Deserialize)]
pub struct Location {
    file: String,
    line: u32,
    function: Option<String>,
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Record {
    /// Python accepts any number.
    level: i64,
    message: String,
    logger: String,
    location: Option<Location>,
    traceback: Option<String>,
    created: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub struct Broken {
    file: String,
    failure: Failure,
}

#[derive(Debug, Deserialize)]
pub struct LeftOut {
    name: Option<String>,
    file: Option<String>,
    reason: String,
}

#[derive(Debug, Deserialize)]
pub struct Plugin {
    pub(crate) id: String,
    name: String,
    label: Option<String>,
    doc: Option<String>,
    version: Vec<u32>,
    order: f64,
    families: Vec<String>,
    hosts: Vec<String>,
    targets: Vec<String>,
    #[serde(rename = "match")]
    algorithm: Algorithm,
    optional: bool,
    active: bool,
    processes: Scope,
    repairs: Scope,
    actions: Vec<Action>,
    base: String,
    file: Option<String>,
    category: Option<String>,
    requires: Option<String>,
    /// A bridge of an earlier version has none.
    #[serde(default)]
    pub(crate) attributes: Vec<Attribute>,
}

/// What users can set for a plug-in, or for each instance that it is for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attribute {
    key: String,
    scope: AttributeScope,
    #[serde(rename = "type")]
    kind: AttributeType,
    label: Option<String>,
    help: Option<String>,
    group: Option<String>,
    default: Option<Box<RawValue>>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    choices: Vec<AttributeChoice>,
    multiline: bool,
    read_only: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AttributeScope {
    Plugin,
    Instance,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AttributeType {
    Boolean,
    Integer,
    Number,
    Text,
    Texts,
    Choice,
    Choices,
}

#[derive(Debug, Deserialize)]
struct AttributeChoice {
    value: Box<RawValue>,
    label: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Algorithm {
    Intersection,
    Subset,
    Exact,
}

#[derive(Debug, Deserialize)]
struct Scope {
    context: bool,
    instance: bool,
}

#[derive(Debug, Deserialize)]
struct Action {
    id: String,
    label: String,
    icon: Option<String>,
    kind: ActionKind,
    on: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ActionKind {
    Action,
    Separator,
    Category,
}

/// Entries of `data`, or facts about a host.
pub fn datums(data: Vec<Datum>) -> Vec<model::Datum> {
    let datum = |(key, value): Datum| model::Datum {
        key,
        value: json(value),
    };
    data.into_iter().map(datum).collect()
}

/// The text goes through as it is: the runtime reads it, and knows simple values by itself.
fn json(value: Box<RawValue>) -> model::Value {
    model::Value::Json(Box::<str>::from(value).into())
}

fn json_out(value: model::Value) -> serde_json::Result<Box<RawValue>> {
    match value {
        model::Value::Null => to_raw_value(&()),
        model::Value::Boolean(value) => to_raw_value(&value),
        model::Value::Integer(value) => to_raw_value(&value),
        model::Value::Number(value) => to_raw_value(&value),
        model::Value::Text(text) => to_raw_value(&text),
        model::Value::Texts(texts) => to_raw_value(&texts),
        model::Value::Json(text) => RawValue::from_string(text),
    }
}

fn owner(instance: Option<String>) -> model::DataOwner {
    instance.map_or(model::DataOwner::Context, model::DataOwner::Instance)
}

fn owner_out(owner: model::DataOwner) -> Option<String> {
    match owner {
        model::DataOwner::Context => None,
        model::DataOwner::Instance(id) => Some(id),
    }
}

/// The changes in the types of the service interface.
pub fn changes(changes: Vec<Change>) -> Vec<model::Change> {
    changes.into_iter().map(Into::into).collect()
}

/// The changes in the bridge's JSON; the error is about one that it does not have, or about a value
/// that is not JSON.
pub fn changes_out(changes: Vec<model::Change>) -> Result<Vec<Change>> {
    changes.into_iter().map(change_out).collect()
}

impl From<Change> for model::Change {
    fn from(change: Change) -> Self {
        match change {
            Change::InstanceAdded {
                id,
                name,
                data,
                members,
                selection,
            } => model::Change::InstanceAdded(model::Instance {
                id,
                name,
                data: datums(data),
                members,
                selection: selection.map(Into::into),
            }),
            Change::InstanceRemoved { id } => model::Change::InstanceRemoved(id),
            Change::MembersSet { id, members } => model::Change::MembersSet(model::MembersSet {
                instance: id,
                members,
            }),
            Change::SelectionSet { id, selection } => {
                model::Change::SelectionSet(model::SelectionSet {
                    instance: id,
                    selection: selection.into(),
                })
            }
            Change::DataSet {
                instance,
                key,
                value,
            } => model::Change::DataSet(model::DataSet {
                owner: owner(instance),
                key,
                value: json(value),
            }),
            Change::DataUnset { instance, key } => model::Change::DataRemoved(model::DataRemoved {
                owner: owner(instance),
                key,
            }),
            Change::PluginActivated { plugin, active } => {
                model::Change::PluginActivated(model::PluginActivated { plugin, active })
            }
            Change::PluginChanged(plugin) => model::Change::PluginsChanged(vec![(*plugin).into()]),
            Change::TargetsSet(targets) => model::Change::TargetsSet(targets),
            Change::StopTestSet(stops) => model::Change::StopTestSet(stop_test(stops)),
        }
    }
}

fn change_out(change: model::Change) -> Result<Change> {
    Ok(match change {
        model::Change::InstanceAdded(instance) => {
            let data = instance.data.into_iter();
            let data = data.map(|datum| Ok((datum.key, json_out(datum.value)?)));
            Change::InstanceAdded {
                id: instance.id,
                name: instance.name,
                data: data.collect::<serde_json::Result<_>>()?,
                members: instance.members,
                selection: None,
            }
        }
        model::Change::InstanceRemoved(id) => Change::InstanceRemoved { id },
        model::Change::MembersSet(set) => Change::MembersSet {
            id: set.instance,
            members: set.members,
        },
        model::Change::DataSet(set) => Change::DataSet {
            instance: owner_out(set.owner),
            key: set.key,
            value: json_out(set.value)?,
        },
        model::Change::DataRemoved(removed) => Change::DataUnset {
            instance: owner_out(removed.owner),
            key: removed.key,
        },
        model::Change::PluginActivated(activated) => Change::PluginActivated {
            plugin: activated.plugin,
            active: activated.active,
        },
        model::Change::SelectionSet(_) => fail!(
            "the families of an instance cannot be set by themselves; set `family` or `families` \
             of its data"
        ),
        model::Change::PluginsChanged(_)
        | model::Change::TargetsSet(_)
        | model::Change::StopTestSet(_) => {
            fail!("only the host can change its plug-ins, its targets and when it stops")
        }
    })
}

impl From<Selection> for model::Selection {
    fn from(selection: Selection) -> Self {
        model::Selection {
            families: selection.families,
            skipped: selection.skipped,
        }
    }
}

impl From<Location> for model::SourceLocation {
    fn from(location: Location) -> Self {
        model::SourceLocation {
            file: location.file,
            line: location.line,
            function: location.function,
            text: location.text,
        }
    }
}

impl From<Failure> for model::Failure {
    fn from(failure: Failure) -> Self {
        model::Failure {
            title: failure.title,
            message: failure.message,
            detail: failure.detail,
            location: failure.location.map(Into::into),
            traceback: failure.traceback,
            kind: match failure.kind.as_str() {
                CANCELLED => model::FailureKind::Cancelled,
                _ => model::FailureKind::Raised(failure.kind),
            },
        }
    }
}

impl From<Record> for model::LogRecord {
    fn from(record: Record) -> Self {
        model::LogRecord {
            level: level(record.level),
            message: record.message,
            logger: record.logger,
            location: record.location.map(Into::into),
            traceback: record.traceback,
            created: record.created,
        }
    }
}

/// A level of Python's `logging`, where lower numbers than zero are possible.
fn level(number: i64) -> model::Level {
    match number {
        10 => model::Level::Debug,
        20 => model::Level::Info,
        30 => model::Level::Warning,
        40 => model::Level::Error,
        50 => model::Level::Critical,
        other => model::Level::Other(u32::try_from(other).unwrap_or(0)),
    }
}

impl From<Plugin> for model::Plugin {
    fn from(plugin: Plugin) -> Self {
        model::Plugin {
            id: plugin.id,
            name: plugin.name,
            label: plugin.label,
            doc: plugin.doc,
            version: plugin.version,
            order: plugin.order,
            families: plugin.families,
            hosts: plugin.hosts,
            targets: plugin.targets,
            matching: match plugin.algorithm {
                Algorithm::Intersection => model::MatchAlgorithm::Intersection,
                Algorithm::Subset => model::MatchAlgorithm::Subset,
                Algorithm::Exact => model::MatchAlgorithm::Exact,
            },
            optional: plugin.optional,
            active: plugin.active,
            processes: plugin.processes.into(),
            repairs: plugin.repairs.into(),
            actions: plugin.actions.into_iter().map(Into::into).collect(),
            base: plugin.base,
            file: plugin.file,
            category: plugin.category,
            requires: plugin.requires,
        }
    }
}

impl From<Attribute> for model::Attribute {
    fn from(attribute: Attribute) -> Self {
        let (minimum, maximum) = (attribute.minimum, attribute.maximum);
        let choices = |choices: Vec<AttributeChoice>| {
            let one = |choice: AttributeChoice| model::AttributeChoice {
                value: json(choice.value),
                label: choice.label,
            };
            choices.into_iter().map(one).collect()
        };
        model::Attribute {
            key: attribute.key,
            scope: match attribute.scope {
                AttributeScope::Plugin => model::AttributeScope::Plugin,
                AttributeScope::Instance => model::AttributeScope::Instance,
            },
            kind: match attribute.kind {
                AttributeType::Boolean => model::AttributeKind::Boolean,
                AttributeType::Integer => model::AttributeKind::Integer(model::IntegerRange {
                    // What lies between two whole numbers does not change the range.
                    minimum: minimum.map(|end| end.ceil() as i64),
                    maximum: maximum.map(|end| end.floor() as i64),
                }),
                AttributeType::Number => {
                    model::AttributeKind::Number(model::NumberRange { minimum, maximum })
                }
                AttributeType::Text if attribute.multiline => model::AttributeKind::MultilineText,
                AttributeType::Text => model::AttributeKind::Text,
                AttributeType::Texts => model::AttributeKind::Texts,
                AttributeType::Choice => model::AttributeKind::Choice(choices(attribute.choices)),
                AttributeType::Choices => model::AttributeKind::Choices(choices(attribute.choices)),
            },
            label: attribute.label,
            help: attribute.help,
            group: attribute.group,
            default: attribute.default.map(json),
            read_only: attribute.read_only,
        }
    }
}

impl From<Scope> for model::Scope {
    fn from(Scope { context, instance }: Scope) -> Self {
        let mut scope = model::Scope::empty();
        scope.set(model::Scope::CONTEXT, context);
        scope.set(model::Scope::INSTANCE, instance);
        scope
    }
}

impl From<Action> for model::Action {
    fn from(action: Action) -> Self {
        model::Action {
            id: action.id,
            label: action.label,
            icon: action.icon,
            kind: match action.kind {
                ActionKind::Action => model::ActionKind::Action,
                ActionKind::Separator => model::ActionKind::Separator,
                ActionKind::Category => model::ActionKind::Category,
            },
            condition: condition(action.on),
        }
    }
}

/// Pyblish's `on` of an action.
fn condition(on: String) -> model::ActionCondition {
    match on.as_str() {
        "all" => model::ActionCondition::All,
        "notProcessed" => model::ActionCondition::NotProcessed,
        "processed" => model::ActionCondition::Processed,
        "failed" => model::ActionCondition::Failed,
        "warning" => model::ActionCondition::Warning,
        "failedOrWarning" => model::ActionCondition::FailedOrWarning,
        "succeeded" => model::ActionCondition::Succeeded,
        _ => model::ActionCondition::Unknown(on),
    }
}

/// What decides when a run stops; none: Pyblish's own test.
pub fn stop_test(stops: Option<Vec<Stop>>) -> model::StopTest {
    let Some(stops) = stops else {
        return model::StopTest::Pyblish;
    };
    let stops = stops
        .into_iter()
        .map(|Stop { plugin, reason }| model::Stop { plugin, reason });
    model::StopTest::Host(stops.collect())
}

/// What does not take part.
pub fn left_out(left_out: Vec<LeftOut>) -> Vec<service::LeftOutPlugin> {
    let one = |left_out: LeftOut| service::LeftOutPlugin {
        name: left_out.name,
        file: left_out.file,
        reason: left_out.reason,
    };
    left_out.into_iter().map(one).collect()
}

/// Plug-in files that could not be used.
pub fn broken(broken: Vec<Broken>) -> Vec<service::BrokenPlugin> {
    let one = |broken: Broken| service::BrokenPlugin {
        file: broken.file,
        failure: broken.failure.into(),
    };
    broken.into_iter().map(one).collect()
}
