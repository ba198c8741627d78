//! What people tell jobs and workers.

use pyblish_endpoint_tests::farm::{Farm, Working};
use pyblish_endpoint_tests::hub::{token, until};
use serde_json::{Value, json};

/// An extraction that takes an hour, unless it is cancelled.
fn endless() -> Value {
    json!([
        {"name": "Collect", "order": 0, "context": [{"create": "hero", "data": {"family": "a"}}]},
        {"name": "Extract", "order": 2, "instance": [{"progress": 0.5, "message": "half"}, {"sleep": 3_600_000}]},
    ])
}

fn is_progress(event: &Value) -> bool {
    event["name"] == "progress"
}

#[test]
fn cancel_reaches_a_plugin() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    let waiting = Working::start(farm.hand_over_scenario(&endless(), &["--wait"]));
    farm.until_there(1);
    let mut worker = farm.work("farm1", &["--job", "1"]);
    worker.until(is_progress);
    let cancelled = farm.run("artist", &["hub", "jobs", "cancel", "1"]).with(0);
    cancelled.says("its workers are told to stop");
    worker.end().with(130).says("the job was cancelled");
    waiting.end().with(130).says("Job 1 was cancelled");
    let read = farm.read(1);
    assert_eq!(read["state"], "cancelled");
    assert_eq!(read["tasks"][0]["history"][0]["failure"], "cancelled");
    // Once more is no error, and it is not tried again by itself.
    farm.run("artist", &["hub", "jobs", "cancel", "1"]).with(0);
    assert_eq!(read["tasks"][0]["attempt"], 1);
}

#[test]
fn interrupt_of_the_artist_cancels_the_job() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    let waiting = Working::start(farm.hand_over_scenario(&endless(), &["--wait"]));
    farm.until_there(1);
    let mut worker = farm.work("farm1", &["--job", "1"]);
    worker.until(is_progress);
    waiting.signal("-INT");
    waiting.end().with(130);
    worker.end().with(130);
    assert_eq!(farm.read(1)["state"], "cancelled");
}

#[test]
fn interrupted_worker_gives_its_task_back() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    farm.job(farm.hand_over_scenario(&endless(), &[]));
    let mut worker = farm.work("farm1", &["--any"]);
    worker.until(is_progress);
    worker.signal("-TERM");
    worker.end().with(130).says("will be tried again");
    let read = farm.read(1);
    assert_eq!(read["state"], "queued");
    assert_eq!(read["tasks"][0]["history"][0]["failure"], "interrupted");
    // The next one has it at once, as another attempt.
    let mut worker = farm.work("farm1", &["--any"]);
    worker.until(is_progress);
    assert_eq!(farm.read(1)["tasks"][0]["attempt"], 2);
    worker.kill();
}

#[test]
fn drained_worker_finishes_and_ends() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    let supervisor = token(&farm.postgres, &["--role", "supervisor", "--name", "sven"]);
    std::fs::write(farm.path("sven.token"), supervisor).unwrap();
    let file = farm.path("sven.token").display().to_string();
    let order = |order: &str| {
        farm.run(
            "artist",
            &["hub", "workers", order, "farm1", "--hub-token-file", &file],
        )
        .with(0);
    };
    let plugins = json!([
        {"name": "Collect", "order": 0, "context": [{"create": "hero", "data": {"family": "a"}}]},
        {"name": "Extract", "order": 2, "instance": [{"progress": 0.5, "message": "half"}, {"sleep": 1500}]},
    ]);
    farm.job(farm.hand_over_scenario(&plugins, &[]));
    farm.job(farm.hand_over_scenario(&plugins, &[]));
    let mut worker = farm.work("farm1", &["--any"]);
    worker.until(is_progress);
    order("drain");
    // What it does is finished; the second job is left to others.
    worker.end().with(0);
    assert_eq!(farm.read(1)["state"], "succeeded");
    assert_eq!(farm.read(2)["state"], "queued");
    order("pause");
    let worker = farm.work("farm1", &["--any"]);
    until("it is heard of", || {
        let listed = farm.run(
            "artist",
            &[
                "hub",
                "workers",
                "list",
                "--json",
                "--hub-token-file",
                &file,
            ],
        );
        listed.with(0).json()[0]["state"] == "paused"
    });
    assert_eq!(farm.read(2)["state"], "queued");
    order("resume");
    until("it goes on", || farm.read(2)["state"] == "succeeded");
    worker.signal("-INT");
    worker.end().with(130);
}
