//! The session's copy of the adapter's context and plug-ins: changes go in, snapshots come out.
//!
//! Applying an answer takes time that grows with what is new in it, not with what is there already:
//! what an answer removes keeps its position until the answer ends, and then everything is removed
//! at once (see `applying.rs`). The memory of the context is counted along, because it has a limit.

mod applying;
mod editable_data;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use crate::error::SessionError;
use crate::memory_size;
use crate::resource::{Precondition, Resource};
use crate::results::{Results, ResultsFull};
use crate::snapshot::{Activity, AdapterFailure, Snapshot};
use pyblish_adapter::{AdapterLimits, Discovery, Limit};
use pyblish_model::{Data, Instance, InstanceId, PairResult, RunId, RunInfo, SceneState};

#[derive(Debug)]
pub(crate) struct Mirror {
    now: Snapshot,
    /// The number of each instance. Numbers grow in the order of the context, and are never used
    /// again.
    numbers: HashMap<InstanceId, u64>,
    /// The numbers of the context's instances, in their order: the position of an instance is where
    /// its number is.
    order: Vec<u64>,
    /// The position behind that of the instance that was asked for last.
    after_last: Cell<usize>,
    /// The number of the next instance.
    next: u64,
    /// What the context takes in memory, in bytes.
    size: usize,
    limits: ContextLimits,
    /// The revision at which each resource last changed. A resource that is gone is not in it.
    changed: HashMap<Resource, u64>,
    /// Whether a client has changed something since the latest run began.
    is_changed_in_run: bool,
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

impl ChangeError {
    /// The limit that it goes beyond, if that is why.
    pub(crate) fn limit(&self) -> Option<Limit> {
        match self {
            ChangeError::OverLimit(limit) => Some(*limit),
            ChangeError::Invalid(_) => None,
        }
    }
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
                scene: Arc::default(),
                results: Results::new(limits.count(Limit::ResultData)),
                connected: SystemTime::now(),
                activity: Activity::Idle,
                adapter_failure: None,
                run: None,
                continuable: None,
                settled: None,
            },
            numbers: HashMap::new(),
            order: Vec::new(),
            after_last: Cell::new(0),
            next: 0,
            size: 0,
            limits: ContextLimits {
                instances: limits.count(Limit::ContextInstances),
                data: limits.count(Limit::ContextData),
            },
            changed: HashMap::new(),
            is_changed_in_run: false,
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
            scene: self.now.scene.clone(),
            results: self.now.results.emptied(),
            context: Arc::default(),
            plugins: Arc::default(),
            broken: Arc::default(),
            left_out: Arc::default(),
            targets: Arc::default(),
            stop_test: Arc::default(),
            connected: SystemTime::now(),
            continuable: None,
            settled: None,
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

    pub(crate) fn set_scene(&mut self, scene: Arc<SceneState>) {
        self.now.scene = scene;
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
        self.now.settled = None;
        self.is_changed_in_run = false;
        self.now.revision += 1;
    }

    /// A client has changed something: the run under way has not seen all of it from its beginning.
    pub(crate) fn note_client_change(&mut self) {
        self.is_changed_in_run = true;
    }

    /// The run has ended: what there is now is what it has seen.
    pub(crate) fn settle(&mut self) {
        let revisions = (self.now.context_revision, self.now.plugins_revision);
        self.now.settled = (!self.is_changed_in_run).then_some(revisions);
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

    /// Where the instance with this id is in the context. Runs ask for them in the context's order,
    /// so each is mostly found right behind the one before it.
    fn position(&self, id: &InstanceId) -> Option<usize> {
        let next = self.after_last.get();
        let instance = self.now.context.instances.get(next);
        let is_next = instance.is_some_and(|instance| instance.id == *id);
        // While removals wait for the end of an answer, an id may be in the context twice.
        let are_all_there = self.numbers.len() == self.now.context.instances.len();
        let position = match is_next && are_all_there {
            true => next,
            false => self.order.binary_search(self.numbers.get(id)?).ok()?,
        };
        self.after_last.set(position + 1);
        Some(position)
    }

    pub(crate) fn add_result(&mut self, result: Arc<PairResult>) {
        self.now.results.push(result);
        self.now.revision += 1;
    }

    /// Checks whether there is room for another result.
    pub(crate) fn check_room_for_result(&self) -> Result<(), ResultsFull> {
        self.now.results.check_room()
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
