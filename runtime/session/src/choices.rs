//! What users chose on a frontend: which instances and plug-ins take part, and values that they
//! edited. A reset begins a new context, in which the collectors make all of that anew. So what was
//! chosen is remembered, and made again once it is there.
//!
//! Ids change with each collection. A plug-in is known by its name; an instance by its name, and by
//! how many of that name come before it. A choice is forgotten when the user takes it back: when
//! the value is again what it was before the first edit.

use std::collections::{BTreeMap, HashMap};

use crate::attributes::{self, Defaults};
use crate::snapshot::Snapshot;
use crate::user_choices::{ChosenData, UserChoices};
use pyblish_model::{Change, Data, DataKey, Instance, InstanceId, JsonText, Plugin, SmolStr};

/// An instance, or the context.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Context,
    /// The name, and how many instances of that name come before it.
    Instance(SmolStr, usize),
}

/// A value that a user edited.
#[derive(Debug, Clone, PartialEq)]
struct Edit {
    /// Before the first edit; none if there was no value.
    before: Option<JsonText>,
    /// None if the user removed the value.
    chosen: Option<JsonText>,
}

/// The choices of the users of a session.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    plugins: BTreeMap<SmolStr, bool>,
    edits: BTreeMap<Owner, BTreeMap<String, Edit>>,
    /// What nobody chose has its default, where a plug-in declares one.
    defaults: Defaults,
}

impl Choices {
    pub(crate) fn is_empty(&self) -> bool {
        self.plugins.is_empty() && self.edits.is_empty()
    }

    /// Whether collectors may make what is not as it should be.
    pub(crate) fn are_wanted(&self, now: &Snapshot) -> bool {
        !self.is_empty() || attributes::are_declared(&now.plugins)
    }

    /// Another context begins.
    pub(crate) fn begin_context(&mut self) {
        self.defaults.clear();
    }

    /// The same choices, for a context that begins.
    pub(crate) fn again(&self) -> Choices {
        Choices {
            plugins: self.plugins.clone(),
            edits: self.edits.clone(),
            defaults: Defaults::default(),
        }
    }

    /// The same for readers.
    pub(crate) fn list(&self) -> UserChoices {
        let plugins = self.plugins.iter();
        let edits = self.edits.iter();
        let data = edits.flat_map(|(owner, edits)| {
            let instance = match owner {
                Owner::Context => None,
                Owner::Instance(name, before) => Some((name.clone(), *before)),
            };
            edits.iter().map(move |(key, edit)| ChosenData {
                instance: instance.clone(),
                key: key.clone(),
                value: edit.chosen.clone(),
            })
        });
        UserChoices {
            plugins: plugins
                .map(|(name, active)| (name.clone(), *active))
                .collect(),
            data: data.collect(),
        }
    }

    /// Remembers changes that a user is about to make in this session.
    pub(crate) fn remember(&mut self, changes: &[Change], now: &Snapshot) {
        let owners = Owners::of(now, changes);
        for change in changes {
            match change {
                Change::PluginActivated { plugin, active } => {
                    let known = now.plugins.iter().find(|known| known.id == *plugin);
                    if let Some(known) = known {
                        self.choose_plugin(known, *active);
                    }
                }
                Change::DataSet { place, value } => self.edit(place, Some(value), &owners, now),
                Change::DataUnset { place } => self.edit(place, None, &owners, now),
                _ => {}
            }
        }
    }

    fn choose_plugin(&mut self, plugin: &Plugin, active: bool) {
        match self.plugins.get(&plugin.name) {
            Some(chosen) if *chosen == active => {}
            // There are only two states, so the other one takes the choice back.
            Some(_) => drop(self.plugins.remove(&plugin.name)),
            None if plugin.active == active => {}
            None => drop(self.plugins.insert(plugin.name.clone(), active)),
        }
    }

    fn edit(
        &mut self,
        place: &DataKey,
        chosen: Option<&JsonText>,
        owners: &Owners,
        now: &Snapshot,
    ) {
        let Some((owner, data)) = owners.find(place.instance.as_ref(), now) else {
            return;
        };
        let edits = self.edits.entry(owner.clone()).or_default();
        let edit = edits.entry(place.key.clone()).or_insert_with(|| Edit {
            before: data.get(&place.key).cloned(),
            chosen: None,
        });
        edit.chosen = chosen.cloned();
        if edit.chosen == edit.before {
            edits.remove(&place.key);
        }
        if edits.is_empty() {
            self.edits.remove(&owner);
        }
    }

    /// The changes that make this session as the users chose.
    fn missing(&self, now: &Snapshot) -> Vec<Change> {
        if self.is_empty() {
            return Vec::new();
        }
        let plugins = now.plugins.iter().filter_map(|plugin| {
            let active = *self.plugins.get(&plugin.name)?;
            (plugin.active != active).then(|| Change::PluginActivated {
                plugin: plugin.id.clone(),
                active,
            })
        });
        let mut changes: Vec<_> = plugins.collect();
        let context = (Owner::Context, None, now.context.data.as_ref());
        let mut counts = HashMap::new();
        let instances = now.context.instances.iter().map(|instance| {
            let owner = Owner::next(instance, &mut counts);
            (owner, Some(&instance.id), &instance.data)
        });
        for (owner, id, data) in std::iter::once(context).chain(instances) {
            let edits = self.edits.get(&owner).into_iter().flatten();
            changes.extend(edits.filter_map(|(key, edit)| edit.missing(id, key, data)));
        }
        changes
    }

    /// The changes that make this session as the users chose, as far as that is there again, with the
    /// defaults of what nobody chose. Instances get theirs once all is collected.
    pub(crate) fn all_missing(&mut self, now: &Snapshot, is_collected: bool) -> Vec<Change> {
        let mut changes = self.defaults.missing(now, is_collected);
        // What users chose comes last, and so it stays.
        changes.extend(self.missing(now));
        changes
    }
}

impl Edit {
    /// The change that makes the data as the user chose, unless it is so already.
    fn missing(&self, instance: Option<&InstanceId>, key: &str, data: &Data) -> Option<Change> {
        if data.get(key) == self.chosen.as_ref() {
            return None;
        }
        let place = DataKey {
            instance: instance.cloned(),
            key: key.into(),
        };
        Some(match &self.chosen {
            Some(value) => Change::DataSet {
                place,
                value: value.clone(),
            },
            None => Change::DataUnset { place },
        })
    }
}

impl Owner {
    /// The owner of the next instance, with how many there were of each name.
    fn next<'a>(instance: &'a Instance, counts: &mut HashMap<&'a str, usize>) -> Owner {
        let count = counts.entry(instance.name.as_str()).or_default();
        *count += 1;
        Owner::Instance(instance.name.clone(), *count - 1)
    }
}

/// The owners of the data of a session, with the positions of its instances.
struct Owners(HashMap<InstanceId, (Owner, usize)>);

impl Owners {
    fn of(now: &Snapshot, changes: &[Change]) -> Owners {
        let mut counts = HashMap::new();
        let instances = now.context.instances.iter().enumerate();
        if let [one] = changes {
            // Frontends of v1 change one thing at a time, which must not take long.
            return Owners(Owners::of_one(now, one).into_iter().collect());
        }
        let owners = instances.map(|(position, instance)| {
            let owner = Owner::next(instance, &mut counts);
            (instance.id.clone(), (owner, position))
        });
        Owners(owners.collect())
    }

    /// The owner of what this changes, if that is an instance.
    fn of_one(now: &Snapshot, change: &Change) -> Option<(InstanceId, (Owner, usize))> {
        let (Change::DataSet { place, .. } | Change::DataUnset { place }) = change else {
            return None;
        };
        let id = place.instance.as_ref()?;
        let all = &now.context.instances;
        let position = all.iter().position(|instance| instance.id == *id)?;
        let name = &all[position].name;
        let before = all[..position].iter().filter(|it| it.name == *name).count();
        let owner = Owner::Instance(name.clone(), before);
        Some((id.clone(), (owner, position)))
    }

    /// Who has this data, and the data.
    fn find<'a>(
        &self,
        instance: Option<&InstanceId>,
        now: &'a Snapshot,
    ) -> Option<(Owner, &'a Data)> {
        let Some(id) = instance else {
            return Some((Owner::Context, now.context.data.as_ref()));
        };
        let (owner, position) = self.0.get(id)?;
        Some((owner.clone(), &now.context.instances[*position].data))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fixtures;
    use crate::mirror::Mirror;
    use pyblish_adapter::AdapterLimits;
    use pyblish_model::Instance;

    /// A session with instances of these names and ids.
    fn session(instances: &[(&str, &str, Data)]) -> Snapshot {
        let mut now = Mirror::new(&AdapterLimits::default(), 0).now().clone();
        let instances = instances.iter().map(|(id, name, data)| {
            Arc::new(Instance {
                id: InstanceId((*id).into()),
                name: (*name).into(),
                data: data.clone(),
                members: Vec::new(),
                selection: None,
            })
        });
        let mut context = now.context.as_ref().clone();
        context.instances = instances.collect();
        now.context = Arc::new(context);
        now
    }

    fn data(pairs: &[(&str, serde_json::Value)]) -> Data {
        let pairs = pairs.iter();
        pairs
            .map(|(key, value)| ((*key).to_owned(), JsonText::from(value.clone())))
            .collect()
    }

    fn set(id: &str, key: &str, value: impl Into<serde_json::Value>) -> Change {
        Change::DataSet {
            place: DataKey {
                instance: Some(InstanceId(id.into())),
                key: key.into(),
            },
            value: JsonText::from(value.into()),
        }
    }

    #[test]
    fn choice_is_made_again_on_the_same_instance() {
        let first = session(&[
            ("a", "wood", Data::default()),
            ("b", "wood", Data::default()),
        ]);
        let mut choices = Choices::default();
        choices.remember(&[set("b", "publish", false)], &first);
        // The ids are others after a reset.
        let again = session(&[
            ("x", "wood", Data::default()),
            ("y", "wood", Data::default()),
        ]);
        assert_eq!(choices.missing(&again), [set("y", "publish", false)]);
        let done = session(&[
            ("x", "wood", Data::default()),
            ("y", "wood", data(&[("publish", false.into())])),
        ]);
        assert_eq!(choices.missing(&done), []);
        assert_eq!(choices.missing(&session(&[])), []);
    }

    /// Two frontends may send the same choice.
    #[test]
    fn plugin_that_is_switched_off_twice_stays_off() {
        let plugin = |active: bool| Plugin {
            active,
            ..fixtures::plugin("P")
        };
        let with = |active: bool| {
            let mut now = session(&[]);
            now.plugins = vec![plugin(active)].into();
            now
        };
        let switched = |active: bool| Change::PluginActivated {
            plugin: plugin(active).id,
            active,
        };
        let mut choices = Choices::default();
        choices.remember(&[switched(false)], &with(true));
        choices.remember(&[switched(false)], &with(false));
        assert_eq!(choices.missing(&with(true)), [switched(false)]);
        choices.remember(&[switched(true)], &with(false));
        assert!(choices.is_empty());
    }

    #[test]
    fn choices_are_listed_by_names() {
        let now = session(&[
            ("a", "wood", Data::default()),
            ("b", "wood", Data::default()),
        ]);
        let mut choices = Choices::default();
        // One change, and several at once, name an instance the same.
        choices.remember(&[set("b", "frames", 20)], &now);
        choices.remember(&[set("a", "publish", false), set("b", "note", "x")], &now);
        let chosen = |before: usize, key: &str, value: serde_json::Value| ChosenData {
            instance: Some(("wood".into(), before)),
            key: key.into(),
            value: Some(value.into()),
        };
        let expected = [
            chosen(0, "publish", false.into()),
            chosen(1, "frames", 20.into()),
            chosen(1, "note", "x".into()),
        ];
        assert_eq!(choices.list().data, expected);
        assert_eq!(choices.again().list(), choices.list());
    }

    #[test]
    fn choice_that_is_taken_back_is_forgotten() {
        let before = data(&[("frames", 10.into())]);
        let first = session(&[("a", "wood", before.clone())]);
        let mut choices = Choices::default();
        choices.remember(&[set("a", "frames", 20)], &first);
        let edited = session(&[("a", "wood", data(&[("frames", 20.into())]))]);
        choices.remember(&[set("a", "frames", 30)], &edited);
        assert_eq!(choices.missing(&first), [set("a", "frames", 30)]);
        choices.remember(&[set("a", "frames", 10)], &edited);
        assert!(choices.is_empty());
        // Nothing overwrites what is collected then.
        let other = session(&[("a", "wood", data(&[("frames", 99.into())]))]);
        assert_eq!(choices.missing(&other), []);
    }
}
