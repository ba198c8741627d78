//! The result of a run, for a terminal. What there is to read comes first, the verdict last: it is
//! what a user sees when the command has ended.

use std::collections::HashSet;
use std::fmt::Write;

use super::colour::Colour;
use super::stdout;
use super::text::{indented, one_line};
use pyblish_model::{BrokenPlugin, LeftOutPlugin, RunState};
use pyblish_report::{Card, Report, Verdict};

/// How many problems, warnings and instances are shown; a report has them all.
const SHOWN: usize = 50;

/// How many plug-ins are named that were left out for one reason, and how many instances of one
/// problem.
const NAMES: usize = 3;

/// The result of a run.
pub struct TerminalSummary {
    /// The files of plug-ins that cannot be used.
    broken: String,
    /// What failed, what was warned of, the instances, and what was left out.
    pub details: String,
    /// Why it ended, and what to do next.
    advice: String,
    /// How it ended, in a line.
    headline: String,
    colour: Colour,
}

impl TerminalSummary {
    pub fn of(report: &Report) -> TerminalSummary {
        let outcome = report.outcome();
        let mut broken = String::new();
        let files = report.discovered.broken.iter().map(broken_file);
        list(&mut broken, "Plug-in files that cannot be used", files);
        let mut advice = String::new();
        if let Some(reason) = &outcome.reason {
            let why = match report.run.state {
                RunState::Stopped(_) => "Pyblish stopped it",
                _ => "The reason",
            };
            let reason = one_line(reason);
            line(
                &mut advice,
                format_args!("{why}: {}.", reason.trim_end_matches('.')),
            );
        }
        if let Some(next) = &outcome.next {
            line(&mut advice, format_args!("{next}"));
        }
        TerminalSummary {
            broken,
            details: details(report),
            advice,
            headline: format!("{}.\n", outcome.headline),
            colour: match outcome.verdict {
                Verdict::Done => Colour::Green,
                Verdict::Warned | Verdict::Cancelled | Verdict::Running => Colour::Yellow,
                Verdict::Failed => Colour::Red,
            },
        }
    }

    /// Prints it.
    pub fn put(&self) -> std::io::Result<()> {
        if !self.broken.is_empty() {
            stdout::put_in(Colour::Red, &format!("{}\n", self.broken))?;
        }
        let details = self.details.trim_start_matches('\n');
        if !details.is_empty() {
            stdout::put(&format!("{details}\n"))?;
        }
        stdout::put(&self.advice)?;
        stdout::put_in(self.colour, &self.headline)
    }
}

fn details(report: &Report) -> String {
    let mut text = String::new();
    list(&mut text, "Failed", report.failures().iter().map(card));
    list(&mut text, "Warnings", report.warnings().iter().map(card));
    let untouched = untouched(report);
    match report.run.state {
        // An instance that was only collected was not processed.
        _ if report.run.until.contains("collect") => {}
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

fn broken_file(broken: &BrokenPlugin) -> String {
    let message = indented(&broken.failure.message, 4);
    format!("  {}\n{message}", one_line(&broken.file))
}

/// What did not take part, by its reason.
fn left_out(left_out: &[LeftOutPlugin]) -> Vec<String> {
    let reasons = LeftOutPlugin::by_reason(left_out);
    let entries = reasons.into_iter().map(|(reason, names)| {
        let names = some_of(names.into_iter(), NAMES);
        format!("{}\n    {names}", indented(reason, 2))
    });
    entries.collect()
}

/// The first names, and how many more there are.
fn some_of<'a>(names: impl ExactSizeIterator<Item = &'a str>, most: usize) -> String {
    let more = names.len().saturating_sub(most);
    let shown: Vec<_> = names.take(most).map(one_line).collect();
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
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

/// A failure or a warning, with the plug-in and the instances that it is about.
fn card(card: &Card<'_>) -> String {
    let plugin = one_line(card.plugin);
    let names: Vec<&str> = card.instances.iter().copied().flatten().collect();
    let place = match names.is_empty() {
        true => plugin,
        false => format!("{plugin} on {}", some_of(names.into_iter(), NAMES)),
    };
    match &card.title {
        Some(title) => format!(
            "  {}\n{}\n    {place}",
            one_line(title),
            indented(card.message, 4)
        ),
        None => format!("{}\n    {place}", indented(card.message, 2)),
    }
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
