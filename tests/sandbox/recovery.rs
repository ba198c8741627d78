//! Faults behind the API, with the scenario adapter: a busy host, an adapter that crashes, a
//! changed cache. Frontends get an answer each time.

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use pyblish_endpoint_tests::{Scenario, Server, serve};
use pyblish_promise::promise;
use serde_json::json;

const STATE: &str = "/pyblish/v1/state";

#[test]
fn busy_adapter_delays_no_read() {
    let scenario = Scenario::of(json!([
        {"name": "CollectSlowly", "order": 0, "context": [
            {"create": "early", "data": {"family": "a"}},
        ]},
        {"name": "ValidateSlowly", "order": 1, "context": [
            {"log": "info", "message": "working"}, {"sleep": 3000, "deaf": true},
        ]},
    ]));
    let server = scenario.serve();
    server.succeed("CollectSlowly", None);
    thread::scope(|scope| {
        let (ended, end) = mpsc::channel();
        let server = &server;
        scope.spawn(move || {
            server.succeed("ValidateSlowly", None);
            ended.send(()).unwrap();
        });
        // Fifty reads and a heartbeat, all answered before the plug-in ends.
        for _ in 0..50 {
            let state = server.state();
            assert_eq!(state["context"]["children"][0]["name"], "early");
        }
        server.send("POST", "/pyblish/v1/client").ok();
        assert!(end.try_recv().is_err(), "the reads waited for the plug-in");
        end.recv().unwrap();
    });
}

#[test]
fn crash_is_a_failed_result() {
    for fault in [json!({"trap": true}), json!({"panic": "out of ideas"})] {
        let scenario = Scenario::of(json!([
            {"name": "Collect", "order": 0, "context": [{"create": "early", "data": {"family": "a"}}]},
            {"name": "Crash", "order": 1, "context": [{"log": "info", "message": "before"}, fault]},
        ]));
        let server = scenario.serve();
        server.succeed("Collect", None);
        let result = server.run(json!({"plugin": "Crash"}));
        let message = result["error"]["message"].as_str().unwrap();
        assert!(message.contains("scenario crashed in process"), "{message}");
        assert_eq!(result["records"][0]["message"], "before");
        if fault.get("panic").is_some() {
            let said = result["records"].to_string();
            assert!(said.contains("out of ideas"), "{said}");
        }

        // Reads still answer, and requests that need the adapter are refused with a reason.
        assert_eq!(server.state()["context"]["children"][0]["name"], "early");
        let refused =
            server.send_body("PUT", STATE, "application/json", r#"{"plugin": "Collect"}"#);
        assert!(refused.refused(503).contains("start the session anew"));

        server.send("POST", STATE).ok();
        server.succeed("Collect", None);
    }
}

#[test]
fn memory_limit_harms_nobody() {
    let scenario = Scenario::of(json!([
        {"name": "Modest", "order": 0, "context": [{"allocate": 64 << 20}]},
        {"name": "Greedy", "order": 1, "context": [{"allocate": 2_000_000_000}]},
    ]));
    let server = scenario.serve();
    server.succeed("Modest", None);
    let message = server.fail("Greedy", None);
    assert!(
        message.contains("memory") || message.contains("bytes"),
        "{message}"
    );
    server.send("POST", STATE).ok();
    server.succeed("Modest", None);
}

#[test]
fn bad_scenario_is_refused() {
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [{"log": "info", "message": "x"}, {"explode": 1}]},
    ]));
    let mut command = serve();
    command
        .args(["--listen", "127.0.0.1:0"])
        .args(scenario.arguments());
    let (output, said) = pyblish_endpoint_tests::run(command);
    assert_eq!(output.status.code(), Some(1));
    for part in ["explode", "Collect", "2", "sleep"] {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}

#[test]
fn equal_names_are_told_apart() {
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": "a/b c", "data": {"family": "x", "which": "first"}},
            {"create": "a/b c", "data": {"family": "x", "which": "second"}},
            {"create": "Größe ☃", "data": {"family": "x"}},
        ]},
        {"name": "Same", "order": 1, "instance": [{"set": {"seen": 1}}]},
        {"name": "Same", "order": 1.1, "instance": [{"fail": "the second of this name"}]},
    ]));
    let server = scenario.serve();
    server.succeed("Collect", None);
    let result = server.succeed("Same", Some("a/b c"));
    assert_eq!(result["instance"], "a/b c");
    server.succeed("Same", Some("Größe ☃"));
    let state = server.state();
    let children = state["context"]["children"].as_array().unwrap();
    assert_eq!(children[0]["data"]["seen"], 1);
    assert_eq!(children[1]["data"].get("seen"), None);
    assert_eq!(children[2]["data"]["seen"], 1);
    let names: Vec<_> = state["plugins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| &p["name"])
        .collect();
    assert_eq!(names, ["Collect", "Same", "Same"]);
}

/// Starts and ends a server with its compile cache here. Returns its log.
#[cfg(unix)]
fn log_with_cache(scenario: &Scenario, cache: &Path) -> String {
    let mut command = serve();
    command
        .env("XDG_CACHE_HOME", cache)
        .args(scenario.arguments());
    Server::start_with(command).log()
}

#[cfg(unix)]
#[test]
fn changed_cache_is_not_trusted() {
    let scenario = Scenario::of(json!([]));
    let place = tempfile::tempdir().unwrap();
    let log = log_with_cache(&scenario, place.path());
    assert!(log.contains("compiling"), "{log}");
    let log = log_with_cache(&scenario, place.path());
    assert!(!log.contains("compiling"), "{log}");

    let folder = place.path().join("pyblish-endpoint").join("compiled");
    let entries = fs::read_dir(&folder).unwrap().flatten();
    let paths = entries.map(|entry| entry.path());
    // The code itself; its MAC and the key are beside it.
    let entry = paths
        .max_by_key(|path| fs::metadata(path).unwrap().len())
        .unwrap();
    let mut code = fs::read(&entry).unwrap();
    let last = code.len() - 1;
    code[last] ^= 1;
    fs::write(&entry, code).unwrap();
    let log = log_with_cache(&scenario, place.path());
    promise!(
        "SANDBOX-10",
        log.contains("changed by something else") && log.contains("compiling"),
        "{log}"
    );
}
