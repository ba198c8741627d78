//! `publish --without`, `--with` and `--data`: the same here and through a running server.

use pyblish_endpoint_tests::Scenario;
use serde_json::{Value, json};

use super::user::{Ended, User};

/// An optional plug-in that fails, one that is off, and what says which values there are.
fn scenario() -> Scenario {
    Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": "hero", "data": {"family": "a"}}, {"create": "prop", "data": {"family": "a"}},
        ]},
        {"name": "Check", "order": 1, "instance": []},
        {"name": "Heavy", "order": 2, "optional": true, "instance": [{"fail": "it fails"}]},
        {"name": "Rare", "order": 2.1, "optional": true, "active": false, "instance": []},
        {"name": "Extract", "order": 2.2, "instance": [
            {"log": "info", "message": "24 frames", "when": {"frames": 24}},
        ], "attributes": [{"key": "note", "type": "text"}]},
        {"name": "Tell", "order": 2.3, "context": [
            {"log": "info", "message": "for the bunny", "when": {"show": "bunny"}},
        ]},
    ]))
}

/// What ran on what, and what was logged.
fn results(ended: &Ended) -> Vec<String> {
    let lines = ended.lines().into_iter();
    let results = lines.filter(|line| line["name"] == "result");
    let told = results.map(|line| {
        let result = &line["body"]["result"];
        let records = result["records"].as_array().unwrap().iter();
        let words = records.map(|record| record["message"].as_str().unwrap());
        let on = result["instance"].as_str().unwrap_or("context");
        let plugin = result["plugin"].as_str().unwrap();
        let all: Vec<&str> = [plugin, on].into_iter().chain(words).collect();
        all.join(" ")
    });
    told.collect()
}

/// Publishes here, and in a server of its own.
fn both(more: &[&str], code: i32) -> [Ended; 2] {
    let scenario = scenario();
    let host = scenario.arguments();
    let user = User::new();
    let here = user.publish(&host, more).with(code);
    let mut server = user.start("serve", &host, &["--json", "--port", "0"]);
    let started: Value = server.line().expect("it starts");
    assert!(started["address"].is_string(), "{started}");
    let there = user.run([&["publish", "--remote", "auto"], more].concat());
    [here, there.with(code)]
}

#[test]
fn plugins_are_left_out_and_used() {
    for ended in both(&["--json"], 2) {
        let ran = results(&ended);
        assert!(ran.contains(&"Heavy hero".into()), "{ran:?}");
        assert!(!ran.contains(&"Rare hero".into()), "{ran:?}");
    }
    let chosen = ["--json", "--without", "Heavy", "--with", "Rare"];
    for ended in both(&chosen, 0) {
        let ran = results(&ended);
        assert!(ran.contains(&"Rare hero".into()), "{ran:?}");
        assert!(!ran.contains(&"Heavy hero".into()), "{ran:?}");
    }
}

#[test]
fn values_are_set_where_they_are_said() {
    let chosen = [
        "--json",
        "--without",
        "Heavy",
        "--data",
        "hero:frames=24",
        "--data",
        "show=\"bunny\"",
    ];
    for ended in both(&chosen, 0) {
        let ran = results(&ended);
        for part in [
            "Extract hero 24 frames",
            "Extract prop",
            "Tell context for the bunny",
        ] {
            assert!(ran.contains(&part.into()), "{part} is not in {ran:?}");
        }
        let collected = ran.iter().filter(|it| it.starts_with("Collect"));
        assert_eq!(collected.count(), 1, "{ran:?}");
    }
}

#[test]
fn wrong_choices_are_told_before_they_count() {
    for (chosen, words) in [
        (
            ["--without", "Nobody"],
            "no plug-in \"Nobody\"; of those that are optional, there are \"Heavy\", \"Rare\"",
        ),
        (["--with", "Check"], "Check is not optional"),
        (
            ["--data", "Extract.notes=1"],
            "has no attribute \"Extract.notes\"; there is only \"Extract.note\"",
        ),
    ] {
        for ended in both(&chosen, 64) {
            ended.says(&[words]);
            assert!(!ended.said.contains("Collect"), "{}", ended.said);
        }
    }
    for ended in both(&["--data", "nobody:frames=1"], 64) {
        ended.says(&["no instance \"nobody\" was collected"]);
        assert!(!ended.said.contains("Extract"), "{}", ended.said);
    }
    for (wrong, words) in [("frames", "it has no `=`"), ("frames=late", "'\"late\"'")] {
        for ended in both(&["--data", wrong], 64) {
            ended.says(&[words]);
        }
    }
}
