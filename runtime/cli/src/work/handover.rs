//! What extraction made, on its way to the integration in another session, perhaps on another
//! machine: the data of the instance that changed since it was collected.

use std::collections::HashSet;

use serde_json::{Map, Value};

use pyblish_farm::Storages;
use pyblish_farm::wire::HandedInstance;
use pyblish_model::{Change, Context, DataKey, Instance, InstanceId, JsonText};

/// What these instances have now that they did not have when they were collected.
pub(super) fn made(
    collected: &Context,
    now: &Context,
    instances: &HashSet<InstanceId>,
    storages: &Storages,
) -> Vec<HandedInstance> {
    let chosen = now.instances.iter();
    let chosen = chosen.filter(|instance| instances.contains(&instance.id));
    let handed = chosen.map(|instance| {
        let before = collected.instance(&instance.id);
        let is_new = |key: &str, value: &JsonText| {
            before.and_then(|before| before.data.get(key)) != Some(value)
        };
        let data = instance.data.iter();
        let data = data.filter(|(key, value)| is_new(key, value));
        let data = data.filter_map(|(key, value)| {
            // It is JSON.
            let value = serde_json::from_str(value.text()).ok()?;
            Some((
                key.clone(),
                mapped(value, &|text| storages.to_portable(text)),
            ))
        });
        HandedInstance {
            name: instance.name.to_string(),
            data: data.collect::<Map<_, _>>(),
        }
    });
    handed.collect()
}

/// The changes that give these instances what was handed over, and which instances they are.
///
/// # Errors
/// An instance is not there. The text names it.
pub(super) fn changes(
    handed: &[HandedInstance],
    now: &Context,
    storages: &Storages,
) -> Result<(HashSet<InstanceId>, Vec<Change>), String> {
    let (mut instances, mut changes) = (HashSet::new(), Vec::new());
    for handed in handed {
        let mut named = now.named(&handed.name);
        let instance: &Instance = named.next().ok_or_else(|| {
            format!(
                "the instance {:?} was extracted, and is not there any more: publish again",
                handed.name
            )
        })?;
        instances.insert(instance.id.clone());
        for (key, value) in &handed.data {
            let value = mapped(value.clone(), &|text| storages.from_portable(text));
            changes.push(Change::DataSet {
                place: DataKey {
                    instance: Some(instance.id.clone()),
                    key: key.clone(),
                },
                value: JsonText::of_value(&value),
            });
        }
    }
    Ok((instances, changes))
}

/// The value with each text in it changed.
fn mapped(value: Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(&text)),
        Value::Array(items) => {
            let items = items.into_iter();
            items.map(|item| mapped(item, change)).collect()
        }
        Value::Object(members) => {
            let members = members.into_iter();
            let members = members.map(|(key, value)| (key, mapped(value, change)));
            Value::Object(members.collect())
        }
        other => other,
    }
}
