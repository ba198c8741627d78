//! A server on the artist's machine, whose clients hand over what its sessions have.

use pyblish_endpoint_tests::farm::Farm;
use pyblish_endpoint_tests::hosts::Place;
use pyblish_endpoint_tests::hub::until;
use pyblish_endpoint_tests::v2::{end, problem, session, start};
use pyblish_endpoint_tests::{Answer, Server};
use serde_json::{Value, json};

/// Two instances, an optional plug-in that cannot work on the farm, and what says which values the
/// worker has.
fn plugins() -> Value {
    json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": "hero", "data": {"family": "a"}}, {"create": "prop", "data": {"family": "a"}},
        ]},
        {"name": "Check", "order": 1, "instance": [{"log": "info", "message": "checked"}]},
        {"name": "Heavy", "order": 2, "optional": true, "instance": [{"fail": "not on the farm"}]},
        {"name": "Extract", "order": 2.1, "instance": [
            {"log": "info", "message": "24 frames", "when": {"frames": 24}},
        ]},
    ])
}

/// Validates what was collected, as the page does.
#[track_caller]
fn validate(server: &Server, session: &str) {
    let run = start(server, session, json!({"until": "validate"}));
    assert_eq!(end(server, session, &run)["state"], "succeeded");
}

#[track_caller]
fn hand_over(server: &Server, session: &str, request: &Value) -> Answer {
    server.send_json("POST", &format!("{session}/jobs"), request, &[])
}

/// The code of a problem.
#[track_caller]
fn code(answer: Answer, status: u16) -> String {
    let code = answer.body["code"].clone();
    problem(answer, status);
    code.as_str().unwrap().to_owned()
}

/// Waits until the job is in this state. Returns it.
#[track_caller]
fn until_state(server: &Server, job: i64, state: &str) -> Value {
    let read = || server.send("GET", &format!("/pyblish/v2/jobs/{job}")).ok();
    until(&format!("the job {job} is {state}"), || {
        read()["state"] == state
    });
    read()
}

/// Changes an instance or the context, as a page does that has read everything.
#[track_caller]
fn change(server: &Server, session: &str, path: &str, change: Value) {
    let mut change = change;
    change["revision"] = server.send("GET", session).ok()["revision"].clone();
    let path = format!("{session}{path}");
    let answer = server.send_json("PATCH", &path, &change, &[]);
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// The id of an instance or a plug-in.
#[track_caller]
fn id(server: &Server, session: &str, kind: &str, name: &str) -> String {
    let all = server.send("GET", &format!("{session}/{kind}")).ok();
    let mut all = all["items"].as_array().unwrap().iter();
    let found = all.find(|it| it["name"] == name).expect("it is there");
    found["id"].as_str().unwrap().to_owned()
}

#[test]
fn choices_of_users_travel_along() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    let server = farm.serve_scenario(&plugins(), &[]);
    let session = session(&server);
    let read = server.send("GET", &session).ok();
    assert_eq!(read["jobPlaces"], json!(["farm", "here"]));
    validate(&server, &session);
    let (hero, prop) = (
        id(&server, &session, "instances", "hero"),
        id(&server, &session, "instances", "prop"),
    );
    let heavy = id(&server, &session, "plugins", "Heavy");
    // One that is to be remembered, and others that are not.
    change(
        &server,
        &session,
        &format!("/instances/{prop}"),
        json!({"set": {"publish": false}, "remember": true}),
    );
    change(
        &server,
        &session,
        &format!("/instances/{hero}"),
        json!({"set": {"frames": 24}}),
    );
    change(
        &server,
        &session,
        &format!("/plugins/{heavy}"),
        json!({"active": false}),
    );
    let request = json!({"comment": "from the page", "name": "both"});
    // What was validated is not what there is now.
    let refused = hand_over(&server, &session, &request);
    assert!(problem(refused, 409).contains("something has changed since it was validated"));
    let checks = json!([id(&server, &session, "plugins", "Check")]);
    let run = start(
        &server,
        &session,
        json!({"until": "validate", "pluginIds": checks}),
    );
    end(&server, &session, &run);
    let key = [("Idempotency-Key", "one")];
    let path = format!("{session}/jobs");
    let handed = server.send_json("POST", &path, &request, &key);
    assert_eq!(handed.status, 201, "{}", handed.body);
    let job = handed.body["job"]["id"].as_i64().unwrap();
    assert!(
        handed.body["told"]
            .as_str()
            .unwrap()
            .contains("waits for a worker")
    );
    // The same again makes no second one, also after a restart of the server.
    let again = server.send_json("POST", &path, &request, &key);
    assert_eq!((again.status, &again.body["job"]["id"]), (201, &json!(job)));
    let other = server.send_json("POST", &path, &json!({}), &key);
    assert_eq!(code(other, 422), "idempotency-key-reused");
    farm.work("farm1", &["--job", &job.to_string()])
        .end()
        .with(0);
    let read = until_state(&server, job, "succeeded");
    assert_eq!(
        (&read["name"], &read["place"]),
        (&json!("both"), &json!("farm"))
    );
    let attempt = &read["tasks"][0]["history"][0];
    assert_eq!(attempt["worker"], "farm1");
    let path = format!(
        "/pyblish/v2/jobs/{job}/tasks/1/attempts/{}",
        attempt["epoch"]
    );
    let report = server.send("GET", &format!("{path}/report")).ok();
    assert_eq!(report["outcome"]["verdict"], "done", "{report:#}");
    assert_eq!(report["run"]["comment"], "from the page");
    let done: Vec<_> = report["results"].as_array().unwrap().iter().collect();
    let done: Vec<_> = done
        .iter()
        .map(|it| json!([it["plugin"], it["instance"]]))
        .collect();
    assert_eq!(done, [json!(["Check", "hero"]), json!(["Extract", "hero"])]);
    assert!(
        report["results"][1]["records"][0]["message"] == "24 frames",
        "{report:#}"
    );
    let html = server
        .send("GET", &format!("{path}/report?format=html"))
        .ok();
    assert!(html.as_str().unwrap().starts_with("<!doctype html>"));
    let events = server.send("GET", &format!("{path}/events")).ok();
    let names: Vec<_> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert!(names.contains(&&json!("runEnded")), "{names:?}");
    let last = &events["items"].as_array().unwrap().last().unwrap()["sequence"];
    let none = server
        .send("GET", &format!("{path}/events?after={last}"))
        .ok();
    assert_eq!(none["items"], json!([]));
    // The session has it in its list, also one that is opened later.
    drop(server);
    let server = farm.serve_scenario(&plugins(), &[]);
    let listed = server.send("GET", &format!("{session}/jobs")).ok();
    assert_eq!(
        (&listed["total"], &listed["items"][0]["id"]),
        (&json!(1), &json!(job))
    );
    validate(&server, &session);
    let again = server.send_json("POST", &format!("{session}/jobs"), &request, &key);
    assert_eq!((again.status, &again.body["job"]["id"]), (201, &json!(job)));
}

#[test]
fn error_comes_back_and_is_tried_again() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    let steps = json!([{"fail": "There is no licence: ask the pipeline"}]);
    let plugins = json!([
        {"name": "Collect", "order": 0, "context": [{"create": "hero", "data": {"family": "a"}}]},
        {"name": "Extract", "order": 2, "instance": steps},
    ]);
    let server = farm.serve_scenario(&plugins, &[]);
    let session = session(&server);
    validate(&server, &session);
    let handed = hand_over(&server, &session, &json!({}));
    let job = handed.body["job"]["id"].as_i64().unwrap();
    let path = format!("/pyblish/v2/jobs/{job}");
    let early = server.send("POST", &format!("{path}/retry"));
    assert_eq!(code(early, 409), "job-not-failed");
    farm.work("farm1", &["--job", "1"]).end().with(2);
    let read = until_state(&server, job, "failed");
    let attempt = &read["tasks"][0]["history"][0];
    assert_eq!(
        attempt["message"],
        "Extract: There is no licence: ask the pipeline"
    );
    let report = format!("{path}/tasks/1/attempts/{}/report", attempt["epoch"]);
    let report = server.send("GET", &report).ok();
    assert_eq!(
        report["problems"][0]["message"],
        "There is no licence: ask the pipeline"
    );
    let ended = server.send("POST", &format!("{path}/cancel"));
    assert_eq!(code(ended, 409), "job-ended");
    let again = server.send("POST", &format!("{path}/retry")).ok();
    assert_eq!(again["state"], "queued");
    let cancelled = server.send("POST", &format!("{path}/cancel")).ok();
    assert_eq!(cancelled["state"], "cancelled");
    let unknown = server.send("GET", "/pyblish/v2/jobs/99");
    assert_eq!(code(unknown, 404), "unknown-job");
    let none = server.send("GET", &format!("{path}/tasks/1/attempts/9/report"));
    assert_eq!(code(none, 404), "not-found");
}

#[test]
fn what_cannot_be_handed_over_is_told_in_words() {
    let mut farm = Farm::start();
    let server = farm.serve_scenario(
        &plugins(),
        &[
            "--farm",
            "command",
            "--farm-command",
            "false",
            "--farm-command",
            "{job}",
        ],
    );
    let session = session(&server);
    let asked = |request: Value| hand_over(&server, &session, &request);
    let nothing = asked(json!({}));
    assert_eq!(code(nothing, 422), "nothing-chosen");
    let collect = start(&server, &session, json!({"until": "collect"}));
    end(&server, &session, &collect);
    assert_eq!(code(asked(json!({})), 409), "not-validated");
    let failing = start(
        &server,
        &session,
        json!({"pluginIds": [id(&server, &session, "plugins", "Check"), id(&server, &session, "plugins", "Heavy")]}),
    );
    assert_eq!(end(&server, &session, &failing)["state"], "failed");
    let said = problem(asked(json!({})), 409);
    assert!(said.contains("the latest run did not succeed"), "{said}");
    let check = json!([id(&server, &session, "plugins", "Check")]);
    let run = start(
        &server,
        &session,
        json!({"only": "validate", "pluginIds": check}),
    );
    end(&server, &session, &run);
    let unknown = asked(json!({"instances": ["nobody"]}));
    assert_eq!(code(unknown, 404), "unknown-instance");
    assert_eq!(code(asked(json!({"place": "there"})), 422), "unprocessable");
    assert_eq!(code(asked(json!({"priority": 5000})), 422), "unprocessable");
    // The validators of other targets have not run.
    assert_eq!(
        code(asked(json!({"targets": ["farm"]})), 409),
        "not-validated"
    );
    // The farm does not take it: there is a job, which is cancelled.
    let refused = asked(json!({}));
    assert_eq!(refused.body["code"], "farm-failed", "{}", refused.body);
    let said = problem(refused, 422);
    assert!(said.contains("job 1 is cancelled"), "{said}");
    assert_eq!(farm.read(1)["state"], "cancelled");
    farm.hub.interrupt();
    assert_eq!(code(asked(json!({})), 503), "hub-unavailable");
    assert_eq!(
        code(server.send("GET", "/pyblish/v2/jobs/1"), 503),
        "hub-unavailable"
    );
}

#[test]
fn folder_outside_of_a_storage_is_not_handed_over() {
    let farm = Farm::start();
    std::fs::create_dir(farm.path("private")).unwrap();
    let file = json!({"plugins": plugins()}).to_string();
    std::fs::write(farm.path("private/scenario.json"), file).unwrap();
    let folder = format!("{}=/scenario:ro", farm.path("private").display());
    let arguments = [
        "serve",
        "--adapter",
        "scenario",
        "--set",
        "file=/scenario/scenario.json",
        "--dir",
        &folder,
    ];
    let server = Server::start_with(farm.command("artist", &arguments));
    let session = session(&server);
    validate(&server, &session);
    let refused = hand_over(&server, &session, &json!({}));
    assert_eq!(code(refused, 409), "not-in-storage");
}

/// A host, whose scene was never saved.
#[test]
fn scene_that_was_not_saved_is_not_handed_over() {
    let farm = Farm::start();
    let place = Place::with(
        r#"
import pyblish.api

class Collect(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder
    def process(self, context):
        context.create_instance("one", family="thing")
"#,
    );
    let _host = place.python();
    let mut command = place.serve_command("python", &[]);
    command.env("PYBLISH_ENDPOINT_CONFIG", farm.path("artist.toml"));
    let server = Server::start_with(command);
    let session = session(&server);
    // Nobody said how this host is started here without a window.
    assert_eq!(
        server.send("GET", &session).ok()["jobPlaces"],
        json!(["farm"])
    );
    validate(&server, &session);
    let refused = hand_over(&server, &session, &json!({}));
    assert_eq!(code(refused, 409), "scene-not-saved");
}
