use super::*;
use crate::model::RunState;
use crate::report::fixtures;

#[test]
fn the_shape_is_the_documented_one() {
    let json = serde_json::to_string_pretty(&document(&fixtures::failed())).unwrap();
    // A new field belongs into the golden copy; one that is gone or renamed, into a new version.
    assert_eq!(json, include_str!("golden.json").trim_end(), "{json}");
}

#[test]
fn a_value_says_the_same() {
    let report = fixtures::nasty();
    let text = serde_json::to_string(&document(&report)).unwrap();
    assert_eq!(serde_json::to_string(&to_json(&report)).unwrap(), text);
}

#[test]
fn an_empty_run_has_all_fields() {
    let json = to_json(&fixtures::empty());
    let full = to_json(&fixtures::failed());
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(keys(&json), keys(&full));
    assert_eq!(json["problems"].as_array().map(Vec::len), Some(0));
    assert_eq!(json["outcome"]["verdict"], "warned");
}

#[test]
fn each_end_has_its_verdict() {
    let mut report = fixtures::succeeded();
    for (state, verdict) in [
        (RunState::Running, "running"),
        (RunState::Succeeded, "warned"),
        (RunState::Failed, "failed"),
        (RunState::Stopped("bad families".into()), "failed"),
        (RunState::Cancelled, "cancelled"),
        (RunState::Lost("gone".into()), "failed"),
        (RunState::Interrupted, "failed"),
    ] {
        report.run.state = state;
        assert_eq!(to_json(&report)["outcome"]["verdict"], verdict);
    }
    report.run.state = RunState::Lost("gone".into());
    assert_eq!(to_json(&report)["outcome"]["reason"], "gone");
    assert_eq!(to_json(&report)["run"]["state"], "lost");
}

#[test]
fn nothing_is_left_out_of_a_huge_run() {
    let report = fixtures::huge();
    let document = document(&report);
    assert_eq!(document.results.len(), 100_000);
    assert_eq!(document.problems.len(), 10_000);
    assert_eq!(document.summary.warnings, 10_000);
    assert_eq!(document.timeline.plugins.len(), 100);
}
