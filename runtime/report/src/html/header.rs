use super::super::digest::Digest;
use super::super::markup::Markup;
use super::super::text::{cut, duration, thousands, utc};
use super::parts::MOST_NAME;
use crate::Verdict;
use pyblish_rules::StopReason;

/// The most bytes of a comment or a reason.
const MOST_TEXT: usize = 4_000;

/// The outcome, the run, and its numbers.
pub(super) fn write(page: &mut Markup, digest: &Digest<'_>) {
    let outcome = &digest.outcome;
    page.raw("<header class=\"")
        .raw(class(outcome.verdict))
        .raw("\">\n");
    page.raw(
        "<div class=\"outcome\"><svg class=\"sign\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">\
         <circle cx=\"12\" cy=\"12\" r=\"11\"/><path d=\"",
    )
    .raw(sign(outcome.verdict))
    .raw("\"/></svg>");
    page.raw("<div>\n<h1>")
        .text(&outcome.headline)
        .raw("</h1>\n");
    // The headline has said that validation failed.
    let said = StopReason::FailedValidation.to_string();
    if let Some(reason) = outcome.reason.as_ref().filter(|reason| **reason != said) {
        page.raw("<p class=\"reason\">Reason: ");
        page.name(cut(reason, MOST_TEXT)).raw("</p>\n");
    }
    if let Some(next) = &outcome.next {
        page.raw("<p class=\"next\">").text(next).raw("</p>\n");
    }
    page.raw("</div></div>\n");
    write_comment(page, digest);
    write_facts(page, digest);
    write_counts(page, digest);
    page.raw("</header>\n");
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Done => "done",
        Verdict::Warned => "warned",
        Verdict::Failed => "failed",
        Verdict::Cancelled => "cancelled",
        Verdict::Running => "running",
    }
}

/// The path of the sign beside the words; it has the same meaning as they have.
fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Done => "M7 12.5l3.5 3.5L17 9",
        Verdict::Warned => "M12 6.5v7M12 17v.2",
        Verdict::Failed => "M8 8l8 8M16 8l-8 8",
        Verdict::Cancelled => "M7 12h10",
        Verdict::Running => "M7 12v.2M12 12v.2M17 12v.2",
    }
}

fn write_comment(page: &mut Markup, digest: &Digest<'_>) {
    let comment = digest.report.run.comment.trim();
    if !comment.is_empty() {
        page.raw("<blockquote dir=\"auto\">")
            .text(cut(comment, MOST_TEXT));
        page.raw("</blockquote>\n");
    }
}

fn write_facts(page: &mut Markup, digest: &Digest<'_>) {
    let report = digest.report;
    page.raw("<dl class=\"facts\">\n");
    let targets = report.run.targets.join(", ");
    let facts = report.run.facts.as_deref();
    let with = |word: &str, more: Option<&str>| match more.filter(|more| !more.is_empty()) {
        Some(more) => format!("{word} {more}"),
        None => word.to_owned(),
    };
    let host = with(
        &report.host,
        facts.and_then(|facts| facts.host_version.as_deref()),
    );
    let version = facts.map(|facts| facts.adapter_version.as_str());
    let adapter = with(&report.adapter, version);
    let user = facts.map(|facts| format!("{} on {}", facts.user, facts.machine));
    let scene = facts.and_then(|facts| facts.scene.as_deref());
    let sha256 = facts.map(|facts| facts.adapter_digest.as_str());
    for (term, value) in [
        ("From", host.as_str()),
        ("Scene", scene.unwrap_or_default()),
        ("By", user.as_deref().unwrap_or_default()),
        ("Adapter", &adapter),
        ("Its SHA-256", sha256.unwrap_or_default()),
        ("Asked for", &report.run.until),
        ("Targets", &targets),
    ] {
        if !value.is_empty() {
            page.raw("<div><dt>").raw(term).raw("</dt><dd>");
            page.name(cut(value, MOST_NAME)).raw("</dd></div>\n");
        }
    }
    page.raw("<div><dt>Run</dt><dd>")
        .text(report.run.id)
        .raw(" of session ");
    page.name(cut(&report.session, MOST_NAME))
        .raw("</dd></div>\n");
    if let Some((date, time)) = utc(report.run.started) {
        page.raw("<div><dt>Started</dt><dd><time datetime=\"");
        page.text(&date).raw("T").text(&time).raw("Z\">");
        page.text(&date)
            .raw(" ")
            .text(&time)
            .raw(" UTC</time></dd></div>\n");
    }
    page.raw("</dl>\n");
}

/// The numbers; some are links to the counted items.
fn write_counts(page: &mut Markup, digest: &Digest<'_>) {
    let summary = &digest.summary;
    page.raw("<ul class=\"counts\">\n");
    for (class, link, number, one, many) in [
        ("bad", "#problems", summary.failed, "failed", "failed"),
        (
            "warn",
            "#warnings",
            summary.warnings,
            "with warnings",
            "with warnings",
        ),
        ("", "#results", summary.pairs, "step", "steps"),
        ("", "", summary.plugins, "plug-in", "plug-ins"),
        ("", "", summary.instances, "instance", "instances"),
    ] {
        let noun = if number == 1 { one } else { many };
        let linked = number > 0 && !link.is_empty();
        page.raw("<li class=\"")
            .raw(if number > 0 { class } else { "" })
            .raw("\">");
        if linked {
            page.raw("<a href=\"").raw(link).raw("\">");
        }
        page.raw("<b>")
            .text(thousands(number))
            .raw("</b> ")
            .raw(noun);
        page.raw(if linked { "</a></li>\n" } else { "</li>\n" });
    }
    page.raw("<li>");
    let linked = summary.pairs > 0;
    page.raw(if linked { "<a href=\"#time\">" } else { "" });
    page.raw("<b>")
        .text(duration(digest.timeline.elapsed))
        .raw("</b> in all");
    page.raw(if linked {
        "</a></li>\n</ul>\n"
    } else {
        "</li>\n</ul>\n"
    });
}
