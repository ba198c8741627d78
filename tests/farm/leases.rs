//! Claims, epochs and leases, over the API alone. A worker here is a stand-in: this test.

use pyblish_endpoint_tests::farm::Farm;
use pyblish_endpoint_tests::hub::{API, token, until};
use serde_json::{Value, json};

/// A job for the adapter `folder`.
fn submit(farm: &Farm, key: &str, more: Value) -> Value {
    let mut spec = json!({
        "name": key, "adapter": {"name": "folder", "sha256": "0".repeat(64)},
    });
    let members = more.as_object().unwrap().clone();
    spec.as_object_mut().unwrap().extend(members);
    let body = json!({"spec": spec, "user": "anna", "key": key});
    let answer = farm.ask(&farm.token_of("artist"), "POST", "/jobs", &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

fn worker(farm: &Farm, name: &str) -> String {
    token(&farm.postgres, &["--worker", name])
}

/// What a worker with this token gets.
#[track_caller]
fn claim(farm: &Farm, token: &str, more: Value) -> Value {
    let mut body = json!({"labels": [], "allow": {"adapters": ["folder"]}});
    let members = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(members);
    farm.ask(token, "POST", "/work/claim", &body).ok()
}

fn beat(farm: &Farm, token: &str, task: &Value, epoch: &Value) -> (u16, Value) {
    let path = format!("/work/tasks/{task}/heartbeat");
    let answer = farm.ask(token, "POST", &path, &json!({"epoch": epoch}));
    (answer.status, answer.body)
}

fn finish(farm: &Farm, token: &str, task: &Value, body: Value) -> (u16, Value) {
    let path = format!("/work/tasks/{task}/finish");
    let answer = farm.ask(token, "POST", &path, &body);
    (answer.status, answer.body)
}

#[test]
fn lost_lease_finishes_nothing() {
    let farm = Farm::start();
    let (one, two) = (worker(&farm, "farm1"), worker(&farm, "farm2"));
    let job = submit(&farm, "a", json!({}))["id"].clone();
    let first = claim(&farm, &one, json!({}))["task"].clone();
    let (task, epoch) = (&first["id"], &first["identity"]["epoch"]);
    assert_eq!(
        (epoch, &first["identity"]["run"]),
        (&json!(1), &json!(format!("job-{job}.1")))
    );
    // It is nobody else's.
    assert_eq!(claim(&farm, &two, json!({}))["task"], Value::Null);
    assert_eq!(beat(&farm, &one, task, epoch).0, 200);
    for (token, epoch) in [(&two, epoch), (&one, &json!(0)), (&one, &json!(2))] {
        let (status, body) = beat(&farm, token, task, epoch);
        assert_eq!(
            (status, &body["code"]),
            (409, &json!("lease-lost")),
            "{body}"
        );
    }
    // It is silent for longer than its lease: the other one gets it.
    let mut second = Value::Null;
    until("the task is free again", || {
        second = claim(&farm, &two, json!({}))["task"].clone();
        !second.is_null()
    });
    assert_eq!(second["identity"]["epoch"], 2);
    assert_eq!(second["identity"]["run"], first["identity"]["run"]);
    assert_eq!(second["identity"]["attempt"], 2);
    // The first one wakes up, and believes that it still has it.
    let (status, body) = beat(&farm, &one, task, epoch);
    assert_eq!((status, &body["code"]), (409, &json!("lease-lost")));
    let (status, body) = finish(&farm, &one, task, json!({"epoch": 1, "exit": 0}));
    assert_eq!((status, &body["code"]), (409, &json!("lease-lost")));
    assert!(
        body["detail"]
            .as_str()
            .unwrap()
            .contains("another worker may have"),
        "{body}"
    );
    let (status, body) = finish(&farm, &two, task, json!({"epoch": 2, "exit": 0}));
    assert_eq!((status, &body["state"]), (200, &json!("succeeded")));
    // The same end again changes nothing: the first answer may have been lost.
    assert_eq!(
        finish(&farm, &two, task, json!({"epoch": 2, "exit": 0})).0,
        200
    );
    let other = json!({"epoch": 2, "exit": 1, "failure": "invalid"});
    assert_eq!(finish(&farm, &two, task, other).0, 409);
    let read = farm.read(job.as_i64().unwrap());
    assert_eq!(read["state"], "succeeded");
    let history = &read["tasks"][0]["history"];
    assert_eq!(history[0]["failure"], "worker-lost");
    assert_eq!(
        (&history[0]["worker"], &history[1]["worker"]),
        (&json!("farm1"), &json!("farm2"))
    );
    assert_eq!(history[1]["success"], true);
}

#[test]
fn only_what_may_pass_is_tried_again() {
    let farm = Farm::start();
    let one = worker(&farm, "farm1");
    for (failure, attempts) in [
        ("invalid", 1),
        ("failed", 1),
        ("refused", 1),
        ("cancelled", 1),
        ("host-lost", 3),
        ("error", 3),
        ("interrupted", 3),
    ] {
        let job = submit(&farm, failure, json!({}))["id"].as_i64().unwrap();
        let mut made = 0;
        loop {
            let task = claim(&farm, &one, json!({"job": job}))["task"].clone();
            if task.is_null() {
                break;
            }
            made += 1;
            let epoch = &task["identity"]["epoch"];
            let body =
                json!({"epoch": epoch, "exit": 2, "failure": failure, "message": "so it is"});
            assert_eq!(finish(&farm, &one, &task["id"], body).0, 200);
        }
        assert_eq!(made, attempts, "{failure}");
        let read = farm.read(job);
        let state = match failure {
            "cancelled" => "cancelled",
            _ => "failed",
        };
        assert_eq!(read["state"], state, "{failure}");
        assert_eq!(read["tasks"][0]["history"][0]["message"], "so it is");
        // Somebody asks for more: all attempts are there again.
        let path = format!("/jobs/{job}/retry");
        let again = farm
            .ask(&farm.token_of("artist"), "POST", &path, &Value::Null)
            .ok();
        assert_eq!(again["state"], "queued");
        let task = claim(&farm, &one, json!({"job": job}))["task"].clone();
        assert_eq!(task["identity"]["attempt"], attempts + 1);
        let epoch = &task["identity"]["epoch"];
        assert_eq!(
            finish(&farm, &one, &task["id"], json!({"epoch": epoch})).0,
            200
        );
        let retry = farm.ask(&farm.token_of("artist"), "POST", &path, &Value::Null);
        assert_eq!(
            (retry.status, &retry.body["code"]),
            (409, &json!("job-not-failed"))
        );
    }
}

#[test]
fn failure_waits_before_the_next_attempt() {
    let farm = Farm::start_with(&["--job-lease", "60", "--job-wait", "600"]);
    let one = worker(&farm, "farm1");
    let job = submit(&farm, "a", json!({}))["id"].as_i64().unwrap();
    let task = claim(&farm, &one, json!({}))["task"].clone();
    let body = json!({"epoch": 1, "exit": 6, "failure": "host-lost"});
    assert_eq!(finish(&farm, &one, &task["id"], body).1["state"], "ready");
    assert_eq!(claim(&farm, &one, json!({}))["task"], Value::Null);
    let read = farm.read(job);
    assert!(read["tasks"][0]["notBefore"].is_f64(), "{read}");
    assert_eq!(read["state"], "queued");
}

#[test]
fn priority_comes_before_age_and_labels_are_needed() {
    let farm = Farm::start();
    let one = worker(&farm, "farm1");
    for (name, more) in [
        ("old", json!({})),
        ("new", json!({})),
        ("urgent", json!({"priority": 10})),
        ("later", json!({"priority": -10})),
        ("gpu", json!({"priority": 100, "labels": ["gpu", "linux"]})),
        (
            "other",
            json!({"priority": 100, "adapter": {"name": "maya", "sha256": "0".repeat(64)}}),
        ),
    ] {
        submit(&farm, name, more);
    }
    let mut names = Vec::new();
    for labels in [
        json!(["gpu"]),
        json!([]),
        json!([]),
        json!(["linux", "gpu", "fast"]),
        json!([]),
        json!([]),
    ] {
        let task = claim(&farm, &one, json!({"labels": labels}))["task"].clone();
        let document: Value = match task["document"].as_str() {
            Some(text) => serde_json::from_str(text).unwrap(),
            None => Value::Null,
        };
        names.push(
            document["spec"]["name"]
                .as_str()
                .unwrap_or("none")
                .to_owned(),
        );
    }
    assert_eq!(names, ["urgent", "old", "new", "gpu", "later", "none"]);
}

#[test]
fn each_token_has_its_own_part() {
    let farm = Farm::start();
    let job = submit(&farm, "a", json!({}))["id"].clone();
    let again = submit(&farm, "a", json!({}));
    assert_eq!(again["id"], job);
    let other = token(&farm.postgres, &["--machine", "ws2"]);
    let viewer = token(&farm.postgres, &["--role", "viewer", "--name", "vera"]);
    let supervisor = token(&farm.postgres, &["--role", "supervisor", "--name", "sven"]);
    let one = worker(&farm, "farm1");
    let of = |token: &str, method: &str, path: &str| {
        let answer = farm.ask(token, method, path, &Value::Null);
        (answer.status, answer.body["code"].clone())
    };
    let path = format!("/jobs/{job}");
    // Another machine does not see it, and cannot change it.
    for (method, path) in [("GET", path.clone()), ("POST", format!("{path}/cancel"))] {
        assert_eq!(of(&other, method, &path), (404, json!("unknown-job")));
    }
    let listed = |token: &str| farm.ask(token, "GET", "/jobs", &Value::Null).ok()["total"].clone();
    assert_eq!(
        (listed(&other), listed(&viewer), listed(&one)),
        (json!(0), json!(1), json!(0))
    );
    assert_eq!(of(&viewer, "GET", &path).0, 200);
    for token in [&viewer, &one] {
        assert_eq!(
            of(token, "POST", &format!("{path}/cancel")),
            (403, json!("forbidden"))
        );
    }
    for token in [&other, &viewer, &supervisor] {
        let claimed = farm.ask(
            token,
            "POST",
            "/work/claim",
            &json!({"allow": {"adapters": []}}),
        );
        assert_eq!(
            (claimed.status, &claimed.body["code"]),
            (403, &json!("forbidden"))
        );
    }
    assert_eq!(of(&viewer, "POST", "/workers/farm1/pause").0, 403);
    assert_eq!(
        of(&supervisor, "POST", "/workers/farm1/pause"),
        (404, json!("unknown-worker"))
    );
    assert_eq!(of(&supervisor, "POST", &format!("{path}/cancel")).0, 200);
    let cancelled = farm.read(job.as_i64().unwrap());
    assert_eq!(
        (&cancelled["state"], &cancelled["cancelled"]),
        (&json!("cancelled"), &json!(true))
    );
    assert_eq!(claim(&farm, &one, json!({}))["task"], Value::Null);
    // A worker sends events as a machine does.
    let sent = pyblish_endpoint_tests::hub::post_events(&farm.hub.address, &one, "");
    assert_eq!(
        (sent.status, &sent.body["code"]),
        (422, &json!("unprocessable"))
    );
    // Whoever is paused gets nothing.
    submit(&farm, "b", json!({}));
    assert_eq!(of(&supervisor, "POST", "/workers/farm1/pause").0, 200);
    let paused = claim(&farm, &one, json!({}));
    assert_eq!(
        (&paused["task"], &paused["worker"]),
        (&Value::Null, &json!("paused"))
    );
    assert_eq!(of(&supervisor, "POST", "/workers/farm1/resume").0, 200);
    assert_eq!(claim(&farm, &one, json!({}))["worker"], "active");
    let audit = farm
        .postgres
        .sql("SELECT who, what FROM audit WHERE what LIKE '%farm1 paused'");
    assert_eq!(audit, ["sven|made the worker farm1 paused"]);
}

#[test]
fn wrong_job_is_refused() {
    let farm = Farm::start();
    let good = json!({"name": "a", "adapter": {"name": "folder", "sha256": "0".repeat(64)}});
    let with = |key: &str, value: Value| {
        let mut spec = good.clone();
        spec[key] = value;
        spec
    };
    for (spec, part) in [
        (
            with("folders", json!([{"guest": "/inbox", "place": "/mnt/in"}])),
            "is no place in a storage",
        ),
        (with("attempts", json!(101)), "attempts must be 1 to 100"),
        (with("surprise", json!(1)), "surprise"),
        (
            with("comment", json!("x".repeat(1 << 20))),
            "1048576 are allowed",
        ),
    ] {
        let body = json!({"spec": spec, "user": "anna", "key": "k"});
        let answer = farm.ask(&farm.token_of("artist"), "POST", "/jobs", &body);
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (422, &json!("unprocessable"))
        );
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(part), "{detail}");
    }
    let longest = with("comment", json!("x".repeat((1 << 20) - 1000)));
    let body = json!({"spec": longest, "user": "anna", "key": "k"});
    assert_eq!(
        farm.ask(&farm.token_of("artist"), "POST", "/jobs", &body)
            .status,
        200
    );
    let unknown = farm.hub.send("GET", &format!("{API}/jobs/77"));
    assert_eq!(
        (unknown.status, &unknown.body["code"]),
        (404, &json!("unknown-job"))
    );
    let states = farm.hub.send("GET", &format!("{API}/jobs?state=lost"));
    assert_eq!(
        (states.status, &states.body["code"]),
        (400, &json!("bad-request"))
    );
}
