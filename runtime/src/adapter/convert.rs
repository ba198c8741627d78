//! The types of the WIT world to those of the model, and back. What cannot be converted broke the contract.

use std::time::SystemTime;

use serde_json::Value;

use super::bindings::{service, types};
use super::description::{Bridge, Description, Folder, Grant, Setting, SettingKind};
use crate::model::{
    Action, ActionKind, Change, Data, Failure, Instance, InstanceId, Level, Location,
    MatchAlgorithm, Outcome, Place, Plugin, PluginId, Record, Scope, seconds,
};

/// What an adapter handed over that the contract does not allow.
#[derive(Debug, PartialEq)]
pub struct Broken(pub String);

pub fn description(description: service::Description) -> Result<Description, Broken> {
    let settings = description.settings.into_iter().map(setting);
    Ok(Description {
        settings: settings.collect::<Result<_, _>>()?,
        name: description.name,
        version: description.version,
        doc: description.doc,
        hosts: description.hosts,
        grants: description.grants.into_iter().map(grant).collect(),
    })
}

fn setting(setting: service::Setting) -> Result<Setting, Broken> {
    Ok(Setting {
        default: match setting.default {
            Some(text) => Some(json(&setting.name, &text)?),
            None => None,
        },
        name: setting.name,
        kind: match setting.kind {
            service::SettingKind::Text => SettingKind::Text,
            service::SettingKind::Boolean => SettingKind::Boolean,
            service::SettingKind::Integer => SettingKind::Integer,
            service::SettingKind::Number => SettingKind::Number,
            service::SettingKind::Texts => SettingKind::Texts,
        },
        doc: setting.doc,
    })
}

fn grant(grant: service::Grant) -> Grant {
    match grant {
        service::Grant::Folder(folder) => Grant::Folder(Folder {
            path: folder.path,
            writable: folder.writable,
            optional: folder.optional,
            doc: folder.doc,
        }),
        service::Grant::Address(address) => Grant::Address(address),
        service::Grant::Bridge(bridge) => Grant::Bridge(Bridge {
            host: bridge.host,
            optional: bridge.optional,
        }),
        service::Grant::Environment(name) => Grant::Environment(name),
    }
}

pub fn plugin(plugin: types::Plugin) -> Result<Plugin, Broken> {
    if !plugin.order.is_finite() {
        let name = plugin.name;
        return Err(Broken(format!(
            "the plug-in {name}, whose order is no number"
        )));
    }
    Ok(Plugin {
        id: PluginId(plugin.id),
        name: plugin.name,
        label: plugin.label,
        doc: plugin.doc,
        version: plugin.version,
        order: plugin.order,
        families: plugin.families,
        hosts: plugin.hosts,
        targets: plugin.targets,
        algorithm: match plugin.match_ {
            types::MatchAlgorithm::Intersection => MatchAlgorithm::Intersection,
            types::MatchAlgorithm::Subset => MatchAlgorithm::Subset,
            types::MatchAlgorithm::Exact => MatchAlgorithm::Exact,
        },
        optional: plugin.optional,
        active: plugin.active,
        processes: scope(plugin.processes),
        repairs: scope(plugin.repairs),
        actions: plugin.actions.into_iter().map(action).collect(),
        base: plugin.base,
        file: plugin.file,
        category: plugin.category,
        requires: plugin.requires,
    })
}

fn scope(scope: types::Scope) -> Scope {
    Scope {
        context: scope.contains(types::Scope::CONTEXT),
        instance: scope.contains(types::Scope::INSTANCE),
    }
}

fn action(action: types::Action) -> Action {
    Action {
        id: action.id,
        label: action.label,
        icon: action.icon,
        kind: match action.kind {
            types::ActionKind::Action => ActionKind::Action,
            types::ActionKind::Separator => ActionKind::Separator,
            types::ActionKind::Category => ActionKind::Category,
        },
        on: action.on,
    }
}

/// The outcome of a call, before which the adapter was told of so many pairs to come.
pub fn outcome(outcome: types::Outcome, given: u32) -> Result<Outcome, Broken> {
    let types::Outcome { ahead, took, .. } = outcome;
    if ahead > given {
        return Err(Broken(format!(
            "the host has begun {ahead} of the pairs to come, it says, and it was told of {given}"
        )));
    }
    if ahead > 0 && (outcome.failure.is_some() || !outcome.changes.is_empty()) {
        return Err(Broken(format!(
            "the host has begun {ahead} of the pairs to come, it says, behind one that failed or changed something"
        )));
    }
    Ok(Outcome {
        failure: outcome.failure.map(failure),
        changes: changes(outcome.changes)?,
        ahead,
        took: took.filter(|took| took.is_finite() && *took >= 0.0),
    })
}

pub fn pair((plugin, instance): (PluginId, Option<InstanceId>)) -> types::Pair {
    types::Pair {
        plugin: plugin.0,
        instance: instance.map(|id| id.0),
    }
}

pub fn changes(changes: Vec<types::Change>) -> Result<Vec<Change>, Broken> {
    changes.into_iter().map(change).collect()
}

fn change(change: types::Change) -> Result<Change, Broken> {
    Ok(match change {
        types::Change::InstanceAdded(instance) => Change::InstanceAdded {
            instance: Instance {
                data: data(instance.data)?,
                id: InstanceId(instance.id),
                name: instance.name,
                members: instance.members,
            },
        },
        types::Change::InstanceRemoved(id) => Change::InstanceRemoved {
            instance: InstanceId(id),
        },
        types::Change::MembersSet((id, members)) => Change::MembersSet {
            instance: InstanceId(id),
            members,
        },
        types::Change::DataSet((at, text)) => Change::DataSet {
            value: json(&at.key, &text)?,
            place: place(at),
        },
        types::Change::DataUnset(at) => Change::DataUnset { place: place(at) },
        types::Change::PluginActivated((id, active)) => Change::PluginActivated {
            plugin: PluginId(id),
            active,
        },
    })
}

/// Changes of a frontend's, for the adapter.
pub fn changes_out(changes: &[Change]) -> Vec<types::Change> {
    changes.iter().map(change_out).collect()
}

fn change_out(change: &Change) -> types::Change {
    match change {
        Change::InstanceAdded { instance } => types::Change::InstanceAdded(types::Instance {
            id: instance.id.0.clone(),
            name: instance.name.clone(),
            data: datums(&instance.data),
            members: instance.members.clone(),
        }),
        Change::InstanceRemoved { instance } => types::Change::InstanceRemoved(instance.0.clone()),
        Change::MembersSet { instance, members } => {
            types::Change::MembersSet((instance.0.clone(), members.clone()))
        }
        Change::DataSet { place, value } => {
            types::Change::DataSet((place_out(place), value.to_string()))
        }
        Change::DataUnset { place } => types::Change::DataUnset(place_out(place)),
        Change::PluginActivated { plugin, active } => {
            types::Change::PluginActivated((plugin.0.clone(), *active))
        }
    }
}

fn place(place: types::Place) -> Place {
    Place {
        instance: place.instance.map(InstanceId),
        key: place.key,
    }
}

fn place_out(place: &Place) -> types::Place {
    types::Place {
        instance: place.instance.as_ref().map(|id| id.0.clone()),
        key: place.key.clone(),
    }
}

pub fn data(datums: Vec<types::Datum>) -> Result<Data, Broken> {
    let datums = datums.into_iter();
    datums
        .map(|datum| Ok((json(&datum.key, &datum.value)?, datum.key)))
        .map(|pair| pair.map(|(value, key)| (key, value)))
        .collect()
}

pub fn datums(data: &Data) -> Vec<types::Datum> {
    data.iter()
        .map(|(key, value)| types::Datum {
            key: key.clone(),
            value: value.to_string(),
        })
        .collect()
}

fn json(key: &str, text: &str) -> Result<Value, Broken> {
    serde_json::from_str(text)
        .map_err(|error| Broken(format!("a value of {key:?} that is no JSON ({error})")))
}

pub fn failure(failure: types::Failure) -> Failure {
    Failure {
        title: failure.title,
        message: failure.message,
        detail: failure.detail,
        location: failure.location.map(location),
        traceback: failure.traceback,
        kind: failure.kind,
    }
}

fn location(location: types::Location) -> Location {
    Location {
        file: location.file,
        line: location.line,
        function: location.function,
        text: location.text,
    }
}

pub fn record(record: types::Record) -> Record {
    let now = || seconds(SystemTime::now());
    Record {
        level: Level(record.level),
        message: record.message,
        logger: record.logger,
        location: record.location.map(location),
        traceback: record.traceback,
        created: record
            .created
            .filter(|created| created.is_finite())
            .unwrap_or_else(now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ahead(ahead: u32) -> types::Outcome {
        types::Outcome {
            failure: None,
            changes: Vec::new(),
            ahead,
            took: Some(f64::NAN),
        }
    }

    #[test]
    fn what_the_host_has_begun_was_given_to_it() {
        for (given, begun) in [(0, 0), (1, 0), (1, 1), (256, 256)] {
            let told = outcome(ahead(begun), given).map_err(|Broken(reason)| reason);
            assert_eq!(told.unwrap().ahead, begun);
        }
        let Err(Broken(reason)) = outcome(ahead(3), 2) else {
            panic!("three of two");
        };
        let expected = "the host has begun 3 of the pairs to come, it says, and it was told of 2";
        assert_eq!(reason, expected);
    }

    #[test]
    fn nothing_is_begun_behind_a_change() {
        let mut changed = ahead(1);
        changed
            .changes
            .push(types::Change::InstanceRemoved("a".into()));
        let Err(Broken(reason)) = outcome(changed, 9) else {
            panic!("behind a change");
        };
        assert!(reason.ends_with("behind one that failed or changed something"));
    }

    #[test]
    fn a_time_that_is_none_is_not_taken() {
        for (took, taken) in [(0.5, Some(0.5)), (-1.0, None), (f64::INFINITY, None)] {
            let mut told = ahead(0);
            told.took = Some(took);
            let told = outcome(told, 0).map_err(|Broken(reason)| reason);
            assert_eq!(told.unwrap().took, taken);
        }
    }
}
