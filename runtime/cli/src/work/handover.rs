//! What extraction made, on its way to the integration in another session, perhaps on another
//! machine: the data of the instance that changed since it was collected.

use std::collections::HashSet;

use serde_json::Map;

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
            Some((key.clone(), storages.value_to_portable(value)))
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
            let value = storages.value_from_portable(value.clone());
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
