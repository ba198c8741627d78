use std::collections::HashMap;

use super::super::cards::{ProblemCard, problem_cards};
use super::super::digest::Digest;
use super::super::markup::Markup;
use super::super::plugin_index::{PluginKey, key};
use super::super::problem::Problem;
use super::super::text::{cut, cut_middle, thousands};
use super::parts::{MOST_NAME, stage_label, write_instance};
use super::records::{write_location, write_records};

/// The most bytes of this section.
const BUDGET: usize = 1_000_000;
/// The most cards: as many as an artist can read.
const MOST_CARDS: usize = 100;
/// How many instances a card names.
const MOST_INSTANCES: usize = 40;
/// How many of a card's pairs have details.
const MOST_DETAILED: usize = 5;
/// The most bytes of a message, a documentation and a traceback.
const MOST_MESSAGE: usize = 4_000;
const MOST_DOC: usize = 600;
const MOST_TRACEBACK: usize = 16_000;

/// The problems, with what the artist can do.
pub(super) fn write(page: &mut Markup, digest: &Digest<'_>) {
    if digest.problems.is_empty() {
        return;
    }
    page.raw("<section aria-labelledby=\"problems\">\n<h2 id=\"problems\">What failed</h2>\n");
    page.budget(BUDGET);
    let cards = in_turn(problem_cards(&digest.problems));
    let mut written = 0;
    for card in cards.iter().take(MOST_CARDS) {
        if !page.has_room() {
            break;
        }
        write_card(page, card);
        written += 1;
    }
    let left: usize = cards[written..].iter().map(Vec::len).sum();
    if left > 0 {
        page.raw("<p class=\"left-out\">").text(thousands(left));
        page.raw(" more failed; the report as JSON lists all of them.</p>\n");
    }
    page.raw("</section>\n");
}

/// The same cards; where they are too many, the first of each plug-in before the second of any, so
/// that no plug-in is left out because another one failed a thousand times.
fn in_turn<'a, 'b>(cards: Vec<ProblemCard<'a, 'b>>) -> Vec<ProblemCard<'a, 'b>> {
    if cards.len() <= MOST_CARDS {
        return cards;
    }
    let mut turns: HashMap<PluginKey<'a>, usize> = HashMap::new();
    let mut numbered = Vec::with_capacity(cards.len());
    for card in cards {
        let turn = turns.entry(key(card[0].result)).or_default();
        *turn += 1;
        numbered.push((*turn, card));
    }
    numbered.sort_by_key(|(turn, _)| *turn);
    numbered.into_iter().map(|(_, card)| card).collect()
}

fn write_card(page: &mut Markup, card: &[&Problem<'_>]) {
    let problem = card[0];
    page.raw("<article>\n<h3>")
        .name(cut(&problem.title(), MOST_NAME))
        .raw("</h3>\n");
    page.raw("<p class=\"message\" dir=\"auto\">");
    page.text(cut(problem.failure.message.trim(), MOST_MESSAGE))
        .raw("</p>\n");
    page.raw("<dl class=\"about\">\n<div><dt>On</dt>");
    write_instances(page, card);
    page.raw("</dd></div>\n<div><dt>Plug-in</dt><dd class=\"name\">")
        .name(cut(problem.label, MOST_NAME));
    page.raw(" <span class=\"muted\">")
        .raw("· ")
        .raw(stage_label(problem.stage))
        .raw("</span></dd></div>\n");
    page.raw("<div><dt>What to do</dt><dd>");
    write_remedies(page, problem);
    page.raw("</dd></div>\n</dl>\n");
    write_details(page, card);
    page.raw("</article>\n");
}

/// The cell of their instances, left open.
fn write_instances(page: &mut Markup, card: &[&Problem<'_>]) {
    if let [problem] = card {
        let result = problem.result;
        page.raw("<dd class=\"name\">");
        write_instance(page, result.instance.as_deref(), &result.mode);
        return;
    }
    page.raw("<dd><ul class=\"names\">");
    let mut written = 0;
    for problem in card.iter().take(MOST_INSTANCES) {
        if !page.has_room() {
            break;
        }
        page.raw("<li>");
        let result = problem.result;
        write_instance(page, result.instance.as_deref(), &result.mode);
        page.raw("</li>");
        written += 1;
    }
    page.raw("</ul>");
    if written < card.len() {
        page.raw(" <span class=\"muted\">and ")
            .text(thousands(card.len() - written));
        page.raw(" more</span>");
    }
}

/// What can be done: by the plug-in, by one of its actions, or by hand.
fn write_remedies(page: &mut Markup, problem: &Problem<'_>) {
    if problem.repairable {
        page.raw(
            "<span class=\"repair\">Can be repaired</span> The plug-in can fix it, in the frontend \
             that you publish with.",
        );
    }
    if let [first, others @ ..] = &problem.actions[..] {
        page.raw(if problem.repairable {
            " It also offers "
        } else {
            "The plug-in offers "
        });
        page.raw("<b>")
            .name(cut(&first.label, MOST_NAME))
            .raw("</b>");
        for action in others.iter().take(9) {
            page.raw(", <b>")
                .name(cut(&action.label, MOST_NAME))
                .raw("</b>");
        }
        page.raw(" there.");
    } else if !problem.repairable {
        page.raw("Fix it by hand, then start again.");
    }
}

fn write_details(page: &mut Markup, card: &[&Problem<'_>]) {
    page.raw("<details>\n<summary>Details for support</summary>\n");
    let problem = card[0];
    if let Some(plugin) = problem.plugin {
        if let Some(doc) = &plugin.doc {
            page.raw("<p class=\"doc\" dir=\"auto\">")
                .text(cut(doc.trim(), MOST_DOC))
                .raw("</p>\n");
        }
        page.raw("<p class=\"muted\">Class ")
            .name(cut(&plugin.name, MOST_NAME));
        for (index, number) in plugin.version.iter().take(4).enumerate() {
            page.raw(if index == 0 { ", version " } else { "." })
                .text(number);
        }
        if let Some(file) = &plugin.file {
            page.raw(", from ").name(cut(file, MOST_NAME));
        }
        page.raw("</p>\n");
    }
    for (written, problem) in card.iter().enumerate() {
        if written == MOST_DETAILED || !page.has_room() {
            page.raw("<p class=\"left-out\">The details of ")
                .text(thousands(card.len() - written));
            page.raw(" more are in the report as JSON.</p>\n");
            break;
        }
        if card.len() > 1 {
            page.raw("<h4>");
            let result = problem.result;
            write_instance(page, result.instance.as_deref(), &result.mode);
            page.raw("</h4>\n");
        }
        write_failure(page, problem);
    }
    page.raw("</details>\n");
}

fn write_failure(page: &mut Markup, problem: &Problem<'_>) {
    let failure = problem.failure;
    if let Some(detail) = &failure.detail {
        page.raw("<p class=\"detail\" dir=\"auto\">")
            .text(cut(detail.trim(), MOST_MESSAGE));
        page.raw("</p>\n");
    }
    page.raw("<p class=\"muted\">")
        .name(cut(&failure.kind, MOST_NAME));
    if let Some(location) = &failure.location {
        page.raw(" at ");
        write_location(page, location);
    }
    page.raw("</p>\n");
    if let Some(traceback) = &failure.traceback {
        page.raw("<pre tabindex=\"0\" aria-label=\"Traceback\">");
        page.text(cut_middle(traceback.trim_end(), MOST_TRACEBACK))
            .raw("</pre>\n");
    }
    if !problem.result.records.is_empty() {
        write_records(page, &problem.result.records);
    }
}
