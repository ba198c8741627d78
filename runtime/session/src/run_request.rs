//! What a run is asked to do, and how that is written down: a run that continues another one takes
//! its request from there.

use std::collections::{HashMap, HashSet};
use std::time::SystemTime;

use pyblish_history::Idempotency;
use pyblish_model::{PluginId, RunId, RunInfo, RunState, seconds};
use pyblish_rules::{RunOptions, Stage, Until};

/// What a run is asked to do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunRequest {
    /// What is processed, and how far.
    pub options: RunOptions,
    /// Becomes the context's `comment`, unless it is empty.
    pub comment: String,
    /// The run that this one continues: one that was cancelled, lost or interrupted. What that run
    /// processed is skipped, and its options count instead of `options`.
    pub continues: Option<RunId>,
    /// Makes a repeated request safe: the run that was started with this key is returned, and no
    /// other one is started. Another request with the same key is refused.
    pub idempotency: Option<Idempotency>,
}

impl RunRequest {
    /// Takes the options of the run that this one continues, and its comment if this one has none.
    /// `ids` says which id each plug-in of that run has now.
    pub(crate) fn continue_from(&mut self, former: RunInfo, ids: &HashMap<PluginId, PluginId>) {
        let plugins = former.plugins.as_ref().map(|plugins| {
            let plugins = plugins.iter();
            plugins.filter_map(|id| ids.get(id).cloned()).collect()
        });
        self.options = RunOptions {
            until: until_from(&former.until),
            targets: former.targets,
            hosts: None,
            instances: former.instances.map(HashSet::from_iter),
            plugins,
        };
        if self.comment.is_empty() {
            self.comment = former.comment;
        }
    }

    /// The run as it is when it starts, now.
    pub(crate) fn info(&self, id: RunId) -> RunInfo {
        RunInfo {
            id,
            state: RunState::Running,
            until: until_text(self.options.until),
            targets: self.options.targets.clone(),
            comment: self.comment.clone(),
            started: seconds(SystemTime::now()),
            ended: None,
            progress: 0.0,
            remaining: None,
            stage: None,
            succeeded: 0,
            failed: 0,
            collected: None,
            facts: None,
            instances: self.options.instances.as_ref().map(sorted),
            plugins: self.options.plugins.as_ref().map(sorted),
            continues: self.continues,
        }
    }
}

/// How far a run goes, as [`RunInfo::until`] says it.
fn until_text(until: Until) -> String {
    match until {
        Until::All => "publish".into(),
        Until::One(stage) => stage.name().into(),
        Until::UpTo(stage) => format!("up to {}", stage.name()),
    }
}

/// The reverse of [`until_text`].
pub(crate) fn until_from(text: &str) -> Until {
    let stage = |text: &str| text.parse::<Stage>().ok();
    let until = match text.strip_prefix("up to ") {
        Some(text) => stage(text).map(Until::UpTo),
        None => stage(text).map(Until::One),
    };
    until.unwrap_or(Until::All)
}

/// In an order that does not depend on the set, so that equal requests are written the same.
fn sorted<T: Clone + Ord>(ids: &HashSet<T>) -> Vec<T> {
    let mut ids: Vec<T> = ids.iter().cloned().collect();
    ids.sort();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn until_round_trips() {
        let stages = [Stage::Collect, Stage::Validate, Stage::Extract];
        let all = stages.map(|stage| [Until::One(stage), Until::UpTo(stage)]);
        for until in all.into_iter().flatten().chain([Until::All]) {
            assert_eq!(until_from(&until_text(until)), until);
        }
    }
}
