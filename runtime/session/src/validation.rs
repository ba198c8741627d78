//! Whether what a session has now was validated, so that it can be handed over to another session
//! that publishes it.

use std::collections::HashSet;

use crate::run_request::until_from;
use crate::snapshot::Snapshot;
use pyblish_model::{InstanceId, Plugin, RunState};
use pyblish_rules::{Stage, Until, session_targets, targets_match};

/// Why it was not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotValidated {
    /// The context is not about the scene that is open, or what was collected may be old.
    #[error("{0}")]
    OtherScene(String),
    /// No run has validated it.
    #[error("no run has validated it yet")]
    Never,
    /// A run is under way.
    #[error("a run is under way")]
    Running,
    /// The latest run did not succeed.
    #[error("the latest run did not succeed")]
    Failed,
    /// The latest run did less than that.
    #[error("the latest run has not validated all of it")]
    Partly,
    /// Something has changed since.
    #[error("something has changed since it was validated")]
    Changed,
}

impl Snapshot {
    /// Checks that the latest run has validated these instances for these targets with success, and
    /// that nothing has changed since.
    ///
    /// # Errors
    /// It has not.
    pub fn check_validated(
        &self,
        instances: &HashSet<InstanceId>,
        targets: &[String],
    ) -> Result<(), NotValidated> {
        if let Some(why) = self.scene.stale.as_ref().or(self.scene.outdated.as_ref()) {
            return Err(NotValidated::OtherScene(why.clone()));
        }
        let run = self.run.as_deref().ok_or(NotValidated::Never)?;
        match run.state {
            RunState::Running => return Err(NotValidated::Running),
            RunState::Succeeded => {}
            _ => return Err(NotValidated::Failed),
        }
        if self.settled != Some((self.context_revision, self.plugins_revision)) {
            return Err(NotValidated::Changed);
        }
        let targets = session_targets(targets, &self.targets);
        let are_same = session_targets(&run.targets, &self.targets) == targets;
        let sees = |id: &InstanceId| run.instances.as_ref().is_none_or(|it| it.contains(id));
        let is_run = |plugin: &Plugin| {
            let plugins = run.plugins.as_ref();
            plugins.is_none_or(|plugins| plugins.contains(&plugin.id))
        };
        let validates = |plugin: &&Plugin| {
            let stage = Stage::of(plugin.order);
            plugin.active && stage == Stage::Validate && targets_match(plugin, &targets)
        };
        let reaches = match until_from(&run.until) {
            Until::All => true,
            Until::UpTo(stage) => stage >= Stage::Validate,
            Until::One(stage) => stage == Stage::Validate,
        };
        let is_whole = reaches
            && are_same
            && instances.iter().all(sees)
            && self.plugins.iter().filter(validates).all(is_run);
        is_whole.then_some(()).ok_or(NotValidated::Partly)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fixtures;
    use crate::mirror::Mirror;
    use crate::run_request::RunRequest;
    use pyblish_adapter::AdapterLimits;
    use pyblish_model::{PluginId, RunId, SceneState};
    use pyblish_rules::RunOptions;

    /// A mirror after a run with these options that ended like this.
    fn after(options: RunOptions, state: RunState) -> Mirror {
        let mut mirror = Mirror::new(&AdapterLimits::default(), 0);
        let request = RunRequest {
            options,
            ..RunRequest::default()
        };
        mirror.set_run(Arc::new(request.info(RunId(1))));
        mirror.change_run(|run| run.state = state);
        mirror.settle();
        mirror
    }

    fn until(until: Until) -> RunOptions {
        RunOptions {
            until,
            ..RunOptions::default()
        }
    }

    fn check(snapshot: &Snapshot) -> Result<(), NotValidated> {
        snapshot.check_validated(&[InstanceId("a".into())].into(), &[])
    }

    #[test]
    fn only_a_whole_success_counts() {
        let ended = |options, state| check(&after(options, state).snapshot());
        for good in [
            Until::All,
            Until::UpTo(Stage::Validate),
            Until::UpTo(Stage::Extract),
            Until::One(Stage::Validate),
        ] {
            assert_eq!(ended(until(good), RunState::Succeeded), Ok(()), "{good:?}");
        }
        for less in [Until::UpTo(Stage::Collect), Until::One(Stage::Integrate)] {
            let said = ended(until(less), RunState::Succeeded);
            assert_eq!(said, Err(NotValidated::Partly), "{less:?}");
        }
        let said = ended(until(Until::All), RunState::Failed);
        assert_eq!(said, Err(NotValidated::Failed));
        let said = ended(until(Until::All), RunState::Running);
        assert_eq!(said, Err(NotValidated::Running));
        let other = RunOptions {
            instances: Some([InstanceId("b".into())].into()),
            ..RunOptions::default()
        };
        let said = ended(other, RunState::Succeeded);
        assert_eq!(said, Err(NotValidated::Partly));
        let other = RunOptions {
            targets: vec!["farm".into()],
            ..RunOptions::default()
        };
        let said = ended(other, RunState::Succeeded);
        assert_eq!(said, Err(NotValidated::Partly));
        let never = Mirror::new(&AdapterLimits::default(), 0).snapshot();
        assert_eq!(check(&never), Err(NotValidated::Never));
    }

    #[test]
    fn each_validator_must_have_run() {
        let plugin = |name: &str, order: f64| Plugin {
            order,
            targets: vec!["default".into()],
            ..fixtures::plugin(name)
        };
        let options = RunOptions {
            plugins: Some([PluginId("one".into())].into()),
            ..RunOptions::default()
        };
        let mut snapshot = after(options, RunState::Succeeded).snapshot();
        let one = Plugin {
            id: PluginId("one".into()),
            ..plugin("One", 1.0)
        };
        // What extracts need not have run.
        snapshot.plugins = [one.clone(), plugin("Write", 2.0)].into();
        assert_eq!(check(&snapshot), Ok(()));
        snapshot.plugins = [one, plugin("Two", 1.0)].into();
        assert_eq!(check(&snapshot), Err(NotValidated::Partly));
    }

    #[test]
    fn change_since_then_counts() {
        let good = || after(until(Until::All), RunState::Succeeded);
        let mut changed = good().snapshot();
        changed.context_revision += 1;
        assert_eq!(check(&changed), Err(NotValidated::Changed));
        let mut changed = good();
        changed.note_client_change();
        changed.settle();
        assert_eq!(check(&changed.snapshot()), Err(NotValidated::Changed));
        let mut stale = good().snapshot();
        stale.scene = Arc::new(SceneState {
            stale: Some("another scene is open".into()),
            ..SceneState::default()
        });
        assert!(matches!(check(&stale), Err(NotValidated::OtherScene(_))));
    }
}
