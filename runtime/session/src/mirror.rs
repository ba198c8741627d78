//! The session's copy of the adapter's context and plug-ins: changes go in, snapshots come out.
//!
//! Applying an answer takes time that grows with what is new in it, not with what is there already:
//! what an answer removes keeps its position until the answer ends, and then everything is removed
//! at once (see [`Applying`]). The memory of the context is counted along, because it has a limit.

mod editable_data;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use self::editable_data::EditableData;
use crate::error::SessionError;
use crate::memory_size;
use crate::resource::{Precondition, Resource};
use crate::results::{Results, ResultsFull};
use crate::snapshot::{Activity, AdapterFailure, Snapshot};
use pyblish_adapter::{AdapterLimits, Discovery, Limit};
use pyblish_model::{
    Change, Data, DataKey, Instance, InstanceId, JsonText, PairResult, Plugin, PluginId, RunId,
    RunInfo,
};

#[derive(Debug)]
pub(crate) struct Mirror {
    now: Snapshot,
    /// The number of each instance. Numbers grow in the order of the context, and are never used
    /// again.
    numbers: HashMap<InstanceId, u64>,
    /// The numbers of the context's instances, in their order: the position of an instance is where
    /// its number is.
    order: Vec<u64>,
    /// The number of the next instance.
    next: u64,
    /// What the context takes in memory, in bytes.
    size: usize,
    limits: ContextLimits,
    /// The revision at which each resource last changed. A resource that is gone is not in it.
    changed: HashMap<Resource, u64>,
}

/// How much a context may hold.
#[derive(Debug, Clone, Copy)]
struct ContextLimits {
    instances: usize,
    /// Bytes in memory.
    data: usize,
}

/// Why a change of the adapter's cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChangeError {
    /// It is about an instance that does not exist, or adds one that exists already. The text names
    /// the change.
    Invalid(String),
    /// It goes beyond this limit.
    OverLimit(Limit),
}

impl Mirror {
    /// An empty context. `revision` is larger than any that a former process has shown to readers.
    pub(crate) fn new(limits: &AdapterLimits, revision: u64) -> Self {
        Mirror {
            now: Snapshot {
                revision,
                context_revision: revision,
                plugins_revision: revision,
                context: Arc::default(),
                plugins: Arc::default(),
                broken: Arc::default(),
                left_out: Arc::default(),
                targets: Arc::default(),
                stop_test: Arc::default(),
                host: Arc::default(),
                results: Results::new(limits.count(Limit::ResultData)),
                connected: SystemTime::now(),
                activity: Activity::Idle,
                adapter_failure: None,
                run: None,
                continuable: None,
            },
            numbers: HashMap::new(),
            order: Vec::new(),
            next: 0,
            size: 0,
            limits: ContextLimits {
                instances: limits.count(Limit::ContextInstances),
                data: limits.count(Limit::ContextData),
            },
            changed: HashMap::new(),
        }
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.now.clone()
    }

    pub(crate) fn now(&self) -> &Snapshot {
        &self.now
    }

    /// What the context takes in memory, in bytes: as counted change by change, and counted afresh.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        (self.size, memory_size::context(&self.now.context))
    }

    /// Begins with an empty context and no plug-ins.
    pub(crate) fn clear(&mut self) {
        let revision = self.now.revision + 1;
        self.now = Snapshot {
            revision,
            context_revision: revision,
            plugins_revision: revision,
            activity: self.now.activity.clone(),
            adapter_failure: self.now.adapter_failure.clone(),
            run: self.now.run.clone(),
            host: self.now.host.clone(),
            results: self.now.results.emptied(),
            context: Arc::default(),
            plugins: Arc::default(),
            broken: Arc::default(),
            left_out: Arc::default(),
            targets: Arc::default(),
            stop_test: Arc::default(),
            connected: SystemTime::now(),
            continuable: None,
        };
        self.numbers = HashMap::new();
        self.order = Vec::new();
        self.size = 0;
        self.changed = HashMap::new();
        // Whatever a client saw before is gone.
        self.changed.insert(Resource::Context, self.now.revision);
    }

    pub(crate) fn set_discovery(&mut self, found: Discovery) {
        self.now.plugins = found.plugins.into();
        self.now.broken = found.broken.into();
        self.now.left_out = found.left_out.into();
        self.now.targets = found.targets.into();
        self.now.stop_test = Arc::new(found.stop_test);
        self.now.revision += 1;
        self.now.plugins_revision = self.now.revision;
    }

    pub(crate) fn set_host(&mut self, host: Data) {
        self.now.host = Arc::new(host);
        self.now.revision += 1;
    }

    pub(crate) fn set_activity(&mut self, activity: Activity) {
        self.now.activity = activity;
        self.now.revision += 1;
    }

    pub(crate) fn set_adapter_failure(&mut self, failure: Option<AdapterFailure>) {
        if failure.is_some() || self.now.adapter_failure.is_some() {
            self.now.adapter_failure = failure.map(Arc::new);
            self.now.revision += 1;
        }
    }

    /// The session is busy with this since `now`.
    pub(crate) fn set_busy(&mut self, now: SystemTime, work: &str) {
        match &mut self.now.activity {
            Activity::Busy { since, doing } if doing == work => *since = now,
            other => {
                *other = Activity::Busy {
                    since: now,
                    doing: work.into(),
                }
            }
        }
        self.now.revision += 1;
    }

    pub(crate) fn set_run(&mut self, run: Arc<RunInfo>) {
        self.now.run = Some(run);
        self.now.revision += 1;
    }

    /// The run that can be continued, because its context is still there.
    pub(crate) fn set_continuable(&mut self, run: Option<RunId>) {
        self.now.continuable = run;
        self.now.revision += 1;
    }

    /// Changes what is known of the run under way.
    pub(crate) fn change_run(&mut self, change: impl FnOnce(&mut RunInfo)) {
        if let Some(run) = &mut self.now.run {
            change(Arc::make_mut(run));
            self.now.revision += 1;
        }
    }

    /// The instance with this id.
    pub(crate) fn instance(&self, id: &InstanceId) -> Option<Arc<Instance>> {
        let position = self.position(id)?;
        Some(self.now.context.instances[position].clone())
    }

    /// Where the instance with this id is in the context.
    fn position(&self, id: &InstanceId) -> Option<usize> {
        self.order.binary_search(self.numbers.get(id)?).ok()
    }

    pub(crate) fn add_result(&mut self, result: Arc<PairResult>) {
        self.now.results.push(result);
        self.now.revision += 1;
    }

    /// Checks whether there is room for another result.
    pub(crate) fn check_room_for_result(&self) -> Result<(), ResultsFull> {
        self.now.results.check_room()
    }

    /// Begins with an answer of the adapter. Its changes are then made one by one.
    pub(crate) fn applying(&mut self) -> Applying<'_> {
        Applying {
            begun: false,
            removed: Vec::new(),
            edited: HashMap::new(),
            plugins: HashMap::new(),
            mirror: self,
        }
    }

    /// Checks that what a client has looked at has not changed since.
    ///
    /// # Errors
    /// [`SessionError::Conflict`] names a resource that has.
    pub(crate) fn check(&self, precondition: Precondition) -> Result<(), SessionError> {
        let Precondition {
            resources,
            revision,
        } = precondition;
        let is_newer = |resource: &Resource| match resource {
            // The client saw it, so it was removed since.
            Resource::Instance(id) if !self.numbers.contains_key(id) => true,
            known => self.changed.get(known) > Some(&revision),
        };
        match resources.into_iter().find(is_newer) {
            Some(resource) => Err(SessionError::Conflict(resource.to_string(), revision)),
            None => Ok(()),
        }
    }
}

/// An answer whose changes are being made. Whatever must be moved or copied as a whole is moved
/// once, when this is dropped.
pub(crate) struct Applying<'a> {
    mirror: &'a mut Mirror,
    /// Whether a change was made: the first one of an answer begins a new revision.
    begun: bool,
    /// The positions of removed instances, which are still in the context.
    removed: Vec<usize>,
    /// Data from which a key was removed, of an instance or of the context (none).
    edited: HashMap<Option<InstanceId>, EditableData>,
    /// What happened to plug-ins, the last of each.
    plugins: HashMap<PluginId, PluginEdit>,
}

/// What an answer does to a plug-in.
enum PluginEdit {
    /// It takes part, or not.
    Active(bool),
    Described(Box<Plugin>),
}

impl Applying<'_> {
    /// Makes a change that the adapter reports.
    ///
    /// # Errors
    /// It cannot be made. The changes before it stay made.
    pub(crate) fn make(&mut self, change: Change) -> Result<(), ChangeError> {
        let now = &mut self.mirror.now;
        if !self.begun {
            self.begun = true;
            now.revision += 1;
        }
        match change {
            Change::PluginActivated { plugin, active } => {
                now.plugins_revision = now.revision;
                match self.plugins.get_mut(&plugin) {
                    Some(PluginEdit::Described(described)) => described.active = active,
                    _ => drop(self.plugins.insert(plugin, PluginEdit::Active(active))),
                }
                Ok(())
            }
            Change::PluginsChanged { plugins } => {
                now.plugins_revision = now.revision;
                for plugin in plugins {
                    let id = plugin.id.clone();
                    self.plugins
                        .insert(id, PluginEdit::Described(Box::new(plugin)));
                }
                Ok(())
            }
            Change::TargetsSet { targets } => {
                now.plugins_revision = now.revision;
                now.targets = targets.into();
                Ok(())
            }
            Change::StopTestSet { test } => {
                now.stop_test = Arc::new(test);
                Ok(())
            }
            of_context => {
                now.context_revision = now.revision;
                self.change_context(of_context)
            }
        }
    }

    fn change_context(&mut self, change: Change) -> Result<(), ChangeError> {
        match change {
            Change::InstanceAdded { instance } => self.add(instance),
            Change::InstanceRemoved { instance } => self.remove(&instance),
            Change::MembersSet { instance, members } => {
                let new = memory_size::members(&members);
                let there = self.instance(&instance)?;
                let old = memory_size::members(&there.members);
                there.members = members;
                self.resize(old, new)
            }
            Change::SelectionSet {
                instance,
                selection,
            } => {
                let there = self.instance(&instance)?;
                let old = memory_size::selection(there.selection.as_deref());
                let new = memory_size::selection(Some(&selection));
                there.selection = Some(Box::new(selection));
                self.resize(old, new)
            }
            Change::DataSet { place, value } => self.set(place, value),
            Change::DataUnset { place } => self.unset(place),
            Change::PluginActivated { .. }
            | Change::PluginsChanged { .. }
            | Change::TargetsSet { .. }
            | Change::StopTestSet { .. } => Ok(()),
        }
    }

    fn add(&mut self, instance: Instance) -> Result<(), ChangeError> {
        let mirror = &mut *self.mirror;
        if mirror.numbers.contains_key(&instance.id) {
            let id = &instance.id.0;
            return Err(ChangeError::Invalid(format!(
                "a second instance with the id {id:?}"
            )));
        }
        if mirror.numbers.len() >= mirror.limits.instances {
            return Err(ChangeError::OverLimit(Limit::ContextInstances));
        }
        let new = memory_size::instance(&instance);
        mirror.numbers.insert(instance.id.clone(), mirror.next);
        mirror.order.push(mirror.next);
        mirror.next += 1;
        let resource = Resource::Instance(instance.id.clone());
        mirror.changed.insert(resource, mirror.now.revision);
        let context = Arc::make_mut(&mut mirror.now.context);
        context.instances.push(Arc::new(instance));
        self.resize(0, new)
    }

    fn remove(&mut self, id: &InstanceId) -> Result<(), ChangeError> {
        let position = self.position(id)?;
        // All of its data must be there to be counted.
        self.put_back(&Some(id.clone()));
        let mirror = &mut *self.mirror;
        let old = memory_size::instance(&mirror.now.context.instances[position]);
        mirror.numbers.remove(id);
        mirror.changed.remove(&Resource::Instance(id.clone()));
        self.removed.push(position);
        self.resize(old, 0)
    }

    fn set(&mut self, place: DataKey, value: JsonText) -> Result<(), ChangeError> {
        let DataKey { instance, key } = place;
        let new = memory_size::entry(&key, &value);
        let old = match self.edited.get_mut(&instance) {
            Some(edited) => edited.set(key.clone(), value),
            None => self.data(&instance)?.insert(key.clone(), value),
        };
        let old = old.map_or(0, |old| memory_size::entry(&key, &old));
        self.mark(&instance);
        self.resize(old, new)
    }

    fn unset(&mut self, place: DataKey) -> Result<(), ChangeError> {
        let DataKey { instance, key } = place;
        if !self.edited.contains_key(&instance) {
            let data = std::mem::take(self.data(&instance)?);
            let edited = EditableData::from(data);
            self.edited.insert(instance.clone(), edited);
        }
        let edited = self.edited.get_mut(&instance);
        let old = edited.and_then(|edited| edited.unset(&key));
        let old = old.map_or(0, |old| memory_size::entry(&key, &old));
        self.mark(&instance);
        self.resize(old, 0)
    }

    /// Counts that something that took `old` bytes now takes `new` ones.
    fn resize(&mut self, old: usize, new: usize) -> Result<(), ChangeError> {
        let mirror = &mut *self.mirror;
        mirror.size = mirror.size.saturating_sub(old).saturating_add(new);
        if new > old && mirror.size > mirror.limits.data {
            return Err(ChangeError::OverLimit(Limit::ContextData));
        }
        Ok(())
    }

    /// The instance, or else the context, changed at this revision.
    fn mark(&mut self, instance: &Option<InstanceId>) {
        let resource = match instance {
            Some(id) => Resource::Instance(id.clone()),
            None => Resource::Context,
        };
        let revision = self.mirror.now.revision;
        self.mirror.changed.insert(resource, revision);
    }

    fn data(&mut self, instance: &Option<InstanceId>) -> Result<&mut Data, ChangeError> {
        match instance {
            None => {
                let context = Arc::make_mut(&mut self.mirror.now.context);
                Ok(Arc::make_mut(&mut context.data))
            }
            Some(id) => Ok(&mut self.instance(id)?.data),
        }
    }

    fn instance(&mut self, id: &InstanceId) -> Result<&mut Instance, ChangeError> {
        let position = self.position(id)?;
        self.mark(&Some(id.clone()));
        let context = Arc::make_mut(&mut self.mirror.now.context);
        Ok(Arc::make_mut(&mut context.instances[position]))
    }

    fn position(&self, id: &InstanceId) -> Result<usize, ChangeError> {
        let change = || {
            format!(
                "a change of the instance {:?}, which it has not added",
                id.0
            )
        };
        let position = self.mirror.position(id);
        position.ok_or_else(|| ChangeError::Invalid(change()))
    }

    /// Puts edited data back where they belong.
    fn put_back(&mut self, instance: &Option<InstanceId>) {
        if let Some(edited) = self.edited.remove(instance)
            && let Ok(data) = self.data(instance)
        {
            *data = edited.into();
        }
    }
}

impl Drop for Applying<'_> {
    fn drop(&mut self) {
        for instance in self.edited.keys().cloned().collect::<Vec<_>>() {
            self.put_back(&instance);
        }
        let mirror = &mut *self.mirror;
        if !self.removed.is_empty() {
            let removed: HashSet<usize> = self.removed.drain(..).collect();
            let stays = |position: &mut usize| {
                *position += 1;
                !removed.contains(&(*position - 1))
            };
            let (mut position, context) = (0, Arc::make_mut(&mut mirror.now.context));
            context.instances.retain(|_| stays(&mut position));
            position = 0;
            mirror.order.retain(|_| stays(&mut position));
        }
        let mut edits = std::mem::take(&mut self.plugins);
        if edits.is_empty() {
            return;
        }
        // A plug-in for another host is not in the list, and nobody can ask for it.
        let mut plugins = mirror.now.plugins.to_vec();
        for known in &mut plugins {
            if let Some(edit) = edits.remove(&known.id) {
                match edit {
                    PluginEdit::Active(active) => known.active = active,
                    PluginEdit::Described(plugin) => *known = *plugin,
                }
                let resource = Resource::Plugin(known.id.clone());
                mirror.changed.insert(resource, mirror.now.revision);
            }
        }
        mirror.now.plugins = plugins.into();
    }
}
