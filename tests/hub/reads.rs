//! What people read of it: runs, sessions, machines, versions, plug-ins.

use pyblish_endpoint_tests::Server;
use pyblish_endpoint_tests::hub::{API, post_events, settled, start_hub, token};
use pyblish_endpoint_tests::postgres::Postgres;
use serde_json::{Value, json};

use crate::run_batch::{LONG_AGO, run};

/// A hub with six runs of two machines.
fn studio() -> (Postgres, Server) {
    let postgres = Postgres::start();
    let mut hub = start_hub(&postgres);
    for (machine, user, project) in [("ws1", "anna", "bunny"), ("ws2", "berta", "sintel")] {
        let token = token(&postgres, &["--machine", machine]);
        for number in 1..=3 {
            let lines = run("folder-1", number, LONG_AGO, user, project, number == 2);
            post_events(&hub.address, &token, &lines).ok();
        }
    }
    hub.token = Some(token(&postgres, &["--role", "viewer", "--name", "carla"]));
    settled(&postgres);
    (postgres, hub)
}

fn get(hub: &Server, path: &str) -> Value {
    hub.send("GET", &format!("{API}{path}")).ok()
}

#[test]
fn runs_are_filtered() {
    let (_postgres, hub) = studio();
    let found = |query: &str| {
        let page = get(&hub, &format!("/runs?{query}"));
        assert_eq!(
            page["total"],
            page["items"].as_array().unwrap().len(),
            "{page}"
        );
        page["total"].as_u64().unwrap()
    };
    for (query, count) in [
        ("", 6),
        ("state=failed", 2),
        ("state=failed,succeeded", 6),
        ("state=running", 0),
        ("machine=ws1", 3),
        ("machine=ws1&state=failed", 1),
        ("user=berta", 3),
        ("project=bunny", 3),
        ("project=nothing", 0),
        ("adapter=folder&host=disk", 6),
        ("plugin=ValidateMesh", 2),
        ("plugin=Collect", 0),
        ("q=ngons", 2),
        ("q=%22mesh+has%22", 2),
        ("q=ngons+-mesh", 0),
        ("since=1700000003", 2),
        ("until=1700000003", 4),
    ] {
        assert_eq!(found(query), count, "{query}");
    }
    for (query, words) in [
        ("state=broken", "there is no state"),
        ("limit=0", "1 to 1000"),
        ("after=x", "no `next`"),
        ("colour=red", "colour"),
        ("since=yesterday", "since"),
    ] {
        let refused = hub.send("GET", &format!("{API}/runs?{query}"));
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (400, &json!("bad-request")),
            "{query}"
        );
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{query}: {detail}");
    }
}

#[test]
fn pages_have_each_run_once_and_the_latest_first() {
    let (_postgres, hub) = studio();
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = get(&hub, &format!("/runs?limit=4{after}"));
        assert_eq!(page["total"], 6);
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|run| {
            (
                run["started"].as_f64().unwrap(),
                run["machine"].as_str().unwrap().to_owned(),
            )
        }));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let at = |number: u32, machine: &str| (1_700_000_000.0 + f64::from(number), machine.to_owned());
    let expected = [
        at(3, "ws2"),
        at(3, "ws1"),
        at(2, "ws2"),
        at(2, "ws1"),
        at(1, "ws2"),
        at(1, "ws1"),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn one_run_has_its_results_and_versions() {
    let (_postgres, hub) = studio();
    let failed = get(&hub, "/runs?machine=ws1&state=failed")["items"][0].take();
    let id = &failed["id"];
    let run = get(&hub, &format!("/runs/{id}"));
    assert_eq!(
        (&run["runId"], &run["user"], &run["comment"]),
        (&json!("r2"), &json!("anna"), &json!("take 2"))
    );
    assert_eq!(
        (&run["succeeded"], &run["failed"], &run["published"]),
        (&json!(1), &json!(1), &json!([]))
    );
    assert_eq!(run["info"]["facts"]["host"], "disk");
    let results = get(&hub, &format!("/runs/{id}/results"));
    assert_eq!(results["total"], 2);
    assert_eq!(
        results["items"][1]["result"]["error"]["message"],
        "the mesh has ngons"
    );
    let first = get(&hub, &format!("/runs/{id}/results?limit=1"));
    let next = first["next"].as_str().unwrap();
    let second = get(&hub, &format!("/runs/{id}/results?limit=1&after={next}"));
    assert_eq!(second["items"][0], results["items"][1]);
    assert_eq!(
        get(&hub, &format!("/runs/{id}/results?success=false"))["total"],
        1
    );
    for path in ["/runs/99999", "/runs/99999/results"] {
        let refused = hub.send("GET", &format!("{API}{path}"));
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (404, &json!("unknown-run")),
            "{path}"
        );
    }
    let versions = get(&hub, "/versions?name=hero&version=3");
    assert_eq!(versions["total"], 2);
    assert_eq!(
        (
            &versions["items"][0]["machine"],
            &versions["items"][0]["path"]
        ),
        (&json!("ws2"), &json!("hero_v.ma"))
    );
    assert_eq!(get(&hub, "/versions?project=bunny")["total"], 2);
}

#[test]
fn sessions_machines_and_plugins_are_listed() {
    let (_postgres, hub) = studio();
    let sessions = get(&hub, "/sessions?machine=ws2");
    assert_eq!(sessions["total"], 1);
    let session = &sessions["items"][0];
    assert_eq!(
        (
            &session["sequence"],
            &session["project"],
            &session["open"],
            &session["lost"]
        ),
        (&json!(15), &json!("sintel"), &json!(true), &json!(0))
    );
    let machines = get(&hub, "/machines");
    assert_eq!(
        (&machines["total"], &machines["items"][0]["runs"]),
        (&json!(2), &json!(3))
    );
    // The runs are of 2023.
    let plugins = get(&hub, "/plugins?days=3660");
    let mesh = &plugins["items"][0];
    assert_eq!(
        (&mesh["plugin"], &mesh["results"], &mesh["failed"]),
        (&json!("ValidateMesh"), &json!(6), &json!(2))
    );
    assert_eq!(
        (&mesh["total"], &mesh["longest"]),
        (&json!(120.0), &json!(30.0))
    );
    assert_eq!(get(&hub, "/plugins")["total"], 0);
}

#[test]
fn run_that_nobody_ends_is_interrupted() {
    let postgres = Postgres::start();
    let mut hub = start_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    hub.token = Some(token(&postgres, &["--role", "viewer", "--name", "anna"]));
    let whole = run("a", 1, LONG_AGO, "anna", "bunny", true);
    // Its runtime is killed before the end of the run.
    let cut: Vec<_> = whole.lines().take(5).collect();
    post_events(&hub.address, &machine, &cut.join("\n")).ok();
    let state = |hub: &Server| get(hub, "/runs")["items"][0].clone();
    assert_eq!(state(&hub)["state"], "running");
    let closed = cut[0]
        .replace("\"first\":1", "\"first\":5")
        .replace("\"open\":true", "\"open\":false");
    post_events(&hub.address, &machine, &closed).ok();
    let ended = state(&hub);
    assert_eq!(
        (&ended["state"], &ended["succeeded"], &ended["failed"]),
        (&json!("interrupted"), &json!(1), &json!(1))
    );
}

#[test]
fn document_describes_each_route() {
    let (_postgres, hub) = studio();
    let document = get(&hub, "/openapi.json");
    for path in [
        "events",
        "runs",
        "runs/{id}",
        "runs/{id}/results",
        "runs/{id}/plugins",
        "runs/{id}/report",
        "running",
        "choices",
        "failures",
        "codes",
        "browsers",
        "me",
        "audit",
        "sessions",
        "machines",
        "versions",
        "plugins",
        "tokens",
        "dropped-months",
        "webhooks",
        "webhooks/{id}",
        "webhooks/{id}/secret",
        "webhooks/{id}/test",
        "webhooks/{id}/failed",
        "webhooks/{id}/resend",
    ] {
        assert!(
            document["paths"][format!("{API}/{path}")].is_object(),
            "{path}"
        );
    }
    let missing = hub.send("GET", &format!("{API}/nothing"));
    assert_eq!(
        (missing.status, &missing.body["code"]),
        (404, &json!("not-found"))
    );
}
