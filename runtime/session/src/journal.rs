//! Everything that changes in a session goes through the journal: it updates the mirror, records
//! the event in the history, and publishes a snapshot for readers once that is on disk. So the
//! three never differ.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use crate::error::SessionError;
use crate::mirror::{ChangeError, Mirror};
use crate::policy::AppliedPolicy;
use crate::resource::{Precondition, Resource};
use crate::results::ResultsFull;
use crate::snapshot::{Activity, AdapterFailure, Snapshot};
use crate::snapshot_publisher::SnapshotPublisher;
use pyblish_adapter::{Discovery, Limit};
use pyblish_history::{Recorder, RunStart};
use pyblish_model::{
    Change, Data, Event, Instance, InstanceId, Pair, PairResult, RunFacts, RunId, RunInfo,
    RunState, SceneState, seconds,
};
use pyblish_rules::Stage;

/// The mirror of a session, with what records and publishes its changes.
pub(crate) struct Journal {
    mirror: Mirror,
    recorder: Recorder,
    publisher: SnapshotPublisher,
    policy: AppliedPolicy,
    /// What somebody at a frontend has switched off.
    switched_off: HashSet<Resource>,
}

impl Journal {
    pub(crate) fn new(
        mirror: Mirror,
        recorder: Recorder,
        visible: watch::Sender<Snapshot>,
        policy: AppliedPolicy,
    ) -> Self {
        let revision = mirror.now().revision;
        Journal {
            publisher: SnapshotPublisher::new(visible, recorder.clone(), revision),
            mirror,
            recorder,
            policy,
            switched_off: HashSet::new(),
        }
    }

    /// The session as it is now. Readers may not see it yet.
    pub(crate) fn now(&self) -> &Snapshot {
        self.mirror.now()
    }

    pub(crate) fn instance(&self, id: &InstanceId) -> Option<Arc<Instance>> {
        self.mirror.instance(id)
    }

    /// Whether what a client expects is still so.
    ///
    /// # Errors
    /// Something has changed since: [`SessionError::Conflict`].
    pub(crate) fn check(&self, precondition: Option<Precondition>) -> Result<(), SessionError> {
        precondition.map_or(Ok(()), |precondition| self.mirror.check(precondition))
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Records an event that changes nothing in the mirror.
    pub(crate) fn record(&self, event: Event) {
        self.recorder.event(event);
    }

    /// Shows readers the session as it is now, once that is on disk.
    pub(crate) fn publish(&mut self) {
        self.publisher.publish(&self.mirror);
    }

    /// The same, unless it was done less than a millisecond ago. Whoever has to wait for something
    /// after this calls [`Journal::publish`] first.
    pub(crate) fn publish_if_due(&mut self) {
        self.publisher.publish_if_due(&self.mirror);
    }

    /// Begins with an empty context and no plug-ins.
    pub(crate) fn begin_context(&mut self) {
        self.mirror.clear();
        self.switched_off.clear();
        self.recorder.event(Event::Reset {});
    }

    /// These plug-ins were discovered, and are for these hosts. The policy is applied to them, and
    /// then they are put into the order in which Pyblish runs them.
    pub(crate) fn set_discovery(&mut self, mut found: Discovery, hosts: &[String]) {
        let context = self.mirror.now().context.clone();
        self.policy.discovered(&mut found.plugins, hosts, &context);
        let order = pyblish_rules::by_order(&found.plugins);
        let sorted = order
            .into_iter()
            .map(|position| found.plugins[position].clone());
        found.plugins = sorted.collect();
        self.recorder.event(Event::PluginsDiscovered {
            plugins: found.plugins.len(),
            broken: found.broken.len(),
            left_out: found.left_out.len(),
        });
        self.mirror.set_discovery(found);
    }

    /// The adapter says this of its host.
    pub(crate) fn set_host(&mut self, host: Data) {
        self.mirror.set_host(host);
    }

    /// The host says this of its scene.
    pub(crate) fn set_scene(&mut self, scene: SceneState) {
        if scene != *self.now().scene {
            let scene = Arc::new(scene);
            self.recorder.event(Event::SceneChanged(scene.clone()));
            self.mirror.set_scene(scene);
        }
    }

    /// Makes the changes of one answer of the adapter. `check_limits` is called now and then,
    /// because many changes take long.
    ///
    /// # Errors
    /// That of `check_limits`, or a change cannot be made. The changes before it are made.
    pub(crate) fn apply<E: From<ChangeError>>(
        &mut self,
        changes: Vec<Change>,
        mut check_limits: impl FnMut() -> Result<(), E>,
    ) -> Result<(), E> {
        let mut applying = self.mirror.applying();
        for (count, mut change) in changes.into_iter().enumerate() {
            if let Change::PluginsChanged { plugins } = &mut change {
                self.policy.described(plugins);
            }
            if count % BATCH == BATCH - 1 {
                check_limits()?;
            }
            let event = Event::of_change(change.clone());
            applying.make(change)?;
            if let Some(event) = event {
                self.recorder.event(event);
            }
        }
        drop(applying);
        self.apply_policy()?;
        Ok(())
    }

    /// Applies the rules for the project and the task that the context names now.
    fn apply_policy<E: From<ChangeError>>(&mut self) -> Result<(), E> {
        let now = self.mirror.now();
        let plugins = self.policy.moved(&now.context, &now.plugins);
        if !plugins.is_empty() {
            let change = Change::PluginsChanged { plugins };
            let event = Event::of_change(change.clone());
            self.mirror.applying().make(change)?;
            event
                .into_iter()
                .for_each(|event| self.recorder.event(event));
        }
        Ok(())
    }

    /// What the policy has changed.
    pub(crate) fn policy(&self) -> &AppliedPolicy {
        &self.policy
    }

    /// Somebody at a frontend has made these changes: what is off then is off because of them, and
    /// what was validated before counts no more.
    pub(crate) fn note_client_changes(&mut self, changes: &[Change]) {
        self.mirror.note_client_change();
        for change in changes {
            let (resource, is_on) = match change {
                Change::DataSet { place, value } if place.key == "publish" => {
                    let Some(instance) = place.instance.clone() else {
                        continue;
                    };
                    (Resource::Instance(instance), value.as_bool() != Some(false))
                }
                Change::PluginActivated { plugin, active } => {
                    (Resource::Plugin(plugin.clone()), *active)
                }
                _ => continue,
            };
            match is_on {
                true => self.switched_off.remove(&resource),
                false => self.switched_off.insert(resource),
            };
        }
    }

    /// Whether somebody at a frontend has switched it off.
    pub(crate) fn is_switched_off(&self, resource: &Resource) -> bool {
        self.switched_off.contains(resource)
    }

    /// The session is busy with this since then.
    pub(crate) fn set_busy(&mut self, since: SystemTime, doing: &str) {
        self.mirror.set_busy(since, doing);
    }

    pub(crate) fn set_idle(&mut self) {
        self.mirror.set_activity(Activity::Idle);
    }

    /// The adapter is down, for this reason.
    pub(crate) fn set_down(&mut self, reason: String) {
        self.mirror.set_activity(Activity::Down { reason });
    }

    /// The error for a command that needs the adapter while it is down.
    pub(crate) fn down_error(&self) -> SessionError {
        SessionError::Down(match &self.now().activity {
            Activity::Down { reason } => reason.clone(),
            Activity::Idle | Activity::Busy { .. } => "the adapter is not running".into(),
        })
    }

    /// The adapter went down. It is started again after `wait`, if there is one.
    /// `limit` is what it used too much of, if that is why.
    pub(crate) fn adapter_failed(
        &mut self,
        failure: AdapterFailure,
        wait: Option<Duration>,
        limit: Option<Limit>,
    ) {
        let reason = failure.message.clone();
        self.recorder.event(Event::HostLost {
            reason: reason.clone(),
            restart: wait.map(|wait| wait.as_secs_f64() * 1e3),
            searching: failure.searching,
            limit: limit.map(Limit::name),
        });
        self.mirror.set_adapter_failure(Some(failure));
        self.set_down(reason);
    }

    /// Readers are no longer told why the adapter went down the last time.
    pub(crate) fn clear_adapter_failure(&mut self) {
        self.mirror.set_adapter_failure(None);
    }

    pub(crate) fn check_room_for_result(&self) -> Result<(), ResultsFull> {
        self.mirror.check_room_for_result()
    }

    /// A pair is being processed, since `started` (seconds since 1970-01-01 UTC).
    pub(crate) fn pair_started(&self, pair: Arc<Pair>, started: f64) {
        let run = self.now().run.as_deref();
        let run = run.filter(|run| Some(run.id) == pair.run);
        let event = Event::PluginStarted {
            pair,
            progress: run.map(|run| run.progress),
            remaining: run.and_then(|run| run.remaining),
            stage: run.and_then(|run| run.stage.clone()),
        };
        self.recorder.event_at(event, started);
    }

    /// Keeps a result. `run` is the run that it belongs to, if any, and `stage` that of its plug-in.
    pub(crate) fn add_result(
        &mut self,
        result: Arc<PairResult>,
        run: Option<RunId>,
        stage: Option<Stage>,
    ) {
        self.recorder.event(Event::Result {
            run,
            result: result.clone(),
            stage: stage.map(Stage::name),
        });
        self.mirror.add_result(result);
    }

    pub(crate) fn run_started(&mut self, run: Arc<RunInfo>, start: RunStart) {
        self.recorder.run(run.clone(), Some(start));
        self.recorder.event(Event::RunStarted(run.clone()));
        self.mirror.set_run(run);
        self.mirror.set_continuable(None);
    }

    /// Changes what is known of the run under way.
    pub(crate) fn change_run(&mut self, change: impl FnOnce(&mut RunInfo)) {
        self.mirror.change_run(change);
    }

    /// The run under way ended like this. `progress` is between 0 and 1.
    pub(crate) fn run_ended(&mut self, state: RunState, progress: f64, facts: RunFacts) {
        let collected = self.now().context.instances.len() as u64;
        self.mirror.change_run(|run| {
            run.state = state;
            run.collected = Some(collected);
            run.remaining = None;
            run.facts = Some(Box::new(facts));
            run.progress = progress;
            run.ended = Some(seconds(SystemTime::now()));
        });
        self.mirror.settle();
        if let Some(run) = self.now().run.clone() {
            self.recorder.run(run.clone(), None);
            self.recorder.event(Event::RunEnded(run));
        }
    }

    /// The run that can be continued, because its context is still there.
    pub(crate) fn set_continuable(&mut self, run: Option<RunId>) {
        self.mirror.set_continuable(run);
    }
}

/// How many changes are made between two calls of `check_limits`.
const BATCH: usize = 1024;
