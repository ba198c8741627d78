use clap::Args;

use crate::exit::Exit;
use pyblish_farm::Demanded;
use pyblish_model::RunState;
use pyblish_report::Report;
use pyblish_rules::{Stage, Until};

/// What is asked of a publish beyond that nothing fails.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Demands {
    /// Fail if a plug-in logs a warning
    #[arg(long)]
    strict: bool,

    /// Fail if no instance is published
    #[arg(long)]
    fail_if_empty: bool,

    /// Publish without the plug-ins whose files cannot be used. Otherwise nothing after validation
    /// runs, because a missing plug-in may be the check that would have failed
    #[arg(long)]
    allow_broken_plugins: bool,
}

impl From<Demanded> for Demands {
    fn from(demanded: Demanded) -> Self {
        Demands {
            strict: demanded.strict,
            fail_if_empty: demanded.fail_if_empty,
            allow_broken_plugins: demanded.allow_broken_plugins,
        }
    }
}

impl From<Demands> for Demanded {
    fn from(demands: Demands) -> Self {
        Demanded {
            strict: demands.strict,
            fail_if_empty: demands.fail_if_empty,
            allow_broken_plugins: demands.allow_broken_plugins,
        }
    }
}

impl Demands {
    /// How far a run may go if these many files of plug-ins cannot be used.
    pub fn limit(self, until: Until, broken: usize) -> Until {
        match until {
            Until::All | Until::UpTo(Stage::Extract | Stage::Integrate)
                if broken > 0 && !self.allow_broken_plugins =>
            {
                Until::UpTo(Stage::Validate)
            }
            until => until,
        }
    }

    /// How a publish ended.
    pub fn ending(self, report: &Report) -> Exit {
        let done = match report.run.state {
            RunState::Succeeded => self.of_success(report),
            RunState::Failed | RunState::Stopped(_) => of_failure(report),
            RunState::Cancelled => Exit::Interrupted,
            RunState::Lost(_) => Exit::HostLost,
            RunState::Running | RunState::Interrupted => Exit::Error,
        };
        match report.discovered.broken.is_empty() || self.allow_broken_plugins {
            true => done,
            false => done.max(Exit::Broken),
        }
    }

    fn of_success(self, report: &Report) -> Exit {
        if self.fail_if_empty && report.is_empty() {
            return Exit::Empty;
        }
        match self.strict && report.summary().warnings > 0 {
            true => Exit::Warned,
            false => Exit::Done,
        }
    }
}

fn of_failure(report: &Report) -> Exit {
    let summary = report.summary();
    match summary.failed > 0 && summary.failed == summary.checks_failed {
        true => Exit::Invalid,
        false => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use pyblish_model::{
        BrokenPlugin, Failure, InstanceId, Level, Mode, PairResult, Plugin, PluginId, PluginSet,
        Record, RunId, RunInfo,
    };

    const COLLECT: f64 = 0.0;
    const VALIDATE: f64 = 1.0;
    const EXTRACT: f64 = 2.0;

    /// A run in which plug-ins of these orders fail.
    fn report(state: RunState, failed: &[f64]) -> Report {
        let run = RunInfo {
            id: RunId(1),
            state,
            until: "publish".into(),
            targets: Vec::new(),
            comment: String::new(),
            started: 0.0,
            ended: None,
            progress: 0.0,
            remaining: None,
            stage: None,
            succeeded: 0,
            failed: 0,
            collected: Some(1),
            facts: None,
            instances: None,
            plugins: None,
            continues: None,
        };
        let id = |order: f64| PluginId(order.to_string().into());
        let result = |order: &f64| PairResult {
            plugin_id: Some(id(*order)),
            plugin: "P".into(),
            instance_id: Some(InstanceId("i".into())),
            instance: Some("i".into()),
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
                "processes": {"context": false, "instance": true},
                "repairs": {"context": false, "instance": false}, "actions": [], "base": "",
            });
            serde_json::from_value(plugin).unwrap()
        };
        Report {
            session: "s".into(),
            adapter: "a".into(),
            host: "h".into(),
            run,
            discovered: PluginSet {
                plugins: [COLLECT, VALIDATE, EXTRACT].map(plugin).into(),
                ..PluginSet::default()
            },
            results: failed.iter().map(result).map(Arc::new).collect(),
        }
    }

    fn ending(state: RunState, failed: &[f64]) -> Exit {
        Demands::default().ending(&report(state, failed))
    }

    #[test]
    fn only_validators_make_it_invalid() {
        let stopped = || RunState::Stopped("failed validation".into());
        assert_eq!(ending(RunState::Succeeded, &[]), Exit::Done);
        assert_eq!(ending(stopped(), &[VALIDATE, VALIDATE]), Exit::Invalid);
        assert_eq!(ending(RunState::Failed, &[VALIDATE]), Exit::Invalid);
        assert_eq!(ending(stopped(), &[COLLECT, VALIDATE]), Exit::Failed);
        assert_eq!(ending(RunState::Failed, &[EXTRACT]), Exit::Failed);
        assert_eq!(ending(RunState::Failed, &[9.0]), Exit::Failed);
        assert_eq!(ending(stopped(), &[]), Exit::Failed);
        let lost = RunState::Lost("gone".into());
        assert_eq!(ending(lost, &[VALIDATE]), Exit::HostLost);
        assert_eq!(ending(RunState::Cancelled, &[]), Exit::Interrupted);
    }

    #[test]
    fn demands_turn_a_success_into_a_failure() {
        let mut report = report(RunState::Succeeded, &[EXTRACT]);
        let result = Arc::make_mut(&mut report.results[0]);
        result.failure = None;
        let demands = Demands {
            strict: true,
            fail_if_empty: true,
            allow_broken_plugins: false,
        };
        assert_eq!(demands.ending(&report), Exit::Done);
        let result = Arc::make_mut(&mut report.results[0]);
        result.records.push(Record {
            level: Level::WARNING,
            message: "look".into(),
            logger: String::new(),
            location: None,
            traceback: None,
            created: 0.0,
        });
        assert_eq!(demands.ending(&report), Exit::Warned);
        assert_eq!(Demands::default().ending(&report), Exit::Done);
        report.results.clear();
        assert_eq!(demands.ending(&report), Exit::Empty);
        assert_eq!(Demands::default().ending(&report), Exit::Done);
    }

    #[test]
    fn broken_plugins_are_worse_than_a_failed_validation() {
        let broken = BrokenPlugin {
            file: "bad.py".into(),
            failure: Failure::new("SyntaxError", "no"),
        };
        let allow = Demands {
            allow_broken_plugins: true,
            ..Demands::default()
        };
        for (state, failed, strict, allowed) in [
            (RunState::Succeeded, vec![], Exit::Broken, Exit::Done),
            (
                RunState::Failed,
                vec![VALIDATE],
                Exit::Broken,
                Exit::Invalid,
            ),
            (RunState::Failed, vec![EXTRACT], Exit::Failed, Exit::Failed),
        ] {
            let mut report = report(state, &failed);
            report.discovered.broken = [broken.clone()].into();
            assert_eq!(Demands::default().ending(&report), strict);
            assert_eq!(allow.ending(&report), allowed);
        }
        let validate = Until::UpTo(Stage::Validate);
        assert_eq!(Demands::default().limit(Until::All, 1), validate);
        assert_eq!(Demands::default().limit(Until::All, 0), Until::All);
        assert_eq!(allow.limit(Until::All, 1), Until::All);
        let collect = Until::UpTo(Stage::Collect);
        assert_eq!(Demands::default().limit(collect, 1), collect);
    }
}
