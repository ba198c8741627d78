use super::*;
use crate::fixtures;
use pyblish_model::RunState;

#[test]
fn shape_matches_documentation() {
    let json = serde_json::to_string_pretty(&document(&fixtures::failed())).unwrap();
    // Add a new field to the golden copy. A removed or renamed field needs a new version.
    assert_eq!(json, include_str!("golden.json").trim_end(), "{json}");
}

#[test]
fn to_value_says_the_same() {
    let report = fixtures::nasty();
    let text = serde_json::to_string(&document(&report)).unwrap();
    assert_eq!(serde_json::to_string(&to_json(&report)).unwrap(), text);
}

#[test]
fn empty_run_has_all_fields() {
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
fn every_ending_has_a_verdict() {
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
fn huge_run_is_complete() {
    let report = fixtures::huge();
    let document = document(&report);
    assert_eq!(document.results.len(), 100_000);
    assert_eq!(document.problems.len(), 10_000);
    assert_eq!(document.summary.warnings, 10_000);
    assert_eq!(document.timeline.plugins.len(), 100);
}

#[test]
fn what_was_not_used_is_listed() {
    let json = to_json(&fixtures::incomplete());
    assert_eq!(json["outcome"]["verdict"], "failed");
    assert_eq!(json["broken"][0]["file"], "/studio/bad & ugly.py");
    assert_eq!(json["broken"][0]["kind"], "SyntaxError");
    assert_eq!(json["leftOut"][0]["name"], "ValidateNuke");
    assert_eq!(json["leftOut"][1]["name"], serde_json::Value::Null);
}
