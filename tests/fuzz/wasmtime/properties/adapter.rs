//! Input from adapters, and from users who start them.

#![allow(dead_code, reason = "each fuzz target uses one")]

use arbitrary::{Arbitrary, Unstructured};
use pyblish_adapter::parsers::{self, types};
use pyblish_adapter::{
    AdapterLimits, Description, Setting, SettingKind, manifest, resolve_settings,
};
use pyblish_model::{Change, Context, Data, InstanceId, JsonText};
use pyblish_session::parsers::Answered;
use serde_json::{Value, json};

/// Lines of `name=value`. What is accepted has a value of its kind for each setting.
pub fn settings(bytes: &[u8]) {
    let setting = |name: &str, kind, default: Value| Setting {
        name: name.into(),
        kind,
        doc: String::new(),
        default: Some(default.into()),
    };
    let description = Description {
        name: "any".into(),
        version: "1.0.0".into(),
        doc: String::new(),
        hosts: Vec::new(),
        host_versions: Default::default(),
        settings: vec![
            setting("text", SettingKind::Text, json!("")),
            setting("flag", SettingKind::Boolean, json!(true)),
            setting("count", SettingKind::Integer, json!(1)),
            setting("scale", SettingKind::Number, json!(0.5)),
            setting("list", SettingKind::Texts, json!([])),
        ],
        grants: Vec::new(),
    };
    let text = String::from_utf8_lossy(bytes);
    let given = text.lines().filter_map(|line| line.split_once('='));
    let given = given
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    match resolve_settings(&description, &given) {
        Ok(data) => {
            let data = json!(data);
            assert!(data["text"].is_string());
            assert!(data["flag"].is_boolean());
            assert!(data["count"].is_i64());
            assert!(data["scale"].is_f64());
            let list = data["list"].as_array().expect("a list");
            assert!(list.iter().all(Value::is_string));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// What is read is what would be read again from the component sealed with it.
pub fn manifest(bytes: &[u8]) {
    let Some(description) = manifest::read(bytes) else {
        return;
    };
    let sealed = manifest::seal(bytes, &description);
    assert_eq!(manifest::read(&sealed), Some(description));
}

/// A change that an adapter reports: its kind, instance or context, key, value, and names.
type Told = (u8, u8, u8, String, Vec<String>);

/// What an adapter answers: changes, and how long that took.
type Answer = (Vec<Told>, Option<u64>);

/// Any answers are accepted or refused, and the context is the sum of their changes.
pub fn adapter_answers(bytes: &[u8]) {
    let Ok((answers, few)) = <(Vec<Answer>, bool)>::arbitrary(&mut Unstructured::new(bytes)) else {
        return;
    };
    let mut limits = AdapterLimits::default();
    if few {
        for (name, value) in [
            ("context-instances", "3"),
            ("context-data", "4096"),
            ("items", "30"),
            ("json-values", "50"),
        ] {
            limits.set(name, value).expect("a limit");
        }
    }
    let mut session = Answered::new(&limits);
    let mut expected = Expected::default();
    for (told, duration) in answers {
        let told: Vec<_> = told.into_iter().map(change).collect();
        let outcome = types::Outcome {
            failure: None,
            changes: told.clone(),
            duration,
        };
        let measured = parsers::outcome(outcome).duration;
        assert_eq!(measured.is_some(), duration.is_some());
        assert!(measured.is_none_or(|measured| measured.is_finite() && measured >= 0.0));
        let Ok(changes) = parsers::changes(told.clone(), &limits) else {
            continue;
        };
        let again = parsers::changes(parsers::told(&changes), &AdapterLimits::default());
        let by_anybody = changes.iter().filter(|change| !is_of_host(change));
        let by_anybody: Vec<Change> = by_anybody.cloned().collect();
        assert_eq!(again, Ok(by_anybody), "events match the changes");
        let before = session.revision();
        let made = session.answer(changes.clone());
        assert!(session.revision() >= before);
        let (counted, anew) = session.sizes();
        assert_eq!(counted, anew, "the size is counted along");
        let context = session.context();
        match (&made, few) {
            (Ok(()), true) => assert!(context.instances.len() <= 3 && anew <= 4096),
            // An adapter that gave too much is not asked again.
            (Err(_), true) => return,
            (_, false) => {}
        }
        let fits = changes.iter().try_for_each(|change| expected.make(change));
        assert_eq!(fits.is_ok(), made.is_ok(), "{made:?}");
        expected.compare(&context);
    }
}

/// Whether only a host makes such a change.
fn is_of_host(change: &Change) -> bool {
    matches!(
        change,
        Change::PluginsChanged { .. } | Change::TargetsSet { .. } | Change::StopTestSet { .. }
    )
}

/// Few ids and keys, so that most changes concern something that exists.
fn change((kind, instance, key, value, names): Told) -> types::Change {
    let id = format!("i{}", instance % 5);
    let named = |number: u8| format!("k{}", number % 4);
    let owner = match instance >= 64 {
        true => types::DataOwner::Instance(id.clone()),
        false => types::DataOwner::Context,
    };
    match kind % 10 {
        0 => types::Change::InstanceAdded(types::Instance {
            name: value.clone(),
            data: (0..key % 5)
                .map(|number| types::Datum {
                    key: named(number.wrapping_add(key)),
                    value: typed(number, &value),
                })
                .collect(),
            members: names,
            selection: None,
            id,
        }),
        1 => types::Change::InstanceRemoved(id),
        2 => types::Change::MembersSet(types::MembersSet {
            instance: id,
            members: names,
        }),
        3 => types::Change::DataSet(types::DataSet {
            owner,
            value: typed(key, &value),
            key: named(key),
        }),
        4 => types::Change::DataRemoved(types::DataRemoved {
            owner,
            key: named(key),
        }),
        5 => types::Change::SelectionSet(types::SelectionSet {
            instance: id,
            selection: types::Selection {
                families: names,
                skipped: key >= 128,
            },
        }),
        6 => types::Change::PluginActivated(types::PluginActivated {
            plugin: named(key),
            active: instance >= 64,
        }),
        7 => types::Change::PluginsChanged(vec![plugin(named(key), value, names, instance)]),
        8 => types::Change::TargetsSet(names),
        _ => types::Change::StopTestSet(match instance >= 64 {
            false => types::StopTest::Pyblish,
            true => types::StopTest::Host(
                names
                    .into_iter()
                    .map(|reason| types::Stop {
                        plugin: named(key),
                        reason,
                    })
                    .collect(),
            ),
        }),
    }
}

fn plugin(id: String, label: String, names: Vec<String>, bits: u8) -> types::Plugin {
    types::Plugin {
        name: id.clone(),
        id,
        label: Some(label),
        doc: None,
        version: vec![bits.into()],
        order: f64::from(bits) / 8.0,
        families: names.clone(),
        hosts: names.clone(),
        targets: names,
        matching: types::MatchAlgorithm::Subset,
        optional: bits & 1 != 0,
        active: bits & 2 != 0,
        processes: types::Scope::CONTEXT,
        repairs: types::Scope::empty(),
        actions: Vec::new(),
        base: "Plugin".into(),
        file: None,
        category: None,
        requires: None,
    }
}

/// A value of each type. Few texts that are not JSON, because most answers should be accepted.
fn typed(kind: u8, text: &str) -> types::Value {
    match kind % 7 {
        0 => types::Value::Null,
        1 => types::Value::Boolean(text.is_empty()),
        2 => types::Value::Integer(text.len() as i64 - 1),
        3 => types::Value::Number(text.parse().unwrap_or(0.5)),
        4 => types::Value::Text(text.into()),
        5 => types::Value::Texts(text.split(' ').map(str::to_owned).collect()),
        _ => types::Value::Json(
            match text.starts_with('!') || serde_json::from_str::<Value>(text).is_ok() {
                true => text.into(),
                false => json!(text).to_string(),
            },
        ),
    }
}

/// A context as plain lists, in their order.
#[derive(Default)]
struct Expected {
    data: Listed,
    instances: Vec<(InstanceId, String, Listed, Vec<String>)>,
}

/// Data in their order.
#[derive(Default)]
struct Listed(Vec<(String, JsonText)>);

impl Listed {
    /// A key that is set again stays where it was.
    fn set(&mut self, key: &str, value: &JsonText) {
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => *known = value.clone(),
            None => self.0.push((key.into(), value.clone())),
        }
    }
}

impl Expected {
    fn place(&self, id: &InstanceId) -> Result<usize, ()> {
        let place = self.instances.iter().position(|known| known.0 == *id);
        place.ok_or(())
    }

    fn data(&mut self, instance: &Option<InstanceId>) -> Result<&mut Listed, ()> {
        match instance {
            None => Ok(&mut self.data),
            Some(id) => {
                let place = self.place(id)?;
                Ok(&mut self.instances[place].2)
            }
        }
    }

    fn make(&mut self, change: &Change) -> Result<(), ()> {
        match change {
            Change::InstanceAdded { instance } => {
                if self.place(&instance.id).is_ok() {
                    return Err(());
                }
                let mut data = Listed::default();
                instance
                    .data
                    .iter()
                    .for_each(|(key, value)| data.set(key, value));
                let (id, name) = (instance.id.clone(), instance.name.clone());
                self.instances
                    .push((id, name.to_string(), data, instance.members.clone()));
            }
            Change::InstanceRemoved { instance } => {
                let place = self.place(instance)?;
                self.instances.remove(place);
            }
            Change::MembersSet { instance, members } => {
                let place = self.place(instance)?;
                self.instances[place].3.clone_from(members);
            }
            Change::SelectionSet { instance, .. } => {
                self.place(instance)?;
            }
            Change::DataSet { place, value } => self.data(&place.instance)?.set(&place.key, value),
            Change::DataUnset { place } => {
                let data = self.data(&place.instance)?;
                data.0.retain(|(key, _)| *key != place.key);
            }
            Change::PluginActivated { .. }
            | Change::PluginsChanged { .. }
            | Change::TargetsSet { .. }
            | Change::StopTestSet { .. } => {}
        }
        Ok(())
    }

    fn compare(&self, context: &Context) {
        let same = |listed: &Listed, data: &Data| {
            let listed = listed.0.iter().map(|(key, value)| (key, value));
            assert!(listed.eq(data.iter()), "{data:?}");
        };
        same(&self.data, &context.data);
        assert_eq!(self.instances.len(), context.instances.len());
        for ((id, name, data, members), now) in self.instances.iter().zip(&context.instances) {
            assert_eq!(
                (id, name.as_str(), members),
                (&now.id, now.name.as_str(), &now.members)
            );
            same(data, &now.data);
        }
    }
}
