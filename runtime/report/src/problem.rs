use std::borrow::Cow;
use std::collections::HashMap;

use super::Report;
use super::plugin_index::{PluginIndex, PluginKey, key};
use pyblish_model::{Action, ActionKind, Failure, Level, Mode, PairResult, Plugin};
use pyblish_rules::{ActionOffer, PluginState, Stage, action_offer};

/// A failed pair, and what can be done about it.
pub(super) struct Problem<'a> {
    /// The place of its result among the results.
    pub(super) index: usize,
    pub(super) result: &'a PairResult,
    pub(super) failure: &'a Failure,
    pub(super) plugin: Option<&'a Plugin>,
    pub(super) label: &'a str,
    pub(super) stage: Option<Stage>,
    /// Whether the plug-in can mend it itself.
    pub(super) repairable: bool,
    /// The actions that the plug-in offers after this run.
    pub(super) actions: Vec<&'a Action>,
}

impl<'a> Problem<'a> {
    /// A few words: the plug-in's own, or that it failed. Its label alone would say the opposite,
    /// because many validators are named after the good state, such as `Scene is saved`.
    pub(super) fn title(&self) -> Cow<'a, str> {
        let title = self.failure.title.as_deref().map(str::trim);
        match title.filter(|title| !title.is_empty()) {
            Some(title) => title.into(),
            None => format!("{} failed", self.label).into(),
        }
    }
}

/// One entry for each failed pair, as they came. A pair that stopped because the user asked for it
/// is no problem to solve.
pub(super) fn problems<'a>(report: &'a Report, known: &PluginIndex<'a>) -> Vec<Problem<'a>> {
    let states = states(report);
    let failed = report.results.iter().enumerate();
    failed
        .filter_map(|(index, result)| {
            let failure = result.failure.as_ref().filter(|it| !it.is_cancelled())?;
            let plugin = known.plugin(result);
            let state = states.get(&key(result)).copied().unwrap_or_default();
            Some(Problem {
                index,
                result,
                failure,
                plugin,
                label: known.label(result),
                stage: known.stage(result),
                repairable: plugin.is_some_and(|plugin| repairs(plugin, result)),
                actions: plugin.map_or_else(Vec::new, |plugin| offered(plugin, state)),
            })
        })
        .collect()
}

/// Whether the plug-in can repair the instance or context of this result.
fn repairs(plugin: &Plugin, result: &PairResult) -> bool {
    let scope = match &result.instance_id {
        Some(_) => plugin.repairs.instance,
        None => plugin.repairs.context,
    };
    scope && result.mode == Mode::Process
}

fn offered(plugin: &Plugin, state: PluginState) -> Vec<&Action> {
    let actions = plugin.actions.iter();
    actions
        .filter(|action| {
            action.kind == ActionKind::Action && action_offer(&action.on, state) == ActionOffer::Yes
        })
        .collect()
}

/// What is known of each plug-in at the end of the run.
fn states(report: &Report) -> HashMap<PluginKey<'_>, PluginState> {
    let mut states: HashMap<_, PluginState> = HashMap::new();
    let results = report.results.iter();
    for result in results.filter(|result| result.mode == Mode::Process) {
        let mut records = result.records.iter();
        let warned = records.any(|record| record.level == Level::WARNING);
        let state = states.entry(key(result)).or_default();
        *state = state.after(result.success(), warned);
    }
    states
}

#[cfg(test)]
mod tests {
    use super::super::fixtures;
    use super::*;

    #[test]
    fn failed_pair_is_a_problem_with_advice() {
        let report = fixtures::failed();
        let problems = problems(&report, &PluginIndex::of(&report));
        let told: Vec<_> = problems
            .iter()
            .map(|problem| {
                let actions: Vec<_> = problem.actions.iter().map(|a| a.id.as_str()).collect();
                let title = problem.title().into_owned();
                (problem.index, title, problem.repairable, actions)
            })
            .collect();
        // The action for `succeeded`, the heading and the misspelt one are not offered.
        let select = || vec!["select"];
        assert_eq!(
            told,
            [
                (2, "Frames are missing".into(), true, select()),
                (3, "Frames are missing".into(), true, select()),
                (7, "Validate Scene Saved failed".into(), false, vec![]),
            ]
        );
    }

    #[test]
    fn cancelled_pair_is_no_problem() {
        let mut report = fixtures::failed();
        let result = std::sync::Arc::make_mut(&mut report.results[2]);
        result.failure = Some(Failure::new(Failure::CANCELLED, "stopped"));
        let problems = problems(&report, &PluginIndex::of(&report));
        let indexes: Vec<_> = problems.iter().map(|problem| problem.index).collect();
        assert_eq!(indexes, [3, 7]);
        let summary = report.summary();
        assert_eq!((summary.failed, summary.checks_failed), (2, 2));
    }

    #[test]
    fn failed_repair_is_not_repairable() {
        let mut report = fixtures::failed();
        let result = std::sync::Arc::make_mut(&mut report.results[2]);
        result.mode = Mode::Repair;
        assert!(!problems(&report, &PluginIndex::of(&report))[0].repairable);
    }
}
