//! The context and its instances, as a plug-in sees them.
//!
//! Every change is noted when it is made, so that a call returns only the changes, not the whole
//! context: a run over N instances costs O(N).

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bindings::pyblish::endpoint::model::{
    self, Change, DataOwner, DataRemoved, DataSet, MembersSet, PluginActivated,
};
use crate::value::{Data, datums, from_model, to_model};

/// The instances to publish, and data about all of them.
#[derive(Debug, Default)]
pub struct Context {
    data: Data,
    instances: IndexMap<String, State, FxBuildHasher>,
    changes: Vec<Change>,
    /// Counts all instances that were ever created, so that no id is used twice.
    made: u64,
}

/// The stored data of an instance.
#[derive(Debug, Default)]
struct State {
    name: String,
    data: Data,
    members: Vec<String>,
}

impl Context {
    /// The value at `key`, if there is one that is a `T`.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        read(&self.data, key)
    }

    /// The value of a plug-in's setting ([`Meta::setting`](crate::Meta::setting)), if it is a `T`:
    /// what users chose, or its default. It is in `data` as `PLUGIN.KEY`.
    pub fn setting<T: DeserializeOwned>(&self, plugin: &str, key: &str) -> Option<T> {
        self.get(&format!("{plugin}.{key}"))
    }

    pub fn data(&self) -> &Data {
        &self.data
    }

    pub fn set(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        write(&mut self.data, &mut self.changes, None, key, value);
    }

    pub fn unset(&mut self, key: &str) {
        erase(&mut self.data, &mut self.changes, None, key);
    }

    /// Appends a new instance with this name, with the family `default` until another is set.
    pub fn create(&mut self, name: impl Into<String>) -> Instance<'_> {
        self.create_with(name, Data::new(), Vec::new())
    }

    /// Appends a new instance with this data and these members; without a `family` it gets
    /// Pyblish's `default`.
    pub fn create_with(
        &mut self,
        name: impl Into<String>,
        mut data: Data,
        members: Vec<String>,
    ) -> Instance<'_> {
        data.entry("family").or_insert_with(|| "default".into());
        self.made += 1;
        let id = format!("i{}", self.made);
        let name = name.into();
        self.changes.push(Change::InstanceAdded(model::Instance {
            id: id.clone(),
            name: name.clone(),
            data: datums(&data),
            members: members.clone(),
            selection: None,
        }));
        let state = State {
            name,
            data,
            members,
        };
        self.instances.insert(id.clone(), state);
        Instance { context: self, id }
    }

    /// Activates or deactivates the plug-in with this id. Pyblish checks this just before the
    /// plug-in's turn.
    pub fn activate(&mut self, plugin: impl Into<String>, active: bool) {
        let change = Change::PluginActivated(PluginActivated {
            plugin: plugin.into(),
            active,
        });
        self.changes.push(change);
    }

    /// Removes the instance with this id from the context; returns whether it existed.
    pub fn remove(&mut self, id: &str) -> bool {
        let there = self.instances.shift_remove(id).is_some();
        if there {
            self.changes.push(Change::InstanceRemoved(id.into()));
        }
        there
    }

    /// The instance with this id.
    pub fn instance(&mut self, id: &str) -> Option<Instance<'_>> {
        let id = self.instances.get_key_value(id)?.0.clone();
        Some(Instance { context: self, id })
    }

    /// The ids of all instances, in order.
    pub fn ids(&self) -> Vec<String> {
        self.instances.keys().cloned().collect()
    }

    /// The id of the first instance with this name.
    pub fn find(&self, name: &str) -> Option<String> {
        let mut instances = self.instances.iter();
        Some(instances.find(|(_, state)| state.name == name)?.0.clone())
    }

    /// How many instances there are.
    pub fn len(&self) -> usize {
        self.instances.len()
    }

    pub fn is_empty(&self) -> bool {
        self.instances.is_empty()
    }

    /// A new, empty context that will not use this one's ids again.
    pub(crate) fn renewed(&self) -> Self {
        Context {
            made: self.made,
            ..Context::default()
        }
    }

    /// Returns the changes since the last call.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Applies a change from a frontend. A change to a missing instance is ignored.
    pub(crate) fn apply(&mut self, change: Change) -> Result<(), serde_json::Error> {
        match change {
            Change::InstanceAdded(instance) => {
                let mut data = Data::new();
                for datum in instance.data {
                    data.insert(datum.key, from_model(datum.value)?);
                }
                self.create_with(instance.name, data, instance.members);
            }
            Change::InstanceRemoved(id) => {
                self.remove(&id);
            }
            Change::MembersSet(set) => {
                if let Some(mut instance) = self.instance(&set.instance) {
                    instance.set_members(set.members);
                }
            }
            // How the rules see an instance is decided by its data here. The others only a host
            // makes.
            Change::SelectionSet(_)
            | Change::PluginsChanged(_)
            | Change::TargetsSet(_)
            | Change::StopTestSet(_) => {}
            Change::DataSet(set) => {
                let value = from_model(set.value)?;
                match set.owner {
                    DataOwner::Context => self.set(set.key, value),
                    DataOwner::Instance(id) => {
                        if let Some(mut instance) = self.instance(&id) {
                            instance.set(set.key, value);
                        }
                    }
                }
            }
            Change::DataRemoved(removed) => match removed.owner {
                DataOwner::Context => self.unset(&removed.key),
                DataOwner::Instance(id) => {
                    if let Some(mut instance) = self.instance(&id) {
                        instance.unset(&removed.key);
                    }
                }
            },
            Change::PluginActivated(activated) => {
                self.activate(activated.plugin, activated.active);
            }
        }
        Ok(())
    }
}

/// One instance of a context, and through it the context.
#[derive(Debug)]
pub struct Instance<'a> {
    context: &'a mut Context,
    /// The id of an instance in `context`; only `remove` removes it, which consumes `self`.
    id: String,
}

impl<'a> Instance<'a> {
    /// The context of the instance, to also change other instances.
    pub fn into_context(self) -> &'a mut Context {
        self.context
    }

    /// The value of a plug-in's setting: see [`Context::setting`].
    pub fn setting<T: DeserializeOwned>(&self, plugin: &str, key: &str) -> Option<T> {
        self.context.setting(plugin, key)
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn name(&self) -> &str {
        &self.state().name
    }

    pub fn data(&self) -> &Data {
        &self.state().data
    }

    pub fn members(&self) -> &[String] {
        &self.state().members
    }

    /// The value at `key`, if there is one that is a `T`.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        read(self.data(), key)
    }

    pub fn set(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        let (id, key, value) = (Some(&self.id), key.into(), value.into());
        let state = self.context.instances.get_mut(&self.id);
        let data = &mut state.expect(PRESENT).data;
        write(data, &mut self.context.changes, id, key, value);
    }

    pub fn unset(&mut self, key: &str) {
        let state = self.context.instances.get_mut(&self.id);
        let data = &mut state.expect(PRESENT).data;
        erase(data, &mut self.context.changes, Some(&self.id), key);
    }

    pub fn set_members(&mut self, members: Vec<String>) {
        let state = self.context.instances.get_mut(&self.id);
        let state = state.expect(PRESENT);
        if state.members != members {
            state.members.clone_from(&members);
            let change = Change::MembersSet(MembersSet {
                instance: self.id.clone(),
                members,
            });
            self.context.changes.push(change);
        }
    }

    /// Removes the instance from its context.
    pub fn remove(self) {
        self.context.remove(&self.id);
    }

    /// The context of the instance, for reading; use [`Instance::into_context`] to change it.
    pub fn context(&self) -> &Context {
        self.context
    }

    /// Sets a value of the context's own data.
    pub fn set_context(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        self.context.set(key, value);
    }

    fn state(&self) -> &State {
        self.context.instances.get(&self.id).expect(PRESENT)
    }
}

const PRESENT: &str = "an Instance is borrowed from the context that holds it";

fn read<T: DeserializeOwned>(data: &Data, key: &str) -> Option<T> {
    T::deserialize(data.get(key)?).ok()
}

fn write(
    data: &mut Data,
    changes: &mut Vec<Change>,
    id: Option<&String>,
    key: String,
    value: Value,
) {
    if data.get(&key) != Some(&value) {
        changes.push(Change::DataSet(DataSet {
            owner: owner(id),
            key: key.clone(),
            value: to_model(&value),
        }));
        data.insert(key, value);
    }
}

fn erase(data: &mut Data, changes: &mut Vec<Change>, id: Option<&String>, key: &str) {
    if data.shift_remove(key).is_some() {
        changes.push(Change::DataRemoved(DataRemoved {
            owner: owner(id),
            key: key.into(),
        }));
    }
}

fn owner(instance: Option<&String>) -> DataOwner {
    instance.map_or(DataOwner::Context, |id| DataOwner::Instance(id.clone()))
}
