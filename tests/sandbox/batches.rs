//! An adapter breaks the rules of `process`, which gets many pairs and tells their outcomes as they
//! come.

use pyblish_endpoint_tests::hostile::Beside;
use pyblish_endpoint_tests::v2::{end, start};
use pyblish_promise::{promise, promise_eq};
use serde_json::{Value, json};

/// Has the hostile adapter run these plug-ins. Returns the session and the run.
fn run(beside: &Beside, plugins: Value) -> (String, Value) {
    let session = beside.so_much(0);
    let run = start(&beside.server, &session, json!({ "pluginIds": plugins }));
    let ended = end(&beside.server, &session, &run);
    (session, ended)
}

#[test]
fn wrong_number_of_outcomes_ends_the_adapter() {
    let beside = Beside::with(&[]);
    for (deed, reason) in [
        ("NoOutcome", "no outcome of any pair that it was given"),
        ("EmptyOutcomes", "no outcome where it told outcomes"),
        ("MoreOutcomes", "2 outcomes, but 1 pairs were left"),
        ("InfiniteNumber", "that is no finite number"),
    ] {
        let session = beside.so_much(0);
        let said = beside.falls(&session, deed);
        let expected = "the adapter hostile answered process with ";
        promise!(
            "SANDBOX-26",
            said.starts_with(expected) && said.contains(reason),
            "{deed}: {said}"
        );
        beside.all_is_right();
        let restart = beside.server.send("POST", &format!("{session}/restart"));
        assert_eq!(restart.ok()["failure"], Value::Null);
        beside.can(&session, "Answer");
    }
}

/// A run stops after a failed validator. An outcome of the extractor behind it is no success.
#[test]
fn outcome_after_a_refusal_ends_the_run() {
    let beside = Beside::with(&[]);
    let (session, ended) = run(&beside, json!(["AfterRefusal", "Late"]));
    promise_eq!("SANDBOX-26", ended["state"], "lost", "{ended:#}");
    let reason = ended["reason"].as_str().expect("a reason");
    let expected = "the plug-in \"Late\" on the context, which was not to come";
    assert!(reason.contains(expected), "{reason}");
    assert_eq!(beside.state(&session)["state"], "down");
    beside.all_is_right();
}

/// What an adapter leaves of its pairs it gets again.
#[test]
fn batch_may_be_left_early() {
    let beside = Beside::with(&[]);
    let (session, ended) = run(&beside, json!(["LeftEarly", "Late"]));
    assert_eq!(ended["state"], "succeeded", "{ended:#}");
    assert_eq!(ended["succeeded"], 2, "{ended:#}");
    beside.can(&session, "Answer");
    beside.all_is_right();
}
