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
fn each_code_is_in_the_help() {
    let user = User::new();
    for command in ["publish", "watch"] {
        let help = user.run([command, "--help"]).with(0);
        let codes = help.out.split("Exit codes").nth(1).unwrap();
        for code in [0, 1, 2, 3, 4, 5, 6, 64, 70, 130] {
            let row = format!("\n  {code:>3}  ");
            assert!(codes.contains(&row), "{code}: {codes}");
        }
    }
}

#[test]
fn failed_validation_is_1() {
    let (user, folders) = (User::new(), Folders::sample());
    let ended = user.publish(&folders.arguments(), &[]).with(1);
    ended.prints(&[
        "Not published: 2 of 39 checks failed.",
        "failed validation",
        "  The name does not match\n",
        "rename it, for example to old_map.png\n    ValidateName on Old Map\n",
    ]);
    // The progress, pair by pair.
    ended.says(&[
        "failed    ValidateName on Old Map\n",
        "ok        ValidateName on skyline",
    ]);
    assert!(
        ended
            .out
            .ends_with("\nNot published: 2 of 39 checks failed.\n"),
        "{}",
        ended.out
    );
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
        "the disk is full\n    Extract on hero, extra\n",
    ]);

    // If another plug-in than a validator fails, the exit code is 2.
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [{"fail": "no scene"}]},
        {"name": "Validate", "order": 1, "context": [{"fail": "no frames"}]},
    ]));
    user.publish(&scenario.arguments(), &[]).with(2);
}

#[test]
fn warning_under_strict_is_3() {
    let user = User::new();
    let warns = stages(json!([{"log": "warning", "message": "dark"}]), json!([]));
    user.publish(&warns.arguments(), &[]).with(0);
    let ended = user.publish(&warns.arguments(), &["--strict"]).with(3);
    ended.prints(&["Published: all 2 checks passed, with warnings"]);
    let clean = stages(json!([]), json!([]));
    user.publish(&clean.arguments(), &["--strict"]).with(0);
}

#[test]
fn nothing_to_publish_under_fail_if_empty_is_4() {
    let (user, folders) = (User::new(), Folders::empty());
    let empty = |more: &[&str], code| user.publish(&folders.arguments(), more).with(code);
    empty(&[], 0).prints(&["Nothing to publish: no instance was collected"]);
    empty(&["--fail-if-empty"], 4);
    empty(&["--fail-if-empty", "--until", "collect"], 4);

    // Something was collected, and no plug-in is for it.
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [{"create": "hero", "data": {"family": "a"}}]},
        {"name": "Validate", "order": 1, "families": ["b"], "instance": []},
    ]));
    let ended = user.publish(&scenario.arguments(), &["--fail-if-empty"]);
    ended
        .with(4)
        .prints(&["Nothing to publish: no plug-in ran on the only instance"]);
    let ended = user.publish(
        &scenario.arguments(),
        &["--fail-if-empty", "--until", "collect"],
    );
    ended.with(0);
}

#[test]
fn broken_plugin_is_5() {
    let user = User::new();
    let plugins = user.path("plugins");
    fs::create_dir(&plugins).unwrap();
    let good = "
import pyblish.api

class Collect(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder
    def process(self, context):
        context.create_instance('hero')

class Validate(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, instance):
        assert not instance.context.data.get('comment'), 'no comments'

class Extract(pyblish.api.InstancePlugin):
    order = pyblish.api.ExtractorOrder
    def process(self, instance):
        self.log.warning('extracted')
";
    fs::write(plugins.join("good.py"), good).unwrap();
    fs::write(plugins.join("bad.py"), "import no_such_module\n").unwrap();
    let grant = format!("{}=/plugins:ro", plugins.display());
    let host = ["--adapter", "pyplugins", "--dir", &grant].map(String::from);

    let ended = user.publish(&host, &["--report", "a.json"]).with(5);
    ended.prints(&[
        "Valid without 1 plug-in file that cannot be used: the only check passed",
        "bad.py",
        "No module named 'no_such_module'",
    ]);
    let report: Value = serde_json::from_str(&user.text("a.json")).unwrap();
    assert_eq!(report["outcome"]["verdict"], "failed");
    assert_eq!(report["broken"][0]["file"], "/plugins/bad.py");
    // Nothing goes out as long as a check may be missing.
    assert!(!ended.said.contains("extracted"), "{}", ended.said);

    // The setup is to be mended before the scene.
    user.publish(&host, &["--comment", "x"]).with(5);
    let allow = "--allow-broken-plugins";
    let ended = user.publish(&host, &[allow]).with(0);
    ended.says(&["extracted"]);
    ended.prints(&["Published without 1 plug-in file that cannot be used"]);
    user.publish(&host, &[allow, "--comment", "x"]).with(1);

    // Without any plug-in that can be used, too.
    fs::remove_file(plugins.join("good.py")).unwrap();
    user.publish(&host, &[]).with(5).prints(&["no_such_module"]);
}

#[test]
fn lost_host_is_6() {
    let user = User::new();
    let crash = stages(json!([{"trap": true}]), json!([]));
    let ended = user.publish(&crash.arguments(), &[]).with(6);
    ended.prints(&["the host was lost", "scenario crashed in process"]);
}

#[test]
fn bad_input_is_64() {
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
    ] {
        let ended = user.publish(&host, &more).with(64);
        ended.says(&parts);
        assert_eq!(ended.out, "", "{more:?}");
    }
    user.publish(&[], &["--adapter", "photoshop"])
        .with(64)
        .says(&["there is no adapter \"photoshop\""]);
    user.publish(&[], &[]).with(64).says(&["--adapter"]);
    user.publish(&[], &["--host", "blender"])
        .with(6)
        .says(&["blender"]);
    user.publish(&host, &["--history-dir", "/dev/null/a"])
        .with(70)
        .says(&["/dev/null/a", "--history-dir"]);
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
