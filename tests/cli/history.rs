//! The results of a publish: reports, and the history of the session.

use std::fs;

use pyblish_endpoint_tests::Folders;
use serde_json::{Value, json};

use super::user::{User, good_folders};

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
