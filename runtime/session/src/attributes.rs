//! Attributes that plug-ins declare: what a client may set, and what has its default.
//!
//! The values are data: of an instance, or of the context where an attribute is one of the plug-in.
//! So they reach plug-ins, frontends and reports like all data. What clients set is checked here,
//! before the adapter gets it; what plug-ins set is theirs.

use std::collections::{HashMap, HashSet};

use crate::error::SessionError;
use crate::snapshot::Snapshot;
use pyblish_model::{
    Attribute, AttributeScope, BrokenPlugin, Change, Data, DataKey, Failure, Instance, InstanceId,
    JsonText, Plugin,
};
use pyblish_rules::{attributes_for, wrong_declaration, wrong_value};

/// Whether a plug-in has declared an attribute.
pub(crate) fn are_declared(plugins: &[Plugin]) -> bool {
    plugins.iter().any(|plugin| !plugin.attributes.is_empty())
}

/// Takes away what was declared wrongly, and returns it.
pub(crate) fn take_wrong(plugins: &mut [Plugin]) -> Vec<BrokenPlugin> {
    let mut wrong = Vec::new();
    for plugin in plugins {
        let mut good: Vec<Attribute> = Vec::new();
        for attribute in std::mem::take(&mut plugin.attributes) {
            match wrong_declaration(&attribute, &good) {
                None => good.push(attribute),
                Some(why) => wrong.push(BrokenPlugin {
                    file: plugin.file.clone().unwrap_or_else(|| plugin.name.to_string()),
                    failure: Failure::new(
                        "AttributeError",
                        format!(
                            "The attribute {:?} of {} is not offered: it {why}. Mend its declaration.",
                            attribute.key, plugin.name
                        ),
                    ),
                }),
            }
        }
        plugin.attributes = good;
    }
    wrong
}

/// What a client's changes become: to remove the value of an attribute sets its default.
///
/// # Errors
/// A value that the attribute cannot have, or one that users only see. Nothing is changed then.
pub(crate) fn checked(changes: Vec<Change>, now: &Snapshot) -> Result<Vec<Change>, SessionError> {
    let plugins = &now.plugins;
    if !are_declared(plugins) {
        return Ok(changes);
    }
    let keys: HashSet<String> = plugins.iter().flat_map(keys).collect();
    let is_declared = |change: &Change| match change {
        Change::DataSet { place, .. } | Change::DataUnset { place } => keys.contains(&place.key),
        _ => false,
    };
    if !changes.iter().any(is_declared) {
        return Ok(changes);
    }
    let instances = now.context.instances.iter();
    let instances: HashMap<&InstanceId, &Instance> = instances
        .map(|instance| (&instance.id, instance.as_ref()))
        .collect();
    let one = |change: Change| match change {
        Change::DataSet { place, value } => {
            for (plugin, attribute) in at(&place, plugins, &instances) {
                check(plugin, attribute, Some(&value))?;
            }
            Ok(Change::DataSet { place, value })
        }
        Change::DataUnset { place } => {
            let mut default = None;
            for (plugin, attribute) in at(&place, plugins, &instances) {
                check(plugin, attribute, None)?;
                default = default.or_else(|| attribute.default.clone());
            }
            Ok(match default {
                Some(value) => Change::DataSet { place, value },
                None => Change::DataUnset { place },
            })
        }
        other => Ok(other),
    };
    changes.into_iter().map(one).collect()
}

fn keys(plugin: &Plugin) -> impl Iterator<Item = String> {
    let attributes = plugin.attributes.iter();
    attributes.map(|attribute| attribute.data_key(&plugin.name))
}

/// The attributes that are declared for this value.
fn at<'a>(
    place: &'a DataKey,
    plugins: &'a [Plugin],
    instances: &HashMap<&InstanceId, &'a Instance>,
) -> Vec<(&'a Plugin, &'a Attribute)> {
    let instance = place.instance.as_ref().map(|id| instances.get(id).copied());
    match instance {
        // The adapter says that there is no such instance.
        Some(None) => Vec::new(),
        Some(instance) => attributes_for(plugins, instance, &place.key).collect(),
        None => attributes_for(plugins, None, &place.key).collect(),
    }
}

fn check(
    plugin: &Plugin,
    attribute: &Attribute,
    value: Option<&JsonText>,
) -> Result<(), SessionError> {
    let plugin = plugin.label.as_deref().unwrap_or(&plugin.name);
    let name = attribute.title();
    if attribute.read_only {
        return Err(SessionError::ReadOnly(format!(
            "{name:?} of {plugin} is only shown; its plug-in sets it"
        )));
    }
    match value.and_then(|value| wrong_value(attribute, value)) {
        None => Ok(()),
        Some(why) => Err(SessionError::InvalidValue(format!(
            "{name:?} of {plugin} {why}"
        ))),
    }
}

/// The defaults that were set in this context.
#[derive(Debug, Default)]
pub(crate) struct Defaults(HashMap<(Option<InstanceId>, String), JsonText>);

impl Defaults {
    /// Another context begins.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The changes that give attributes their defaults: those that have no value; and those that
    /// have a default of before, because the policy for another project holds now. Attributes of
    /// instances have theirs once all is collected.
    pub(crate) fn missing(&mut self, now: &Snapshot, is_collected: bool) -> Vec<Change> {
        let mut changes = Vec::new();
        for plugin in now.plugins.iter() {
            for attribute in &plugin.attributes {
                let Some(default) = &attribute.default else {
                    continue;
                };
                let key = attribute.data_key(&plugin.name);
                match attribute.scope {
                    AttributeScope::Plugin => {
                        changes.extend(self.set(None, &now.context.data, key, default));
                    }
                    AttributeScope::Instance if is_collected => {
                        let instances = now.context.instances.iter().filter(|instance| {
                            let fits = pyblish_rules::families_match(plugin, instance);
                            fits.unwrap_or(false)
                        });
                        for instance in instances {
                            let id = Some(instance.id.clone());
                            changes.extend(self.set(id, &instance.data, key.clone(), default));
                        }
                    }
                    AttributeScope::Instance => {}
                }
            }
        }
        changes
    }

    fn set(
        &mut self,
        instance: Option<InstanceId>,
        data: &Data,
        key: String,
        default: &JsonText,
    ) -> Option<Change> {
        let place = (instance, key);
        let value = data.get(&place.1);
        let before = self.0.get(&place);
        // Where two plug-ins declare it, the first one's default stays.
        let is_ours = match value {
            None => before.is_none(),
            Some(value) => before == Some(value) && value != default,
        };
        if !is_ours {
            return None;
        }
        self.0.insert(place.clone(), default.clone());
        let (instance, key) = place;
        Some(Change::DataSet {
            place: DataKey { instance, key },
            value: default.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use pyblish_adapter::AdapterLimits;
    use pyblish_model::AttributeType;
    use serde_json::json;

    use super::*;
    use crate::fixtures;
    use crate::mirror::Mirror;

    fn attribute(key: &str, scope: AttributeScope, default: i64) -> Attribute {
        Attribute {
            key: key.into(),
            scope,
            kind: AttributeType::Integer,
            default: Some(JsonText::of_value(&default)),
            maximum: Some(10.0),
            ..Attribute::default()
        }
    }

    /// A session of one plug-in for models, with these attributes.
    fn session(attributes: Vec<Attribute>) -> Snapshot {
        let mut now = Mirror::new(&AdapterLimits::default(), 0).now().clone();
        now.plugins = [Plugin {
            families: vec!["model".into()],
            attributes,
            ..fixtures::plugin("P")
        }]
        .into();
        let instance = |id: &str, family: &str| {
            let data = [("family".to_owned(), JsonText::from(family))];
            std::sync::Arc::new(Instance {
                id: InstanceId(id.into()),
                name: id.into(),
                data: data.into_iter().collect(),
                members: Vec::new(),
                selection: None,
            })
        };
        let mut context = now.context.as_ref().clone();
        context.instances = vec![instance("m", "model"), instance("r", "rig")];
        now.context = context.into();
        now
    }

    fn set(instance: Option<&str>, key: &str, value: serde_json::Value) -> Change {
        let place = DataKey {
            instance: instance.map(|id| InstanceId(id.into())),
            key: key.into(),
        };
        let value = value.into();
        Change::DataSet { place, value }
    }

    #[test]
    fn defaults_are_set_where_there_is_no_value() {
        let mut now = session(vec![
            attribute("tolerance", AttributeScope::Plugin, 1),
            attribute("frames", AttributeScope::Instance, 2),
        ]);
        let mut defaults = Defaults::default();
        // Instances only have theirs once all is collected.
        let setting = set(None, "P.tolerance", json!(1));
        assert_eq!(defaults.missing(&now, false), [setting]);
        let mut context = now.context.as_ref().clone();
        let mut data = context.data.as_ref().clone();
        data.insert("P.tolerance".into(), json!(1).into());
        context.data = data.into();
        now.context = context.into();
        assert_eq!(
            defaults.missing(&now, true),
            [set(Some("m"), "frames", json!(2))]
        );
        // The policy of a project has another default: what nobody has set follows.
        let mut plugin = now.plugins[0].clone();
        plugin.attributes[0].default = Some(json!(5).into());
        now.plugins = [plugin].into();
        assert_eq!(
            defaults.missing(&now, false),
            [set(None, "P.tolerance", json!(5))]
        );
    }

    #[test]
    fn value_that_a_user_set_stays() {
        let mut now = session(vec![attribute("tolerance", AttributeScope::Plugin, 1)]);
        let mut context = now.context.as_ref().clone();
        let data = [("P.tolerance".to_owned(), JsonText::from(json!(7)))];
        context.data = std::sync::Arc::new(data.into_iter().collect());
        now.context = context.into();
        assert_eq!(Defaults::default().missing(&now, true), []);
    }

    #[test]
    fn change_is_checked() {
        let now = session(vec![
            attribute("tolerance", AttributeScope::Plugin, 1),
            Attribute {
                read_only: true,
                ..attribute("frames", AttributeScope::Instance, 2)
            },
        ]);
        let checked = |change: Change| checked(vec![change], &now);
        let good = set(None, "P.tolerance", json!(10));
        assert_eq!(checked(good.clone()).unwrap(), [good]);
        let refused = checked(set(None, "P.tolerance", json!(11))).unwrap_err();
        assert!(matches!(&refused, SessionError::InvalidValue(_)));
        assert_eq!(
            refused.to_string(),
            "\"tolerance\" of P must be at most 10, and not 11"
        );
        let refused = checked(set(Some("m"), "frames", json!(3))).unwrap_err();
        assert!(matches!(refused, SessionError::ReadOnly(_)));
        // The plug-in is not for rigs, so nothing is declared there.
        let other = set(Some("r"), "frames", json!("any"));
        assert_eq!(checked(other.clone()).unwrap(), [other]);
        // To remove the value sets its default.
        let place = DataKey {
            instance: None,
            key: "P.tolerance".into(),
        };
        let removed = checked(Change::DataUnset { place }).unwrap();
        assert_eq!(removed, [set(None, "P.tolerance", json!(1))]);
    }

    #[test]
    fn wrong_declaration_is_taken_away() {
        let mut plugins = session(vec![
            attribute("good", AttributeScope::Plugin, 10),
            attribute("bad", AttributeScope::Plugin, 11),
        ])
        .plugins
        .to_vec();
        let wrong = take_wrong(&mut plugins);
        assert_eq!(plugins[0].attributes.len(), 1);
        assert_eq!(wrong.len(), 1);
        assert!(
            wrong[0]
                .failure
                .message
                .contains("\"bad\" of P is not offered")
        );
    }
}
