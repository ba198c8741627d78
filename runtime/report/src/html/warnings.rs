use super::super::cards::{WarningCard, warning_cards};
use super::super::digest::Digest;
use super::super::markup::Markup;
use super::super::text::{cut, thousands};
use super::parts::{MOST_NAME, write_instance};
use super::records::write_level;

/// The most bytes of this section.
const BUDGET: usize = 250_000;
const MOST_WARNINGS: usize = 200;
/// How many instances a warning names.
const MOST_INSTANCES: usize = 10;
/// The most bytes of a message.
const MOST_MESSAGE: usize = 1_000;

/// The warnings of pairs that succeeded.
pub(super) fn write(page: &mut Markup, digest: &Digest<'_>) {
    if digest.summary.warnings == 0 {
        return;
    }
    let warnings = warning_cards(digest.report);
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

fn write_warning(page: &mut Markup, digest: &Digest<'_>, warning: &WarningCard<'_>) {
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
