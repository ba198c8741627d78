//! `publish` of a part, and its output for programs.

use std::io::Read;

use pyblish_endpoint_tests::Scenario;
use serde_json::json;

use super::user::{User, arguments, good_folders, plugins_that_ran, stages};

#[test]
fn json_is_one_object_a_line() {
    let (user, folders) = (User::new(), good_folders());
    let ended = user.publish(&folders.arguments(), &["--json"]).with(0);
    let lines = ended.lines();
    let (last, events) = lines.split_last().unwrap();
    assert_eq!(last["run"]["state"], "succeeded");
    assert_eq!(last["run"]["progress"], 1.0);
    let numbers: Vec<_> = events
        .iter()
        .map(|event| event["sequence"].as_u64().unwrap())
        .collect();
    assert!(
        numbers.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{numbers:?}"
    );
    assert_eq!(events[0]["name"], "reset");
    assert_eq!(events.last().unwrap()["name"], "runEnded");
    let stages: Vec<_> = events
        .iter()
        .filter(|event| event["name"] == "stageEnded")
        .map(|event| &event["body"]["stage"])
        .collect();
    assert_eq!(stages, ["collect", "validate", "extract", "integrate"]);
    assert!(!ended.said.contains("CollectFiles"), "{}", ended.said);
}

#[test]
fn closed_output_stops_nothing() {
    let (user, folders) = (User::new(), good_folders());
    let arguments = arguments("publish", &folders.arguments(), &["--json"]);
    let mut child = user.command(arguments).spawn().unwrap();
    let mut first = [0];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let manifest = folders.root().join("imagesequence/hero/v001/publish.json");
    assert!(manifest.is_file());
}

#[test]
fn until_stops_after_the_stage() {
    let user = User::new();
    let scenario = stages(json!([]), json!([]));
    for (stage, ran) in [
        ("collect", vec!["Collect"]),
        ("validate", vec!["Collect", "Validate", "Validate"]),
        (
            "extract",
            vec!["Collect", "Validate", "Validate", "Extract", "Extract"],
        ),
    ] {
        let ended = user
            .publish(&scenario.arguments(), &["--until", stage, "--json"])
            .with(0);
        assert_eq!(plugins_that_ran(&ended.lines()), ran);
    }
    let ended = user
        .publish(&scenario.arguments(), &["--until", "collect"])
        .with(0);
    ended.prints(&["Collected", "Instances:\n  hero\n  extra\n"]);
    // A failed run of the validators only is a failed validation.
    let bad = stages(json!([{"fail": "no"}]), json!([]));
    user.publish(&bad.arguments(), &["--until", "validate"])
        .with(1)
        .prints(&["Not valid"]);
}

#[test]
fn only_named_instances_are_published() {
    let user = User::new();
    let scenario = stages(
        json!([{"fail": "empty", "when": {"family": "b"}}]),
        json!([]),
    );
    let host = scenario.arguments();
    let ended = user
        .publish(&host, &["--instance", "extra", "--json"])
        .with(0);
    let lines = ended.lines();
    let ran = plugins_that_ran(&lines);
    assert_eq!(ran, ["Collect", "Validate", "Extract", "Integrate"]);
    let on: Vec<_> = lines
        .iter()
        .filter_map(|line| line["body"]["result"]["instance"].as_str())
        .collect();
    assert_eq!(on, ["extra", "extra"]);
    let last = lines.last().unwrap();
    assert_eq!(last["run"]["until"], json!(null));

    let ended = user
        .publish(&host, &["--instance", "hero", "--instance", "heroine"])
        .with(64);
    ended.says(&["no instance \"heroine\"", "\"hero\", \"extra\""]);
    assert_eq!(ended.out, "");
}

#[test]
fn plugins_run_for_their_targets() {
    let user = User::new();
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "targets": ["default", "farm"], "context": []},
        {"name": "Here", "order": 1, "context": []},
        {"name": "There", "order": 1, "targets": ["farm"], "context": []},
    ]));
    let ran = |more: &[&str]| {
        let ended = user.publish(&scenario.arguments(), more).with(0);
        plugins_that_ran(&ended.lines()).join(" ")
    };
    assert_eq!(ran(&["--json"]), "Collect Here");
    assert_eq!(ran(&["--json", "--target", "farm"]), "Collect There");
    assert_eq!(
        ran(&["--json", "--target", "farm", "--target", "default"]),
        "Collect Here There"
    );
}

#[test]
fn batch_publishes_what_it_names() {
    let (user, folders) = (User::new(), good_folders());
    let list = folders.root().join("delivery.csv");
    let publish = |text: &str| {
        std::fs::write(&list, text).unwrap();
        let list = list.to_str().unwrap();
        user.publish(&folders.arguments(), &["--batch", list])
    };
    // A line that is wrong is named, and nothing is published.
    for (row, wrong) in [
        ("none.png,x,,", "line 3: none.png was not collected"),
        (
            "hero.####.png,x,,",
            "line 3: hero.####.png is in line 2 already",
        ),
        (",x,,", "line 3: there is no path"),
        ("skyline.jpg,x,1-5,", "line 3: skyline.jpg is no sequence"),
        ("crate.obj,x,1-x,", "line 3: the frames \"1-x\""),
    ] {
        let text = format!("path,name,frames,shot\nhero.####.png,hero,1001-1008,\n{row}\n");
        let ended = publish(&text).with(64);
        assert!(ended.said.contains(wrong), "{row}: {}", ended.said);
        assert!(!folders.root().join("imagesequence").exists());
    }
    let text = "path,name,version,comment,shot\n\
                hero.%04d.png,bunny,v005,\"for you, Anna\",sh010\n\
                skyline.jpg,,,,\n";
    let ended = publish(text).with(0);
    let version = folders.root().join("imagesequence/bunny/v005");
    let skyline = folders.root().join("image/skyline/v001");
    ended.prints(&[
        "2 published",
        version.to_str().unwrap(),
        skyline.to_str().unwrap(),
    ]);
    let text = std::fs::read_to_string(version.join("publish.json")).unwrap();
    assert!(text.contains("for you, Anna"), "{text}");
    assert!(!folders.root().join("geometry").exists());
}
