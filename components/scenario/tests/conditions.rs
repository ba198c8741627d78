//! `when` and `unless`, on either target.

mod common;

use common::Session;
use serde_json::{Value, json};

/// Whether a step with these conditions is played on a context with some data.
fn plays(conditions: Value) -> bool {
    let Value::Object(mut step) = conditions else {
        unreachable!()
    };
    step.insert("set".into(), json!({"played": true}));
    let session = Session::on_context(json!([
        {"set": {"one": 1, "yes": true, "text": "t", "list": [1, {"a": 2}], "null": null}},
        step,
    ]));
    session.succeed("P", None);
    session.data(None)["played"] == true
}

#[test]
fn when_wants_all_of_its_values() {
    assert!(plays(json!({"when": {"one": 1}})));
    assert!(plays(json!({"when": {"one": 1, "text": "t"}})));
    assert!(!plays(json!({"when": {"one": 1, "text": "u"}})));
    assert!(plays(json!({"when": {}})));
}

#[test]
fn unless_refuses_all_of_its_values() {
    assert!(!plays(json!({"unless": {"one": 1}})));
    assert!(plays(json!({"unless": {"one": 1, "text": "u"}})));
    assert!(plays(json!({"unless": {}})));
}

#[test]
fn both_must_allow() {
    assert!(plays(json!({"when": {"one": 1}, "unless": {"text": "u"}})));
    assert!(!plays(json!({"when": {"one": 2}, "unless": {"text": "u"}})));
    assert!(!plays(json!({"when": {"one": 1}, "unless": {"text": "t"}})));
}

#[test]
fn equality_is_that_of_json() {
    assert!(plays(json!({"when": {"one": 1.0}})));
    assert!(!plays(json!({"when": {"yes": 1}})));
    assert!(!plays(json!({"when": {"one": "1"}})));
    assert!(plays(json!({"when": {"list": [1.0, {"a": 2.0}]}})));
    assert!(!plays(json!({"when": {"list": [1]}})));
    assert!(!plays(json!({"when": {"list": [1, {"a": 2, "b": 3}]}})));
}

#[test]
fn a_missing_key_is_null() {
    assert!(plays(json!({"when": {"null": null, "nothing": null}})));
    assert!(!plays(json!({"unless": {"nothing": null}})));
}

#[test]
fn the_data_is_that_of_the_target_at_that_moment() {
    let session = Session::on_instances(json!([
        {"set": {"k": 3}, "when": {"k": 1}},
        {"fail": "three", "when": {"k": 3}},
    ]));
    assert_eq!(session.fail("P", Some("x")).message, "three");
    session.succeed("P", Some("y"));
}
