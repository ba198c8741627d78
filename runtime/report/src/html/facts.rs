//! What a run left behind beside its results.

use super::super::digest::Digest;
use super::super::markup::Markup;
use super::super::text::{cut, cut_middle, thousands};
use super::parts::MOST_NAME;
use pyblish_model::{LeftOutPart, PolicyChange, PublishedVersion, RunFacts};

/// The most bytes of each section.
const BUDGET: usize = 100_000;
const MOST_ENTRIES: usize = 500;

/// The versions that were published, as a table.
pub(super) fn write_published(page: &mut Markup, digest: &Digest<'_>) {
    let published = facts(digest).map_or(&[][..], |facts| &facts.published);
    if published.is_empty() {
        return;
    }
    page.raw("<section aria-labelledby=\"published\">\n");
    page.raw("<h2 id=\"published\">Published versions</h2>\n<table>\n<caption class=\"hidden\">Published versions</caption>\n");
    page.raw("<thead><tr><th scope=\"col\">Instance</th><th scope=\"col\">Version</th><th scope=\"col\">Path</th></tr></thead>\n<tbody>\n");
    let write = |page: &mut Markup, it: &PublishedVersion| {
        page.raw("<tr><td>").name(cut(&it.name, MOST_NAME));
        page.raw("</td><td>");
        if let Some(version) = it.version {
            page.text(format!("v{version:03}"));
        }
        if it.unchanged {
            page.raw(" <span class=\"muted\">unchanged</span>");
        }
        page.raw("</td><td>").name(cut_middle(&it.path, MOST_NAME));
        page.raw("</td></tr>\n");
    };
    let rest = write_some(page, published, write);
    page.raw("</tbody>\n</table>\n");
    end(page, rest);
}

/// What was left out, and by whom.
pub(super) fn write_switched_off(page: &mut Markup, digest: &Digest<'_>) {
    let left_out = facts(digest).map_or(&[][..], |facts| &facts.left_out);
    if left_out.is_empty() {
        return;
    }
    page.raw("<section aria-labelledby=\"switched-off\">\n");
    page.raw("<h2 id=\"switched-off\">Switched off</h2>\n<ul>\n");
    let write = |page: &mut Markup, it: &LeftOutPart| {
        let kind = match it.instance.is_some() {
            true => "Instance ",
            false => "Plug-in ",
        };
        page.raw("<li>").raw(kind).name(cut(&it.name, MOST_NAME));
        page.raw(" <span class=\"muted\">by ")
            .name(cut(&it.by, MOST_NAME))
            .raw("</span></li>\n");
    };
    let rest = write_some(page, left_out, write);
    page.raw("</ul>\n");
    end(page, rest);
}

/// What the studio's policy changed.
pub(super) fn write_policy(page: &mut Markup, digest: &Digest<'_>) {
    let policy = facts(digest).map_or(&[][..], |facts| &facts.policy);
    if policy.is_empty() {
        return;
    }
    page.raw("<section aria-labelledby=\"policy\">\n");
    page.raw("<h2 id=\"policy\">Policy</h2>\n<ul>\n");
    let write = |page: &mut Markup, it: &PolicyChange| {
        page.raw("<li>").name(cut(&it.plugin, MOST_NAME)).raw(": ");
        page.name(cut(&it.change, MOST_NAME));
        if let Some(reason) = &it.reason {
            page.raw(", ").name(cut(reason, MOST_NAME));
        }
        page.raw(" <span class=\"muted\">")
            .name(cut_middle(&it.source, MOST_NAME))
            .raw("</span></li>\n");
    };
    let rest = write_some(page, policy, write);
    page.raw("</ul>\n");
    end(page, rest);
}

fn facts<'a>(digest: &Digest<'a>) -> Option<&'a RunFacts> {
    digest.report.run.facts.as_deref()
}

/// Writes as many entries as there is room for. Returns how many are left.
fn write_some<T>(page: &mut Markup, entries: &[T], write: impl Fn(&mut Markup, &T)) -> usize {
    page.budget(BUDGET);
    let mut written = 0;
    for entry in entries.iter().take(MOST_ENTRIES) {
        if !page.has_room() {
            break;
        }
        write(page, entry);
        written += 1;
    }
    entries.len() - written
}

fn end(page: &mut Markup, rest: usize) {
    if rest > 0 {
        page.raw("<p class=\"left-out\">").text(thousands(rest));
        page.raw(" more are in the report as JSON.</p>\n");
    }
    page.raw("</section>\n");
}
