//! Converts the types of the WIT world to those of the model, and back. What cannot be converted
//! breaks the contract.

mod records;

pub(crate) use records::{failure, failure_out, record};

use super::HostVersions;
use super::answer_budget::{AnswerBudget, BadAnswer};
use super::bindings::{service, types};
use super::description::{
    BridgeRequest, Description, FolderRequest, GrantRequest, Setting, SettingKind,
};
use super::tool;
use pyblish_model::{
    Action, ActionKind, Attribute, AttributeChoice, AttributeScope, AttributeType, Change, Data,
    DataKey, Instance, InstanceId, JsonText, MatchAlgorithm, Outcome, Plugin, PluginId, Scope,
    Selection, Shape, Stop, StopTest,
};

pub(crate) fn description(
    description: service::Description,
    room: &mut AnswerBudget,
) -> Result<Description, BadAnswer> {
    room.take(description.hosts.len())?;
    room.take(description.grants.len())?;
    let settings = description.settings.into_iter();
    let settings = settings.map(|it| setting(it, room));
    Ok(Description {
        settings: settings.collect::<Result<_, _>>()?,
        name: description.name,
        version: description.version,
        doc: description.doc,
        hosts: description.hosts,
        host_versions: HostVersions::default(),
        grants: description.grants.into_iter().map(grant).collect(),
    })
}

fn setting(setting: service::Setting, room: &mut AnswerBudget) -> Result<Setting, BadAnswer> {
    room.take(0)?;
    Ok(Setting {
        default: match setting.default {
            Some(value) => Some(room.value(&setting.name, value)?),
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

fn grant(grant: service::GrantRequest) -> GrantRequest {
    match grant {
        service::GrantRequest::Folder(folder) => GrantRequest::Folder(FolderRequest {
            path: folder.path,
            writable: folder.writable,
            optional: folder.optional,
            doc: folder.doc,
        }),
        service::GrantRequest::Address(address) => GrantRequest::Address(address),
        service::GrantRequest::Host(host) => GrantRequest::Bridge(BridgeRequest {
            host: host.name,
            optional: host.optional,
            start: host.start,
        }),
        service::GrantRequest::Environment(name) if name == tool::FFMPEG_REQUEST => {
            GrantRequest::Tool(tool::FFMPEG.into())
        }
        service::GrantRequest::Environment(name) => GrantRequest::Environment(name),
    }
}

pub(crate) fn plugin(plugin: types::Plugin, room: &mut AnswerBudget) -> Result<Plugin, BadAnswer> {
    let names = plugin.families.len() + plugin.hosts.len() + plugin.targets.len();
    room.take(names + plugin.version.len() + plugin.actions.len())?;
    if !plugin.order.is_finite() {
        let name = plugin.name;
        return Err(BadAnswer::Contract(format!(
            "the plug-in {name}, whose order is no number"
        )));
    }
    Ok(Plugin {
        id: PluginId(plugin.id.into()),
        name: plugin.name.into(),
        label: plugin.label,
        doc: plugin.doc,
        version: plugin.version,
        order: plugin.order,
        families: plugin.families,
        hosts: plugin.hosts,
        targets: plugin.targets,
        algorithm: match plugin.matching {
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
        attributes: Vec::new(),
    })
}

pub(crate) fn attribute(
    attribute: types::Attribute,
    room: &mut AnswerBudget,
) -> Result<Attribute, BadAnswer> {
    use types::AttributeKind;

    room.take(0)?;
    let key = attribute.key;
    let mut converted = Attribute {
        scope: match attribute.scope {
            types::AttributeScope::Plugin => AttributeScope::Plugin,
            types::AttributeScope::Instance => AttributeScope::Instance,
        },
        label: attribute.label,
        help: attribute.help,
        group: attribute.group,
        default: attribute
            .default
            .map(|value| room.value(&key, value))
            .transpose()?,
        read_only: attribute.read_only,
        ..Attribute::default()
    };
    converted.kind = match attribute.kind {
        AttributeKind::Boolean => AttributeType::Boolean,
        AttributeKind::Integer(range) => {
            converted.minimum = range.minimum.map(|minimum| minimum as f64);
            converted.maximum = range.maximum.map(|maximum| maximum as f64);
            AttributeType::Integer
        }
        AttributeKind::Number(range) => {
            converted.minimum = range.minimum;
            converted.maximum = range.maximum;
            AttributeType::Number
        }
        AttributeKind::Text => AttributeType::Text,
        AttributeKind::MultilineText => {
            converted.multiline = true;
            AttributeType::Text
        }
        AttributeKind::Texts => AttributeType::Texts,
        AttributeKind::Choice(choices) => {
            converted.choices = attribute_choices(&key, choices, room)?;
            AttributeType::Choice
        }
        AttributeKind::Choices(choices) => {
            converted.choices = attribute_choices(&key, choices, room)?;
            AttributeType::Choices
        }
    };
    converted.key = key;
    Ok(converted)
}

fn attribute_choices(
    key: &str,
    choices: Vec<types::AttributeChoice>,
    room: &mut AnswerBudget,
) -> Result<Vec<AttributeChoice>, BadAnswer> {
    let one = |choice: types::AttributeChoice| {
        room.take(0)?;
        Ok(AttributeChoice {
            value: room.value(key, choice.value)?,
            label: choice.label,
        })
    };
    choices.into_iter().map(one).collect()
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
        on: condition(action.condition),
    }
}

/// The word of Pyblish for it.
fn condition(condition: types::ActionCondition) -> String {
    match condition {
        types::ActionCondition::All => "all".into(),
        types::ActionCondition::NotProcessed => "notProcessed".into(),
        types::ActionCondition::Processed => "processed".into(),
        types::ActionCondition::Failed => "failed".into(),
        types::ActionCondition::Warning => "warning".into(),
        types::ActionCondition::FailedOrWarning => "failedOrWarning".into(),
        types::ActionCondition::Succeeded => "succeeded".into(),
        types::ActionCondition::Unknown(word) => word,
    }
}

/// Nanoseconds of a millisecond.
const MILLISECOND: f64 = 1e6;

/// The outcome of a call, without its changes: they may be many.
pub(crate) fn outcome(outcome: types::Outcome) -> Outcome {
    Outcome {
        failure: outcome.failure.map(failure),
        changes: Vec::new(),
        duration: outcome
            .duration
            .map(|duration| duration as f64 / MILLISECOND),
    }
}

pub(crate) fn pair(plugin: &PluginId, instance: Option<&InstanceId>) -> types::Pair {
    types::Pair {
        plugin: plugin.0.to_string(),
        instance: instance.map(|id| id.0.to_string()),
    }
}

pub(crate) fn changes(
    changes: Vec<types::Change>,
    room: &mut AnswerBudget,
) -> Result<Vec<Change>, BadAnswer> {
    changes.into_iter().map(|it| change(it, room)).collect()
}

fn change(change: types::Change, room: &mut AnswerBudget) -> Result<Change, BadAnswer> {
    let inner = match &change {
        types::Change::InstanceAdded(instance) => instance.members.len(),
        types::Change::MembersSet(set) => set.members.len(),
        types::Change::SelectionSet(set) => set.selection.families.len(),
        types::Change::TargetsSet(targets) => targets.len(),
        types::Change::StopTestSet(types::StopTest::Host(stops)) => stops.len(),
        _ => 0,
    };
    room.take(inner)?;
    Ok(match change {
        types::Change::InstanceAdded(instance) => Change::InstanceAdded {
            instance: Instance {
                data: data(instance.data, room)?,
                id: InstanceId(instance.id.into()),
                name: instance.name.into(),
                members: instance.members,
                selection: instance.selection.map(|told| Box::new(selection(told))),
            },
        },
        types::Change::InstanceRemoved(id) => Change::InstanceRemoved {
            instance: InstanceId(id.into()),
        },
        types::Change::MembersSet(set) => Change::MembersSet {
            instance: InstanceId(set.instance.into()),
            members: set.members,
        },
        types::Change::SelectionSet(set) => Change::SelectionSet {
            instance: InstanceId(set.instance.into()),
            selection: selection(set.selection),
        },
        types::Change::DataSet(set) => Change::DataSet {
            value: room.value(&set.key, set.value)?,
            place: place(set.owner, set.key),
        },
        types::Change::DataRemoved(removed) => Change::DataUnset {
            place: place(removed.owner, removed.key),
        },
        types::Change::PluginActivated(activated) => Change::PluginActivated {
            plugin: PluginId(activated.plugin.into()),
            active: activated.active,
        },
        types::Change::PluginsChanged(changed) => {
            let plugins = changed.into_iter().map(|it| plugin(it, room));
            Change::PluginsChanged {
                plugins: plugins.collect::<Result<_, _>>()?,
            }
        }
        types::Change::TargetsSet(targets) => Change::TargetsSet { targets },
        types::Change::StopTestSet(test) => Change::StopTestSet {
            test: stop_test(test),
        },
    })
}

pub(crate) fn stop_test(test: types::StopTest) -> StopTest {
    match test {
        types::StopTest::Pyblish => StopTest::Pyblish,
        types::StopTest::Host(stops) => {
            let stops = stops.into_iter().map(|stop| Stop {
                plugin: PluginId(stop.plugin.into()),
                reason: stop.reason,
            });
            StopTest::Host(stops.collect())
        }
    }
}

fn selection(selection: types::Selection) -> Selection {
    Selection {
        families: selection.families,
        skipped: selection.skipped,
    }
}

fn selection_out(selection: &Selection) -> types::Selection {
    types::Selection {
        families: selection.families.clone(),
        skipped: selection.skipped,
    }
}

/// Changes of a frontend, for the adapter. What only a host can change is none.
pub(crate) fn changes_out(changes: &[Change]) -> Vec<types::Change> {
    changes.iter().filter_map(change_out).collect()
}

fn change_out(change: &Change) -> Option<types::Change> {
    Some(match change {
        Change::InstanceAdded { instance } => types::Change::InstanceAdded(types::Instance {
            id: instance.id.0.to_string(),
            name: instance.name.to_string(),
            data: datums(&instance.data),
            members: instance.members.clone(),
            selection: instance.selection.as_deref().map(selection_out),
        }),
        Change::InstanceRemoved { instance } => {
            types::Change::InstanceRemoved(instance.0.to_string())
        }
        Change::MembersSet { instance, members } => types::Change::MembersSet(types::MembersSet {
            instance: instance.0.to_string(),
            members: members.clone(),
        }),
        Change::SelectionSet {
            instance,
            selection,
        } => types::Change::SelectionSet(types::SelectionSet {
            instance: instance.0.to_string(),
            selection: selection_out(selection),
        }),
        Change::DataSet { place, value } => types::Change::DataSet(types::DataSet {
            owner: owner(place),
            key: place.key.clone(),
            value: value_out(value),
        }),
        Change::DataUnset { place } => types::Change::DataRemoved(types::DataRemoved {
            owner: owner(place),
            key: place.key.clone(),
        }),
        Change::PluginActivated { plugin, active } => {
            types::Change::PluginActivated(types::PluginActivated {
                plugin: plugin.0.to_string(),
                active: *active,
            })
        }
        Change::PluginsChanged { .. } | Change::TargetsSet { .. } | Change::StopTestSet { .. } => {
            return None;
        }
    })
}

fn place(owner: types::DataOwner, key: String) -> DataKey {
    let instance = match owner {
        types::DataOwner::Context => None,
        types::DataOwner::Instance(id) => Some(InstanceId(id.into())),
    };
    DataKey { instance, key }
}

fn owner(place: &DataKey) -> types::DataOwner {
    match &place.instance {
        None => types::DataOwner::Context,
        Some(id) => types::DataOwner::Instance(id.0.to_string()),
    }
}

pub(crate) fn data(datums: Vec<types::Datum>, room: &mut AnswerBudget) -> Result<Data, BadAnswer> {
    let mut data = Data::with_capacity(datums.len());
    for types::Datum { key, value } in datums {
        room.take(0)?;
        let value = room.value(&key, value)?;
        data.insert(key, value);
    }
    Ok(data)
}

pub(crate) fn datums(data: &Data) -> Vec<types::Datum> {
    data.iter()
        .map(|(key, value)| types::Datum {
            key: key.clone(),
            value: value_out(value),
        })
        .collect()
}

/// A value with its type where it has one of the contract's, and as JSON text otherwise.
fn value_out(value: &JsonText) -> types::Value {
    let json = || types::Value::Json(value.text().to_owned());
    match value.shape() {
        Shape::Null => types::Value::Null,
        Shape::Bool(value) => types::Value::Boolean(value),
        Shape::Text(text) => types::Value::Text(text.into_owned()),
        Shape::Number(number) => match (number.parse(), number.parse()) {
            // No integer is -0.
            (Ok(integer), _) if number != "-0" => types::Value::Integer(integer),
            // A number of more digits than a float has stays as it is written.
            (_, Ok(float)) if JsonText::of_value(&float).text() == number => {
                types::Value::Number(float)
            }
            _ => json(),
        },
        Shape::List(mut items) => {
            let texts = items.try_fold(Vec::new(), |mut texts, item| match item {
                Shape::Text(text) => {
                    texts.push(text.into_owned());
                    Some(texts)
                }
                _ => None,
            });
            texts.map_or_else(json, types::Value::Texts)
        }
        Shape::Object(_) => json(),
    }
}

#[cfg(test)]
mod tests {
    use pyblish_model::Budget;

    use super::super::limits::{AdapterLimits, Limit};
    use super::*;

    /// With room for so many items, and for so many values in them.
    fn told(told: types::Outcome, items: &str, values: &str) -> Result<Vec<Change>, BadAnswer> {
        let mut limits = AdapterLimits::default();
        limits.set("items", items).unwrap();
        limits.set("json-values", values).unwrap();
        changes(told.changes, &mut AnswerBudget::of(&limits))
    }

    fn quiet() -> types::Outcome {
        types::Outcome {
            failure: None,
            changes: Vec::new(),
            duration: None,
        }
    }

    #[test]
    fn duration_is_in_milliseconds() {
        let mut told = quiet();
        told.duration = Some(1_500_000);
        assert_eq!(outcome(told).duration, Some(1.5));
        assert_eq!(outcome(quiet()).duration, None);
    }

    #[test]
    fn values_keep_what_they_are() {
        let mut budget = AnswerBudget::of(&AdapterLimits::default());
        for text in [
            "null",
            "true",
            "-7",
            "-0",
            "-0.0",
            "18446744073709551616",
            "0.5",
            "1e+16",
            "\"hero\"",
            "[\"a\",\"b\"]",
            "[\"a\",1]",
            "{\"start\":1001}",
        ] {
            let value = JsonText::read(text.into(), &mut Budget::unlimited()).unwrap();
            let back = budget.value("k", value_out(&value)).unwrap();
            assert_eq!(back, value, "{text}");
        }
        let infinite = budget.value("k", types::Value::Number(f64::INFINITY));
        assert!(matches!(infinite, Err(BadAnswer::Contract(_))));
    }

    fn set(value: &str) -> types::Outcome {
        let mut it = quiet();
        it.changes = vec![types::Change::DataSet(types::DataSet {
            owner: types::DataOwner::Context,
            key: "k".into(),
            value: types::Value::Json(value.into()),
        })];
        it
    }

    #[test]
    fn json_values_are_counted() {
        let value = r#"[{"a":0},{"a":0}]"#;
        let answer = told(set(value), "1", "5").unwrap();
        let Change::DataSet { value: kept, .. } = &answer[0] else {
            panic!("another change");
        };
        assert_eq!(kept.text(), value);
        let more = told(set(value), "1", "4");
        assert_eq!(more, Err(BadAnswer::Limit(Limit::JsonValues)));
    }

    #[test]
    fn items_are_counted() {
        let datum = || types::Datum {
            key: "k".into(),
            value: types::Value::Json("1".into()),
        };
        let mut added = quiet();
        added.changes = vec![types::Change::InstanceAdded(types::Instance {
            id: "a".into(),
            name: "a".into(),
            data: vec![datum(), datum()],
            members: vec![String::new(), String::new()],
            selection: None,
        })];
        assert!(told(added.clone(), "5", "9").is_ok());
        let more = told(added, "4", "9");
        assert_eq!(more, Err(BadAnswer::Limit(Limit::Items)));
    }

    #[test]
    fn invalid_json_breaks_contract() {
        let Err(BadAnswer::Contract(reason)) = told(set("NaN"), "9", "9") else {
            panic!("no number");
        };
        assert!(
            reason.starts_with("a value of \"k\" that is not JSON (expected"),
            "{reason}"
        );
    }
}
