//! The results of a publish: reports, and the history of the session.

use std::fs;
use std::process::Command;

use pyblish_endpoint_tests::{Folders, data, python};
use serde_json::{Value, json};

use super::user::{User, good_folders, stages};

#[test]
fn foreign_history_is_refused() {
    let (user, folders) = (User::new(), good_folders());
    let host = folders.arguments();
    user.publish(&host, &["--until", "collect"]).with(0);
    let sessions = user.json(&["history", "list", "--json"]);
    let session = sessions[0]["session"].as_str().unwrap();
    let place = user.path("data").join("pyblish-endpoint").join("history");
    let file = place.join(format!("{session}.sqlite"));
    // With a lock beside it, it would count as a damaged history of ours.
    fs::remove_file(file.with_extension("lock")).unwrap();
    fs::remove_file(&file).unwrap();
    fs::write(
        &file,
        "this is something else entirely, and long enough for a header of it",
    )
    .unwrap();
    let ended = user.publish(&host, &[]).with(70);
    ended.says(&[session, "Move the file away to start a new one"]);
}

/// Checks JSON documents, which are given line by line, against a schema.
const VALIDATE: &str = "
import json, sys
import jsonschema_rs
schema = json.load(open(sys.argv[1], encoding='utf-8'))
jsonschema_rs.meta.validate(schema)
validator = jsonschema_rs.validator_for(schema)
for name in sys.argv[2:]:
    with open(name, encoding='utf-8') as file:
        for error in validator.iter_errors(json.load(file)):
            sys.exit('%s: %s at %s' % (name, error.message, error.instance_path))
";

#[test]
fn reports_fit_their_schema() {
    let (user, folders) = (User::new(), Folders::sample());
    let failing = stages(
        json!([{"log": "warning", "message": "w"}, {"fail": "no"}]),
        json!([]),
    );
    let crash = stages(json!([{"trap": true}]), json!([]));
    let publish = |host: &[String], name: &str, more: &[&str], code: i32| {
        let report = [&["--report", name], more].concat();
        user.publish(host, &report).with(code);
    };
    publish(&folders.arguments(), "invalid.json", &[], 1);
    publish(
        &good_folders().arguments(),
        "good.json",
        &["--comment", "c"],
        0,
    );
    publish(
        &good_folders().arguments(),
        "some.json",
        &["--instance", "hero"],
        0,
    );
    publish(
        &Folders::empty().arguments(),
        "empty.json",
        &["--until", "collect"],
        0,
    );
    publish(
        &failing.arguments(),
        "failed.json",
        &["--target", "default"],
        1,
    );
    publish(&crash.arguments(), "lost.json", &[], 6);
    let schema = data("../../docs/src/reference/report.schema.json");
    let mut command = Command::new(python("api-python"));
    command.args(["-I", "-c", VALIDATE]).arg(schema);
    for name in ["invalid", "good", "some", "empty", "failed", "lost"] {
        command.arg(user.path(&format!("{name}.json")));
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
fn reports_name_where_they_are_from() {
    let (user, folders) = (User::new(), good_folders());
    let more = [
        "--report", "a.json", "--report", "a.html", "--report", "a.xml",
    ];
    user.publish(&folders.arguments(), &more).with(0);
    let report: Value = serde_json::from_str(&user.text("a.json")).unwrap();
    let origin = &report["origin"];
    assert_eq!(origin["adapter"], "folder");
    assert_eq!(origin["host"], "folder");
    for key in ["user", "machine", "adapterVersion"] {
        assert!(!origin[key].as_str().unwrap().is_empty(), "{origin}");
    }
    let inspected = user.json(&["adapters", "inspect", "folder", "--json"]);
    assert_eq!(origin["adapterDigest"], inspected["sha256"]);
    let published = report["published"].as_array().unwrap();
    let hero = published.iter().find(|it| it["name"] == "hero").unwrap();
    assert_eq!(
        (&hero["version"], &hero["unchanged"]),
        (&json!(1), &json!(false))
    );
    let path = folders.root().join("imagesequence/hero/v001");
    assert_eq!(hero["path"], path.to_str().unwrap());
    let page = user.text("a.html");
    assert!(page.contains("Published versions") && page.contains("v001"));
    let digest = origin["adapterDigest"].as_str().unwrap();
    assert!(page.contains(digest) && user.text("a.xml").contains(digest));
    // A saved page has no buttons.
    let folders = Folders::sample();
    user.publish(&folders.arguments(), &["--report", "a.html"])
        .with(1);
    let page = user.text("a.html");
    assert!(
        !page.contains("Press ") && page.contains("The plug-in can fix it"),
        "{page}"
    );
    // Published again, nothing is new.
    let folders = good_folders();
    user.publish(&folders.arguments(), &[]).with(0);
    user.publish(&folders.arguments(), &["--report", "b.json"])
        .with(0);
    let report: Value = serde_json::from_str(&user.text("b.json")).unwrap();
    assert_eq!(report["published"][0]["unchanged"], true);
}

#[test]
fn reports_are_written() {
    let (user, folders) = (User::new(), Folders::sample());
    let more = [
        "--report", "a.json", "--report", "a.html", "--report", "a.xml",
    ];
    user.publish(&folders.arguments(), &more)
        .with(1)
        .prints(&["report a.xml"]);
    let report: Value = serde_json::from_str(&user.text("a.json")).unwrap();
    assert_eq!(report["run"]["state"], "stopped");
    assert_eq!(report["summary"]["checksFailed"], 2);
    assert_eq!(report["problems"][0]["plugin"], "ValidateName");
    let page = user.text("a.html");
    assert!(page.starts_with("<!") && page.contains("2 of 39 checks failed"));
    let junit = user.text("a.xml");
    assert!(
        junit.starts_with("<?xml") && junit.contains("failures=\"2\""),
        "{junit}"
    );

    // The history has the same run, and makes the same reports of it.
    for name in ["a.json", "a.html", "a.xml"] {
        let kind = name.trim_start_matches("a.");
        let ended = user
            .run(["history", "report", "latest", "--format", kind])
            .with(0);
        assert!(
            ended.out == user.text(name),
            "{name} differs: {}",
            ended.out
        );
    }
    user.run(["history", "report", "r1", "--output", "b.html"])
        .with(0);
    assert_eq!(user.text("b.html"), page);
    let ended = user
        .run(["history", "report", "r1", "--output", "no/b.html"])
        .with(1);
    ended.says(&["no/b.html", "--output"]);
}

#[test]
fn runs_are_listed_and_shown() {
    let user = User::new();
    let empty = user.run(["history", "list"]).with(0);
    assert_eq!(empty.out, "");
    empty.says(&["there is no run yet"]);
    assert_eq!(user.json(&["history", "list", "--json"]), json!([]));
    user.run(["history", "show", "latest"])
        .with(1)
        .says(&["there is no run yet"]);

    let (good, bad) = (good_folders(), Folders::sample());
    user.publish(&good.arguments(), &["--comment", "first"])
        .with(0);
    user.publish(&bad.arguments(), &[]).with(1);
    user.publish(&good.arguments(), &["--until", "collect"])
        .with(0);
    let sessions = user.json(&["history", "list", "--json"]);
    let states = |folders: &Folders| -> Vec<Value> {
        let inbox = folders.inbox().canonicalize().unwrap();
        let inbox = inbox.to_str().unwrap();
        let sessions = sessions.as_array().unwrap().iter();
        let mut of = sessions.filter(|of| of["folders"][0].as_str().unwrap().starts_with(inbox));
        let runs = of.next().unwrap()["runs"].as_array().unwrap().clone();
        runs.iter()
            .map(|run| json!([run["id"], run["state"]]))
            .collect()
    };
    assert_eq!(
        states(&good),
        [json!(["r2", "succeeded"]), json!(["r1", "succeeded"])]
    );
    assert_eq!(states(&bad), [json!(["r1", "stopped"])]);
    let listed = user.run(["history", "list"]).with(0);
    listed.prints(&["RUN", "/r2", "stopped: failed validation", "first"]);

    // Two sessions have a first run; only one has a second.
    let ended = user.run(["history", "show", "r1"]).with(1);
    ended.says(&["several sessions have a run r1", "/r1, folder-"]);
    user.run(["history", "show", "r2"])
        .with(0)
        .prints(&["Collected: "]);
    let first = listed.out.lines().last().unwrap();
    let name = first.split_whitespace().next().unwrap();
    let shown = user.run(["history", "show", name]).with(0);
    shown.prints(&[
        name,
        "comment  first",
        "Published: ",
        "integrate  IntegrateVersion",
    ]);
    let shown = user.json(&["history", "show", name, "--json"]);
    assert_eq!(shown["run"]["comment"], "first");
    assert_eq!(shown["results"][0]["plugin"], "CollectFiles");
    user.run(["history", "show", "r9"])
        .with(1)
        .says(&["no session has a run r9", "history list"]);
    user.run(["history", "show", "nine"])
        .with(64)
        .says(&["history list"]);
}

#[test]
fn session_name_is_stable() {
    let (user, folders) = (User::new(), good_folders());
    let host = folders.arguments();
    let mut first = user.start("serve", &host, &["--json", "--port", "0"]);
    let session = first.line().unwrap()["session"].clone();
    let session = session.as_str().unwrap();
    user.publish(&host, &[])
        .with(0)
        .prints(&[&format!("Run {session}-2/r1")]);
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    user.publish(&host, &["--until", "collect"])
        .with(0)
        .prints(&[&format!("Run {session}/r1")]);
    let elsewhere = ["--until", "collect", "--history-dir", "elsewhere"];
    user.publish(&host, &elsewhere)
        .with(0)
        .prints(&[&format!("Run {session}/r1")]);
    assert!(
        user.path("elsewhere")
            .join(format!("{session}.sqlite"))
            .is_file()
    );
}
