//! REST v2 as its users meet it: two frontends at once, the lost connection, several sessions, and
//! the answer to every mistake.

use std::thread;

use pyblish_endpoint_tests::v2::{SESSIONS, end, problem, session, shots, start};
use pyblish_endpoint_tests::{Event, Folders};
use serde_json::{Value, json};

#[test]
fn stale_change_is_refused() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    server
        .send_json(
            "POST",
            &format!("{session}/process"),
            &json!({"pluginId": "Collect"}),
            &[],
        )
        .ok();
    let page = server.send("GET", &format!("{session}/instances")).ok();
    let revision = page["revision"].clone();
    let path = |index: usize| {
        format!(
            "{session}/instances/{}",
            page["items"][index]["id"].as_str().unwrap()
        )
    };
    let change = |value: bool| json!({"revision": revision, "set": {"publish": value}});
    let first = server
        .send_json("PATCH", &path(0), &change(false), &[])
        .ok();
    assert_eq!(first["data"]["publish"], false);
    let second = server.send_json("PATCH", &path(0), &change(true), &[]);
    assert_eq!(second.body["current"]["data"]["publish"], false);
    assert!(problem(second, 409).contains("decide again"));
    // Another instance was not changed meanwhile, so it can be changed.
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
fn returning_listener_misses_nothing() {
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
    // An event has a result in the same form as a read.
    let told_results: Vec<&Value> = (seen.iter().chain(&rest))
        .filter(|event| event.name == "result")
        .map(|event| &event.data["result"])
        .collect();
    let read = server.send("GET", &format!("{session}/results")).ok();
    let read: Vec<&Value> = read["items"].as_array().unwrap().iter().collect();
    assert!(!told_results.is_empty() && told_results == read);
    // The event of each plug-in that begins has the progress of the run.
    let told = seen.iter().chain(&rest);
    let told: Vec<_> = told
        .filter(|event| event.name == "pluginStarted")
        .map(|event| {
            let progress = event.data["progress"].as_f64().expect("progress");
            (event.data["stage"].as_str().expect("a stage"), progress)
        })
        .collect();
    assert_eq!((told[0], told[1].0), (("collect", 0.0), "validate"));
    assert!(told[1].1 > 0.0 && told.is_sorted_by_key(|(_, progress)| *progress));
    let future = server.send_json("GET", &path, &json!({}), &[("Last-Event-ID", "999999")]);
    assert!(problem(future, 400).contains("999999"));
}

#[test]
fn listeners_get_every_event() {
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
fn unchanged_answer_is_not_sent() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let paths = ["", "/plugins", "/instances", "/context"].map(|path| format!("{session}{path}"));
    let ask = |path: &str, tag: &str| {
        let headers = [("If-None-Match", tag)];
        server.send_json("GET", path, &json!({}), &headers)
    };
    for path in &paths {
        let tag = server.send("GET", path).tag.expect("a tag");
        let answer = ask(path, &tag);
        assert_eq!((answer.status, answer.body), (304, json!("")), "{path}");
        assert_eq!(ask(path, "\"1\"").status, 200, "{path}");
    }
    // A run changes the session, its instances and their states, but not its plug-ins.
    let tags = paths
        .clone()
        .map(|path| server.send("GET", &path).tag.expect("a tag"));
    let run = start(&server, &session, json!({}));
    end(&server, &session, &run);
    let changed = paths
        .iter()
        .zip(&tags)
        .map(|(path, tag)| ask(path, tag).status == 200);
    assert_eq!(changed.collect::<Vec<_>>(), [true, false, true, true]);
    // A second run with the same results changes no state.
    let tag = server.send("GET", &paths[2]).tag.expect("a tag");
    let again = start(&server, &session, json!({"only": "validate"}));
    end(&server, &session, &again);
    assert_eq!(ask(&paths[2], &tag).status, 304);
}

#[test]
fn sessions_are_independent() {
    let scenario = shots();
    let folders = Folders::sample();
    let server = scenario.serve_beside(&folders.config());
    let by_host = json!({"host": "folder"});
    let created = server.send_json("POST", SESSIONS, &by_host, &[]);
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(created.body["adapter"], "folder");
    let path = format!("{SESSIONS}/{}", created.body["id"].as_str().unwrap());
    let run = start(&server, &path, json!({"until": "collect"}));
    assert_eq!(end(&server, &path, &run)["state"], "succeeded");
    assert_eq!(server.send("GET", SESSIONS).ok()["total"], 2);
    let mut events = server.listen(&format!("{path}/events"), None);
    assert_eq!(server.send("DELETE", &path).status, 204);
    assert_eq!(events.next(), None, "who listens is sent away");
    problem(server.send("GET", &path), 404);

    let unknown = server.send_json("POST", SESSIONS, &json!({"host": "photoshop"}), &[]);
    assert!(problem(unknown, 422).contains("\"photoshop\""));
    let ungranted = shots().serve();
    let ungranted = ungranted.send_json("POST", SESSIONS, &json!({"adapter": "folder"}), &[]);
    assert!(problem(ungranted, 422).contains("--dir"));
}

#[test]
fn v1_message_is_delivered_once() {
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
    assert!(problem(put("show"), 429).contains("100 messages are waiting"));
}

#[test]
fn adapters_are_listed() {
    let scenario = shots();
    let server = scenario.serve();
    let adapters = server.send("GET", "/pyblish/v2/adapters").ok();
    let adapters = adapters["items"].as_array().unwrap().iter();
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
    let first = ["inbox", "root", "pattern", "off", "template", "values"];
    assert_eq!(settings[..first.len()], first);
}

#[test]
fn mistakes_are_explained() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let post =
        |path: &str, body: Value| server.send_json("POST", &format!("{session}{path}"), &body, &[]);
    assert!(problem(server.send("GET", &format!("{SESSIONS}/nobody")), 404).contains("nobody"));
    assert!(problem(post("/process", json!({"pluginId": "Nothing"})), 404).contains("Nothing"));
    assert!(
        problem(
            post(
                "/process",
                json!({"pluginId": "Validate", "instanceId": "x"})
            ),
            404
        )
        .contains("x")
    );
    assert!(problem(post("/process", json!({"instanceId": "x"})), 422).contains("plugin"));
    assert!(problem(post("/process", json!({"pluginId": "A", "who": 1})), 422).contains("who"));
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
    assert!(problem(broken, 400).contains("not JSON"));
    let key = "x".repeat(257);
    let long = server.send_json(
        "POST",
        &format!("{session}/runs"),
        &json!({}),
        &[("Idempotency-Key", &key)],
    );
    assert!(problem(long, 400).contains("Idempotency-Key"));
}

/// Their effect in a host is tested in `tests/clients/qml`.
#[test]
fn callbacks_follow_event_names() {
    let scenario = shots();
    let server = scenario.serve();
    let path = format!("{}/callbacks", session(&server));
    let call = |body: Value| server.send_json("POST", &path, &body, &[]);
    assert_eq!(
        call(json!({"event": "commented", "arguments": {"comment": "x"}})).status,
        204
    );
    assert_eq!(call(json!({"event": "x".repeat(256)})).status, 204);
    assert!(problem(call(json!({"event": "x".repeat(257)})), 422).contains("1 to 256"));
    assert!(problem(call(json!({"event": ""})), 422).contains("1 to 256"));
    assert!(problem(call(json!({"event": "a", "arguments": [1]})), 422).contains("a map"));
    let unknown = format!("{SESSIONS}/other/callbacks");
    let unknown = server.send_json("POST", &unknown, &json!({"event": "a"}), &[]);
    assert!(problem(unknown, 404).contains("no session"));
}

/// The OpenAPI document. After an intended change, copy the new one over the old.
#[test]
fn openapi_document_is_current() {
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
            "the API differs from {}; the new document is in {}",
            golden.display(),
            new.display()
        );
    }
}
