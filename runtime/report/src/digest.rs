use super::plugin_index::PluginIndex;
use super::problem::{Problem, problems};
use super::timeline::Timeline;
use super::{Report, RunOutcome, Summary};
use pyblish_model::Plugin;

/// The data of every rendering of a report, computed once.
pub(super) struct Digest<'a> {
    pub(super) report: &'a Report,
    pub(super) known: PluginIndex<'a>,
    pub(super) summary: Summary,
    pub(super) outcome: RunOutcome,
    pub(super) problems: Vec<Problem<'a>>,
    pub(super) timeline: Timeline<'a>,
}

impl<'a> Digest<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let known = PluginIndex::of(report);
        let summary = Summary::of(report, &known);
        Digest {
            report,
            summary,
            outcome: RunOutcome::of(&report.run, &summary),
            problems: problems(report, &known),
            timeline: Timeline::of(report, &known),
            known,
        }
    }

    /// The plug-ins without a pair: inactive, without a matching instance, or after the end of the
    /// run.
    pub(super) fn not_run(&self) -> impl Iterator<Item = &'a Plugin> {
        let ran: std::collections::HashSet<_> = self
            .report
            .results
            .iter()
            .filter_map(|result| self.known.plugin(result))
            .map(|plugin| &plugin.id)
            .collect();
        let plugins = self.report.plugins.iter();
        plugins.filter(move |plugin| !ran.contains(&plugin.id))
    }
}
