//! The way of a publish that is handed over, as an artist and a worker see it.

use std::fs;

use pyblish_endpoint_tests::farm::{Farm, Working, ended};
use pyblish_endpoint_tests::hub::{API, token};
use serde_json::json;

#[test]
fn worker_publishes_what_was_handed_over() {
    let farm = Farm::start();
    farm.fill_inbox();
    farm.add_worker("farm1", "");
    let mut waiting =
        farm.hand_over(&["--wait", "--comment", "from the farm", "--report", "a.json"]);
    waiting.env("NO_COLOR", "1");
    let waiting = Working::start(waiting);
    // A worker comes that takes any job.
    let worker = farm.work("farm1", &["--any"]);
    let ended = waiting.end().with(0);
    ended
        .says("was handed over, with a task; it waits for a worker")
        .says("Published")
        .says("on farm1, run folder-")
        .says("has succeeded.");
    // What the worker did was seen live.
    ended.says("ok        IntegrateVersion on hero");
    worker.signal("-INT");
    worker.end().with(130);
    let versions = farm.versions();
    assert!(versions.len() > 3, "{versions:?}");
    for (name, manifest) in &versions {
        assert!(name.ends_with("/v001"), "{name}");
        assert_eq!(manifest["comment"], "from the farm");
        assert_eq!(
            manifest["job"],
            json!({"run": "job-1.1", "epoch": 1}),
            "{manifest}"
        );
        // The paths are those of the worker.
        let path = manifest["path"].as_str().unwrap();
        assert!(path.contains("farm/mount/out"), "{path}");
    }
    let report: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(farm.path("a.json")).unwrap()).unwrap();
    assert_eq!(report["outcome"]["verdict"], "done");
    let job = farm.read(1);
    assert_eq!(
        (&job["state"], &job["user"].is_string()),
        (&json!("succeeded"), &true)
    );
    // The worker's run is one of the hub's, and is known to be of this job.
    let run = &job["tasks"][0]["history"][0]["runs"][0];
    let viewer = token(&farm.postgres, &["--role", "viewer", "--name", "anna"]);
    let run = farm
        .ask(&viewer, "GET", &format!("/runs/{run}"), &json!(null))
        .ok();
    assert_eq!(
        (&run["machine"], &run["state"]),
        (&json!("farm1"), &json!("succeeded"))
    );
    assert_eq!(run["job"], json!({"id": 1, "task": 1, "attempt": 1}));
}

#[test]
fn failed_validation_makes_no_job() {
    let farm = Farm::start();
    farm.fill_inbox();
    fs::write(farm.path("share/in/Old Map.png"), "no picture").unwrap();
    let refused = ended(farm.hand_over(&[])).with(1);
    refused.says("Failed");
    assert_eq!(
        farm.hub.send("GET", &format!("{API}/jobs")).ok()["total"],
        0
    );
}

/// One instance, whose extraction does this.
fn extracting(steps: &serde_json::Value) -> serde_json::Value {
    json!([
        {"name": "Collect", "order": 0, "context": [{"create": "hero", "data": {"family": "a"}}]},
        {"name": "Validate", "order": 1, "instance": [{"log": "info", "message": "looking"}]},
        {"name": "Extract", "order": 2, "instance": steps},
    ])
}

#[test]
fn error_of_the_worker_comes_back() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    let plugins = extracting(&json!([{"fail": "There is no licence: ask the pipeline"}]));
    let waiting = Working::start(farm.hand_over_scenario(&plugins, &["--wait"]));
    farm.until_there(1);
    let worker = farm.work("farm1", &["--job", "1"]).end();
    // Both end as a local publish would.
    worker.with(2).says("There is no licence");
    let ended = waiting.end().with(2);
    ended
        .says(
            "attempt 1 of task 1 on farm1: failed: Extract: There is no licence: ask the pipeline",
        )
        .says("Failed")
        .says("Job 1 has failed.");
    let shown = farm.run("artist", &["hub", "jobs", "show", "1"]).with(0);
    shown
        .says("attempt 1 on farm1")
        .says("failed: Extract: There is no licence");
    let listed = farm.run(
        "artist",
        &["hub", "jobs", "list", "--state", "failed", "--json"],
    );
    assert_eq!(listed.with(0).json()[0]["id"], 1);
    let none = farm.run("artist", &["hub", "jobs", "list", "--state", "queued"]);
    none.with(0).says("There is no such job");
    // It is tried again by hand, and fails again.
    let retried = farm.run("artist", &["hub", "jobs", "retry", "1"]).with(0);
    retried.says("what failed in the job is tried again");
    farm.work("farm1", &["--job", "1"]).end().with(2);
    assert_eq!(farm.read(1)["tasks"][0]["attempt"], 2);
    let unknown = farm.run("artist", &["hub", "jobs", "show", "9"]).with(1);
    unknown.says("the hub has no job 9");
}

#[test]
fn integrators_know_their_run() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    let plugins = extracting(&json!([]));
    let job = farm.job(farm.hand_over_scenario(&plugins, &[]));
    let mut worker = farm.work("farm1", &["--job", &job.to_string()]);
    let set = worker
        .until(|event| event["name"] == "contextChanged" && event["body"]["key"] == "pyblish");
    let identity = &set["body"]["value"];
    assert_eq!(
        *identity,
        json!({"run": "job-1.1", "job": 1, "task": 1, "epoch": 1, "attempt": 1, "kind": "publish"})
    );
    worker.end().with(0);
}
