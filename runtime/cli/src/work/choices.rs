//! What a job says of a session beyond its grants, as changes of the session.

use std::collections::HashSet;

use crate::publish::named_instances;
use crate::stderr::Error;
use pyblish_farm::{JobSpec, RunIdentity};
use pyblish_model::{Change, Context, DataKey, InstanceId, JsonText};
use pyblish_rules::is_skipped;
use pyblish_session::Session;

/// All instances that take part.
pub(super) fn all_of(context: &Context) -> HashSet<InstanceId> {
    let instances = context.instances.iter();
    let taking = instances.filter(|instance| !is_skipped(instance));
    taking.map(|instance| instance.id.clone()).collect()
}

/// Which run this is, for integrators.
pub(super) fn identity(identity: &RunIdentity) -> Change {
    Change::DataSet {
        place: DataKey {
            instance: None,
            key: RunIdentity::KEY.into(),
        },
        value: JsonText::of_value(identity),
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

/// The values that the artist set.
///
/// # Errors
/// An instance is not there.
pub(super) fn data_choices(spec: &JobSpec, context: &Context) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for choice in &spec.data {
        let mut set = |instance: Option<InstanceId>| {
            changes.push(Change::DataSet {
                place: DataKey {
                    instance,
                    key: choice.key.clone(),
                },
                value: JsonText::of_value(&choice.value),
            });
        };
        match &choice.instance {
            None => set(None),
            Some(name) => {
                let ids = named_instances(context, std::slice::from_ref(name))?;
                ids.into_iter().for_each(|id| set(Some(id)));
            }
        }
    }
    Ok(changes)
}
