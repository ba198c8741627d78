//! What a job says of a session beyond its grants, as changes of the session.

use std::collections::HashSet;

use crate::exit::UsageError;
use crate::named_instances::named_instances;
use crate::stderr::Error;
use pyblish_farm::{DataChoice, JobSpec, RunIdentity, Storages};
use pyblish_model::{Change, Context, DataKey, InstanceId, JsonText};
use pyblish_rules::is_skipped;
use pyblish_session::Session;

/// All instances that take part.
pub(super) fn all_of(context: &Context) -> HashSet<InstanceId> {
    let instances = context.instances.iter();
    let taking = instances.filter(|instance| !is_skipped(instance));
    taking.map(|instance| instance.id.clone()).collect()
}

/// Which run this is, for integrators. Where the worker has a copy of the scene, it says which one
/// the artist has.
pub(super) fn identity(identity: &RunIdentity, spec: &JobSpec, storages: &Storages) -> Change {
    let original = spec.host.as_ref().and_then(|host| host.copy_of.as_ref());
    let path = original.and_then(|place| storages.path_of(place).ok());
    let identity = RunIdentity {
        scene: path.map(|path| path.to_string_lossy().into_owned()),
        ..identity.clone()
    };
    Change::DataSet {
        place: DataKey {
            instance: None,
            key: RunIdentity::KEY.into(),
        },
        value: JsonText::of_value(&identity),
    }
}

/// The plug-ins that the artist switched on or off, as far as they are there.
pub(super) fn plugin_choices(spec: &JobSpec, session: &Session) -> Vec<Change> {
    let plugins = session.snapshot().plugins;
    let choices = spec.plugins.iter().flat_map(|choice| {
        let named = plugins
            .iter()
            .filter(|it| it.name == choice.plugin.as_str());
        named.map(|plugin| Change::PluginActivated {
            plugin: plugin.id.clone(),
            active: choice.active,
        })
    });
    choices.collect()
}

/// The values of the context that the artist set: collectors may read them.
pub(super) fn context_choices(spec: &JobSpec, storages: &Storages) -> Vec<Change> {
    let choices = spec.data.iter().filter(|choice| choice.instance.is_none());
    let changes = choices.map(|choice| change(choice, None, storages));
    changes.collect()
}

/// All values that the artist set, once all is collected.
///
/// # Errors
/// An instance is not there.
pub(super) fn data_choices(
    spec: &JobSpec,
    context: &Context,
    storages: &Storages,
) -> Result<Vec<Change>, Error> {
    let mut changes = context_choices(spec, storages);
    for choice in &spec.data {
        let Some(name) = &choice.instance else {
            continue;
        };
        // All of that name are there, or an error says so.
        named_instances(context, std::slice::from_ref(name))?;
        let named = context.named(name);
        let chosen = named.enumerate().filter(|(place, _)| {
            let nth = choice.nth;
            nth.is_none_or(|nth| nth == *place)
        });
        let before = changes.len();
        for (_, instance) in chosen {
            changes.push(change(choice, Some(instance.id.clone()), storages));
        }
        if changes.len() == before {
            return Err(UsageError(format!(
                "fewer instances {name:?} were collected than when it was handed over: publish it again"
            ))
            .into());
        }
    }
    Ok(changes)
}

fn change(choice: &DataChoice, instance: Option<InstanceId>, storages: &Storages) -> Change {
    let place = DataKey {
        instance,
        key: choice.key.clone(),
    };
    match choice.unset {
        true => Change::DataUnset { place },
        false => Change::DataSet {
            place,
            value: JsonText::of_value(&storages.value_from_portable(choice.value.clone())),
        },
    }
}
