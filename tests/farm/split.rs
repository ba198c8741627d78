//! A task for each instance, and one that integrates what they extracted.

use pyblish_endpoint_tests::farm::{Farm, Working};
use serde_json::json;

#[test]
fn instances_are_extracted_apart_and_integrated_once() {
    let farm = Farm::start();
    farm.fill_inbox();
    farm.add_worker("farm1", "");
    farm.add_worker("farm2", "");
    let names = ["--instance", "hero", "--instance", "skyline"];
    let job = farm.job(farm.hand_over(&[&["--split"], &names[..]].concat()));
    let read = farm.read(job);
    let states: Vec<_> = read["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| {
            (
                task["kind"].as_str().unwrap().to_owned(),
                task["state"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let state = |kind: &str, state: &str| (kind.to_owned(), state.to_owned());
    assert_eq!(
        states,
        [
            state("extract", "ready"),
            state("extract", "ready"),
            state("integrate", "waiting")
        ]
    );
    // Each by another worker, one of which has the share at another place.
    let share = farm.path("share");
    let text = std::fs::read_to_string(farm.path("farm2.toml")).unwrap();
    let mount = farm.path("farm/mount");
    let text = text.replace(&format!("{mount:?}"), &format!("{share:?}"));
    std::fs::write(farm.path("farm2.toml"), text).unwrap();
    let id = job.to_string();
    farm.work("farm1", &["--job", &id, "--task", "1"])
        .end()
        .with(0);
    assert!(farm.versions().is_empty());
    assert_eq!(farm.read(job)["tasks"][2]["state"], "waiting");
    farm.work("farm2", &["--job", &id, "--task", "2"])
        .end()
        .with(0);
    assert_eq!(farm.read(job)["tasks"][2]["state"], "ready");
    farm.work("farm2", &["--job", &id, "--task", "3"])
        .end()
        .with(0);
    assert_eq!(farm.read(job)["state"], "succeeded");
    let versions = farm.versions();
    let names: Vec<_> = versions
        .iter()
        .map(|(name, _)| name.rsplit('/').nth(1).unwrap())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(
        names.contains(&"hero") && names.contains(&"skyline"),
        "{names:?}"
    );
    for (_, manifest) in &versions {
        assert_eq!(manifest["job"]["run"], format!("job-{job}.3"));
        assert!(!manifest["files"].as_array().unwrap().is_empty());
    }
}

#[test]
fn failed_instance_keeps_the_integration_waiting() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    let plugins = json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": "good", "data": {"family": "a"}},
            {"create": "bad", "data": {"family": "a", "broken": true}},
        ]},
        {"name": "Extract", "order": 2, "instance": [
            {"fail": "It cannot be written", "when": {"broken": true}}, {"set": {"made": 1}},
        ]},
        {"name": "Integrate", "order": 3, "instance": [{"fail": "nothing was extracted", "when": {"made": null}}]},
    ]);
    let waiting = Working::start(farm.hand_over_scenario(&plugins, &["--split", "--wait"]));
    farm.until_there(1);
    farm.work("farm1", &["--job", "1"]).end().with(2);
    let ended = waiting.end().with(2);
    ended
        .says("Task 1: extract good")
        .says("Task 2: extract bad")
        .says("It cannot be written");
    let read = farm.read(1);
    assert_eq!(read["state"], "failed");
    let states: Vec<_> = read["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["state"].clone())
        .collect();
    assert_eq!(states, ["succeeded", "failed", "waiting"]);
    // The scene is as it was, so the second try fails, too; only what failed is done again.
    farm.run("artist", &["hub", "jobs", "retry", "1"]).with(0);
    farm.work("farm1", &["--job", "1"]).end().with(2);
    let read = farm.read(1);
    assert_eq!(
        (&read["tasks"][0]["attempt"], &read["tasks"][1]["attempt"]),
        (&json!(1), &json!(2))
    );
}
