//! A studio's policy from the configuration: what it changes, and that each report says so.

use std::fs;

use pyblish_endpoint_tests::{Scenario, v2};
use serde_json::{Value, json};

use super::user::{User, arguments, plugins_that_ran};

/// Two checks and an extractor, on one instance of a project.
fn scenario() -> Scenario {
    Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": "hero", "data": {"family": "a"}}, {"set": {"project": "bunny", "task": "anim"}},
        ]},
        {"name": "ValidateCase", "order": 1, "instance": [{"fail": "not lowercase"}]},
        {"name": "ValidateName", "order": 1.1, "optional": true, "instance": []},
        {"name": "Extract", "order": 2, "instance": []},
    ]))
}

fn publish(user: &User, policy: &str, code: i32) -> (Vec<String>, Value) {
    let file = user.path("policy.toml");
    fs::write(&file, policy).unwrap();
    let more = ["--json", "--report", "a.json", "--report", "a.html"];
    let scenario = scenario();
    let mut command = user.command(arguments("publish", &scenario.arguments(), &more));
    command.env("PYBLISH_ENDPOINT_CONFIG", &file);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    let lines: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ran = plugins_that_ran(&lines).into_iter().map(str::to_owned);
    let ran = ran.collect();
    (ran, serde_json::from_str(&user.text("a.json")).unwrap())
}

#[test]
fn policy_switches_off_and_reorders() {
    let user = User::new();
    let (ran, report) = publish(&user, "", 1);
    assert_eq!(ran, ["Collect", "ValidateCase", "ValidateName"]);
    assert_eq!(report["policy"], json!([]));

    let policy = "
        [[policy]]
        plugins = ['Validate*']
        families = ['*']
        order = 1.4
        [[policy]]
        plugins = ['ValidateCase']
        active = false
        reason = 'the show delivers uppercase names'
        [[policy]]
        plugins = ['ValidateName']
        optional = false
        order = 0.9
        [[policy]]
        plugins = ['Extract']
        hosts = ['maya']
        active = false
    ";
    let (ran, report) = publish(&user, policy, 0);
    assert_eq!(ran, ["Collect", "ValidateName", "Extract"]);
    let told = report["policy"].as_array().unwrap();
    let change = |plugin: &str| -> Vec<&str> {
        let of = told.iter().filter(|it| it["plugin"] == plugin);
        of.map(|it| it["change"].as_str().unwrap()).collect()
    };
    assert_eq!(
        change("ValidateCase"),
        ["switched off", "order 1.4 instead of 1"]
    );
    assert_eq!(change("Extract"), [""; 0]);
    let off = told
        .iter()
        .find(|it| it["change"] == "switched off")
        .unwrap();
    assert_eq!(off["reason"], "the show delivers uppercase names");
    assert!(off["source"].as_str().unwrap().ends_with("policy.toml"));
    let switched_off = &report["switchedOff"][0];
    assert_eq!(switched_off["name"], "ValidateCase");
    assert_eq!(switched_off["by"], "policy");
    let page = user.text("a.html");
    assert!(page.contains("the show delivers uppercase names"), "{page}");
}

#[test]
fn policy_of_a_project_holds_once_it_is_known() {
    let user = User::new();
    for (condition, ran) in [
        (
            "projects = ['bunny']",
            &["Collect", "ValidateName", "Extract"][..],
        ),
        ("tasks = ['an*']", &["Collect", "ValidateName", "Extract"]),
        (
            "projects = ['other']",
            &["Collect", "ValidateCase", "ValidateName"],
        ),
    ] {
        let policy = format!("[[policy]]\nplugins = ['ValidateCase']\nactive = false\n{condition}");
        let code = i32::from(ran.len() == 3 && ran[1] == "ValidateCase");
        let (did, report) = publish(&user, &policy, code);
        assert_eq!(did, ran, "{condition}");
        assert_eq!(
            report["policy"].as_array().unwrap().len(),
            usize::from(code == 0)
        );
    }
}

#[test]
fn each_frontend_sees_the_policy() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("policy.toml");
    let policy = "[[policy]]\nplugins = ['ValidateCase']\nactive = false\noptional = true\n";
    fs::write(&file, policy).unwrap();
    let scenario = scenario();
    let mut command = pyblish_endpoint_tests::serve();
    command
        .args(scenario.arguments())
        .env("PYBLISH_ENDPOINT_CONFIG", &file);
    let server = pyblish_endpoint_tests::Server::start_with(command);
    let session = v2::session(&server);
    let plugins = server.send("GET", &format!("{session}/plugins")).ok();
    let case = plugins["items"].as_array().unwrap().iter();
    let case = case
        .clone()
        .find(|it| it["name"] == "ValidateCase")
        .unwrap();
    assert_eq!(
        (&case["active"], &case["optional"]),
        (&json!(false), &json!(true))
    );
    // REST v1 as well.
    let state = server.state();
    let case = state["plugins"].as_array().unwrap().iter();
    let case = case
        .clone()
        .find(|it| it["name"] == "ValidateCase")
        .unwrap();
    assert_eq!(case["data"]["active"], false);

    // What somebody leaves out is in the report, with their name.
    let run = v2::start(&server, &session, json!({"until": "collect"}));
    v2::end(&server, &session, &run);
    let instances = server.send("GET", &format!("{session}/instances")).ok();
    let hero = instances["items"][0]["id"].as_str().unwrap();
    let revision = server.send("GET", &session).ok()["revision"].clone();
    let change = json!({"revision": revision, "set": {"publish": false}});
    let path = format!("{session}/instances/{hero}");
    server.send_json("PATCH", &path, &change, &[]).ok();
    let run = v2::start(&server, &session, json!({"only": "validate"}));
    v2::end(&server, &session, &run);
    let report = server.send("GET", &format!("{run}/report")).ok();
    let by = |name: &str| {
        let mut parts = report["switchedOff"].as_array().unwrap().iter();
        parts.find(|it| it["name"] == name).unwrap()["by"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(by("ValidateCase"), "policy");
    assert!(by("hero").starts_with("user "), "{}", by("hero"));
    assert_eq!(report["origin"]["adapter"], "scenario");
    assert_eq!(
        report["origin"]["adapterDigest"].as_str().unwrap().len(),
        64
    );
}
