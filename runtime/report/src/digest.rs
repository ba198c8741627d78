use super::not_run::{NotRun, not_run};
use super::plugin_index::PluginIndex;
use super::problem::{Problem, problems};
use super::timeline::Timeline;
use super::{Report, RunOutcome, Summary};

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
            outcome: RunOutcome::of(report, &summary),
            problems: problems(report, &known),
            timeline: Timeline::of(report, &known),
            known,
        }
    }

    /// The plug-ins without a result.
    pub(super) fn not_run(&self) -> impl Iterator<Item = NotRun<'a>> + use<'a> {
        not_run(self.report, &self.known)
    }
}
