use std::collections::HashMap;

use super::Report;
use super::digest::Digest;
use super::markup::Markup;
use super::text::{cut, cut_middle, sane, utc};
use pyblish_model::{BrokenPlugin, Mode, PairResult, Record, RunState};
use pyblish_rules::Stage;

/// The suite of plug-ins whose order is in no stage.
const OTHER: &str = "other";
/// The most bytes of a message: Jenkins and GitLab show it in a line.
const MOST_MESSAGE: usize = 4_000;
/// The most bytes of a case's log: GitLab refuses a report of more than 30 MB.
const MOST_OUTPUT: usize = 64_000;

/// The report as JUnit XML, the way Jenkins and GitLab read it: a suite for each stage, a case for
/// each pair. A run that ended early has a case of its own that says why, and so has each file of
/// plug-ins that could not be used, so that no pipeline calls it good.
///
/// It is well-formed whatever the host says: what XML 1.0 forbids is replaced.
pub fn to_junit(report: &Report) -> String {
    let digest = Digest::of(report);
    let suites = suites(&digest);
    let ended = ended_early(&digest);
    let mut xml = Markup::default();
    xml.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"Pyblish\"");
    let all: Vec<_> = suites.iter().flat_map(|suite| &suite.cases).collect();
    let failures = all.iter().filter(|case| !case.result.success()).count();
    let ends = Ends::of(ended, report.discovered.broken.len());
    counts(&mut xml, all.len(), failures, ends, digest.timeline.busy);
    xml.raw(">\n");
    write_broken(&mut xml, &digest);
    for suite in &suites {
        write_suite(&mut xml, &digest, suite);
    }
    if let Some(end) = ended {
        write_end(&mut xml, &digest, end);
    }
    xml.raw("</testsuites>\n");
    xml.finish()
}

struct Suite<'a> {
    name: &'static str,
    cases: Vec<Case<'a>>,
}

struct Case<'a> {
    /// A name that no other case of its plug-in has, because GitLab merges cases with one name.
    name: String,
    result: &'a PairResult,
}

/// The case of a run that did not reach its end.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Error,
    Skipped,
}

fn ended_early(digest: &Digest<'_>) -> Option<End> {
    match digest.report.run.state {
        RunState::Succeeded => None,
        // The failed pairs say so.
        RunState::Failed | RunState::Stopped(_) if digest.summary.failed > 0 => None,
        RunState::Running => Some(End::Skipped),
        _ => Some(End::Error),
    }
}

/// The pairs by stage, in the order in which the stages came.
fn suites<'a>(digest: &Digest<'a>) -> Vec<Suite<'a>> {
    let mut suites: Vec<Suite<'a>> = Vec::new();
    let mut seen: HashMap<(&str, String), usize> = HashMap::new();
    for result in &digest.report.results {
        let stage = digest.known.stage(result).map_or(OTHER, Stage::name);
        let mut name = cut(
            result.instance.as_deref().unwrap_or("context"),
            MOST_MESSAGE,
        )
        .into_owned();
        match &result.mode {
            Mode::Process => {}
            Mode::Repair => name.push_str(" (repair)"),
            Mode::Action(action) => name.push_str(&format!(" (action {action})")),
        }
        let times = seen.entry((&result.plugin, name.clone())).or_default();
        *times += 1;
        if *times > 1 {
            name.push_str(&format!(" #{times}"));
        }
        let case = Case { name, result };
        match suites.iter_mut().find(|suite| suite.name == stage) {
            Some(suite) => suite.cases.push(case),
            None => suites.push(Suite {
                name: stage,
                cases: vec![case],
            }),
        }
    }
    suites
}

/// How many cases are no pairs.
#[derive(Default)]
struct Ends {
    errors: usize,
    skipped: usize,
}

impl Ends {
    fn of(end: Option<End>, broken: usize) -> Self {
        Ends {
            errors: usize::from(end == Some(End::Error)) + broken,
            skipped: usize::from(end == Some(End::Skipped)),
        }
    }
}

fn counts(xml: &mut Markup, cases: usize, failures: usize, ends: Ends, busy: f64) {
    let Ends { errors, skipped } = ends;
    for (name, count) in [
        (" tests=\"", cases + errors + skipped),
        ("\" failures=\"", failures),
        ("\" errors=\"", errors),
        ("\" skipped=\"", skipped),
    ] {
        xml.raw(name).text(count);
    }
    xml.raw("\" time=\"").text(seconds(busy)).raw("\"");
}

fn seconds(milliseconds: f64) -> String {
    format!("{:.3}", sane(milliseconds) / 1000.0)
}

fn write_suite(xml: &mut Markup, digest: &Digest<'_>, suite: &Suite<'_>) {
    let results = || suite.cases.iter().map(|case| case.result);
    let failures = results().filter(|result| !result.success()).count();
    let busy = results().map(|result| sane(result.duration)).sum();
    xml.raw("<testsuite name=\"")
        .attribute(suite.name)
        .raw("\"");
    counts(xml, suite.cases.len(), failures, Ends::default(), busy);
    timestamp(
        xml,
        results().next().map_or(f64::NAN, |first| first.started),
    );
    xml.raw(">\n");
    properties(xml, digest);
    for case in &suite.cases {
        write_case(xml, case);
    }
    xml.raw("</testsuite>\n");
}

fn timestamp(xml: &mut Markup, moment: f64) {
    if let Some((date, time)) = utc(moment) {
        xml.raw(" timestamp=\"").text(date).raw("T").text(time);
        xml.raw("\"");
    }
}

fn properties(xml: &mut Markup, digest: &Digest<'_>) {
    let report = digest.report;
    let facts = report.run.facts.clone().unwrap_or_default();
    xml.raw("<properties>\n");
    for (name, value) in [
        ("user", facts.user.as_str()),
        ("machine", &facts.machine),
        ("scene", facts.scene.as_deref().unwrap_or_default()),
        ("adapter", &report.adapter),
        ("adapterVersion", &facts.adapter_version),
        ("adapterDigest", &facts.adapter_digest),
        ("host", &report.host),
        (
            "hostVersion",
            facts.host_version.as_deref().unwrap_or_default(),
        ),
        ("session", &report.session),
        ("run", &report.run.id.to_string()),
        ("until", &report.run.until),
        ("targets", &report.run.targets.join(", ")),
        ("comment", &report.run.comment),
        ("outcome", &digest.outcome.headline),
    ] {
        if !value.is_empty() {
            xml.raw("<property name=\"").attribute(name);
            xml.raw("\" value=\"").attribute(value).raw("\"/>\n");
        }
    }
    xml.raw("</properties>\n");
}

fn write_case(xml: &mut Markup, Case { name, result }: &Case<'_>) {
    xml.raw("<testcase classname=\"").attribute(&result.plugin);
    xml.raw("\" name=\"").attribute(name);
    xml.raw("\" time=\"").text(seconds(result.duration));
    if result.failure.is_none() && result.records.is_empty() {
        xml.raw("\"/>\n");
        return;
    }
    xml.raw("\">\n");
    if let Some(failure) = &result.failure {
        let message = match failure.title.as_deref() {
            Some(title) => format!("{title}: {}", failure.message),
            None => failure.message.clone(),
        };
        xml.raw("<failure message=\"")
            .attribute(cut(&message, MOST_MESSAGE));
        xml.raw("\" type=\"").attribute(&failure.kind).raw("\">");
        xml.text(cut(&failure.message, MOST_OUTPUT));
        for more in [&failure.detail, &failure.traceback].into_iter().flatten() {
            xml.raw("\n\n").text(cut_middle(more, MOST_OUTPUT));
        }
        xml.raw("</failure>\n");
    }
    if !result.records.is_empty() {
        xml.raw("<system-out>");
        write_records(xml, &result.records);
        xml.raw("</system-out>\n");
    }
    xml.raw("</testcase>\n");
}

fn write_records(xml: &mut Markup, records: &[Record]) {
    xml.budget(MOST_OUTPUT);
    for (written, record) in records.iter().enumerate() {
        if !xml.has_room() {
            xml.raw("… and ")
                .text(records.len() - written)
                .raw(" more records\n");
            return;
        }
        xml.text(record.level.name()).raw(" ").text(&record.logger);
        xml.raw(": ")
            .text(cut(&record.message, MOST_OUTPUT))
            .raw("\n");
        if let Some(traceback) = &record.traceback {
            xml.text(cut_middle(traceback, MOST_OUTPUT)).raw("\n");
        }
    }
}

/// The files of plug-ins that could not be used.
fn write_broken(xml: &mut Markup, digest: &Digest<'_>) {
    let broken = &digest.report.discovered.broken;
    if broken.is_empty() {
        return;
    }
    xml.raw("<testsuite name=\"discovery\"");
    counts(xml, 0, 0, Ends::of(None, broken.len()), 0.0);
    timestamp(xml, digest.report.run.started);
    xml.raw(">\n");
    properties(xml, digest);
    for BrokenPlugin { file, failure } in broken.iter() {
        xml.raw("<testcase classname=\"discovery\" name=\"")
            .attribute(file);
        xml.raw("\" time=\"0.000\">\n<error type=\"")
            .attribute(&failure.kind);
        xml.raw("\" message=\"")
            .attribute(cut(&failure.message, MOST_MESSAGE))
            .raw("\">");
        xml.text(cut(&failure.message, MOST_OUTPUT));
        if let Some(traceback) = &failure.traceback {
            xml.raw("\n\n").text(cut_middle(traceback, MOST_OUTPUT));
        }
        xml.raw("</error>\n</testcase>\n");
    }
    xml.raw("</testsuite>\n");
}

fn write_end(xml: &mut Markup, digest: &Digest<'_>, end: End) {
    let outcome = &digest.outcome;
    xml.raw("<testsuite name=\"run\"");
    counts(xml, 0, 0, Ends::of(Some(end), 0), 0.0);
    timestamp(xml, digest.report.run.started);
    xml.raw(">\n");
    properties(xml, digest);
    xml.raw("<testcase classname=\"run\" name=\"")
        .attribute(digest.report.run.id);
    xml.raw("\" time=\"0.000\">\n");
    match end {
        End::Skipped => xml.raw("<skipped message=\""),
        End::Error => xml.raw("<error type=\"run\" message=\""),
    };
    xml.attribute(&outcome.headline).raw("\">");
    for text in [&outcome.reason, &outcome.next].into_iter().flatten() {
        xml.text(cut(text, MOST_OUTPUT)).raw("\n");
    }
    xml.raw(match end {
        End::Skipped => "</skipped>\n",
        End::Error => "</error>\n",
    });
    xml.raw("</testcase>\n</testsuite>\n");
}

#[cfg(test)]
mod tests;
