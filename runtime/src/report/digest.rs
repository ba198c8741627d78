use super::known::Known;
use super::problem::{Problem, problems};
use super::timeline::Timeline;
use super::{Outcome, Report, Summary};
use crate::model::Plugin;

/// What every rendering of a report tells, worked out once.
pub(super) struct Digest<'a> {
    pub(super) report: &'a Report,
    pub(super) known: Known<'a>,
    pub(super) summary: Summary,
    pub(super) outcome: Outcome,
    pub(super) problems: Vec<Problem<'a>>,
    pub(super) timeline: Timeline<'a>,
}

impl<'a> Digest<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let known = Known::of(report);
        let summary = Summary::of(report, &known);
        Digest {
            report,
            summary,
            outcome: Outcome::of(&report.run, &summary),
            problems: problems(report, &known),
            timeline: Timeline::of(report, &known),
            known,
        }
    }

    /// The plug-ins that no pair was of: inactive, without a matching instance, or behind the end.
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
