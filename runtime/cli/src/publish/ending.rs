use std::process::ExitCode;
use std::sync::Arc;

use pyblish_model::{PairResult, Plugin, RunInfo, RunState};
use pyblish_rules::Stage;

/// How a publish ended, the better ones first; the exit code tells a farm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Everything succeeded.
    Published,
    /// Only validators failed, which an artist can fix.
    Invalid,
    /// Something else failed.
    Failed,
    /// The user stopped it.
    Interrupted,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        ExitCode::from(match ending {
            Ending::Published => 0,
            Ending::Invalid => 1,
            Ending::Failed => 2,
            Ending::Interrupted => 130,
        })
    }
}

impl Ending {
    pub fn of(run: &RunInfo, results: &[Arc<PairResult>], plugins: &[Plugin]) -> Self {
        let is_validator = |result: &PairResult| {
            let mut plugins = plugins.iter();
            let plugin = plugins.find(|plugin| Some(&plugin.id) == result.plugin_id.as_ref());
            plugin.is_some_and(|plugin| Stage::of(plugin.order) == Stage::Validate)
        };
        match run.state {
            RunState::Succeeded => Ending::Published,
            RunState::Cancelled => Ending::Interrupted,
            RunState::Failed | RunState::Stopped(_) => {
                let mut failed = results.iter().filter(|result| !result.success()).peekable();
                match failed.peek().is_some() && failed.all(|result| is_validator(result)) {
                    true => Ending::Invalid,
                    false => Ending::Failed,
                }
            }
            RunState::Running | RunState::Lost(_) | RunState::Interrupted => Ending::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyblish_model::{Failure, Mode, PluginId, RunId};

    const COLLECT: f64 = 0.0;
    const VALIDATE: f64 = 1.0;
    const EXTRACT: f64 = 2.0;

    /// How a run ends if plug-ins of these orders fail.
    fn ending(state: RunState, failed: &[f64]) -> Ending {
        let run = RunInfo {
            id: RunId(1),
            state,
            until: "publish".into(),
            targets: Vec::new(),
            comment: String::new(),
            started: 0.0,
            ended: None,
            progress: 0.0,
            stage: None,
            succeeded: 0,
            failed: 0,
            instances: None,
            plugins: None,
            continues: None,
        };
        let id = |order: f64| PluginId(order.to_string().into());
        let result = |order: &f64| PairResult {
            plugin_id: Some(id(*order)),
            plugin: "P".into(),
            instance_id: None,
            instance: None,
            mode: Mode::Process,
            failure: Some(Failure::new("Error", "no")),
            records: Vec::new(),
            started: 0.0,
            duration: 0.0,
        };
        let plugin = |order: f64| -> Plugin {
            let plugin = serde_json::json!({
                "id": id(order), "name": "P", "version": [], "order": order, "families": [], "hosts": [],
                "targets": [], "match": "intersection", "optional": false, "active": true,
                "processes": {"context": true, "instance": false},
                "repairs": {"context": false, "instance": false}, "actions": [], "base": "",
            });
            serde_json::from_value(plugin).unwrap()
        };
        let results: Vec<_> = failed.iter().map(result).map(Arc::new).collect();
        Ending::of(&run, &results, &[COLLECT, VALIDATE, EXTRACT].map(plugin))
    }

    #[test]
    fn only_validators_make_it_invalid() {
        let stopped = || RunState::Stopped("failed validation".into());
        assert_eq!(ending(RunState::Succeeded, &[]), Ending::Published);
        assert_eq!(ending(stopped(), &[VALIDATE, VALIDATE]), Ending::Invalid);
        assert_eq!(ending(RunState::Failed, &[VALIDATE]), Ending::Invalid);
        assert_eq!(ending(stopped(), &[COLLECT, VALIDATE]), Ending::Failed);
        assert_eq!(ending(RunState::Failed, &[EXTRACT]), Ending::Failed);
        assert_eq!(ending(RunState::Failed, &[9.0]), Ending::Failed);
        assert_eq!(ending(stopped(), &[]), Ending::Failed);
        let lost = RunState::Lost("gone".into());
        assert_eq!(ending(lost, &[VALIDATE]), Ending::Failed);
        assert_eq!(ending(RunState::Cancelled, &[]), Ending::Interrupted);
    }
}
