//! Tests of each step. The faults that end the process are tested by the runtime's tests, which
//! have a sandbox.

mod common;

use std::time::{Duration, Instant};

use common::Session;
use pyblish_sdk::bindings::pyblish::endpoint::model::{Change, Value};
use pyblish_sdk::testing::{take_progress, take_records};
use serde_json::json;

#[test]
fn log_writes_records_as_they_are() {
    let session = Session::on_context(json!([
        {"log": "debug", "message": "a"}, {"log": "info", "message": "{b}"},
        {"log": "warning", "message": "c"}, {"log": "error", "message": "d"},
        {"log": "critical", "message": "Über: ☃ and\na new line"},
    ]));
    session.succeed("P", None);
    let records = take_records();
    let levels: Vec<u32> = records.iter().map(|(level, _)| *level).collect();
    assert_eq!(levels, [10, 20, 30, 40, 50]);
    assert_eq!(records[1].1, "{b}");
    assert_eq!(records[4].1, "Über: ☃ and\na new line");
}

#[test]
fn create_appends_an_instance() {
    let session = Session::on_context(json!([
        {"create": "x", "data": {"family": "a", "n": null}, "children": ["one", "two"]},
        {"create": "x"},
    ]));
    let changes = session.succeed("P", None);
    let [Change::InstanceAdded(first), Change::InstanceAdded(second)] = &changes[..] else {
        panic!("{changes:?}");
    };
    assert_eq!(first.members, ["one", "two"]);
    assert_eq!(first.data[1].key, "n");
    assert!(matches!(first.data[1].value, Value::Null));
    assert_ne!(first.id, second.id);
    assert!(second.members.is_empty());
    let [family] = &second.data[..] else {
        panic!("{:?}", second.data);
    };
    assert_eq!(family.key, "family");
    assert!(matches!(&family.value, Value::Text(text) if text == "default"));
}

#[test]
fn create_works_on_an_instance_too() {
    let session = Session::on_instances(json!([{"create": "z"}]));
    session.succeed("P", Some("x"));
    assert_eq!(session.names(), ["x", "y", "z"]);
}

#[test]
fn set_changes_the_target() {
    let session = Session::on_context(json!([{"set": {"a": [1, 2.5, null]}}]));
    session.succeed("P", None);
    assert_eq!(session.data(None), json!({"a": [1, 2.5, null]}));

    let session = Session::on_instances(json!([{"set": {"k": 9}}]));
    session.succeed("P", Some("y"));
    assert_eq!(
        session.data(Some("x")),
        json!({"family": "default", "k": 1})
    );
    assert_eq!(
        session.data(Some("y")),
        json!({"family": "default", "k": 9})
    );
    assert_eq!(session.data(None), json!({}));
}

#[test]
fn set_on_changes_another_instance() {
    let session = Session::on_instances(json!([{"set": {"publish": false}, "on": "y"}]));
    session.succeed("P", Some("x"));
    assert_eq!(
        session.data(Some("x")),
        json!({"family": "default", "k": 1})
    );
    assert_eq!(
        session.data(Some("y")),
        json!({"family": "default", "k": 2, "publish": false})
    );
}

#[test]
fn a_family_that_nobody_gave_is_default_until_it_is_taken_away() {
    let steps = json!([{"unset": ["family"], "when": {"family": "default", "k": 1}}]);
    let session = Session::on_instances(steps);
    session.succeed("P", Some("x"));
    session.succeed("P", Some("y"));
    assert_eq!(session.data(Some("x")), json!({"k": 1}));
    assert_eq!(
        session.data(Some("y")),
        json!({"family": "default", "k": 2})
    );
}

#[test]
fn activate_means_all_plugins_of_that_name() {
    let session = Session::with(json!([
        {"name": "S", "order": 0, "context": [{"activate": "Z", "active": false}], "instance": [
            {"activate": "S", "active": true},
        ]},
        {"name": "Z", "order": 1, "context": [{"create": "x"}]}, {"name": "Z", "order": 2},
    ]));
    session.succeed("Z", None);
    let activated = |instance| -> Vec<(String, bool)> {
        let changes = session.succeed("S", instance).into_iter();
        let activated = changes.map(|change| match change {
            Change::PluginActivated(it) => (it.plugin, it.active),
            other => panic!("{other:?}"),
        });
        activated.collect()
    };
    assert_eq!(
        activated(None),
        [("Z".into(), false), ("Z#2".into(), false)]
    );
    assert_eq!(activated(Some("x")), [("S".into(), true)]);
}

#[test]
fn a_name_that_nothing_has_is_a_failure() {
    for step in [
        json!({"set": {"a": 1}, "on": "q"}),
        json!({"unset": ["a"], "on": "q"}),
        json!({"remove": "q"}),
    ] {
        let session = Session::on_context(json!([step]));
        assert_eq!(session.fail("P", None).message, "no instance is named q");
    }
}

#[test]
fn unset_takes_values_away() {
    let session = Session::on_instances(json!([
        {"unset": ["k", "not there"]}, {"unset": ["k"], "on": "y"},
    ]));
    assert_eq!(session.succeed("P", Some("x")).len(), 2);
    assert_eq!(session.data(Some("x")), json!({"family": "default"}));
    assert_eq!(session.data(Some("y")), json!({"family": "default"}));
    let session = Session::on_context(json!([{"set": {"a": 1}}, {"unset": ["a"]}]));
    session.succeed("P", None);
    assert_eq!(session.data(None), json!({}));
}

#[test]
fn remove_takes_an_instance_out() {
    let session = Session::on_instances(json!([{"remove": "y"}, {"set": {"done": true}}]));
    session.succeed("P", Some("x"));
    assert_eq!(session.names(), ["x"]);
    assert_eq!(
        session.data(Some("x")),
        json!({"family": "default", "k": 1, "done": true})
    );
}

#[test]
fn steps_end_when_their_instance_is_gone() {
    for step in [json!({"remove": true}), json!({"remove": "x"})] {
        let session = Session::on_instances(json!([step, {"fail": "never"}]));
        session.succeed("P", Some("x"));
        assert_eq!(session.names(), ["y"]);
    }
}

#[test]
fn an_instance_that_is_not_there_is_a_failure() {
    let session = Session::on_instances(json!([]));
    assert_eq!(
        session.fail("P", Some("i99")).message,
        "there is no instance \"i99\""
    );
}

#[test]
fn fail_ends_the_steps_with_exactly_its_message() {
    let session = Session::on_context(
        json!([{"set": {"a": 1}}, {"fail": "Über \"it\"\n"}, {"set": {"a": 2}}]),
    );
    let failure = session.fail("P", None);
    assert_eq!(failure.message, "Über \"it\"\n");
    assert_eq!(failure.detail.as_deref(), Some("Step 2 of context of P"));
    assert_eq!(session.data(None), json!({"a": 1}));
}

#[test]
fn sleep_waits() {
    let session = Session::on_context(json!([{"sleep": 25}, {"sleep": 25, "deaf": true}]));
    let start = Instant::now();
    session.succeed("P", None);
    assert!(start.elapsed() >= Duration::from_millis(50));
}

#[test]
fn progress_is_told() {
    let session =
        Session::on_context(json!([{"progress": 0.5, "message": "Half"}, {"progress": 2}]));
    session.succeed("P", None);
    assert_eq!(
        take_progress(),
        [(0.5, "Half".into()), (2.0, String::new())]
    );
}

#[test]
fn flood_writes_many_records() {
    let session = Session::on_context(json!([{"flood": 1000}]));
    session.succeed("P", None);
    let records = take_records();
    assert_eq!(records.len(), 1000);
    assert_eq!(records[999], (20, "record 1000 of 1000".into()));
}

#[test]
fn allocate_takes_memory_or_fails() {
    let session = Session::on_context(json!([{"allocate": 100_000}]));
    session.succeed("P", None);
    let session = Session::on_context(json!([{"allocate": u64::MAX}]));
    let message = session.fail("P", None).message;
    assert!(
        message.contains("bytes of memory cannot be allocated"),
        "{message}"
    );
}

#[test]
#[should_panic(expected = "on purpose {}")]
fn panic_panics() {
    Session::on_context(json!([{"panic": "on purpose {}"}])).process("P", None);
}

#[test]
fn repair_and_actions_play_their_own_steps() {
    let session = Session::with(json!([{
        "name": "P", "order": 1, "context": [{"create": "x"}], "instance": [],
        "repairContext": [{"set": {"repaired": 1}}], "repairInstance": [{"set": {"repaired": 2}}],
        "actions": [{"id": "a", "steps": [{"set": {"acted": 3}, "on": "x"}]}, {"id": "b"}],
    }]));
    session.succeed("P", None);
    assert!(session.repair("P", None).failure.is_none());
    assert!(session.repair("P", Some("x")).failure.is_none());
    assert!(session.act("P", "a", None).failure.is_none());
    assert!(session.act("P", "b", None).failure.is_none());
    assert_eq!(session.data(None), json!({"repaired": 1}));
    assert_eq!(
        session.data(Some("x")),
        json!({"family": "default", "repaired": 2, "acted": 3})
    );
    let wrong = session.act("P", "c", None).failure.unwrap();
    assert_eq!(wrong.message, "the plug-in P has no action \"c\"");
}

#[test]
fn an_action_is_played_on_the_instance_that_is_meant() {
    let session = Session::with(json!([{
        "name": "P", "order": 1, "context": [{"create": "x"}],
        "actions": [{"id": "a", "steps": [{"set": {"acted": 1}}]}],
    }]));
    session.succeed("P", None);
    assert!(session.act("P", "a", Some("x")).failure.is_none());
    assert_eq!(session.data(Some("x"))["acted"], 1);
    assert_eq!(session.data(None), json!({}));
    assert!(session.act("P", "a", None).failure.is_none());
    assert_eq!(session.data(None), json!({"acted": 1}));
}

#[test]
fn a_target_without_steps_is_a_success() {
    let session = Session::on_instances(json!([{"fail": "no"}]));
    assert!(session.succeed("P", None).is_empty());
    assert!(session.succeed("C", Some("x")).is_empty());
    assert!(session.repair("P", Some("x")).failure.is_none());
}
