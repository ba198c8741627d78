use super::super::digest::Digest;
use super::super::markup::Markup;
use super::super::not_run::NotRun;
use super::super::plugin_index::{key, label};
use super::super::summary::warned;
use super::super::text::{count, cut, duration, sane, thousands};
use super::super::timeline::offset;
use super::parts::{MOST_NAME, stage_class, stage_label, write_instance};
use super::records::write_records;
use pyblish_model::PairResult;
use pyblish_rules::Stage;

/// The most bytes and rows of all tables together.
const BUDGET: usize = 1_000_000;
const MOST_ROWS: usize = 2_000;
/// The most plug-ins in the list of those that did not run, and its most bytes.
/// The most bytes of why a plug-in did not run.
const MOST_REASON: usize = 300;
const MOST_NOT_RUN: usize = 200;
const NOT_RUN_BUDGET: usize = 50_000;

type Results<'a> = Vec<&'a PairResult>;

/// All results, in a table for each stage.
pub(super) fn write(page: &mut Markup, digest: &Digest<'_>) {
    if digest.report.results.is_empty() {
        return;
    }
    page.raw("<section aria-labelledby=\"results\">\n<h2 id=\"results\">All results</h2>\n");
    let stages = by_stage(digest);
    for (stage, results) in &stages {
        page.budget(BUDGET / stages.len());
        write_stage(page, digest, *stage, results, MOST_ROWS / stages.len());
    }
    page.raw("</section>\n");
}

/// The results of each stage, in the order in which the stages came.
fn by_stage<'a>(digest: &Digest<'a>) -> Vec<(Option<Stage>, Results<'a>)> {
    let mut stages: Vec<(Option<Stage>, Results<'a>)> = Vec::new();
    for result in &digest.report.results {
        let stage = digest.known.stage(result);
        match stages.iter_mut().find(|(known, _)| *known == stage) {
            Some((_, results)) => results.push(result),
            None => stages.push((stage, vec![result])),
        }
    }
    stages
}

fn write_stage(
    page: &mut Markup,
    digest: &Digest<'_>,
    stage: Option<Stage>,
    results: &Results<'_>,
    most: usize,
) {
    let failed = results.iter().filter(|result| !result.success()).count();
    let took = results.iter().map(|result| sane(result.duration)).sum();
    page.raw("<table class=\"results ")
        .raw(stage_class(stage))
        .raw("\">\n<caption><h3>");
    page.raw(stage_label(stage))
        .raw("</h3> <span class=\"muted\">");
    page.text(count(results.len(), "step")).raw(", ");
    if failed > 0 {
        page.raw("<strong>")
            .text(thousands(failed))
            .raw(" failed</strong>, ");
    }
    page.text(duration(took));
    page.raw(
        "</span></caption>\n<thead><tr><th scope=\"col\">Plug-in</th><th scope=\"col\">On</th>\
         <th scope=\"col\">Result</th><th scope=\"col\" class=\"number start\">Start</th>\
         <th scope=\"col\" class=\"number\">Time</th></tr></thead>\n<tbody>\n",
    );
    let shown = shown(results, most);
    let mut written = 0;
    let mut last = None;
    for result in &shown {
        if !page.has_room() {
            break;
        }
        let again = last == Some(key(result));
        write_row(page, digest, result, again);
        last = Some(key(result));
        written += 1;
    }
    page.raw("</tbody>\n</table>\n");
    if written < results.len() {
        page.raw("<p class=\"left-out\">")
            .text(thousands(results.len() - written));
        page.raw(
            " more of this stage are in the report as JSON. What failed was taken first.</p>\n",
        );
    }
}

/// Those that fit: failures first, then warnings, then the others; in their order.
fn shown<'a>(results: &Results<'a>, most: usize) -> Results<'a> {
    if results.len() <= most {
        return results.clone();
    }
    let mut places: Vec<usize> = (0..results.len()).collect();
    places.sort_by_key(|&place| match results[place] {
        result if !result.success() => 0,
        result if warned(result) => 1,
        _ => 2,
    });
    places.truncate(most);
    places.sort_unstable();
    places.into_iter().map(|place| results[place]).collect()
}

fn write_row(page: &mut Markup, digest: &Digest<'_>, result: &PairResult, again: bool) {
    // A repeated name stays there for screen readers, which read row by row.
    page.raw(if again {
        "<tr class=\"again\">"
    } else {
        "<tr>"
    });
    page.raw("<th scope=\"row\"><span>")
        .name(cut(digest.known.label(result), MOST_NAME));
    page.raw("</span></th><td><div class=\"instance\">");
    write_instance(page, result.instance.as_deref(), &result.mode);
    page.raw("</div>");
    // The records of a failed pair are shown with the failure.
    if result.success() && !result.records.is_empty() {
        page.raw("<details><summary>")
            .text(count(result.records.len(), "record"));
        page.raw("</summary>\n");
        write_records(page, &result.records);
        page.raw("</details>");
    }
    page.raw(match result {
        result if !result.success() => "</td><td class=\"bad\">Failed</td>",
        result if warned(result) => "</td><td class=\"warn\">Warning</td>",
        _ => "</td><td class=\"good\">OK</td>",
    });
    page.raw("<td class=\"number start\">+");
    page.text(duration(offset(digest.report, result.started)));
    page.raw("</td><td class=\"number\">")
        .text(duration(result.duration))
        .raw("</td></tr>\n");
}

/// Plug-ins without a result, so nobody thinks that they succeeded.
pub(super) fn write_not_run(page: &mut Markup, digest: &Digest<'_>) {
    let plugins: Vec<_> = digest.not_run().collect();
    if plugins.is_empty() {
        return;
    }
    page.raw("<section aria-labelledby=\"not-run\">\n<h2 id=\"not-run\">Did not run</h2>\n");
    page.raw("<ul>\n").budget(NOT_RUN_BUDGET);
    let mut written = 0;
    for NotRun { plugin, reason } in plugins.iter().take(MOST_NOT_RUN) {
        if !page.has_room() {
            break;
        }
        page.raw("<li>")
            .name(cut(label(plugin), MOST_NAME))
            .raw(" <span class=\"muted\">");
        page.raw(stage_label(Some(Stage::of(plugin.order))));
        page.raw("</span>: ")
            .name(cut(reason, MOST_REASON))
            .raw("</li>\n");
        written += 1;
    }
    page.raw("</ul>\n");
    if written < plugins.len() {
        page.raw("<p class=\"left-out\">")
            .text(thousands(plugins.len() - written));
        page.raw(" more are in the report as JSON.</p>\n");
    }
    page.raw("</section>\n");
}
