use super::super::digest::Digest;
use super::super::markup::Markup;
use super::super::text::{count, cut, duration, thousands};
use super::super::timeline::Spent;
use super::parts::{MOST_NAME, stage_class, stage_label};
use super::strip;

/// How many plug-ins have their own bar, and the most bytes of these.
const MOST_BARS: usize = 40;
const BUDGET: usize = 150_000;

/// Where the time went: the run over time, and each plug-in, the longest first.
pub(super) fn write(page: &mut Markup, digest: &Digest<'_>) {
    let timeline = &digest.timeline;
    if timeline.plugins.is_empty() {
        return;
    }
    page.raw("<section aria-labelledby=\"time\">\n<h2 id=\"time\">Where the time went</h2>\n");
    strip::write(page, digest);
    page.raw("<ul class=\"legend\">\n");
    for (stage, total) in &timeline.stages {
        page.raw("<li><i class=\"")
            .raw(stage_class(*stage))
            .raw("\"></i>");
        page.raw(stage_label(*stage))
            .raw(" <b>")
            .text(duration(*total))
            .raw("</b></li>\n");
    }
    page.raw("<li><i class=\"idle\"></i>Between plug-ins <b>");
    page.text(duration(timeline.elapsed - timeline.busy))
        .raw("</b></li>\n</ul>\n");
    write_plugins(page, &timeline.plugins, timeline.busy);
    page.raw("</section>\n");
}

fn write_plugins(page: &mut Markup, plugins: &[Spent<'_>], busy: f64) {
    page.raw(
        "<table class=\"bars\">\n<caption class=\"hidden\">Time of each plug-in, the longest first</caption>\n\
         <thead><tr><th scope=\"col\">Plug-in</th><th scope=\"col\" class=\"number\">Time</th>\
         <th scope=\"col\" class=\"number\">Share</th><th scope=\"col\" class=\"steps\">Steps</th></tr></thead>\n\
         <tbody>\n",
    );
    page.budget(BUDGET);
    // They are sorted.
    let longest = plugins.first().map_or(0.0, |spent| spent.total);
    let mut written = 0;
    for spent in plugins.iter().take(MOST_BARS) {
        if !page.has_room() {
            break;
        }
        write_plugin(page, spent, longest, busy);
        written += 1;
    }
    let others = &plugins[written..];
    if !others.is_empty() {
        let total: f64 = others.iter().map(|spent| spent.total).sum();
        let pairs = others.iter().map(|spent| spent.pairs).sum();
        page.raw("<tr><th scope=\"row\">")
            .text(thousands(others.len()))
            .raw(" more plug-ins</th>");
        write_numbers(page, total, busy, pairs);
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table>\n");
}

fn write_plugin(page: &mut Markup, spent: &Spent<'_>, longest: f64, busy: f64) {
    page.raw("<tr><th scope=\"row\"><div class=\"name\">")
        .name(cut(spent.label, MOST_NAME));
    page.raw(" <span class=\"muted\">· ")
        .raw(stage_label(spent.stage))
        .raw("</span></div>");
    page.raw("<svg viewBox=\"0 0 1000 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    page.raw("<rect class=\"track\" width=\"1000\" height=\"8\"/><rect class=\"");
    page.raw(stage_class(spent.stage)).raw("\" width=\"");
    page.text(part(spent.total, longest, 1000.0).ceil())
        .raw("\" height=\"8\"/></svg></th>");
    write_numbers(page, spent.total, busy, spent.pairs);
    if spent.pairs > 1 {
        page.raw("<span class=\"muted\">, longest ")
            .text(duration(spent.longest))
            .raw(" on ");
        match spent.longest_on {
            Some(instance) => page.name(cut(instance, MOST_NAME)),
            None => page.raw("the context"),
        };
        page.raw("</span>");
    }
    page.raw("</td></tr>\n");
}

/// The cells behind the name; the last one is left open.
fn write_numbers(page: &mut Markup, total: f64, busy: f64, pairs: usize) {
    page.raw("<td class=\"number\">")
        .text(duration(total))
        .raw("</td><td class=\"number\">");
    match part(total, busy, 100.0) {
        share if share > 0.0 && share < 0.5 => page.text("< 1 %"),
        share => page.text(format_args!("{share:.0} %")),
    };
    page.raw("</td><td class=\"steps\">")
        .text(count(pairs, "step"));
}

/// How much of `of` this is, where that counts as `whole`.
fn part(value: f64, of: f64, whole: f64) -> f64 {
    if of > 0.0 { value / of * whole } else { 0.0 }
}
