//! Background publishes: the artist's own machine does the job, and nobody else may.

use std::fs;

use pyblish_endpoint_tests::farm::{Farm, ended};
use pyblish_endpoint_tests::hub::{API, token, until};
use pyblish_endpoint_tests::v2::{end, session, start};
use serde_json::{Value, json};

/// One instance, whose extraction does this.
fn extracting(steps: &Value) -> Value {
    json!([
        {"name": "Collect", "order": 0, "context": [{"create": "hero", "data": {"family": "a"}}]},
        {"name": "Extract", "order": 2, "instance": steps},
    ])
}

#[test]
fn folder_is_published_in_the_background() {
    let farm = Farm::start();
    farm.fill_inbox();
    let more = ["--farm=here", "--wait", "--comment", "beside my work"];
    let done = ended(farm.hand_over(&more)).with(0);
    done.says("this machine publishes it in the background; its log is ")
        .says("on ws1, run folder-")
        .says("has succeeded.");
    let versions = farm.versions();
    assert!(versions.len() > 3, "{versions:?}");
    for (_, manifest) in &versions {
        assert_eq!(manifest["comment"], "beside my work");
        assert_eq!(manifest["job"]["run"], "job-1.1");
    }
    let job = farm.read(1);
    assert_eq!(
        (&job["place"], &job["submitter"]),
        (&json!("here"), &json!("here"))
    );
    assert_eq!(job["tasks"][0]["history"][0]["worker"], "ws1");
    // The machine is none of the farm's workers.
    let viewer = token(&farm.postgres, &["--role", "viewer", "--name", "anna"]);
    let workers = farm.ask(&viewer, "GET", "/workers", &json!(null)).ok();
    assert_eq!(workers["items"], json!([]));
}

/// The error comes back, and is tried again by another process.
#[test]
fn failed_background_publish_is_tried_again() {
    let farm = Farm::start();
    let plugins = extracting(&json!([{"fail": "The disk is full"}]));
    let failed = ended(farm.hand_over_scenario(&plugins, &["--farm=here", "--wait"])).with(2);
    failed.says("failed: Extract: The disk is full");
    let server = farm.serve_scenario(&extracting(&json!([])), &[]);
    // What is there now is not what was handed over.
    let again = server.send("POST", "/pyblish/v2/jobs/1/retry").ok();
    assert_eq!(again["id"], 1);
    until("another process has tried it", || {
        farm.read(1)["state"] == "failed"
    });
    let history = farm.read(1)["tasks"][0]["history"].take();
    assert_eq!(history[1]["failure"], "refused", "{history:#}");
    // The hub alone starts no process on this machine.
    let retried = farm.run("artist", &["hub", "jobs", "retry", "1"]).with(0);
    retried.says("waits for a process on ws1: Try again, in the view Jobs of the page there");
}

/// Clients of a server choose the background by themselves.
#[test]
fn background_is_no_farm_of_a_server() {
    let farm = Farm::start();
    let refused = farm.run("artist", &["serve", "--farm", "here"]).with(64);
    refused.says("[possible values: pull, openjd, command]");
}

/// It goes on when the server has ended that started it.
#[test]
fn background_publish_outlives_its_server() {
    let farm = Farm::start();
    let plugins = extracting(&json!([{"progress": 0.5, "message": "half"}, {"sleep": 1500}]));
    let server = farm.serve_scenario(&plugins, &[]);
    let session = session(&server);
    let run = start(&server, &session, json!({"until": "validate"}));
    end(&server, &session, &run);
    let request = json!({"place": "here"});
    let handed = server.send_json("POST", &format!("{session}/jobs"), &request, &[]);
    assert_eq!(handed.status, 201, "{}", handed.body);
    assert_eq!(handed.body["job"]["state"], "running");
    drop(server);
    until("it is published", || farm.read(1)["state"] == "succeeded");
    assert_eq!(farm.read(1)["tasks"][0]["attempt"], 1);
}

/// A process that cannot begin leaves no job behind that waits for ever.
#[test]
fn job_whose_process_does_not_begin_is_cancelled() {
    let farm = Farm::start();
    let path = farm.path("artist.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        format!("{text}\n[work]\nlimit = [\"memory=nothing\"]\n"),
    )
    .unwrap();
    let plugins = extracting(&json!([]));
    let failed = ended(farm.hand_over_scenario(&plugins, &["--farm=here"])).with(70);
    failed
        .says("ended (exit status: 64) before it began")
        .says("memory")
        .says("job 1 is cancelled");
    assert_eq!(farm.read(1)["state"], "cancelled");
}

#[test]
fn machine_claims_only_what_it_handed_over_for_itself() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    let plugins = extracting(&json!([]));
    let farm_job = farm.job(farm.hand_over_scenario(&plugins, &[]));
    let text = farm.read(farm_job);
    let spec = |place: &str| {
        json!({"name": "x", "place": place,
            "adapter": {"name": text["adapter"], "sha256": "0".repeat(64)}})
    };
    let submit = |token: &str, key: &str| {
        let body = json!({"spec": spec("here"), "user": "anna", "key": key});
        farm.ask(token, "POST", "/jobs", &body)
    };
    let (artist, worker) = (farm.token_of("artist"), farm.token_of("farm1"));
    let other = token(&farm.postgres, &["--machine", "ws2"]);
    let own = submit(&artist, "a").ok()["id"].as_i64().unwrap();
    let claim = |token: &str, job: Value| {
        let body = json!({"job": job, "allow": {"adapters": ["scenario", "folder"]}});
        farm.ask(token, "POST", "/work/claim", &body)
    };
    // Any job, one of the farm, one of another machine, and none at all.
    for (token, job) in [
        (&artist, json!(null)),
        (&artist, json!(farm_job)),
        (&other, json!(own)),
        (&artist, json!(99)),
    ] {
        let refused = claim(token, job.clone());
        assert_eq!(refused.status, 403, "{job}: {}", refused.body);
        assert_eq!(refused.body["code"], "forbidden");
    }
    // A worker of the farm gets it neither by its number nor among all.
    assert_eq!(claim(&worker, json!(own)).ok()["task"], json!(null));
    let any = claim(&worker, json!(null)).ok();
    assert_eq!(any["task"]["identity"]["job"], farm_job);
    assert_eq!(claim(&worker, json!(null)).ok()["task"], json!(null));
    let claimed = claim(&artist, json!(own)).ok();
    assert_eq!(claimed["task"]["identity"]["job"], own);
    // What is another's can be neither renewed nor ended.
    let task = any["task"]["id"].as_i64().unwrap();
    let epoch = json!({"epoch": any["task"]["identity"]["epoch"]});
    for what in ["heartbeat", "finish"] {
        let lost = farm.ask(
            &artist,
            "POST",
            &format!("/work/tasks/{task}/{what}"),
            &epoch,
        );
        assert_eq!(
            (lost.status, &lost.body["code"]),
            (409, &json!("lease-lost"))
        );
    }
    let task = claimed["task"]["id"].as_i64().unwrap();
    let epoch = json!({"epoch": claimed["task"]["identity"]["epoch"]});
    let held = farm.ask(
        &artist,
        "POST",
        &format!("/work/tasks/{task}/heartbeat"),
        &epoch,
    );
    assert_eq!(held.ok()["cancelled"], false);
    // A person has no machine for it.
    let person = token(&farm.postgres, &["--role", "supervisor", "--name", "sven"]);
    assert_eq!(submit(&person, "b").status, 422);
    let labelled = json!({"spec": {"name": "x", "place": "here", "labels": ["gpu"],
        "adapter": {"name": "folder", "sha256": "0".repeat(64)}}, "user": "anna", "key": "c"});
    assert_eq!(farm.ask(&artist, "POST", "/jobs", &labelled).status, 422);
    assert_eq!(
        farm.hub.send("GET", &format!("{API}/jobs")).ok()["total"],
        2
    );
}
