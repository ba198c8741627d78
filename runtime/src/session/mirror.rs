use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use super::handle::{Expected, Thing};
use super::snapshot::{Activity, Broken, Downfall, Snapshot};
use super::{Results, SessionError};
use crate::model::{
    Change, Context, Data, Instance, InstanceId, PairResult, Place, Plugin, RunId, RunInfo,
};

/// The session's picture of the adapter's context and plug-ins: changes go in, snapshots come out.
#[derive(Debug)]
pub(super) struct Mirror {
    now: Snapshot,
    /// Where each instance stands in the context, so that a change costs the same among many.
    places: HashMap<InstanceId, usize>,
    /// The revision at which each thing last changed.
    changed: HashMap<Thing, u64>,
}

impl Mirror {
    pub(super) fn new() -> Self {
        let revision = first_revision();
        Mirror {
            now: Snapshot {
                revision,
                context_revision: revision,
                plugins_revision: revision,
                context: Arc::default(),
                plugins: Arc::default(),
                broken: Arc::default(),
                results: Results::default(),
                connected: SystemTime::now(),
                activity: Activity::Idle,
                downfall: None,
                run: None,
                continuable: None,
            },
            places: HashMap::new(),
            changed: HashMap::new(),
        }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.now.clone()
    }

    pub(super) fn now(&self) -> &Snapshot {
        &self.now
    }

    /// Begins with an empty context and no plug-ins.
    pub(super) fn clear(&mut self) {
        let revision = self.now.revision + 1;
        self.now = Snapshot {
            revision,
            context_revision: revision,
            plugins_revision: revision,
            activity: self.now.activity.clone(),
            downfall: self.now.downfall.clone(),
            run: self.now.run.clone(),
            ..Mirror::new().now
        };
        self.places.clear();
        self.changed.clear();
        // Whatever a client saw before is gone.
        self.changed.insert(Thing::Context, self.now.revision);
    }

    pub(super) fn set_plugins(&mut self, plugins: Vec<Plugin>, broken: Vec<Broken>) {
        self.now.plugins = plugins.into();
        self.now.broken = broken.into();
        self.now.revision += 1;
        self.now.plugins_revision = self.now.revision;
    }

    pub(super) fn set_activity(&mut self, activity: Activity) {
        self.now.activity = activity;
        self.now.revision += 1;
    }

    pub(super) fn set_downfall(&mut self, downfall: Option<Downfall>) {
        if downfall.is_some() || self.now.downfall.is_some() {
            self.now.downfall = downfall.map(Arc::new);
            self.now.revision += 1;
        }
    }

    /// At work on this, since then.
    pub(super) fn set_busy(&mut self, now: SystemTime, work: &str) {
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

    pub(super) fn set_run(&mut self, run: Arc<RunInfo>) {
        self.now.run = Some(run);
        self.now.revision += 1;
    }

    /// The run that can be continued, for its context is still there.
    pub(super) fn set_continuable(&mut self, run: Option<RunId>) {
        self.now.continuable = run;
        self.now.revision += 1;
    }

    /// Changes what is known of the run under way.
    pub(super) fn change_run(&mut self, change: impl FnOnce(&mut RunInfo)) {
        if let Some(run) = &mut self.now.run {
            change(Arc::make_mut(run));
            self.now.revision += 1;
        }
    }

    /// The instance with this id.
    pub(super) fn instance_with(&self, id: &InstanceId) -> Option<Arc<Instance>> {
        let place = self.places.get(id)?;
        Some(self.now.context.instances[*place].clone())
    }

    pub(super) fn push_result(&mut self, result: Arc<PairResult>) {
        self.now.results.push(result);
        self.now.revision += 1;
    }

    /// Makes the changes that the adapter told of; the error names one that cannot be made, for it is about
    /// an instance that is not there, or there already.
    pub(super) fn apply(&mut self, changes: Vec<Change>) -> Result<(), String> {
        if changes.is_empty() {
            return Ok(());
        }
        self.now.revision += 1;
        changes
            .into_iter()
            .try_for_each(|change| self.apply_one(change))
    }

    /// Whether what a client expects is still as it was when it looked.
    pub(super) fn check(&self, expected: Option<Expected>) -> Result<(), SessionError> {
        let Some(Expected { things, revision }) = expected else {
            return Ok(());
        };
        let is_newer = |thing: &Thing| self.changed.get(thing) > Some(&revision);
        let Some(thing) = things.into_iter().find(is_newer) else {
            return Ok(());
        };
        let what = match thing {
            Thing::Context => "the context".into(),
            Thing::Instance(id) => format!("the instance {:?}", id.0),
            Thing::Plugin(id) => format!("the plug-in {:?}", id.0),
        };
        Err(SessionError::Conflict(what, revision))
    }

    fn apply_one(&mut self, change: Change) -> Result<(), String> {
        self.changed.insert(thing(&change), self.now.revision);
        match &change {
            Change::PluginActivated { .. } => self.now.plugins_revision = self.now.revision,
            _ => self.now.context_revision = self.now.revision,
        }
        match change {
            Change::InstanceAdded { instance } => {
                let context = Arc::make_mut(&mut self.now.context);
                let place = context.instances.len();
                let there = self.places.insert(instance.id.clone(), place);
                if there.is_some() {
                    return Err(format!("a second instance with the id {:?}", instance.id.0));
                }
                context.instances.push(Arc::new(instance));
            }
            Change::InstanceRemoved { instance } => {
                let place = self.place(&instance)?;
                let context = Arc::make_mut(&mut self.now.context);
                context.instances.remove(place);
                self.places.remove(&instance);
                for place_after in self.places.values_mut().filter(|p| **p > place) {
                    *place_after -= 1;
                }
            }
            Change::MembersSet { instance, members } => self.instance(&instance)?.members = members,
            Change::DataSet { place, value } => {
                self.data(&place)?.insert(place.key, value);
            }
            Change::DataUnset { place } => {
                self.data(&place)?.shift_remove(&place.key);
            }
            Change::PluginActivated { plugin, active } => {
                // Few and rare, so the list is made anew. One that is for another host is not in it.
                let mut plugins = self.now.plugins.to_vec();
                for known in plugins.iter_mut().filter(|known| known.id == plugin) {
                    known.active = active;
                }
                self.now.plugins = plugins.into();
            }
        }
        Ok(())
    }

    fn data(&mut self, place: &Place) -> Result<&mut Data, String> {
        match &place.instance {
            None => Ok(Arc::make_mut(
                &mut Arc::make_mut(&mut self.now.context).data,
            )),
            Some(id) => Ok(&mut self.instance(id)?.data),
        }
    }

    fn instance(&mut self, id: &InstanceId) -> Result<&mut Instance, String> {
        let place = self.place(id)?;
        let context: &mut Context = Arc::make_mut(&mut self.now.context);
        Ok(Arc::make_mut(&mut context.instances[place]))
    }

    fn place(&self, id: &InstanceId) -> Result<usize, String> {
        let place = self.places.get(id).copied();
        place.ok_or_else(|| format!("a change of the instance {:?}, which it never added", id.0))
    }
}

/// Revisions go on growing when the session is started again: no session changes a million times a second.
fn first_revision() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(0)
}

/// What a change is of.
fn thing(change: &Change) -> Thing {
    let of = |place: &Place| match &place.instance {
        Some(id) => Thing::Instance(id.clone()),
        None => Thing::Context,
    };
    match change {
        Change::InstanceAdded { instance } => Thing::Instance(instance.id.clone()),
        Change::InstanceRemoved { instance } | Change::MembersSet { instance, .. } => {
            Thing::Instance(instance.clone())
        }
        Change::DataSet { place, .. } | Change::DataUnset { place } => of(place),
        Change::PluginActivated { plugin, .. } => Thing::Plugin(plugin.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn added(id: &str) -> Change {
        Change::InstanceAdded {
            instance: Instance {
                id: InstanceId(id.into()),
                name: id.to_uppercase(),
                data: Data::new(),
                members: Vec::new(),
            },
        }
    }

    fn set(id: Option<&str>, key: &str, value: serde_json::Value) -> Change {
        Change::DataSet {
            place: Place {
                instance: id.map(|id| InstanceId(id.into())),
                key: key.into(),
            },
            value,
        }
    }

    fn removed(id: &str) -> Change {
        Change::InstanceRemoved {
            instance: InstanceId(id.into()),
        }
    }

    #[test]
    fn changes_add_up_to_the_context() {
        let mut mirror = Mirror::new();
        let changes = vec![
            added("a"),
            added("b"),
            added("c"),
            removed("b"),
            set(Some("c"), "k", json!(1)),
        ];
        mirror.apply(changes).unwrap();
        mirror
            .apply(vec![set(None, "shot", json!("sh010"))])
            .unwrap();
        let context = &mirror.now().context;
        let names: Vec<_> = context.instances.iter().map(|i| i.name.as_str()).collect();
        assert_eq!(names, ["A", "C"]);
        assert_eq!(context.instances[1].data["k"], json!(1));
        assert_eq!(context.data["shot"], json!("sh010"));
    }

    #[test]
    fn a_snapshot_stays_as_it_was() {
        let mut mirror = Mirror::new();
        mirror
            .apply(vec![added("a"), set(Some("a"), "k", json!(1))])
            .unwrap();
        let before = mirror.snapshot();
        mirror
            .apply(vec![set(Some("a"), "k", json!(2)), added("b")])
            .unwrap();
        assert_eq!(before.context.instances.len(), 1);
        assert_eq!(before.context.instances[0].data["k"], json!(1));
        assert!(mirror.now().revision > before.revision);
    }

    #[test]
    fn a_change_of_what_is_not_there_is_named() {
        let mut mirror = Mirror::new();
        let error = mirror
            .apply(vec![set(Some("x"), "k", json!(1))])
            .unwrap_err();
        assert!(error.contains("\"x\""), "{error}");
        mirror.apply(vec![added("a")]).unwrap();
        assert!(
            mirror
                .apply(vec![added("a")])
                .unwrap_err()
                .contains("second")
        );
    }

    #[test]
    fn the_revision_grows_also_when_all_is_cleared() {
        let mut mirror = Mirror::new();
        mirror.apply(vec![added("a")]).unwrap();
        let before = mirror.now().revision;
        mirror.clear();
        assert!(mirror.now().revision > before);
        assert!(mirror.now().context.instances.is_empty());
    }
}
