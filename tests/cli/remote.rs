//! `publish --remote`: a running server does the work.

use std::fs;
use std::net::TcpListener;

use pyblish_endpoint_tests::{Folders, Scenario};
use serde_json::{Value, json};

use super::user::{Running, User, good_folders, stages};

/// A server of this user, and what it said when it started.
fn serve(user: &User, host: &[String], more: &[&str]) -> (Running, Value) {
    let more = [&["--json", "--port", "0"], more].concat();
    let mut server = user.start("serve", host, &more);
    let started = server.line().expect("it starts");
    (server, started)
}

fn remote(user: &User, more: &[&str]) -> super::user::Ended {
    user.run([&["publish", "--remote"], more].concat())
}

#[test]
fn running_server_publishes() {
    let (user, folders) = (User::new(), good_folders());
    let (_server, started) = serve(&user, &folders.arguments(), &[]);
    let ended = remote(
        &user,
        &[
            "auto",
            "--comment",
            "from afar",
            "--report",
            "a.json",
            "--report",
            "a.html",
        ],
    );
    let ended = ended.with(0);
    // The same as with an adapter of its own.
    ended.prints(&["Published: ", "  hero\n", "  skyline\n", "Run folder-"]);
    ended.says(&[
        "ok        CollectFiles",
        "info      IntegrateVersion on hero: Published hero",
    ]);
    let version = folders.root().join("imagesequence/hero/v001");
    let manifest = fs::read_to_string(version.join("publish.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["comment"], "from afar");
    let report: Value = serde_json::from_str(&user.text("a.json")).unwrap();
    assert_eq!(report["outcome"]["verdict"], "done");
    assert_eq!(report["session"], started["session"]);
    assert_eq!(report["origin"]["adapter"], "folder");
    assert!(report["results"].as_array().unwrap().len() > 20);
    assert!(user.text("a.html").starts_with("<!doctype html>"));
    // By its address, and as JSON.
    let ended = remote(&user, &[started["address"].as_str().unwrap(), "--json"]).with(0);
    let lines = ended.lines();
    assert_eq!(lines.last().unwrap()["run"]["state"], "succeeded");
    assert!(lines.iter().any(|line| line["name"] == "pluginStarted"));
    let numbers: Vec<u64> = lines
        .iter()
        .filter_map(|line| line["sequence"].as_u64())
        .collect();
    assert!(numbers.is_sorted_by(|one, next| one + 1 == *next));
}

#[test]
fn exit_codes_are_those_of_a_local_publish() {
    let good = || stages(json!([]), json!([]));
    let fails = json!([{"fail": "no"}]);
    let warns = json!([{"log": "warning", "message": "look"}]);
    let nothing = Scenario::of(json!([{"name": "Validate", "order": 1, "instance": []}]));
    for (scenario, more, code) in [
        (good(), vec![], 0),
        (stages(fails.clone(), json!([])), vec![], 1),
        (stages(json!([]), fails), vec![], 2),
        (stages(warns, json!([])), vec!["--strict"], 3),
        (nothing, vec!["--fail-if-empty"], 4),
        (stages(json!([{"trap": true}]), json!([])), vec![], 6),
        (good(), vec!["--target", "farm"], 64),
        (good(), vec!["--instance", "nobody"], 64),
    ] {
        let user = User::new();
        let (_server, _) = serve(&user, &scenario.arguments(), &[]);
        let here = user.publish(&scenario.arguments(), &more).with(code);
        let there = remote(&user, &[&["auto"], &more[..]].concat()).with(code);
        let verdict = |out: &str| out.lines().last().map(str::to_owned);
        assert_eq!(verdict(&there.out), verdict(&here.out), "{more:?}");
    }
}

#[test]
fn some_instances_and_stages_are_published() {
    let scenario = stages(json!([]), json!([]));
    let user = User::new();
    let (_server, _) = serve(&user, &scenario.arguments(), &[]);
    let ran = |more: &[&str]| {
        let ended = remote(&user, &[&["auto", "--json"], more].concat()).with(0);
        let results = ended.lines().into_iter();
        let results = results.filter(|line| line["name"] == "result");
        results
            .map(|line| {
                let result = &line["body"]["result"];
                let on = result["instance"].as_str().unwrap_or_default();
                format!("{} {on}", result["plugin"].as_str().unwrap())
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ran(&["--instance", "hero"]),
        ["Collect ", "Validate hero", "Extract hero", "Integrate "]
    );
    assert_eq!(
        ran(&["--until", "validate"]),
        ["Collect ", "Validate hero", "Validate extra"]
    );
}

#[test]
fn server_that_is_not_there_is_told_in_words() {
    let user = User::new();
    remote(&user, &["auto"])
        .with(6)
        .says(&["no server is running", "serve", "--adapter"]);
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    remote(&user, &[&address])
        .with(6)
        .says(&["nobody answers", &address]);
    for (wrong, words) in [
        ("https://127.0.0.1:1", "no TLS"),
        ("127.0.0.1:6001", "or auto"),
    ] {
        remote(&user, &[wrong]).with(64).says(&[words]);
    }
    for flag in [
        ["--adapter", "folder"],
        ["--host", "blender"],
        ["--dir", "a=/b"],
    ] {
        let words = ["auto", flag[0], flag[1]];
        remote(&user, &words)
            .with(64)
            .says(&["cannot be used with"]);
    }
    user.run(["publish", "--session", "a", "--adapter", "folder"])
        .with(64)
        .says(&["cannot be used with"]);
}

#[test]
fn one_of_several_sessions_is_chosen() {
    let user = User::new();
    let (good, bad) = (good_folders(), Folders::sample());
    let (_one, first) = serve(&user, &good.arguments(), &[]);
    let (_two, second) = serve(&user, &bad.arguments(), &[]);
    let id = |started: &Value| started["session"].as_str().unwrap().to_owned();
    let ended = remote(&user, &["auto"]).with(64);
    ended.says(&["several sessions", "--session", &id(&first), &id(&second)]);
    // The servers are told apart by their addresses, where the sessions have one name.
    let ended = match id(&first) == id(&second) {
        true => remote(&user, &[second["address"].as_str().unwrap()]),
        false => remote(&user, &["auto", "--session", &id(&second)]),
    };
    ended.with(1).prints(&["Not published"]);
    remote(&user, &["auto", "--session", "nobody"])
        .with(6)
        .says(&["no running server has the session \"nobody\"", &id(&first)]);
    assert_eq!(fs::read_dir(good.root()).unwrap().count(), 0);
}

#[test]
fn token_is_asked_for() {
    let (user, other, folders) = (User::new(), User::new(), good_folders());
    let (_server, started) = serve(&user, &folders.arguments(), &[]);
    let address = started["address"].as_str().unwrap();
    // Another user does not know the token.
    remote(&other, &[address])
        .with(64)
        .says(&["needs its token", "--token-file"]);
    remote(&other, &[address, "--token-file", "none"])
        .with(64)
        .says(&["the token cannot be read", "none"]);
    let file = started["tokenFile"].as_str().unwrap();
    remote(
        &other,
        &[address, "--token-file", file, "--until", "validate"],
    )
    .with(0);
    // A server without a token needs none.
    let (_open, started) = serve(&other, &folders.arguments(), &["--no-auth"]);
    let address = started["address"].as_str().unwrap();
    remote(&user, &[address, "--until", "validate"]).with(0);
}

#[test]
fn run_in_progress_is_told() {
    let scenario = stages(json!([{"sleep": 60_000}]), json!([]));
    let user = User::new();
    let (_server, _) = serve(&user, &scenario.arguments(), &[]);
    let mut running = user.start("publish", &[], &["--remote", "auto", "--json"]);
    running.until("pluginStarted");
    let ended = remote(&user, &["auto"]).with(70);
    ended.says(&["refuses", "r1"]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_cancels_the_run_there() {
    let long = json!([{"log": "info", "message": "at it"}, {"sleep": 60_000}]);
    let scenario = stages(long, json!([]));
    let user = User::new();
    let (_server, _) = serve(&user, &scenario.arguments(), &[]);
    let more = ["--remote", "auto", "--json", "--report", "a.json"];
    let mut running = user.start("publish", &[], &more);
    running.until("record");
    running.interrupt();
    let mut last = Value::Null;
    while let Some(line) = running.line() {
        last = line;
    }
    assert_eq!(running.code(), Some(130));
    assert_eq!(last["run"]["state"], "cancelled", "{last}");
    let report: Value = serde_json::from_str(&user.text("a.json")).unwrap();
    assert_eq!(report["outcome"]["verdict"], "cancelled");
    // The server is there for the next one.
    remote(&user, &["auto", "--until", "collect"]).with(0);
}

#[cfg(unix)]
#[test]
fn server_that_goes_away_is_told() {
    let scenario = stages(json!([{"sleep": 60_000}]), json!([]));
    let user = User::new();
    let (mut server, started) = serve(&user, &scenario.arguments(), &[]);
    let mut running = user.start("publish", &[], &["--remote", "auto", "--json"]);
    running.until("pluginStarted");
    server.signal("-KILL");
    server.code();
    while running.line().is_some() {}
    let said = running.said();
    assert_eq!(running.code(), Some(6), "{said}");
    for part in [
        "was lost during the run r1",
        "history list",
        started["address"].as_str().unwrap(),
    ] {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}
