use std::collections::HashMap;

use super::Report;
use super::plugin_index::{PluginIndex, PluginKey, key};
use super::text::sane;
use pyblish_rules::Stage;

/// Where the time of a run went. All times are milliseconds, since the run's start where they are
/// moments.
pub(super) struct Timeline<'a> {
    /// From the start to the end of the run; to the end of the last pair where it has none.
    pub(super) elapsed: f64,
    /// The sum over all pairs.
    pub(super) busy: f64,
    /// In the order in which they came.
    pub(super) stages: Vec<(Option<Stage>, f64)>,
    /// The longest first.
    pub(super) plugins: Vec<Spent<'a>>,
}

/// The time of one plug-in.
pub(super) struct Spent<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    pub(super) stage: Option<Stage>,
    pub(super) pairs: usize,
    pub(super) failed: usize,
    /// When it began first.
    pub(super) start: f64,
    /// When it ended last.
    pub(super) end: f64,
    pub(super) total: f64,
    /// The longest of its pairs.
    pub(super) longest: f64,
    /// The instance of that pair; none for the context.
    pub(super) longest_on: Option<&'a str>,
}

impl<'a> Timeline<'a> {
    pub(super) fn of(report: &'a Report, known: &PluginIndex<'a>) -> Self {
        let mut places: HashMap<PluginKey<'_>, usize> = HashMap::new();
        let mut plugins: Vec<Spent<'a>> = Vec::new();
        let mut stages: Vec<(Option<Stage>, f64)> = Vec::new();
        let (mut busy, mut last) = (0.0, 0.0_f64);
        for result in &report.results {
            let start = offset(report, result.started);
            let took = sane(result.duration);
            let stage = known.stage(result);
            let place = *places.entry(key(result)).or_insert_with(|| {
                plugins.push(Spent {
                    name: &result.plugin,
                    label: known.label(result),
                    stage,
                    pairs: 0,
                    failed: 0,
                    start,
                    end: start,
                    total: 0.0,
                    longest: 0.0,
                    longest_on: result.instance.as_deref(),
                });
                plugins.len() - 1
            });
            let spent = &mut plugins[place];
            spent.pairs += 1;
            spent.failed += usize::from(!result.success());
            spent.start = spent.start.min(start);
            spent.end = spent.end.max(start + took);
            spent.total += took;
            if took > spent.longest {
                spent.longest = took;
                spent.longest_on = result.instance.as_deref();
            }
            busy += took;
            last = last.max(start + took);
            match stages.iter_mut().find(|(known, _)| *known == stage) {
                Some((_, total)) => *total += took,
                None => stages.push((stage, took)),
            }
        }
        plugins.sort_by(|a, b| b.total.total_cmp(&a.total));
        let ended = report.run.ended.map(|ended| offset(report, ended));
        Timeline {
            // The clock may have been set back in the meantime.
            elapsed: ended.unwrap_or(last).max(last),
            busy,
            stages,
            plugins,
        }
    }
}

/// A moment in milliseconds since the run's start; 0 for one before it.
pub(super) fn offset(report: &Report, moment: f64) -> f64 {
    sane((moment - report.run.started) * 1000.0)
}

/// Rounds to thousandths of a millisecond; further digits are errors of counting seconds since
/// 1970.
pub(super) fn rounded(milliseconds: f64) -> f64 {
    (milliseconds * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::super::fixtures;
    use super::*;
    use std::sync::Arc;

    #[test]
    fn time_is_summed_by_plugin() {
        let report = fixtures::failed();
        let timeline = Timeline::of(&report, &PluginIndex::of(&report));
        let told: Vec<_> = timeline
            .plugins
            .iter()
            .map(|spent| (spent.label, spent.pairs, spent.failed, spent.total))
            .collect();
        assert_eq!(
            told,
            [
                ("Collect Shots", 1, 0, 1800.0),
                ("Validate Frames", 3, 2, 1200.0),
                ("ValidateNames", 2, 0, 24.0),
                ("Validate Scene Saved", 1, 1, 12.5),
                ("CollectComment", 1, 0, 0.5),
            ]
        );
        assert_eq!(timeline.plugins[1].longest_on, Some("sh020 <plates>"));
        assert_eq!(timeline.busy, 3037.0);
        assert_eq!(timeline.elapsed.round(), 3250.0);
        let stages = [
            (Some(Stage::Collect), 1800.5),
            (Some(Stage::Validate), 1236.5),
        ];
        assert_eq!(timeline.stages, stages);
    }

    #[test]
    fn invalid_times_count_as_zero() {
        let mut report = fixtures::failed();
        report.run.ended = Some(f64::NAN);
        for (index, result) in report.results.iter_mut().enumerate() {
            let result = Arc::make_mut(result);
            result.started = [f64::NAN, f64::NEG_INFINITY, f64::INFINITY][index % 3];
            result.duration = [f64::INFINITY, f64::NAN, -5.0][index % 3];
        }
        let timeline = Timeline::of(&report, &PluginIndex::of(&report));
        assert_eq!((timeline.elapsed, timeline.busy), (0.0, 0.0));
    }
}
