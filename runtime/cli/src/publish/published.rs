use std::collections::HashSet;
use std::fmt::Write;

use pyblish_model::{Context, Data, Instance, InstanceId, JsonText, Level, RunState};
use pyblish_report::Report;
use pyblish_rules::is_skipped;

use crate::text::{indented, one_line};

/// How many instances are shown; a report and the history have them all.
const SHOWN: usize = 50;

/// What was published and where it went: one line with the counts, and each instance with its
/// version and its path. Empty if no instance says where it went.
///
/// An instance says so in its data, `publishPath`, `version` and `unchanged`. A context that left
/// files out says how many in `leftOutCount`.
pub fn published(report: &Report, context: &Context) -> String {
    let is_of_this_run = ids(report, |_| true);
    let is_failed = ids(report, |result| !result.success());
    let is_warned = ids(report, |result| {
        result.success()
            && result
                .records
                .iter()
                .any(|record| record.level >= Level::WARNING)
    });
    let done = context.instances.iter().filter(|instance| {
        is_of_this_run.contains(&instance.id)
            && !is_failed.contains(&instance.id)
            && !is_skipped(instance)
            && path(&instance.data).is_some()
    });
    let done: Vec<_> = done.map(AsRef::as_ref).collect();
    let ended = matches!(report.run.state, RunState::Succeeded | RunState::Failed);
    if done.is_empty() || !ended {
        return String::new();
    }
    let old = done.iter().filter(|instance| is_unchanged(&instance.data));
    let old = old.count();
    let warned = done
        .iter()
        .filter(|instance| is_warned.contains(&instance.id));
    let skipped = context
        .instances
        .iter()
        .filter(|instance| is_skipped(instance));
    let files = number(&context.data, "leftOutCount").unwrap_or_default();
    let counts = [
        (done.len() - old, "published"),
        (old, "unchanged"),
        (warned.count(), "with a warning"),
        (is_failed.len(), "failed"),
        (skipped.count() + files, "left out"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let mut text = format!("\n{}:\n", counts.join(", "));
    for instance in done.iter().take(SHOWN) {
        let line = line(instance);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", indented(&line, 2));
    }
    if let Some(more @ 1..) = done.len().checked_sub(SHOWN) {
        let _ = writeln!(text, "  … and {more} more; a report has them all");
    }
    text
}

/// The instances with a result like this.
fn ids(
    report: &Report,
    is_meant: impl Fn(&pyblish_model::PairResult) -> bool,
) -> HashSet<&InstanceId> {
    let results = report.results.iter().filter(|result| is_meant(result));
    results
        .filter_map(|result| result.instance_id.as_ref())
        .collect()
}

/// Name, version and path.
fn line(instance: &Instance) -> String {
    let mut line = one_line(&instance.name);
    if let Some(version) = number(&instance.data, "version") {
        let _ = write!(line, " v{version:03}");
    }
    if is_unchanged(&instance.data) {
        line.push_str(", unchanged");
    }
    if let Some(path) = path(&instance.data) {
        let _ = write!(line, ": {path}");
    }
    line
}

fn path(data: &Data) -> Option<String> {
    let path = data.get("publishPath").and_then(JsonText::as_str)?;
    (!path.is_empty()).then(|| path.into_owned())
}

fn is_unchanged(data: &Data) -> bool {
    data.get("unchanged").and_then(JsonText::as_bool) == Some(true)
}

fn number(data: &Data, key: &str) -> Option<usize> {
    data.get(key).and_then(|value| value.text().parse().ok())
}
