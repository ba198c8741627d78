//! REST v2 as its users meet it: the double start, two frontends at once, the lost connection, the long plug-in
//! that must stop, and every mistake's answer.

use std::thread;

use pyblish_endpoint_tests::{Answer, Event, Folders, Scenario, Server};
use serde_json::{Value, json};

const SESSIONS: &str = "/pyblish/v2/sessions";

/// The id of the one session that `serve` opened, as a path.
#[track_caller]
fn session(server: &Server) -> String {
    let sessions = server.send("GET", SESSIONS).ok();
    format!("{SESSIONS}/{}", sessions[0]["id"].as_str().unwrap())
}

/// Starts a run, which must be accepted; its path.
#[track_caller]
fn start(server: &Server, session: &str, request: Value) -> String {
    let answer = server.send_json("POST", &format!("{session}/runs"), &request, &[]);
    assert_eq!(answer.status, 202, "{}", answer.body);
    format!("{session}/runs/{}", answer.body["id"].as_str().unwrap())
}

/// Waits for the end of the run, by the events of its session; the run as it is then.
#[track_caller]
fn end(server: &Server, session: &str, run: &str) -> Value {
    let id = run.rsplit('/').next().unwrap();
    let mut events = server.listen(&format!("{session}/events?after=0"), None);
    events
        .find(|event| event.name == "runEnded" && event.data["id"] == id)
        .expect("its end");
    server.send("GET", run).ok()
}

/// The detail of a problem with this status.
#[track_caller]
fn problem(answer: Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.body["status"], status, "{}", answer.body);
    assert!(
        answer.body["title"]
            .as_str()
            .is_some_and(|title| !title.is_empty())
    );
    answer.body["detail"].as_str().expect("a detail").to_owned()
}

/// Two instances, a validator that fails on one of them, an extractor.
fn shots() -> Scenario {
    Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": "good", "data": {"family": "shot"}},
            {"create": "bad", "data": {"family": "shot", "broken": true}},
        ]},
        {"name": "Validate", "order": 1, "families": ["shot"], "instance": [
            {"log": "warning", "message": "looking"},
            {"fail": "It is broken: mend it", "when": {"broken": true}},
        ], "repairInstance": [{"set": {"broken": false}}]},
        {"name": "Extract", "order": 2, "families": ["shot"], "instance": [{"set": {"path": "x"}}]},
    ]))
}

/// A collector, and then a plug-in that works for an hour.
fn long(deaf: bool) -> Scenario {
    Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [{"create": "one", "data": {"family": "shot"}}]},
        {"name": "Work", "order": 1, "context": [
            {"progress": 0.25, "message": "a quarter"}, {"sleep": 3_600_000, "deaf": deaf},
        ]},
    ]))
}

#[test]
fn a_run_goes_as_pyblish_orders_and_stops_it() {
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
    let bad = page["instances"][0].clone();
    assert_eq!(bad["name"], "bad");

    let pair = json!({"plugin": "Validate", "instance": bad["id"]});
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
    assert_eq!(runs.as_array().unwrap().len(), 2);
}

#[test]
fn a_run_until_a_stage_on_chosen_instances() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let collect = start(&server, &session, json!({"until": "collect"}));
    assert_eq!(end(&server, &session, &collect)["state"], "succeeded");
    let page = server
        .send("GET", &format!("{session}/instances?family=shot&limit=1"))
        .ok();
    assert_eq!(
        (&page["total"], page["instances"].as_array().unwrap().len()),
        (&json!(2), 1)
    );
    let good = page["instances"][0]["id"].clone();
    let rest = json!({"instances": [good], "plugins": ["Validate", "Extract"]});
    let run = start(&server, &session, rest);
    let ended = end(&server, &session, &run);
    assert_eq!(
        (&ended["state"], &ended["succeeded"]),
        (&json!("succeeded"), &json!(2))
    );
}

#[test]
fn a_double_click_starts_one_run() {
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
    assert_eq!(other.body["run"], first.body["id"]);
    assert!(problem(other, 409).contains("r1 is under way"));
    let pair = json!({"plugin": "Collect"});
    problem(
        server.send_json("POST", &format!("{session}/process"), &pair, &[]),
        409,
    );
}

#[test]
fn reads_and_changes_go_on_while_a_run_does() {
    let scenario = long(false);
    let server = scenario.serve();
    let session = session(&server);
    let mut events = server.listen(&format!("{session}/events?after=0"), None);
    let run = start(&server, &session, json!({}));
    events
        .find(|event| event.name == "progress")
        .expect("progress");
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
fn a_run_is_cancelled_inside_a_plug_in_that_listens() {
    let scenario = long(false);
    let server = scenario.serve();
    let session = session(&server);
    let mut events = server.listen(&format!("{session}/events?after=0"), None);
    let run = start(&server, &session, json!({}));
    events
        .find(|event| event.name == "progress")
        .expect("progress");
    assert_eq!(server.send("POST", &format!("{run}/cancel")).status, 202);
    let ended = end(&server, &session, &run);
    assert_eq!(ended["state"], "cancelled");
    // The session goes on with all that it had.
    let state = server.send("GET", &session).ok();
    assert_eq!(
        (&state["state"], &state["instances"]),
        (&json!("idle"), &json!(1))
    );
    // To cancel what has ended is no mistake.
    assert_eq!(server.send("POST", &format!("{run}/cancel")).status, 202);
}

#[test]
fn a_deaf_plug_in_is_stopped_by_force() {
    let scenario = long(true);
    let server = scenario.serve();
    let session = session(&server);
    let mut events = server.listen(&format!("{session}/events?after=0"), None);
    let run = start(&server, &session, json!({}));
    events
        .find(|event| event.name == "progress")
        .expect("progress");
    server.send("POST", &format!("{run}/cancel?grace=0.1"));
    let ended = end(&server, &session, &run);
    assert_eq!(ended["state"], "cancelled");
    let state = server.send("GET", &session).ok();
    assert_eq!(state["state"], "down");
    assert!(
        state["doing"].as_str().unwrap().contains("by force"),
        "{state}"
    );
    let pair = json!({"plugin": "Collect"});
    let refused = server.send_json("POST", &format!("{session}/process"), &pair, &[]);
    assert!(problem(refused, 503).contains("start the session anew"));
    server.send("POST", &format!("{session}/reset")).ok();
    assert_eq!(
        server
            .send_json("POST", &format!("{session}/process"), &pair, &[])
            .ok()["success"],
        true
    );
}

#[test]
fn two_frontends_never_overwrite_each_other_unknowingly() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    server
        .send_json(
            "POST",
            &format!("{session}/process"),
            &json!({"plugin": "Collect"}),
            &[],
        )
        .ok();
    let page = server.send("GET", &format!("{session}/instances")).ok();
    let revision = page["revision"].clone();
    let path = |index: usize| {
        format!(
            "{session}/instances/{}",
            page["instances"][index]["id"].as_str().unwrap()
        )
    };
    let change = |value: bool| json!({"revision": revision, "set": {"publish": value}});
    let first = server
        .send_json("PATCH", &path(0), &change(false), &[])
        .ok();
    assert_eq!(first["data"]["publish"], false);
    let second = server.send_json("PATCH", &path(0), &change(true), &[]);
    assert_eq!(second.body["current"]["data"]["publish"], false);
    assert!(problem(second, 409).contains("decide anew"));
    // Another instance was not changed, and may be.
    server
        .send_json("PATCH", &path(1), &change(false), &[])
        .ok();

    let plugin = format!("{session}/plugins/Extract");
    let off = json!({"revision": revision, "active": false});
    assert_eq!(
        server.send_json("PATCH", &plugin, &off, &[]).ok()["active"],
        false
    );
    problem(server.send_json("PATCH", &plugin, &off, &[]), 409);

    let context = format!("{session}/context");
    let now = server.send("GET", &context).ok()["revision"].clone();
    let change = json!({"revision": now, "set": {"shot": "sh010"}, "unset": ["nothing"]});
    assert_eq!(
        server.send_json("PATCH", &context, &change, &[]).ok()["data"]["shot"],
        "sh010"
    );
    problem(server.send_json("PATCH", &context, &change, &[]), 409);
}

#[test]
fn a_listener_that_was_away_misses_nothing() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let path = format!("{session}/events");
    let mut events = server.listen(&path, None);
    let run = start(&server, &session, json!({}));
    let seen: Vec<Event> = events.by_ref().take(3).collect();
    drop(events);
    end(&server, &session, &run);
    let last = seen.last().unwrap().id;
    let mut rest = Vec::new();
    for event in server.listen(&path, Some(last)) {
        let ended = event.name == "runEnded";
        rest.push(event);
        if ended {
            break;
        }
    }
    let all: Vec<u64> = seen.iter().chain(&rest).map(|event| event.id).collect();
    let expected: Vec<u64> = (all[0]..all[0] + all.len() as u64).collect();
    assert_eq!(all, expected);
    let names: Vec<&str> = seen
        .iter()
        .chain(&rest)
        .map(|event| event.name.as_str())
        .collect();
    for name in [
        "runStarted",
        "pluginStarted",
        "instanceAdded",
        "record",
        "result",
        "stageEnded",
    ] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    let future = server.send_json("GET", &path, &json!({}), &[("Last-Event-ID", "999999")]);
    assert!(problem(future, 400).contains("999999"));
}

#[test]
fn many_listeners_all_get_all() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let path = format!("{session}/events");
    let from = server.send("GET", &session).ok()["sequence"]
        .as_u64()
        .unwrap();
    let listeners: Vec<_> = (0..50).map(|_| server.listen(&path, Some(from))).collect();
    start(&server, &session, json!({}));
    let told = |events: pyblish_endpoint_tests::Events| {
        let mut ids = Vec::new();
        for event in events {
            ids.push(event.id);
            if event.name == "runEnded" {
                break;
            }
        }
        ids
    };
    let all: Vec<Vec<u64>> = thread::scope(|scope| {
        let listening: Vec<_> = listeners
            .into_iter()
            .map(|l| scope.spawn(|| told(l)))
            .collect();
        listening
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(all.iter().all(|ids| ids == &all[0] && ids.len() > 10));
}

#[test]
fn an_unchanged_answer_is_not_sent_twice() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let revision = server.send("GET", &session).ok()["revision"].to_string();
    let tag = format!("\"{revision}\"");
    for path in ["", "/plugins", "/instances", "/context"] {
        let path = format!("{session}{path}");
        let answer = server.send_json("GET", &path, &json!({}), &[("If-None-Match", &tag)]);
        assert_eq!((answer.status, answer.body), (304, json!("")), "{path}");
        let answer = server.send_json("GET", &path, &json!({}), &[("If-None-Match", "\"1\"")]);
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[test]
fn a_report_for_people_and_for_machines() {
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

#[test]
fn one_runtime_serves_several_sessions() {
    let scenario = shots();
    let server = scenario.serve();
    let folders = Folders::sample();
    let grant = |path: std::path::PathBuf, guest: &str| format!("{}={guest}", path.display());
    let folders_granted = json!([
        grant(folders.inbox(), "/inbox"),
        grant(folders.root(), "/publish")
    ]);
    let by_host = json!({"host": "folder", "folders": folders_granted});
    let created = server.send_json("POST", SESSIONS, &by_host, &[]);
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(created.body["adapter"], "folder");
    let path = format!("{SESSIONS}/{}", created.body["id"].as_str().unwrap());
    let run = start(&server, &path, json!({"until": "collect"}));
    assert_eq!(end(&server, &path, &run)["state"], "succeeded");
    assert_eq!(
        server.send("GET", SESSIONS).ok().as_array().unwrap().len(),
        2
    );
    let mut events = server.listen(&format!("{path}/events"), None);
    assert_eq!(server.send("DELETE", &path).status, 204);
    assert_eq!(events.next(), None, "who listens is sent away");
    problem(server.send("GET", &path), 404);

    let unknown = server.send_json("POST", SESSIONS, &json!({"host": "maya"}), &[]);
    assert!(problem(unknown, 422).contains("\"maya\""));
    let ungranted = server.send_json("POST", SESSIONS, &json!({"adapter": "folder"}), &[]);
    assert!(problem(ungranted, 422).contains("--dir"));
}

#[test]
fn a_session_is_not_closed_under_a_run() {
    let scenario = long(false);
    let server = scenario.serve();
    let session = session(&server);
    let run = start(&server, &session, json!({}));
    let refused = server.send("DELETE", &session);
    assert_eq!(refused.body["run"], "r1");
    assert!(problem(refused, 409).contains("cancel it"));
    server.send("POST", &format!("{run}/cancel"));
    end(&server, &session, &run);
    assert_eq!(server.send("DELETE", &session).status, 204);
}

#[test]
fn a_message_reaches_a_frontend_of_v1_once() {
    let scenario = shots();
    let server = scenario.serve();
    let path = format!("{}/messages", session(&server));
    let put = |message: &str| server.send_json("POST", &path, &json!({"message": message}), &[]);
    assert_eq!((put("show").status, put("close").status), (204, 204));
    let queue = server.send("GET", "/pyblish/v1/client").ok();
    assert_eq!(queue, json!({"ok": true, "queue": ["show", "close"]}));
    for expected in ["show", "close", "heartbeat"] {
        let taken = server.send("POST", "/pyblish/v1/client").ok();
        assert_eq!(taken, json!({"ok": true, "message": expected}));
    }
    assert!(problem(put(""), 422).contains("1 to 256"));
    for _ in 0..100 {
        assert_eq!(put("show").status, 204);
    }
    assert!(problem(put("show"), 429).contains("100 messages wait"));
}

#[test]
fn what_is_installed() {
    let scenario = shots();
    let server = scenario.serve();
    let adapters = server.send("GET", "/pyblish/v2/adapters").ok();
    let adapters = adapters.as_array().unwrap().iter();
    let folder = adapters
        .clone()
        .find(|adapter| adapter["name"] == "folder")
        .unwrap();
    assert_eq!(folder["hosts"], json!(["folder"]));
    let settings: Vec<_> = folder["settings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["name"])
        .collect();
    assert_eq!(settings, ["inbox", "root", "pattern", "off"]);
}

#[test]
fn a_clients_mistakes_are_problems_that_say_what_to_do() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let post =
        |path: &str, body: Value| server.send_json("POST", &format!("{session}{path}"), &body, &[]);
    assert!(problem(server.send("GET", &format!("{SESSIONS}/nobody")), 404).contains("nobody"));
    assert!(problem(post("/process", json!({"plugin": "Nothing"})), 404).contains("Nothing"));
    assert!(
        problem(
            post("/process", json!({"plugin": "Validate", "instance": "x"})),
            404
        )
        .contains("x")
    );
    assert!(problem(post("/process", json!({"instance": "x"})), 422).contains("plugin"));
    assert!(problem(post("/process", json!({"plugin": "A", "who": 1})), 422).contains("who"));
    assert!(problem(post("/runs", json!({"until": "lunch"})), 422).contains("lunch"));
    assert!(
        problem(
            post("/runs", json!({"until": "collect", "only": "collect"})),
            422
        )
        .contains("either")
    );
    assert!(problem(server.send("GET", &format!("{session}/runs/r9")), 404).contains("r9"));
    assert!(problem(server.send("GET", &format!("{session}/runs/nine")), 404).contains("nine"));
    assert!(
        problem(
            server.send("GET", &format!("{session}/instances?limit=many")),
            400
        )
        .contains("limit")
    );
    let form = server.send_body(
        "POST",
        &format!("{session}/process"),
        "application/x-www-form-urlencoded",
        "plugin=A",
    );
    assert!(problem(form, 415).contains("application/json"));
    let broken = server.send_body(
        "POST",
        &format!("{session}/process"),
        "application/json",
        "{",
    );
    assert!(problem(broken, 400).contains("no JSON"));
    let key = "x".repeat(257);
    let long = server.send_json(
        "POST",
        &format!("{session}/runs"),
        &json!({}),
        &[("Idempotency-Key", &key)],
    );
    assert!(problem(long, 400).contains("Idempotency-Key"));
}

/// The document that clients are made from; after a change that is meant, write the new one over the old.
#[test]
fn the_api_is_the_one_that_is_documented() {
    let scenario = shots();
    let server = scenario.serve();
    let document = server.send("GET", "/pyblish/v2/openapi.json").ok();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let golden = pyblish_endpoint_tests::data("openapi.json");
    let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
    let known = std::fs::read_to_string(&golden).unwrap_or_default();
    if known != text {
        let new = golden.with_file_name("openapi.new.json");
        std::fs::write(&new, text).unwrap();
        panic!(
            "the API differs from {}; what it is now is in {}",
            golden.display(),
            new.display()
        );
    }
}
