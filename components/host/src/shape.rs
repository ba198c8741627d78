//! The nouns of the service interface as the bridge writes them in JSON, to and fro.

use pyblish_sdk::bindings::exports::pyblish::endpoint::service;
use pyblish_sdk::bindings::pyblish::endpoint::types;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

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
    },
    InstanceRemoved {
        id: String,
    },
    MembersSet {
        id: String,
        members: Vec<String>,
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
    /// Python takes any number.
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
pub struct Plugin {
    id: String,
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

/// Entries of `data`, or of what is known of a host.
pub fn datums(data: Vec<Datum>) -> Vec<types::Datum> {
    let datum = |(key, value): Datum| types::Datum {
        key,
        value: json(value),
    };
    data.into_iter().map(datum).collect()
}

fn json(value: Box<RawValue>) -> String {
    Box::<str>::from(value).into()
}

/// The changes, as the service interface has them.
pub fn changes(changes: Vec<Change>) -> Vec<types::Change> {
    changes.into_iter().map(Into::into).collect()
}

/// The changes, as the bridge takes them; the error is about a value that is no JSON.
pub fn changes_out(changes: Vec<types::Change>) -> serde_json::Result<Vec<Change>> {
    changes.into_iter().map(change_out).collect()
}

impl From<Change> for types::Change {
    fn from(change: Change) -> Self {
        match change {
            Change::InstanceAdded {
                id,
                name,
                data,
                members,
            } => types::Change::InstanceAdded(types::Instance {
                id,
                name,
                data: datums(data),
                members,
            }),
            Change::InstanceRemoved { id } => types::Change::InstanceRemoved(id),
            Change::MembersSet { id, members } => types::Change::MembersSet((id, members)),
            Change::DataSet {
                instance,
                key,
                value,
            } => types::Change::DataSet((types::Place { instance, key }, json(value))),
            Change::DataUnset { instance, key } => {
                types::Change::DataUnset(types::Place { instance, key })
            }
            Change::PluginActivated { plugin, active } => {
                types::Change::PluginActivated((plugin, active))
            }
        }
    }
}

fn change_out(change: types::Change) -> serde_json::Result<Change> {
    Ok(match change {
        types::Change::InstanceAdded(instance) => {
            let data = instance.data.into_iter();
            let data = data.map(|datum| Ok((datum.key, RawValue::from_string(datum.value)?)));
            Change::InstanceAdded {
                id: instance.id,
                name: instance.name,
                data: data.collect::<serde_json::Result<_>>()?,
                members: instance.members,
            }
        }
        types::Change::InstanceRemoved(id) => Change::InstanceRemoved { id },
        types::Change::MembersSet((id, members)) => Change::MembersSet { id, members },
        types::Change::DataSet((place, value)) => Change::DataSet {
            instance: place.instance,
            key: place.key,
            value: RawValue::from_string(value)?,
        },
        types::Change::DataUnset(place) => Change::DataUnset {
            instance: place.instance,
            key: place.key,
        },
        types::Change::PluginActivated((plugin, active)) => {
            Change::PluginActivated { plugin, active }
        }
    })
}

impl From<Location> for types::Location {
    fn from(location: Location) -> Self {
        types::Location {
            file: location.file,
            line: location.line,
            function: location.function,
            text: location.text,
        }
    }
}

impl From<Failure> for types::Failure {
    fn from(failure: Failure) -> Self {
        types::Failure {
            title: failure.title,
            message: failure.message,
            detail: failure.detail,
            location: failure.location.map(Into::into),
            traceback: failure.traceback,
            kind: failure.kind,
        }
    }
}

impl From<Record> for types::Record {
    fn from(record: Record) -> Self {
        types::Record {
            level: record.level.try_into().unwrap_or(0),
            message: record.message,
            logger: record.logger,
            location: record.location.map(Into::into),
            traceback: record.traceback,
            created: record.created,
        }
    }
}

impl From<Plugin> for types::Plugin {
    fn from(plugin: Plugin) -> Self {
        types::Plugin {
            id: plugin.id,
            name: plugin.name,
            label: plugin.label,
            doc: plugin.doc,
            version: plugin.version,
            order: plugin.order,
            families: plugin.families,
            hosts: plugin.hosts,
            targets: plugin.targets,
            match_: match plugin.algorithm {
                Algorithm::Intersection => types::MatchAlgorithm::Intersection,
                Algorithm::Subset => types::MatchAlgorithm::Subset,
                Algorithm::Exact => types::MatchAlgorithm::Exact,
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

impl From<Scope> for types::Scope {
    fn from(Scope { context, instance }: Scope) -> Self {
        let mut scope = types::Scope::empty();
        scope.set(types::Scope::CONTEXT, context);
        scope.set(types::Scope::INSTANCE, instance);
        scope
    }
}

impl From<Action> for types::Action {
    fn from(action: Action) -> Self {
        types::Action {
            id: action.id,
            label: action.label,
            icon: action.icon,
            kind: match action.kind {
                ActionKind::Action => types::ActionKind::Action,
                ActionKind::Separator => types::ActionKind::Separator,
                ActionKind::Category => types::ActionKind::Category,
            },
            on: action.on,
        }
    }
}

/// Plug-in files that could not be used.
pub fn broken(broken: Vec<Broken>) -> Vec<service::BrokenPlugin> {
    let one = |broken: Broken| service::BrokenPlugin {
        file: broken.file,
        failure: broken.failure.into(),
    };
    broken.into_iter().map(one).collect()
}
