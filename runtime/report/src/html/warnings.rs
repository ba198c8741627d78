use std::cmp::Reverse;
use std::collections::HashMap;

use super::super::digest::Digest;
use super::super::markup::Markup;
use super::super::plugin_index::key;
use super::super::summary::warned;
use super::super::text::{cut, thousands};
use super::parts::{MOST_NAME, write_instance};
use super::records::write_level;
use pyblish_model::{Level, PairResult, Record};

/// The most bytes of this section.
const BUDGET: usize = 250_000;
const MOST_WARNINGS: usize = 200;
/// How many instances a warning names.
const MOST_INSTANCES: usize = 10;
/// The most bytes of a message.
const MOST_MESSAGE: usize = 1_000;

/// One message of one plug-in, and which pairs logged it.
struct Warning<'a> {
    record: &'a Record,
    results: Vec<&'a PairResult>,
}

/// The warnings of pairs that succeeded.
pub(super) fn write(page: &mut Markup, digest: &Digest<'_>) {
    if digest.summary.warnings == 0 {
        return;
    }
    let warnings = warnings(digest);
    page.raw("<section aria-labelledby=\"warnings\">\n<h2 id=\"warnings\">Warnings</h2>\n");
    page.raw("<ul class=\"records warnings\">\n").budget(BUDGET);
    let mut written = 0;
    for warning in warnings.iter().take(MOST_WARNINGS) {
        if !page.has_room() {
            break;
        }
        write_warning(page, digest, warning);
        written += 1;
    }
    page.raw("</ul>\n");
    if written < warnings.len() {
        page.raw("<p class=\"left-out\">")
            .text(thousands(warnings.len() - written));
        page.raw(" more are in the report as JSON.</p>\n");
    }
    page.raw("</section>\n");
}

fn warnings<'a>(digest: &Digest<'a>) -> Vec<Warning<'a>> {
    let mut places = HashMap::new();
    let mut warnings: Vec<Warning<'a>> = Vec::new();
    for result in digest.report.results.iter().filter(|result| warned(result)) {
        for record in result
            .records
            .iter()
            .filter(|record| record.level >= Level::WARNING)
        {
            let same = (key(result), record.level.0, record.message.as_str());
            let place = *places.entry(same).or_insert_with(|| {
                let results = Vec::new();
                warnings.push(Warning { record, results });
                warnings.len() - 1
            });
            warnings[place].results.push(result);
        }
    }
    // Stable, so that those of one level stay in order.
    warnings.sort_by_key(|warning| Reverse(warning.record.level));
    warnings
}

fn write_warning(page: &mut Markup, digest: &Digest<'_>, warning: &Warning<'_>) {
    page.raw("<li>");
    write_level(page, warning.record.level);
    page.raw("<div><p dir=\"auto\">");
    page.text(cut(warning.record.message.trim(), MOST_MESSAGE))
        .raw("</p><p class=\"muted\">");
    page.name(cut(digest.known.label(warning.results[0]), MOST_NAME));
    for (index, result) in warning.results.iter().take(MOST_INSTANCES).enumerate() {
        page.raw(if index == 0 { " on " } else { ", " });
        write_instance(page, result.instance.as_deref(), &result.mode);
    }
    if warning.results.len() > MOST_INSTANCES {
        page.raw(" and ")
            .text(thousands(warning.results.len() - MOST_INSTANCES))
            .raw(" more");
    }
    page.raw("</p></div></li>\n");
}
