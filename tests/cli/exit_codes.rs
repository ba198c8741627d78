//! Each exit code of `publish`, and its output.

use std::fs;
use std::io::{BufRead, BufReader};

use pyblish_endpoint_tests::{Folders, Scenario};
use serde_json::{Value, json};

use super::user::{User, good_folders, stages};

#[test]
fn success_is_0() {
    let (user, folders) = (User::new(), good_folders());
    let ended = user
        .publish(&folders.arguments(), &["--comment", "for Ada"])
        .with(0);
    ended.prints(&["Published: ", "  hero\n", "  skyline\n", "Run folder-"]);
    ended.says(&[
        "ok        CollectFiles",
        "info      IntegrateVersion on hero: Published hero",
    ]);
    let manifest = folders.root().join("imagesequence/hero/v001/publish.json");
    let manifest: Value = serde_json::from_str(&fs::read_to_string(manifest).unwrap()).unwrap();
    assert_eq!(manifest["comment"], "for Ada");
}

#[test]
fn failed_validation_is_1() {
    let (user, folders) = (User::new(), Folders::sample());
    let ended = user.publish(&folders.arguments(), &[]).with(1);
    ended.prints(&[
        "Not published: 2 of 39 checks failed.",
        "failed validation",
        "  The name does not match\n",
        "rename it, for example to old_map.png\n    instance Old Map, plug-in ValidateName\n",
    ]);
    // The progress, pair by pair.
    ended.says(&[
        "failed    ValidateName on Old Map: ",
        "ok        ValidateName on skyline",
    ]);
    assert_eq!(
        fs::read_dir(folders.root()).unwrap().count(),
        0,
        "nothing is published"
    );
}

#[test]
fn other_failure_is_2() {
    let user = User::new();
    let failing = json!([{"fail": "the disk is full"}]);
    let ended = user
        .publish(&stages(json!([]), failing.clone()).arguments(), &[])
        .with(2);
    ended.prints(&[
        "Not fully published",
        "the disk is full\n    instance hero, plug-in Extract",
    ]);

    // If another plug-in than a validator fails, the exit code is 2.
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [{"fail": "no scene"}]},
        {"name": "Validate", "order": 1, "context": [{"fail": "no frames"}]},
    ]));
    user.publish(&scenario.arguments(), &[]).with(2);

    let crash = stages(json!([{"trap": true}]), json!([]));
    let ended = user.publish(&crash.arguments(), &[]).with(2);
    ended.prints(&["the host was lost", "scenario crashed in process"]);
}

#[test]
fn bad_input_is_2() {
    let (user, folders) = (User::new(), good_folders());
    let host = folders.arguments();
    for (more, parts) in [
        (
            vec!["--until", "finish"],
            vec!["collect, validate, extract, integrate"],
        ),
        (vec!["--report", "a.pdf"], vec![".json, .html or .xml"]),
        (
            vec!["--report", "no/where/a.xml"],
            vec!["there is no folder no/where", "--report"],
        ),
        (
            vec!["--target", "farm"],
            vec!["no plug-in is for the targets farm", "\"default\""],
        ),
        (vec!["--set", "colour=red"], vec!["no setting \"colour\""]),
        (vec!["--keep-days", "many"], vec!["--keep-days"]),
        (
            vec!["--history-dir", "/dev/null/a"],
            vec!["/dev/null/a", "--history-dir"],
        ),
    ] {
        let ended = user.publish(&host, &more).with(2);
        ended.says(&parts);
        assert_eq!(ended.out, "", "{more:?}");
    }
    user.publish(&[], &["--adapter", "photoshop"])
        .with(2)
        .says(&["there is no adapter \"photoshop\""]);
    user.publish(&[], &[]).with(2).says(&["--adapter"]);
    assert_eq!(fs::read_dir(folders.root()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn ctrl_c_is_130() {
    let user = User::new();
    let long = json!([{"log": "info", "message": "at it"}, {"sleep": 60_000}]);
    let scenario = stages(long, json!([]));
    let mut running = user.start(
        "publish",
        &scenario.arguments(),
        &["--json", "--report", "a.json"],
    );
    assert_eq!(
        running.until("record")["body"]["record"]["message"],
        "at it"
    );
    running.interrupt();
    let mut last = Value::Null;
    while let Some(line) = running.line() {
        last = line;
    }
    assert_eq!(running.code(), Some(130));
    assert_eq!(last["run"]["state"], "cancelled", "{last}");
    let report: Value = serde_json::from_str(&user.text("a.json")).unwrap();
    assert_eq!(report["outcome"]["verdict"], "cancelled");
}

#[cfg(unix)]
#[test]
fn second_ctrl_c_ends_at_once() {
    let user = User::new();
    let deaf = json!([{"log": "info", "message": "at it"}, {"sleep": 60_000, "deaf": true}]);
    let scenario = stages(deaf, json!([]));
    let mut running = user.start("publish", &scenario.arguments(), &["--json"]);
    running.until("record");
    running.interrupt();
    let mut said = BufReader::new(running.child.stderr.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().contains("again to end at once")));
    // The plug-in ignores the cancel for up to ten seconds: the program still runs.
    assert_eq!(running.child.try_wait().unwrap(), None);
    running.interrupt();
    assert_eq!(running.code(), Some(130));
    assert!(said.any(|line| line.unwrap().contains("ended at once")));
    let sessions = user.json(&["history", "list", "--json"]);
    assert_eq!(sessions[0]["runs"][0]["state"], "interrupted");
}
