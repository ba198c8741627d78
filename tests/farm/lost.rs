//! Workers, the hub and the database are killed at each step. Afterwards each instance is published
//! once, no half version is there, and the job says what happened.

use pyblish_endpoint_tests::farm::{Farm, LEASE, Working};
use pyblish_endpoint_tests::hub::{start_hub_at, until};
use serde_json::{Value, json};

/// What the events of a worker come to at each step.
type Step = (&'static str, fn(&Value) -> bool);

fn is_plugin(event: &Value, name: &str, plugin: &str) -> bool {
    let body = &event["body"];
    let found = match name {
        "result" => &body["result"]["plugin"],
        _ => &body["plugin"],
    };
    event["name"] == name && found == plugin
}

const STEPS: [Step; 6] = [
    ("opened", |event| event["name"] == "runStarted"),
    ("in a plug-in", |event| {
        is_plugin(event, "pluginStarted", "ExtractFiles")
    }),
    ("extracted", |event| {
        is_plugin(event, "result", "ExtractThumbnail")
    }),
    ("integrating", |event| {
        is_plugin(event, "pluginStarted", "IntegrateVersion")
    }),
    ("integrated in part", |event| {
        is_plugin(event, "result", "IntegrateVersion")
    }),
    ("before the finish", |event| event["name"] == "runEnded"),
];

#[test]
fn killed_worker_leaves_no_half_version_and_no_second_one() {
    let farm = Farm::start();
    farm.fill_inbox();
    farm.add_worker("farm1", "");
    farm.add_worker("farm2", "");
    let mut expected = None;
    for (number, (step, is_step)) in STEPS.iter().enumerate() {
        // What was published before would be the newest version with the same bytes.
        let out = farm.path("share/out");
        std::fs::remove_dir_all(&out).unwrap();
        std::fs::create_dir(&out).unwrap();
        let job = farm.job(farm.hand_over(&[]));
        let id = job.to_string();
        let mut first = farm.work("farm1", &["--job", &id]);
        first.until(is_step);
        first.kill();
        let second = farm.work("farm2", &["--job", &id]).end();
        let read = farm.read(job);
        assert_eq!(
            read["state"], "succeeded",
            "{step}: {read:#} {}",
            second.said
        );
        let history = read["tasks"][0]["history"].as_array().unwrap();
        if number < STEPS.len() - 1 {
            assert_eq!(history[0]["failure"], "worker-lost", "{step}: {read:#}");
        }
        let versions = farm.versions();
        let names: Vec<_> = versions.iter().map(|(name, _)| name.clone()).collect();
        assert!(
            names.iter().all(|name| name.ends_with("/v001")),
            "{step}: {names:?}"
        );
        assert_eq!(*expected.get_or_insert(names.clone()), names, "{step}");
        for (name, manifest) in &versions {
            assert_eq!(
                manifest["job"]["run"],
                format!("job-{job}.1"),
                "{step}: {name}"
            );
        }
    }
}

/// A scenario whose extraction takes three seconds, longer than a lease.
fn slow() -> Value {
    json!([
        {"name": "Collect", "order": 0, "context": [{"create": "hero", "data": {"family": "a"}}]},
        {"name": "Extract", "order": 2, "instance": [{"sleep": 1500 * LEASE}, {"set": {"made": true}}]},
    ])
}

#[test]
fn sleeping_worker_wakes_up_without_its_task() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    farm.add_worker("farm2", "");
    let job = farm.job(farm.hand_over_scenario(&slow(), &[]));
    let mut first = farm.work("farm1", &["--job", "1"]);
    first.until(|event| event["name"] == "pluginStarted" && event["body"]["plugin"] == "Extract");
    first.signal("-STOP");
    // It believes to own the job all the time.
    let second = farm.work("farm2", &["--job", "1"]).end().with(0);
    second.says("epoch 2");
    first.signal("-CONT");
    let woken = first.end();
    woken
        .says("is not this worker's any more")
        .says("nothing of it counts");
    let read = farm.read(job);
    assert_eq!(read["state"], "succeeded");
    let history = &read["tasks"][0]["history"];
    assert_eq!(
        (&history[0]["failure"], &history[0]["worker"]),
        (&json!("worker-lost"), &json!("farm1"))
    );
    assert_eq!(
        (&history[1]["success"], &history[1]["worker"]),
        (&json!(true), &json!("farm2"))
    );
}

#[test]
fn long_plugin_does_not_lose_the_lease() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    farm.job(farm.hand_over_scenario(&slow(), &[]));
    farm.work("farm1", &["--job", "1"]).end().with(0);
    assert_eq!(farm.read(1)["tasks"][0]["attempt"], 1);
}

#[test]
fn job_outlives_hub_and_database() {
    let mut farm = Farm::start();
    farm.add_worker("farm1", "");
    let job = farm.job(farm.hand_over_scenario(&slow(), &[]));
    let mut worker = farm.work("farm1", &["--any"]);
    worker.until(|event| event["name"] == "pluginStarted" && event["body"]["plugin"] == "Extract");
    // Both are away for a moment, while the plug-in works.
    let address = farm.hub.host().to_owned();
    farm.postgres.kill();
    farm.postgres.resume();
    let token = farm.hub.token.clone();
    let pid = farm.hub.pid().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-KILL", &pid])
        .status();
    assert!(killed.unwrap().success());
    farm.hub.wait();
    farm.hub = start_hub_at(&farm.postgres, &address);
    farm.hub.token = token;
    until("the job has ended", || {
        farm.read(job)["state"] == "succeeded"
    });
    drop(worker);
}

#[test]
fn lost_worker_is_told_to_whoever_waits() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    farm.add_worker("farm2", "");
    let waiting = Working::start(farm.hand_over_scenario(&slow(), &["--wait"]));
    let mut first = farm.work("farm1", &["--any"]);
    first.until(|event| event["name"] == "pluginStarted" && event["body"]["plugin"] == "Extract");
    first.kill();
    farm.work("farm2", &["--job", "1"]).end().with(0);
    waiting
        .end()
        .with(0)
        .says("attempt 1 of task 1 on farm1: worker-lost: the worker farm1 was lost");
}
