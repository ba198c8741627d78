use std::collections::HashSet;
use std::fmt::Write;

use super::text::{indented, one_line};
use pyblish_model::{BrokenPlugin, LeftOutPlugin, Level, PairResult, RunState};
use pyblish_report::Report;

/// How many problems, warnings and instances are shown; a report has them all.
const SHOWN: usize = 50;

/// How many plug-ins are named that were left out for one reason.
const NAMES: usize = 3;

/// The result of a run as text: how it ended, what to do next, and what failed, with its place.
pub fn summary(report: &Report) -> String {
    let outcome = report.outcome();
    let mut text = format!("{}.\n", outcome.headline);
    if let Some(reason) = &outcome.reason {
        let why = match report.run.state {
            RunState::Stopped(_) => "Pyblish stopped it",
            _ => "The reason",
        };
        line(
            &mut text,
            format_args!("{why}: {}.", one_line(reason).trim_end_matches('.')),
        );
    }
    if let Some(next) = &outcome.next {
        line(&mut text, format_args!("{next}"));
    }
    let broken = report.discovered.broken.iter().map(broken);
    list(&mut text, "Plug-in files that could not be used", broken);
    let failed = report.results.iter().filter(|result| !result.success());
    list(
        &mut text,
        "Failed",
        failed.map(|result| problem(report, result)),
    );
    let passed = report.results.iter().filter(|result| result.success());
    list(
        &mut text,
        "Warnings",
        passed.flat_map(|result| warnings(result)),
    );
    let untouched = untouched(report);
    match report.run.state {
        // An instance that was only collected was not processed.
        _ if report.run.until.contains("collect") => {}
        RunState::Succeeded if untouched.is_empty() && !report.results.is_empty() => {
            line(&mut text, format_args!("There was no instance to publish."));
        }
        RunState::Succeeded => text.push_str(&instances(untouched.into_iter())),
        RunState::Failed | RunState::Stopped(_) => {
            let names = untouched.into_iter().map(|name| indented(name, 2));
            list(&mut text, "Instances without a failure", names);
        }
        _ => {}
    }
    let left_out = left_out(&report.discovered.left_out).into_iter();
    list(&mut text, "Left out", left_out);
    text
}

fn broken(broken: &BrokenPlugin) -> String {
    let message = indented(&broken.failure.message, 4);
    format!("  {}\n{message}", one_line(&broken.file))
}

/// What did not take part, by its reason.
fn left_out(left_out: &[LeftOutPlugin]) -> Vec<String> {
    let entry = |(reason, names): (&str, Vec<&str>)| {
        let shown: Vec<_> = names
            .iter()
            .take(NAMES)
            .map(|name| one_line(name))
            .collect();
        let more = match names.len().saturating_sub(NAMES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{}\n    {}{more}", indented(reason, 2), shown.join(", "))
    };
    let reasons = LeftOutPlugin::by_reason(left_out);
    reasons.into_iter().map(entry).collect()
}

/// The names of instances, in a list.
pub fn instances<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    list(&mut text, "Instances", names.map(|name| indented(name, 2)));
    text
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

/// A heading with its items below it; nothing without items.
fn list(text: &mut String, heading: &str, entries: impl Iterator<Item = String>) {
    let entries: Vec<_> = entries.collect();
    if entries.is_empty() {
        return;
    }
    line(text, format_args!("\n{heading}:"));
    for entry in entries.iter().take(SHOWN) {
        line(text, format_args!("{entry}"));
    }
    if let Some(more @ 1..) = entries.len().checked_sub(SHOWN) {
        line(
            text,
            format_args!("  … and {more} more; a report has them all"),
        );
    }
}

fn problem(report: &Report, result: &PairResult) -> String {
    let failure = result.failure.as_ref();
    let mut plugins = report.discovered.plugins.iter();
    let plugin = plugins.find(|plugin| Some(&plugin.id) == result.plugin_id.as_ref());
    let label = plugin.and_then(|plugin| plugin.label.as_deref());
    let title = failure
        .and_then(|failure| failure.title.as_deref())
        .or(label)
        .unwrap_or(&result.plugin);
    let message = failure.map_or("", |failure| &failure.message);
    format!(
        "  {}\n{}\n    {}",
        one_line(title),
        indented(message, 4),
        place(result)
    )
}

/// The instance and plug-in of a result.
fn place(result: &PairResult) -> String {
    let plugin = one_line(&result.plugin);
    match &result.instance {
        Some(instance) => format!("instance {}, plug-in {plugin}", one_line(instance)),
        None => format!("plug-in {plugin}"),
    }
}

fn warnings(result: &PairResult) -> impl Iterator<Item = String> {
    let records = result.records.iter();
    let warnings = records.filter(|record| record.level >= Level::WARNING);
    warnings.map(|record| format!("{}\n    {}", indented(&record.message, 2), place(result)))
}

/// The names of the instances that were processed without a failure.
fn untouched(report: &Report) -> Vec<&str> {
    let results = || {
        report
            .results
            .iter()
            .filter(|result| result.instance_id.is_some())
    };
    let failed: HashSet<_> = results()
        .filter(|result| !result.success())
        .map(|result| &result.instance_id)
        .collect();
    let mut seen = HashSet::new();
    results()
        .filter(|result| !failed.contains(&result.instance_id) && seen.insert(&result.instance_id))
        .filter_map(|result| result.instance.as_deref())
        .collect()
}
