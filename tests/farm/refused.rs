//! What a worker does not do.

use std::fs;

use pyblish_endpoint_tests::farm::{Farm, ended};
use pyblish_endpoint_tests::run;
use serde_json::{Value, json};

fn quick() -> Value {
    json!([
        {"name": "Collect", "order": 0, "context": [{"create": "hero", "data": {"family": "a"}}]},
        {"name": "Extract", "order": 2, "instance": []},
    ])
}

/// Why the only task of a job was refused.
#[track_caller]
fn refusal(farm: &Farm, job: i64) -> String {
    let read = farm.read(job);
    assert_eq!(read["state"], "failed", "{read:#}");
    let attempt = &read["tasks"][0]["history"][0];
    assert_eq!(attempt["failure"], "refused", "{read:#}");
    attempt["message"].as_str().unwrap().to_owned()
}

#[test]
fn changed_scene_is_refused() {
    let farm = Farm::start();
    farm.fill_inbox();
    farm.add_worker("farm1", "");
    let job = farm.job(farm.hand_over(&[]));
    fs::write(farm.path("share/in/skyline.jpg"), "other bytes").unwrap();
    let worker = farm.work("farm1", &["--job", &job.to_string()]).end();
    worker.with(64).says("has changed since it was handed over");
    assert!(refusal(&farm, job).contains("show/in has changed"));
    assert!(farm.versions().is_empty());
}

#[test]
fn job_without_the_hubs_signature_is_refused() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    let job = farm.job(farm.hand_over_scenario(&quick(), &[]));
    // Somebody who can write into the queue, but has not the key.
    farm.postgres.sql(
        "UPDATE jobs SET document = replace(document, '\"comment\":\"\"', '\"comment\":\"x\"')",
    );
    farm.work("farm1", &["--job", "1"]).end().with(64);
    let said = refusal(&farm, job);
    assert!(said.contains("not signed by this studio's hub"), "{said}");
    // The task is another one than the signed job has.
    let job = farm.job(farm.hand_over_scenario(&quick(), &[]));
    farm.postgres.sql(&format!(
        "UPDATE tasks SET kind = 'extract', instance = 'hero' WHERE job_id = {job}"
    ));
    farm.work("farm1", &["--job", "2"]).end().with(64);
    assert!(refusal(&farm, job).contains("is not one of the job"));
    // The signed job of another number.
    let job = farm.job(farm.hand_over_scenario(&quick(), &[]));
    farm.postgres.sql(&format!(
        "UPDATE jobs j SET document = o.document, signature = o.signature FROM jobs o WHERE o.id = 2 AND j.id = {job}"
    ));
    farm.work("farm1", &["--job", "3"]).end().with(64);
    assert!(refusal(&farm, job).contains("is not one of the job"));
}

#[test]
fn worker_takes_only_what_it_allows() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    let text = fs::read_to_string(farm.path("farm1.toml")).unwrap();
    let only = text.replace("[\"folder\", \"scenario\"]", "[\"folder\"]");
    fs::write(farm.path("farm1.toml"), only).unwrap();
    farm.job(farm.hand_over_scenario(&quick(), &[]));
    // The hub does not even give it.
    let worker = farm.work("farm1", &["--any"]);
    pyblish_endpoint_tests::hub::until("it has asked", || {
        farm.postgres.sql("SELECT count(*) FROM workers") == ["1"]
    });
    worker.signal("-INT");
    worker.end().with(130);
    assert_eq!(farm.read(1)["tasks"][0]["attempt"], 0);
    // Nor would the worker do it, if the hub gave it.
    farm.postgres.sql("UPDATE tasks SET adapter = 'folder'");
    farm.work("farm1", &["--job", "1"]).end().with(64);
    assert!(refusal(&farm, 1).contains("--allow-adapter scenario"));
    // Without a list or the hub's key nothing starts.
    let none = text.replace("allow-adapter = [\"folder\", \"scenario\"]", "");
    fs::write(farm.path("farm1.toml"), none).unwrap();
    let refused = farm.run("farm1", &["work", "--any"]).with(64);
    refused.says("--allow-adapter");
    let key = text.lines().filter(|line| !line.starts_with("job-key"));
    fs::write(farm.path("farm1.toml"), key.collect::<Vec<_>>().join("\n")).unwrap();
    let refused = farm.run("farm1", &["work", "--any"]).with(64);
    refused.says("hub jobs key");
    fs::write(farm.path("farm1.toml"), &text).unwrap();
    let unknown = farm.run("farm1", &["work", "--job", "77"]).with(64);
    unknown.says("the hub has no such job or task: 77");
}

#[test]
fn other_adapter_is_refused() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    let job = farm.job(farm.hand_over_scenario(&quick(), &[]));
    // The same name, and other bytes.
    fs::create_dir(farm.path("adapters")).unwrap();
    fs::copy(
        pyblish_endpoint_tests::adapter("folder"),
        farm.path("adapters/scenario.wasm"),
    )
    .unwrap();
    let adapters = farm.path("adapters").display().to_string();
    farm.work("farm1", &["--job", "1", "--adapters-dir", &adapters])
        .end()
        .with(64);
    assert!(refusal(&farm, job).contains("is another one"));
}

#[test]
fn what_workers_do_not_have_is_not_handed_over() {
    let farm = Farm::start();
    farm.fill_inbox();
    // A folder that is in no storage.
    let text = fs::read_to_string(farm.path("artist.toml")).unwrap();
    let other = text.replace(
        &format!("{:?}", farm.path("share")),
        &format!("{:?}", farm.path("farm")),
    );
    fs::write(farm.path("artist.toml"), other).unwrap();
    ended(farm.hand_over(&[]))
        .with(64)
        .says("is in no storage")
        .says("[storage]");
    fs::write(farm.path("artist.toml"), &text).unwrap();
    // Nor can what only this machine was granted.
    for flags in [
        &["--connect", "a:1"][..],
        &["--until", "validate"],
        &["--remote", "auto"],
    ] {
        ended(farm.hand_over(flags))
            .with(64)
            .says("cannot be used with");
    }
    ended(farm.hand_over(&["--farm=openjd"]))
        .with(64)
        .says("--farm-bundles");
    ended(farm.hand_over(&["--farm=command"]))
        .with(64)
        .says("--farm-command");
    let mut without = farm.hand_over(&[]);
    without.env("PYBLISH_ENDPOINT_CONFIG", "");
    let (refused, said) = run(without);
    assert_eq!(refused.status.code(), Some(64), "{said}");
    assert!(said.contains("needs the studio's hub"), "{said}");
}

#[test]
fn failed_submitter_cancels_the_job() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    let command = [
        "--farm=command",
        "--farm-command",
        "sh",
        "--farm-command",
        "-c",
        "--farm-command",
        "test $1 != 2 || { echo the farm is full >&2; exit 3; }",
        "--farm-command",
        "sh",
        "--farm-command",
        "{task}",
        "--farm-command",
        "{job}",
        "--split",
        "--instance",
        "hero",
        "--instance",
        "skyline",
    ];
    farm.fill_inbox();
    let failed = ended(farm.hand_over(&command)).with(70);
    failed
        .says("the task 2 of the job 1: the farm is full")
        .says("job 1 is cancelled");
    assert_eq!(farm.read(1)["state"], "cancelled");
    farm.work("farm1", &["--job", "1"]).end().with(130);
    assert!(farm.versions().is_empty());
}
