use std::sync::Arc;

use super::super::check::well_formed;
use super::super::fixtures;
use super::to_html;
use crate::Report;
use pyblish_model::RunState;

/// The page, after checks that hold for each page.
fn page(report: &Report) -> String {
    let page = to_html(report);
    let (head, body) = page.split_once("<body>").unwrap();
    for part in [
        "<!doctype html>",
        "<html lang=\"en\">",
        "<title>",
        "default-src 'none'",
    ] {
        assert!(head.contains(part), "{part}");
    }
    // It loads nothing, and runs no script.
    for part in [
        "<script", "<link", "<img", "<iframe", " src=", "url(", "@import", "http:", "https:",
    ] {
        assert!(!page.contains(part), "{part}");
    }
    let (body, _) = body.split_once("</body>").unwrap();
    let body = body.replace("<br>", "<br/>");
    well_formed(&format!("<body>{body}</body>")).unwrap();
    assert_eq!(page.matches("<h1>").count(), 1);
    let tables = page.matches("<table").count();
    assert_eq!(page.matches("<caption").count(), tables);
    assert_eq!(
        page.matches("<thead><tr><th scope=\"col\">").count(),
        tables
    );
    page
}

/// Whether the page says these in this order.
fn assert_order(page: &str, parts: &[&str]) {
    let mut rest = page.split_once("<body>").unwrap().1;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("{part:?} is not where it should be");
        };
        rest = after;
    }
}

#[test]
fn outcome_and_advice_come_first() {
    let page = page(&fixtures::failed());
    assert_order(
        &page,
        &[
            "<h1>Not published: 3 of 6 checks failed</h1>",
            "Fix what is listed here",
            "What failed</h2>",
            "<h3><bdi>Frames are missing</bdi></h3>",
            "3 of 48 frames are missing: 1003, 1017, 1018.\nRender them again.",
            "<bdi>sh010</bdi>",
            "<bdi>sh020 &lt;plates&gt;</bdi>",
            "<bdi>Validate Frames</bdi>",
            "Can be repaired",
            "<bdi>select &lt;it&gt;</bdi>",
            "<details>",
            "<pre tabindex=\"0\" aria-label=\"Traceback\">Traceback",
            ">error</span>",
            ">info</span>",
            "<h3><bdi>Validate Scene Saved failed</bdi></h3>",
            "Fix it by hand",
            "Warnings</h2>",
            "the name has a blank",
            "All results</h2>",
            "<h3>Collect</h3>",
            "<h3>Validate</h3>",
            "Where the time went</h2>",
            "<svg class=\"strip\"",
            "<bdi>Collect Shots</bdi>",
            "1.80 s",
            "<bdi>Validate Frames</bdi>",
            "longest 600 ms on <bdi>sh020 &lt;plates&gt;</bdi>",
            "Did not run</h2>",
            "<bdi>Extract Review</bdi>",
        ],
    );
    // The same failure on two instances is one card.
    assert_eq!(page.matches("<article>").count(), 2);
}

#[test]
fn good_run_shows_no_failure() {
    let page = page(&fixtures::succeeded());
    assert_order(
        &page,
        &[
            "<header class=\"warned\">",
            "<h1>Published: all 6 checks passed",
            "Warnings</h2>",
        ],
    );
    assert!(!page.contains("What failed"));
}

#[test]
fn empty_run_is_a_page() {
    let page = page(&fixtures::empty());
    assert_order(
        &page,
        &[
            "<h1>Nothing was done: no plug-in ran</h1>",
            "<main>\n</main>",
        ],
    );
    assert!(!page.contains("href"));
}

#[test]
fn every_ending_is_shown() {
    let mut report = fixtures::failed();
    for (state, class, said) in [
        (RunState::Running, "running", "Not published yet"),
        (RunState::Failed, "failed", "3 of 6 checks failed"),
        (
            RunState::Stopped("bad families".into()),
            "failed",
            "<bdi>bad families</bdi>",
        ),
        (RunState::Cancelled, "cancelled", "cancelled after 8 steps"),
        (
            RunState::Lost("it <went>".into()),
            "failed",
            "<bdi>it &lt;went&gt;</bdi>",
        ),
        (
            RunState::Interrupted,
            "failed",
            "itself ended after 8 steps",
        ),
    ] {
        report.run.state = state;
        let page = page(&report);
        let (header, _) = page.split_once("</header>").unwrap();
        assert!(
            header.contains(&format!("<header class=\"{class}\">")),
            "{said}"
        );
        assert!(header.contains(said), "{said}");
    }
}

#[test]
fn host_text_is_escaped() {
    let page = page(&fixtures::nasty());
    let escaped = "&lt;script&gt;alert(&#39;&amp;&quot;1&#39;)&lt;/script&gt;]]&gt;\u{fffd}\u{fffd}[31m\u{fffd}\\u{202e}gnp";
    assert!(page.contains(escaped));
    // A mark of direction does not affect text outside of its own element.
    assert!(!page.contains('\u{202e}'));
    let (_, body) = page.split_once("<body>").unwrap();
    for (place, _) in body.match_indices("\\u{202e}") {
        let before = &body[..place];
        let isolated = ["<bdi>", "dir=\"auto\">", "dir=\"ltr\">", "<pre "]
            .iter()
            .any(|open| before.rfind(open) > before.rfind("</"));
        assert!(isolated, "{}", &before[before.len() - 200..]);
    }
}

#[test]
fn huge_run_page_is_bounded() {
    let report = fixtures::huge();
    let page = page(&report);
    assert!(page.len() < 3_000_000, "{}", page.len());
    assert!(page.contains("more failed; the report as JSON lists all of them."));
    assert!(page.contains("more of this stage are in the report as JSON."));
    assert!(page.contains("more plug-ins</th>"));
    assert!(page.contains("more are in the report as JSON."));
    // Each plug-in is shown before another one is repeated.
    for number in 0..50 {
        let title = format!("<h3><bdi>{}", report.discovered.plugins[number].name);
        assert!(page.contains(&title), "{title}");
    }
}

#[test]
fn long_texts_and_records_are_bounded() {
    let mut report = fixtures::failed();
    let long = "&".repeat(10_000_000);
    let record = fixtures::record(pyblish_model::Level::ERROR, &long[..100_000]);
    for result in &mut report.results {
        let result = Arc::make_mut(result);
        result.instance = Some(long.as_str().into());
        result.records = vec![record.clone(); 200];
        if let Some(failure) = &mut result.failure {
            failure.message = long.clone();
            failure.detail = Some(long.clone());
            failure.traceback = Some(long.clone());
        }
    }
    report.run.comment = long.clone();
    report.run.targets = vec![long];
    let page = page(&report);
    assert!(page.len() < 3_000_000, "{}", page.len());
    assert!(page.contains("more characters)"));
}

#[test]
fn wild_clock_breaks_nothing() {
    let mut report = fixtures::failed();
    for (index, value) in [f64::NAN, f64::INFINITY, -1e300, 1e300]
        .into_iter()
        .enumerate()
    {
        let result = Arc::make_mut(&mut report.results[index]);
        (result.started, result.duration) = (value, value);
    }
    (report.run.started, report.run.ended) = (f64::NAN, Some(f64::NEG_INFINITY));
    let page = page(&report);
    assert!(!page.contains("NaN") && !page.contains("inf "));
}

#[test]
fn broken_files_are_first_and_left_out_ones_last() {
    let page = page(&fixtures::incomplete());
    assert_order(
        &page,
        &[
            "without 1 plug-in file that cannot be used",
            "Plug-ins that could not be used",
            "bad &amp; ugly.py",
            "invalid syntax &lt;here&gt;",
            "line 7 &lt;of it&gt;",
            "All results",
            "Left out",
            "ValidateNuke",
            "It is for the hosts nuke.",
            "The file defines no plug-in.",
        ],
    );
    let complete = to_html(&fixtures::succeeded());
    assert!(!complete.contains("could not be used") && !complete.contains("Left out"));
}
