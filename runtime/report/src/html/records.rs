use std::cmp::Reverse;

use super::super::markup::Markup;
use super::super::text::{cut, cut_middle, thousands};
use super::parts::MOST_NAME;
use pyblish_model::{Level, Record, SourceLocation};

/// How many records of a pair are shown, the worst first.
const MOST_RECORDS: usize = 60;
/// The most bytes of a message and a traceback.
const MOST_MESSAGE: usize = 2_000;
const MOST_TRACEBACK: usize = 8_000;

/// The records of one pair, by level; in order within a level.
pub(super) fn write_records(page: &mut Markup, records: &[Record]) {
    let mut sorted: Vec<&Record> = records.iter().collect();
    sorted.sort_by_key(|record| Reverse(record.level));
    page.raw("<ul class=\"records\">\n");
    let mut written = 0;
    for record in sorted.iter().take(MOST_RECORDS) {
        if !page.has_room() {
            break;
        }
        page.raw("<li>");
        write_level(page, record.level);
        page.raw("<div><p dir=\"auto\">")
            .text(cut(record.message.trim(), MOST_MESSAGE));
        page.raw("</p>");
        if let Some(traceback) = &record.traceback {
            page.raw("<pre tabindex=\"0\" aria-label=\"Traceback\">");
            page.text(cut_middle(traceback.trim_end(), MOST_TRACEBACK))
                .raw("</pre>");
        }
        page.raw("</div></li>\n");
        written += 1;
    }
    page.raw("</ul>\n");
    if written < records.len() {
        page.raw("<p class=\"left-out\">")
            .text(thousands(records.len() - written));
        page.raw(" more records are in the report as JSON.</p>\n");
    }
}

/// The name of a level, in its colour.
pub(super) fn write_level(page: &mut Markup, level: Level) {
    page.raw("<span class=\"level ").raw(match level {
        Level(40..) => "error",
        Level(30..) => "warning",
        Level(20..) => "info",
        Level(_) => "debug",
    });
    page.raw("\">")
        .text(level.name().to_lowercase())
        .raw("</span> ");
}

/// Where in a source file something was.
pub(super) fn write_location(page: &mut Markup, location: &SourceLocation) {
    page.name(format_args!(
        "{}:{}",
        cut(&location.file, MOST_NAME),
        location.line
    ));
    if let Some(function) = &location.function {
        page.raw(" in ").name(cut(function, MOST_NAME));
    }
    if let Some(text) = &location.text {
        page.raw("<br><code dir=\"ltr\">")
            .text(cut(text, MOST_NAME))
            .raw("</code>");
    }
}
