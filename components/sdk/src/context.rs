//! The context and its instances, as a plug-in sees them.
//!
//! Every change is noted as it is made, so that a call answers with what changed and not with the whole:
//! a run over N instances costs O(N).

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::bindings::pyblish::endpoint::types::{self, Change, Datum, Place};

/// The `data` of the context or of an instance.
pub type Data = Map<String, Value>;

/// What is published: instances, and data about all of them.
#[derive(Debug, Default)]
pub struct Context {
    data: Data,
    instances: IndexMap<String, State>,
    changes: Vec<Change>,
    /// Counts the instances ever made, so that no id is used twice.
    made: u64,
}

/// What is kept of an instance.
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

    /// Appends a new instance of this name, of the family `default` until it is set.
    pub fn create(&mut self, name: impl Into<String>) -> Instance<'_> {
        self.create_with(name, Data::new(), Vec::new())
    }

    /// Appends a new instance that has these data and members from its first moment; without a `family`
    /// it gets Pyblish's `default`.
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
        self.changes.push(Change::InstanceAdded(types::Instance {
            id: id.clone(),
            name: name.clone(),
            data: datums(&data),
            members: members.clone(),
        }));
        let state = State {
            name,
            data,
            members,
        };
        self.instances.insert(id.clone(), state);
        Instance { context: self, id }
    }

    /// Has the plug-in with this id take part from now on, or no longer. Pyblish asks just before its turn.
    pub fn activate(&mut self, plugin: impl Into<String>, active: bool) {
        let change = Change::PluginActivated((plugin.into(), active));
        self.changes.push(change);
    }

    /// Takes the instance with this id out of the context; answers whether it was there.
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

    /// The ids of all instances, in their order.
    pub fn ids(&self) -> Vec<String> {
        self.instances.keys().cloned().collect()
    }

    /// The id of the first instance of this name.
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

    /// Takes what changed since the last time.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Makes a change that came from a frontend. A change to what is not there is left out.
    pub(crate) fn apply(&mut self, change: Change) -> Result<(), serde_json::Error> {
        match change {
            Change::InstanceAdded(instance) => {
                let mut data = Data::new();
                for datum in instance.data {
                    data.insert(datum.key, serde_json::from_str(&datum.value)?);
                }
                self.create_with(instance.name, data, instance.members);
            }
            Change::InstanceRemoved(id) => {
                self.remove(&id);
            }
            Change::MembersSet((id, members)) => {
                if let Some(mut instance) = self.instance(&id) {
                    instance.set_members(members);
                }
            }
            Change::DataSet((place, value)) => {
                let value: Value = serde_json::from_str(&value)?;
                match place.instance {
                    None => self.set(place.key, value),
                    Some(id) => {
                        if let Some(mut instance) = self.instance(&id) {
                            instance.set(place.key, value);
                        }
                    }
                }
            }
            Change::DataUnset(place) => match place.instance {
                None => self.unset(&place.key),
                Some(id) => {
                    if let Some(mut instance) = self.instance(&id) {
                        instance.unset(&place.key);
                    }
                }
            },
            Change::PluginActivated((plugin, active)) => self.activate(plugin, active),
        }
        Ok(())
    }
}

/// One instance of a context, and through it the context.
#[derive(Debug)]
pub struct Instance<'a> {
    context: &'a mut Context,
    /// Of an instance that is in `context`; nothing but `remove` ends that, and it takes `self`.
    id: String,
}

impl<'a> Instance<'a> {
    /// The context that the instance is in, to change other instances too.
    pub fn into_context(self) -> &'a mut Context {
        self.context
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
            let change = Change::MembersSet((self.id.clone(), members));
            self.context.changes.push(change);
        }
    }

    /// Takes the instance out of its context.
    pub fn remove(self) {
        self.context.remove(&self.id);
    }

    /// The context that the instance is in, to read; [`Instance::into_context`] is the way to change it.
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
        let place = Place {
            instance: id.cloned(),
            key: key.clone(),
        };
        changes.push(Change::DataSet((place, value.to_string())));
        data.insert(key, value);
    }
}

fn erase(data: &mut Data, changes: &mut Vec<Change>, id: Option<&String>, key: &str) {
    if data.shift_remove(key).is_some() {
        changes.push(Change::DataUnset(Place {
            instance: id.cloned(),
            key: key.into(),
        }));
    }
}

pub(crate) fn datums(data: &Data) -> Vec<Datum> {
    data.iter()
        .map(|(key, value)| Datum {
            key: key.clone(),
            value: value.to_string(),
        })
        .collect()
}
