use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use super::digest::Digest;
use super::not_run::NotRun;
use super::plugin_index::label;
use super::problem::Problem;
use super::text::sane;
use super::timeline::{Spent, offset, rounded};
use super::{Report, RunOutcome, Summary};
use pyblish_model::{
    BrokenPlugin, Failure, InstanceId, LeftOutPart, LeftOutPlugin, Level, Mode, PairResult,
    PluginId, PolicyChange, PublishedVersion, Record, RunFacts, RunInfo, SourceLocation,
};
use pyblish_rules::Stage;

/// Grows when readers of the earlier version would misunderstand; a new field alone does not.
const VERSION: u32 = 1;

/// A report for machines, in the documented shape, in camelCase.
///
/// Times are in milliseconds, and moments are counted from the run's start, except for the run's
/// own `started` and `ended` and a record's `created`, which are seconds since 1970-01-01 UTC. A
/// `stage` is `collect`, `validate`, `extract`, `integrate`, or null for a plug-in that is not known
/// any more. An `instance` is null for the context.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportDocument<'a> {
    /// Of this shape.
    version: u32,
    session: &'a str,
    adapter: &'a str,
    host: &'a str,
    /// How it ended, in plain words: `verdict` (`done`, `warned`, `failed`, `cancelled`,
    /// `running`), `headline`, `reason`, `next`.
    outcome: RunOutcome,
    /// In the form of `runs/{id}`.
    run: RunInfo,
    /// Where it took place; null for a run of an earlier version.
    origin: Option<OriginEntry<'a>>,
    /// Counts: `plugins`, `instances`, `pairs`, `failed`, `warnings`, `checks`, `checksFailed`.
    summary: Summary,
    /// The problems: one for each failed pair, in order.
    problems: Vec<ProblemEntry<'a>>,
    /// One for each pair, in order.
    results: Vec<ResultEntry<'a>>,
    timeline: TimelineEntry<'a>,
    /// The versions that it published.
    published: &'a [PublishedVersion],
    /// The instances that were left out and the plug-ins that were switched off, and by whom.
    switched_off: &'a [LeftOutPart],
    /// What the studio's policy changed of plug-ins.
    policy: &'a [PolicyChange],
    /// The known plug-ins without a result.
    not_run: Vec<NotRunEntry<'a>>,
    /// The files of plug-ins that could not be used.
    broken: Vec<BrokenEntry<'a>>,
    /// What was found and did not take part: `name`, `file` and `reason`.
    left_out: &'a [LeftOutPlugin],
}

/// Where a run took place.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OriginEntry<'a> {
    user: &'a str,
    machine: &'a str,
    adapter: &'a str,
    adapter_version: &'a str,
    /// SHA-256 of the adapter's file.
    adapter_digest: &'a str,
    host: &'a str,
    host_version: Option<&'a str>,
    scene: Option<&'a str>,
}

#[derive(Serialize)]
struct BrokenEntry<'a> {
    file: &'a str,
    message: &'a str,
    /// The name of the error's type.
    kind: &'a str,
    location: Option<&'a SourceLocation>,
    traceback: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemEntry<'a> {
    /// The place of its result in `results`, from 0.
    result: usize,
    /// A few words: the plug-in's own, or that it failed.
    title: Cow<'a, str>,
    /// What is wrong, where, and what to do next.
    message: &'a str,
    plugin_id: Option<&'a PluginId>,
    plugin: &'a str,
    /// What users call the plug-in.
    label: &'a str,
    stage: Option<&'static str>,
    instance_id: Option<&'a InstanceId>,
    instance: Option<&'a str>,
    mode: &'a Mode,
    /// Whether `repair` can mend it.
    repairable: bool,
    /// The actions that the plug-in offers for it.
    actions: Vec<ActionEntry<'a>>,
    /// The name of the error's type.
    kind: &'a str,
    detail: Option<&'a str>,
    location: Option<&'a SourceLocation>,
    traceback: Option<&'a str>,
    records: Vec<RecordEntry<'a>>,
}

#[derive(Serialize)]
struct ActionEntry<'a> {
    id: &'a str,
    label: &'a str,
    icon: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultEntry<'a> {
    plugin_id: Option<&'a PluginId>,
    plugin: &'a str,
    label: &'a str,
    stage: Option<&'static str>,
    instance_id: Option<&'a InstanceId>,
    instance: Option<&'a str>,
    mode: &'a Mode,
    success: bool,
    /// The place of its entry in `problems`, from 0; null where it succeeded.
    problem: Option<usize>,
    start: f64,
    duration: f64,
    records: Vec<RecordEntry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecordEntry<'a> {
    /// Python's number: 10 debug, 20 info, 30 warning, 40 error, 50 critical.
    level: Level,
    level_name: String,
    message: &'a str,
    logger: &'a str,
    location: Option<&'a SourceLocation>,
    traceback: Option<&'a str>,
    created: f64,
}

#[derive(Serialize)]
struct TimelineEntry<'a> {
    /// The whole run.
    elapsed: f64,
    /// The sum over all pairs.
    busy: f64,
    stages: Vec<StageEntry>,
    /// The longest first.
    plugins: Vec<SpentEntry<'a>>,
}

#[derive(Serialize)]
struct StageEntry {
    stage: Option<&'static str>,
    total: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SpentEntry<'a> {
    plugin: &'a str,
    label: &'a str,
    stage: Option<&'static str>,
    pairs: usize,
    failed: usize,
    /// When it began first.
    start: f64,
    /// When it ended last.
    end: f64,
    total: f64,
    /// The longest of its pairs, and the instance of that.
    longest: f64,
    longest_on: Option<&'a str>,
}

#[derive(Serialize)]
struct NotRunEntry<'a> {
    plugin: &'a str,
    label: &'a str,
    stage: &'static str,
    active: bool,
    /// Why it has no result.
    reason: String,
}

/// The report in its JSON shape, to be written wherever it is needed; complete, however long it is.
pub fn document(report: &Report) -> ReportDocument<'_> {
    let digest = Digest::of(report);
    let mut numbers = vec![None; report.results.len()];
    for (number, problem) in digest.problems.iter().enumerate() {
        numbers[problem.index] = Some(number);
    }
    let results = report.results.iter().zip(numbers);
    let facts = report.run.facts.as_deref();
    ReportDocument {
        version: VERSION,
        session: &report.session,
        adapter: &report.adapter,
        host: &report.host,
        run: RunInfo {
            facts: None,
            ..report.run.clone()
        },
        origin: facts.map(OriginEntry::of),
        published: facts.map_or(&[], |facts| &facts.published),
        switched_off: facts.map_or(&[], |facts| &facts.left_out),
        policy: facts.map_or(&[], |facts| &facts.policy),
        summary: digest.summary,
        problems: digest.problems.iter().map(ProblemEntry::of).collect(),
        results: results
            .map(|(result, problem)| ResultEntry::of(&digest, result, problem))
            .collect(),
        timeline: TimelineEntry {
            elapsed: rounded(digest.timeline.elapsed),
            busy: rounded(digest.timeline.busy),
            stages: digest.timeline.stages.iter().map(StageEntry::of).collect(),
            plugins: digest.timeline.plugins.iter().map(SpentEntry::of).collect(),
        },
        not_run: digest.not_run().map(NotRunEntry::of).collect(),
        broken: report
            .discovered
            .broken
            .iter()
            .map(BrokenEntry::of)
            .collect(),
        left_out: &report.discovered.left_out,
        outcome: digest.outcome,
    }
}

/// The same as a value.
pub fn to_json(report: &Report) -> serde_json::Value {
    // Its keys are all strings, so nothing can fail.
    serde_json::to_value(document(report)).unwrap_or_default()
}

impl<'a> OriginEntry<'a> {
    fn of(facts: &'a RunFacts) -> Self {
        OriginEntry {
            user: &facts.user,
            machine: &facts.machine,
            adapter: &facts.adapter,
            adapter_version: &facts.adapter_version,
            adapter_digest: &facts.adapter_digest,
            host: &facts.host,
            host_version: facts.host_version.as_deref(),
            scene: facts.scene.as_deref(),
        }
    }
}

impl<'a> BrokenEntry<'a> {
    fn of(broken: &'a BrokenPlugin) -> Self {
        let failure = &broken.failure;
        BrokenEntry {
            file: &broken.file,
            message: &failure.message,
            kind: &failure.kind,
            location: failure.location.as_ref(),
            traceback: failure.traceback.as_deref(),
        }
    }
}

impl<'a> ProblemEntry<'a> {
    fn of(problem: &Problem<'a>) -> Self {
        let Failure {
            title: _,
            message,
            detail,
            location,
            traceback,
            kind,
        } = problem.failure;
        ProblemEntry {
            result: problem.index,
            title: problem.title(),
            message,
            plugin_id: problem.result.plugin_id.as_ref(),
            plugin: &problem.result.plugin,
            label: problem.label,
            stage: problem.stage.map(Stage::name),
            instance_id: problem.result.instance_id.as_ref(),
            instance: problem.result.instance.as_deref(),
            mode: &problem.result.mode,
            repairable: problem.repairable,
            actions: problem
                .actions
                .iter()
                .map(|action| ActionEntry {
                    id: &action.id,
                    label: &action.label,
                    icon: action.icon.as_deref(),
                })
                .collect(),
            kind,
            detail: detail.as_deref(),
            location: location.as_ref(),
            traceback: traceback.as_deref(),
            records: records(problem.result),
        }
    }
}

impl<'a> ResultEntry<'a> {
    fn of(digest: &Digest<'a>, result: &'a Arc<PairResult>, problem: Option<usize>) -> Self {
        ResultEntry {
            plugin_id: result.plugin_id.as_ref(),
            plugin: &result.plugin,
            label: digest.known.label(result),
            stage: digest.known.stage(result).map(Stage::name),
            instance_id: result.instance_id.as_ref(),
            instance: result.instance.as_deref(),
            mode: &result.mode,
            success: result.success(),
            problem,
            start: rounded(offset(digest.report, result.started)),
            duration: rounded(sane(result.duration)),
            records: records(result),
        }
    }
}

fn records(result: &PairResult) -> Vec<RecordEntry<'_>> {
    result.records.iter().map(RecordEntry::of).collect()
}

impl<'a> RecordEntry<'a> {
    fn of(record: &'a Record) -> Self {
        RecordEntry {
            level: record.level,
            level_name: record.level.name(),
            message: &record.message,
            logger: &record.logger,
            location: record.location.as_ref(),
            traceback: record.traceback.as_deref(),
            created: record.created,
        }
    }
}

impl StageEntry {
    fn of((stage, total): &(Option<Stage>, f64)) -> Self {
        StageEntry {
            stage: stage.map(Stage::name),
            total: rounded(*total),
        }
    }
}

impl<'a> SpentEntry<'a> {
    fn of(spent: &Spent<'a>) -> Self {
        SpentEntry {
            plugin: spent.name,
            label: spent.label,
            stage: spent.stage.map(Stage::name),
            pairs: spent.pairs,
            failed: spent.failed,
            start: rounded(spent.start),
            end: rounded(spent.end),
            total: rounded(spent.total),
            longest: rounded(spent.longest),
            longest_on: spent.longest_on,
        }
    }
}

impl<'a> NotRunEntry<'a> {
    fn of(NotRun { plugin, reason }: NotRun<'a>) -> Self {
        NotRunEntry {
            reason,
            plugin: &plugin.name,
            label: label(plugin),
            stage: Stage::of(plugin.order).name(),
            active: plugin.active,
        }
    }
}

#[cfg(test)]
mod tests;
