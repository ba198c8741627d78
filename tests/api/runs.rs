//! Runs over REST v2, as users meet them: Pyblish's order and stop, the double start, the long
//! plug-in that must stop, and the reports.

use pyblish_endpoint_tests::Scenario;
use pyblish_endpoint_tests::v2::{end, long, problem, session, shots, start, start_long};
use serde_json::json;

#[test]
fn run_follows_pyblish_order() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let run = start(&server, &session, json!({"comment": "first"}));
    let ended = end(&server, &session, &run);
    assert_eq!(ended["state"], "stopped");
    assert_eq!(ended["reason"], "failed validation");
    assert_eq!(
        (&ended["succeeded"], &ended["failed"]),
        (&json!(2), &json!(1))
    );
    assert!(ended["progress"].as_f64().unwrap() <= 1.0);

    let page = server
        .send("GET", &format!("{session}/instances?state=failed"))
        .ok();
    assert_eq!(page["total"], 1);
    let bad = page["items"][0].clone();
    assert_eq!(bad["name"], "bad");

    let pair = json!({"pluginId": "Validate", "instanceId": bad["id"]});
    let repaired = server
        .send_json("POST", &format!("{session}/repair"), &pair, &[])
        .ok();
    assert_eq!(repaired["success"], true);
    let checked = server
        .send_json("POST", &format!("{session}/process"), &pair, &[])
        .ok();
    assert_eq!(checked["success"], true);

    let only = json!({"only": "extract"});
    let run = start(&server, &session, only);
    let ended = end(&server, &session, &run);
    assert_eq!(
        (&ended["state"], &ended["progress"]),
        (&json!("succeeded"), &json!(1.0))
    );
    let runs = server.send("GET", &format!("{session}/runs")).ok();
    let ids = |page: &serde_json::Value| {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|run| run["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((ids(&runs).len(), &runs["total"]), (2, &json!(2)));
    // One by one, the latest first.
    let first = server.send("GET", &format!("{session}/runs?limit=1")).ok();
    let next = format!("{session}/runs?limit=1&after={}", first["next"]);
    let second = server.send("GET", &next).ok();
    assert_eq!([ids(&first), ids(&second)].concat(), ids(&runs));
    assert_eq!(second["next"], json!(null));
}

#[test]
fn repair_without_a_repair_is_refused() {
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [{"create": "hero", "data": {"family": "a"}}]},
        {"name": "Validate", "order": 1, "instance": [{"fail": "no"}], "repairContext": []},
    ]));
    let server = scenario.serve();
    let session = session(&server);
    let run = start(&server, &session, json!({}));
    assert_eq!(end(&server, &session, &run)["state"], "failed");
    let instances = server.send("GET", &format!("{session}/instances")).ok();
    let hero = &instances["items"][0];
    assert_eq!(hero["state"], "failed");
    let pair = json!({"pluginId": "Validate", "instanceId": hero["id"]});
    let results = || server.send("GET", &format!("{session}/results")).ok()["items"].clone();
    let before = results();
    let refused = server.send_json("POST", &format!("{session}/repair"), &pair, &[]);
    assert_eq!(refused.body["code"], "no-repair");
    let detail = problem(refused, 409);
    assert!(
        detail.contains("no repair for the instance \"hero\""),
        "{detail}"
    );
    assert_eq!(results(), before);
    let instances = server.send("GET", &format!("{session}/instances")).ok();
    assert_eq!(instances["items"][0]["state"], "failed");

    // REST v1 does as the original: nothing, with success.
    let pair = json!({"plugin": "Validate", "instance": "hero", "mode": "repair"});
    assert_eq!(server.run(pair)["success"], true);
}

#[test]
fn run_stops_at_a_stage() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let collect = start(&server, &session, json!({"until": "collect"}));
    assert_eq!(end(&server, &session, &collect)["state"], "succeeded");
    let page = server
        .send("GET", &format!("{session}/instances?family=shot&limit=1"))
        .ok();
    assert_eq!(
        (&page["total"], page["items"].as_array().unwrap().len()),
        (&json!(2), 1)
    );
    let good = page["items"][0]["id"].clone();
    let rest = json!({"instanceIds": [good], "pluginIds": ["Validate", "Extract"]});
    let run = start(&server, &session, rest);
    let ended = end(&server, &session, &run);
    assert_eq!(
        (&ended["state"], &ended["succeeded"]),
        (&json!("succeeded"), &json!(2))
    );
}

/// Pyblish collects a second time without a word; here a warning says it.
#[test]
fn run_that_collects_again_warns() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let warned = |request: serde_json::Value| {
        let run = start(&server, &session, request);
        let ended = end(&server, &session, &run);
        let id = ended["id"].as_str().unwrap();
        // From the beginning of this run to its end.
        let events = server.listen(&format!("{session}/events?after=0"), None);
        let events = events
            .skip_while(|event| event.name != "runStarted" || event.data["id"] != id)
            .take_while(|event| event.name != "runEnded");
        let warnings = events.filter(|event| event.name == "sessionRecord");
        warnings
            .map(|event| event.data["record"]["message"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(warned(json!({"until": "collect"})), [""; 0]);
    assert_eq!(warned(json!({"pluginIds": ["Validate"]})), [""; 0]);
    let again = warned(json!({}));
    assert_eq!(again.len(), 1, "{again:?}");
    assert!(again[0].starts_with("Collect has run since the last reset"));
    server.send("POST", &format!("{session}/reset")).ok();
    assert_eq!(warned(json!({})), [""; 0]);
}

#[test]
fn double_click_starts_one_run() {
    let scenario = long(false);
    let server = scenario.serve();
    let session = session(&server);
    let path = format!("{session}/runs");
    let key = [("Idempotency-Key", "click-1")];
    let first = server.send_json("POST", &path, &json!({}), &key);
    assert_eq!(first.status, 202);
    let again = server.send_json("POST", &path, &json!({}), &key);
    assert_eq!((again.status, &again.body["id"]), (202, &first.body["id"]));
    let other = server.send_json("POST", &path, &json!({}), &[]);
    assert_eq!(other.body["runId"], first.body["id"]);
    assert!(problem(other, 409).contains("r1 is under way"));
    let pair = json!({"pluginId": "Collect"});
    problem(
        server.send_json("POST", &format!("{session}/process"), &pair, &[]),
        409,
    );
}

#[test]
fn reads_work_during_a_run() {
    let scenario = long(false);
    let server = scenario.serve();
    let session = session(&server);
    let run = start_long(&server, &session);
    let state = server.send("GET", &session).ok();
    assert_eq!(
        (&state["state"], &state["doing"]),
        (&json!("busy"), &json!("Work"))
    );
    assert_eq!(
        (&state["progress"], &state["progressMessage"]),
        (&json!(0.25), &json!("a quarter"))
    );
    assert_eq!(server.send("GET", &run).ok()["state"], "running");
    assert_eq!(
        server.send("GET", &format!("{session}/instances")).ok()["total"],
        1
    );
}

#[test]
fn cancel_reaches_a_plugin() {
    let scenario = long(false);
    let server = scenario.serve();
    let session = session(&server);
    let run = start_long(&server, &session);
    assert_eq!(server.send("POST", &format!("{run}/cancel")).status, 202);
    let ended = end(&server, &session, &run);
    assert_eq!(ended["state"], "cancelled");
    // The session keeps all of its data.
    let state = server.send("GET", &session).ok();
    assert_eq!(
        (&state["state"], &state["instances"]),
        (&json!("idle"), &json!(1))
    );
    // Cancelling an ended run is no error.
    assert_eq!(server.send("POST", &format!("{run}/cancel")).status, 202);
}

#[test]
fn deaf_plugin_is_stopped() {
    let scenario = long(true);
    let server = scenario.serve();
    let session = session(&server);
    let run = start_long(&server, &session);
    server.send("POST", &format!("{run}/cancel?grace=100"));
    let ended = end(&server, &session, &run);
    assert_eq!(ended["state"], "cancelled");
    let state = server.send("GET", &session).ok();
    assert_eq!(state["state"], "down");
    assert!(
        state["doing"].as_str().unwrap().contains("by force"),
        "{state}"
    );
    let pair = json!({"pluginId": "Collect"});
    let refused = server.send_json("POST", &format!("{session}/process"), &pair, &[]);
    assert!(problem(refused, 503).contains("reset the session"));
    server.send("POST", &format!("{session}/reset")).ok();
    assert_eq!(
        server
            .send_json("POST", &format!("{session}/process"), &pair, &[])
            .ok()["success"],
        true
    );
}

#[test]
fn running_session_is_not_closed() {
    let scenario = long(false);
    let server = scenario.serve();
    let session = session(&server);
    let run = start(&server, &session, json!({}));
    let refused = server.send("DELETE", &session);
    assert_eq!(refused.body["runId"], "r1");
    assert!(problem(refused, 409).contains("cancel it"));
    server.send("POST", &format!("{run}/cancel"));
    end(&server, &session, &run);
    assert_eq!(server.send("DELETE", &session).status, 204);
}

#[test]
fn reports_are_served() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let run = start(&server, &session, json!({}));
    end(&server, &session, &run);
    let report = |format: &str| server.send("GET", &format!("{run}/report?format={format}"));
    let text = |format: &str| report(format).ok().as_str().unwrap().to_owned();
    assert!(
        report("json")
            .ok()
            .to_string()
            .contains("It is broken: mend it")
    );
    let html = text("html");
    assert!(
        html.contains("It is broken: mend it") && html.starts_with("<!"),
        "{html:.100}"
    );
    let junit = text("junit");
    assert!(
        junit.contains("<failure") && junit.contains("It is broken: mend it"),
        "{junit}"
    );
    assert!(problem(report("pdf"), 400).contains("pdf"));
}
