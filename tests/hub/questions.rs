//! What the page asks: is anybody stuck, what can be chosen, what did a plug-in say, what is the report.

use std::time::{SystemTime, UNIX_EPOCH};

use pyblish_endpoint_tests::Server;
use pyblish_endpoint_tests::hub::{API, post_events, run_lines, settled, start_hub, token};
use pyblish_endpoint_tests::postgres::Postgres;
use serde_json::{Value, json};

fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs_f64()
}

fn get(hub: &Server, path: &str) -> Value {
    hub.send("GET", &format!("{API}{path}")).ok()
}

/// A hub with a machine, whose token is returned.
fn studio() -> (Postgres, Server, String) {
    let postgres = Postgres::start();
    let mut hub = start_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    hub.token = Some(token(&postgres, &["--role", "viewer", "--name", "carla"]));
    (postgres, hub, machine)
}

/// A run without its last lines: it is still running.
fn cut(lines: &str, keep: usize) -> String {
    lines.lines().take(keep).collect::<Vec<_>>().join("\n")
}

#[test]
fn stuck_run_is_told_from_one_that_is_well() {
    let (postgres, hub, machine) = studio();
    let begin = now();
    // Five runs of a second: that is usual.
    for number in 1..=5 {
        let at = begin - 1000.0 + number as f64;
        let lines = run_lines("one", number, at, "anna", "bunny", false);
        post_events(&hub.address, &machine, &lines).ok();
    }
    assert_eq!(get(&hub, "/running")["total"], 0);
    let running = |session: &str, number: u64, since: f64| {
        let lines = run_lines(session, number, begin - since, "anna", "bunny", false);
        post_events(&hub.address, &machine, &cut(&lines, 6)).ok();
    };
    running("one", 6, 5.0);
    let found = get(&hub, "/running");
    let run = &found["items"][0];
    assert_eq!((&found["total"], &run["stuck"]), (&json!(1), &Value::Null));
    assert_eq!(
        (&run["plugin"], &run["instance"], &run["progress"]),
        (&json!("ValidateMesh"), &json!("hero"), &json!(0.5))
    );
    let usual = run["usual"].as_f64().unwrap();
    assert!((0.9..1.1).contains(&usual), "{run}");
    // A minute is much more than usual.
    running("two", 1, 90.0);
    assert_eq!(get(&hub, "/running")["items"][0]["stuck"], "slow");
    // Nothing is heard of a session any more.
    postgres.sql("UPDATE sessions SET heard = now() - interval '4 minutes' WHERE name = 'one'");
    let items = get(&hub, "/running")["items"].take();
    let stuck: Vec<_> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|run| &run["stuck"])
        .collect();
    assert_eq!(stuck, [&json!("slow"), &json!("silent")]);
    // Of an adapter with few runs nobody knows what is usual.
    postgres.sql("UPDATE runs SET adapter = 'other' WHERE state = 'running' AND number = 1");
    let first = get(&hub, "/running")["items"][0].take();
    assert_eq!(
        (&first["usual"], &first["stuck"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn choices_are_what_runs_have() {
    let (postgres, hub, machine) = studio();
    let lines = run_lines("one", 1, now(), "anna", "bunny", true);
    post_events(&hub.address, &machine, &lines).ok();
    settled(&postgres);
    // The context names the project after the first run began, so the run has none until its end.
    assert_eq!(
        get(&hub, "/choices"),
        json!({"projects": ["bunny"], "tasks": [], "users": ["anna"], "machines": ["ws1"],
            "adapters": ["folder"], "hosts": ["disk"], "plugins": ["Collect", "ValidateMesh"]})
    );
}

#[test]
fn plugin_has_weeks_and_messages() {
    let (postgres, hub, machine) = studio();
    let week = 7.0 * 86_400.0;
    for (number, ago) in [(1, 2.0 * week), (2, week), (3, 0.0)] {
        let lines = run_lines("one", number, now() - ago, "anna", "bunny", number > 1);
        post_events(&hub.address, &machine, &lines).ok();
    }
    settled(&postgres);
    let page = get(&hub, "/plugins?days=28&name=mesh");
    assert_eq!(page["total"], 1);
    let plugin = &page["items"][0];
    let weeks = plugin["weeks"].as_array().unwrap();
    let failed: Vec<_> = weeks
        .iter()
        .map(|week| week["failed"].as_i64().unwrap())
        .collect();
    assert_eq!((failed, &plugin["failed"]), (vec![0, 1, 1], &json!(2)));
    let gap = weeks[1]["from"].as_f64().unwrap() - weeks[0]["from"].as_f64().unwrap();
    assert_eq!(gap, week);
    assert_eq!(get(&hub, "/plugins?name=nothing")["items"], json!([]));
    let messages = get(&hub, "/failures?plugin=ValidateMesh");
    assert_eq!(
        (
            &messages["items"][0]["message"],
            &messages["items"][0]["count"]
        ),
        (&json!("the mesh has ngons"), &json!(2))
    );
    assert_eq!(
        get(&hub, "/failures?plugin=ValidateMesh&days=3")["items"][0]["count"],
        1
    );
    for query in ["", "?plugin=a&days=0", "?plugin=a&days=4000"] {
        let refused = hub.send("GET", &format!("{API}/failures{query}"));
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (400, &json!("bad-request")),
            "{query}"
        );
    }
}

#[test]
fn report_is_made_of_what_the_machine_sends() {
    let (postgres, hub, machine) = studio();
    let lines = run_lines("one", 1, now(), "anna", "bunny", true);
    post_events(&hub.address, &machine, &lines).ok();
    let id = get(&hub, "/runs")["items"][0]["id"].clone();
    let report = get(&hub, &format!("/runs/{id}/report"));
    assert_eq!(
        (
            &report["session"],
            &report["origin"]["scene"],
            &report["run"]["state"]
        ),
        (&json!("one"), &json!("hero.ma"), &json!("failed"))
    );
    assert_eq!(report["problems"][0]["message"], "the mesh has ngons");
    let stages: Vec<_> = report["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["stage"])
        .collect();
    assert_eq!(stages, [&json!("collect"), &json!("validate")]);
    let page = get(&hub, &format!("/runs/{id}/report?format=html"));
    assert!(page.as_str().unwrap().contains("the mesh has ngons"));
    let xml = get(&hub, &format!("/runs/{id}/report?format=junit"));
    assert!(xml.as_str().unwrap().starts_with("<?xml"));
    let plugins = get(&hub, &format!("/runs/{id}/plugins"));
    let names: Vec<_> = plugins["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["plugin"])
        .collect();
    assert_eq!(names, [&json!("Collect"), &json!("ValidateMesh")]);
    // An event that was too large for the machine to send is a result all the same.
    postgres.sql("UPDATE events SET body = '{\"tooLarge\": 5000000}' WHERE name = 'result'");
    let report = get(&hub, &format!("/runs/{id}/report"));
    assert_eq!(report["problems"][0]["message"], "the mesh has ngons");
    for (path, status, code) in [
        ("/runs/99999/report", 404, "unknown-run"),
        ("/runs/99999/plugins", 404, "unknown-run"),
        (
            &*format!("/runs/{id}/report?format=pdf"),
            400,
            "bad-request",
        ),
    ] {
        let refused = hub.send("GET", &format!("{API}{path}"));
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (status, &json!(code)),
            "{path}"
        );
    }
}

#[test]
fn interrupted_run_has_a_report() {
    let (_postgres, hub, machine) = studio();
    let whole = run_lines("one", 1, now(), "anna", "bunny", true);
    post_events(&hub.address, &machine, &cut(&whole, 7)).ok();
    let closed = cut(&whole, 1).replace("\"open\":true", "\"open\":false");
    let closed = closed.replace("\"first\":1", "\"first\":7");
    post_events(&hub.address, &machine, &closed).ok();
    let id = get(&hub, "/runs")["items"][0]["id"].clone();
    let report = get(&hub, &format!("/runs/{id}/report"));
    assert_eq!(
        (&report["run"]["state"], &report["run"]["failed"]),
        (&json!("interrupted"), &json!(1))
    );
}
