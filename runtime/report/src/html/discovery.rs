//! What could not be used, and what did not take part.

use super::super::digest::Digest;
use super::super::markup::Markup;
use super::super::text::{cut, cut_middle, thousands};
use super::parts::MOST_NAME;

/// The most bytes of each section.
const BUDGET: usize = 100_000;
const MOST_ENTRIES: usize = 200;
/// The most bytes of a message and a traceback.
const MOST_MESSAGE: usize = 2_000;
const MOST_TRACEBACK: usize = 8_000;

/// The files of plug-ins that could not be used.
pub(super) fn write_broken(page: &mut Markup, digest: &Digest<'_>) {
    let broken = &digest.report.discovered.broken;
    if broken.is_empty() {
        return;
    }
    page.raw("<section aria-labelledby=\"broken\">\n");
    page.raw("<h2 id=\"broken\">Plug-ins that could not be used</h2>\n")
        .budget(BUDGET);
    let mut written = 0;
    for entry in broken.iter().take(MOST_ENTRIES) {
        if !page.has_room() {
            break;
        }
        page.raw("<article>\n<h3>")
            .name(cut_middle(&entry.file, MOST_NAME))
            .raw("</h3>\n<p class=\"message\" dir=\"auto\">")
            .text(cut(entry.failure.message.trim(), MOST_MESSAGE))
            .raw("</p>\n");
        if let Some(traceback) = &entry.failure.traceback {
            page.raw("<details>\n<summary>Details for support</summary>\n<pre tabindex=\"0\" aria-label=\"Traceback\">")
                .text(cut_middle(traceback.trim_end(), MOST_TRACEBACK))
                .raw("</pre>\n</details>\n");
        }
        page.raw("</article>\n");
        written += 1;
    }
    write_rest(page, broken.len() - written);
    page.raw("</section>\n");
}

/// What was found and did not take part.
pub(super) fn write_left_out(page: &mut Markup, digest: &Digest<'_>) {
    let left_out = &digest.report.discovered.left_out;
    if left_out.is_empty() {
        return;
    }
    page.raw("<section aria-labelledby=\"left-out\">\n");
    page.raw("<h2 id=\"left-out\">Left out</h2>\n<p class=\"muted\">Found, but no part of this run.</p>\n");
    page.raw("<ul>\n").budget(BUDGET);
    let mut written = 0;
    for entry in left_out.iter().take(MOST_ENTRIES) {
        if !page.has_room() {
            break;
        }
        page.raw("<li>");
        if let Some(name) = &entry.name {
            page.name(cut(name, MOST_NAME)).raw(": ");
        }
        page.name(cut(&entry.reason, MOST_MESSAGE));
        if let Some(file) = &entry.file {
            page.raw(" <span class=\"muted\">")
                .name(cut_middle(file, MOST_NAME))
                .raw("</span>");
        }
        page.raw("</li>\n");
        written += 1;
    }
    page.raw("</ul>\n");
    write_rest(page, left_out.len() - written);
    page.raw("</section>\n");
}

fn write_rest(page: &mut Markup, rest: usize) {
    if rest > 0 {
        page.raw("<p class=\"left-out\">").text(thousands(rest));
        page.raw(" more are in the report as JSON.</p>\n");
    }
}
