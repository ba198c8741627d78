use super::*;
use crate::check::well_formed;
use crate::fixtures;

/// How many elements of this name there are, in a document that is well-formed.
fn elements(xml: &str, name: &str) -> usize {
    let seen = well_formed(xml).unwrap();
    seen.iter().filter(|seen| *seen == name).count()
}

#[test]
fn stage_is_suite_and_pair_is_case() {
    let xml = to_junit(&fixtures::failed());
    assert_eq!(elements(&xml, "testsuite"), 2);
    assert_eq!(elements(&xml, "testcase"), 8);
    assert_eq!(elements(&xml, "failure"), 3);
    for part in [
        "<testsuites name=\"Pyblish\" tests=\"8\" failures=\"3\" errors=\"0\" skipped=\"0\" time=\"3.037\">",
        "<testsuite name=\"validate\" tests=\"6\" failures=\"3\" errors=\"0\" skipped=\"0\" \
         time=\"1.236\" timestamp=\"2026-03-14T15:09:27\">",
        "<property name=\"outcome\" value=\"Not published: 3 of 6 checks failed\"/>",
        "<testcase classname=\"CollectShots\" name=\"context\" time=\"1.800\"/>",
        "<testcase classname=\"ValidateFrames\" name=\"sh020 &lt;plates&gt;\" time=\"0.600\">\n\
         <failure message=\"Frames are missing: 3 of 48 frames are missing: 1003, 1017, 1018.&#10;Render \
         them again.\" type=\"PublishError\">3 of 48",
        "<system-out>INFO pyblish.show: 48 frames expected\nERROR pyblish.show: 1003 is missing\n",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
}

#[test]
fn empty_run_is_a_document() {
    let xml = to_junit(&fixtures::empty());
    assert_eq!(well_formed(&xml).unwrap(), ["testsuites"]);
    assert!(xml.contains("tests=\"0\" failures=\"0\" errors=\"0\""));
}

#[test]
fn early_end_is_not_success() {
    let mut report = fixtures::succeeded();
    assert_eq!(elements(&to_junit(&report), "error"), 0);
    for state in [
        RunState::Cancelled,
        RunState::Lost("the <host> is gone".into()),
        RunState::Interrupted,
        RunState::Stopped("bad families".into()),
    ] {
        report.run.state = state;
        let xml = to_junit(&report);
        assert_eq!(elements(&xml, "error"), 1, "{xml}");
        assert!(
            xml.contains("tests=\"10\" failures=\"0\" errors=\"1\""),
            "{xml}"
        );
    }
    report.run.state = RunState::Running;
    assert_eq!(elements(&to_junit(&report), "skipped"), 1);
    report.run.state = RunState::Lost("the <host> is gone".into());
    let xml = to_junit(&report);
    assert!(
        xml.contains("\">the &lt;host&gt; is gone\nMake sure"),
        "{xml}"
    );
}

#[test]
fn host_text_is_well_formed() {
    let xml = to_junit(&fixtures::nasty());
    assert_eq!(elements(&xml, "testcase"), 10);
    assert!(!xml.contains("<script"));
    assert!(xml.contains("\u{fffd}[31m"));
}

#[test]
fn cases_have_distinct_names() {
    let mut report = fixtures::failed();
    let mut again = (*report.results[2]).clone();
    report.results.push(again.clone().into());
    again.mode = Mode::Repair;
    report.results.push(again.clone().into());
    again.mode = Mode::Action("select".into());
    report.results.push(again.into());
    let xml = to_junit(&report);
    for name in ["sh010 #2", "sh010 (repair)", "sh010 (action select)"] {
        assert!(xml.contains(&format!("name=\"{name}\"")), "{name}");
    }
}

#[test]
fn huge_run_is_complete() {
    let xml = to_junit(&fixtures::huge());
    assert_eq!(elements(&xml, "testcase"), 100_000);
    assert_eq!(elements(&xml, "failure"), 10_000);
}

#[test]
fn long_output_is_cut() {
    let mut report = fixtures::failed();
    let first = std::sync::Arc::make_mut(&mut report.results[0]);
    let line = fixtures::record(pyblish_model::Level::INFO, &"x".repeat(1000));
    first.records = vec![line; 10_000];
    let xml = to_junit(&report);
    assert!(xml.len() < 2 * MOST_OUTPUT, "{}", xml.len());
    assert!(xml.contains("more records"));
}

#[test]
fn broken_file_is_an_error() {
    let xml = to_junit(&fixtures::incomplete());
    assert_eq!(elements(&xml, "error"), 1);
    for part in [
        "tests=\"10\" failures=\"0\" errors=\"1\"",
        "<testsuite name=\"discovery\" tests=\"1\" failures=\"0\" errors=\"1\"",
        "<testcase classname=\"discovery\" name=\"/studio/bad &amp; ugly.py\"",
        "<error type=\"SyntaxError\" message=\"invalid syntax &lt;here",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
}
