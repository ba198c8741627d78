//! A host or a runtime that is killed, ends or hangs: what is kept, and how it is found again.

use pyblish_endpoint_tests::v2::problem;
use pyblish_endpoint_tests::{Server, v2};
use serde_json::{Value, json};

use super::sample::{at_work, place, waiting};

#[test]
fn killed_host_ends_run_and_is_found_again() {
    let place = waiting(false);
    let mut host = place.python();
    let session = place.serve();
    let run = at_work(&session);
    host.kill_unnoticed();
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "lost", "{ended}");
    let reason = ended["reason"].as_str().unwrap();
    let pid = host.pid();
    let words = format!("python (pid {pid}) is gone: the connection ended in the plug-in Work");
    assert!(reason.contains(&words), "{reason}");
    // Everything is still there: instances, results, and the pair that did not finish.
    assert_eq!(session.instances(), ["one", "two", "three"]);
    let results = session.results(&run);
    let names: Vec<&str> = results.iter().map(|(plugin, ..)| plugin.as_str()).collect();
    assert_eq!(names[names.len() - 2..], ["Collect", "Work"]);
    assert_eq!(session.get("")["state"], "down");
    let refused = session.post("/runs", &json!({}));
    assert!(problem(refused, 503).contains("is gone"));

    host.kill();
    let mut events = session.events();
    let _again = place.python();
    let found = events.find(|event| event.name == "hostFound").unwrap();
    assert_eq!(found.data["kept"], false);
    let now = session.get("");
    assert_eq!(
        (&now["state"], &now["instances"]),
        (&json!("idle"), &json!(0))
    );
    // Its context is new, so there is nothing to continue.
    let refused = session.post("/runs", &json!({"continuesRunId": "r1"}));
    assert!(problem(refused, 409).contains("its context is gone"));
    place.open_gate();
    assert_eq!(session.run(json!({}))["state"], "succeeded");
}

#[test]
fn idle_host_end_is_noticed() {
    let place = place("");
    let host = place.python();
    let session = place.serve();
    let mut events = session.events();
    let pid = host.pid();
    host.kill();
    let lost = events.find(|event| event.name == "hostLost").unwrap();
    let reason = lost.data["reason"].as_str().unwrap();
    assert_eq!(reason, format!("python (pid {pid}) has ended"));
    let _again = place.python();
    let found = events.find(|event| event.name == "hostFound").unwrap();
    assert_eq!(found.data["kept"], false);
    assert_eq!(session.run(json!({}))["state"], "succeeded");
}

/// Frontends of v1 wait for ever after an error, so they are shown an empty host.
#[test]
fn v1_shows_a_lost_host_as_an_empty_one() {
    let place = place("");
    let host = place.python();
    let session = place.serve();
    assert_eq!(session.run(json!({}))["state"], "succeeded");
    let children = |server: &Server| server.state()["context"]["children"].clone();
    assert_ne!(children(&session.server), json!([]));
    let mut events = session.events();
    host.kill();
    events.find(|event| event.name == "hostLost").unwrap();
    // What was there is shown until the frontend asks for what is there now.
    assert_ne!(children(&session.server), json!([]));
    let post = session.server.send("POST", "/pyblish/v1/state").ok();
    assert_eq!(post, json!({"ok": true}));
    assert_eq!(children(&session.server), json!([]));
    assert_eq!(session.server.state()["plugins"], json!([]));
    let _again = place.python();
    events.find(|event| event.name == "hostFound").unwrap();
    session.server.send("POST", "/pyblish/v1/state").ok();
    assert_ne!(session.server.state()["plugins"], json!([]));
}

#[test]
fn killed_runtime_continues_the_run() {
    let place = place(
        r#"
class Validate(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    families = ["thing"]
    def process(self, instance):
        note("validated " + instance.name)
        instance.data["seen"] = instance.data.get("seen", 0) + 1
        if instance.name == "two":
            wait()
        note("done " + instance.name)
"#,
    );
    let _host = place.python();
    let session = place.serve();
    let first = at_work(&session);
    let before = session.get("/instances")["items"].clone();
    // Dropping the server kills it.
    drop(session);
    // The plug-in notices, and ends: nobody waits for it any more.
    let session = place.serve();
    let now = session.get("");
    assert_eq!(now["continuableRunId"], "r1", "{now}");
    let after = session.get("/instances")["items"].clone();
    let names = |page: &Value, member: &str| -> Vec<Value> {
        let all = page.as_array().unwrap().iter();
        all.map(|instance| instance[member].clone()).collect()
    };
    assert_eq!(names(&before, "id"), names(&after, "id"));
    assert_eq!(names(&after, "name"), ["one", "two", "three"]);
    let run = session.server.send("GET", &first).ok();
    assert_eq!(run["state"], "interrupted");

    place.open_gate();
    let ended = session.run(json!({"continuesRunId": "r1"}));
    assert_eq!(ended["state"], "succeeded", "{ended}");
    assert_eq!(ended["continuesRunId"], "r1");
    let notes = place.written("notes");
    for (line, times) in [
        ("collected", 1),
        ("validated one", 1),
        // The pair at work is done again, because nobody knows how far it had come.
        ("validated two", 2),
        ("done two", 1),
        ("validated three", 1),
    ] {
        assert_eq!(notes.matches(line).count(), times, "{line} in {notes}");
    }
    let seen: Vec<Value> = session.get("/instances")["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|instance| instance["data"]["seen"].clone())
        .collect();
    assert_eq!(seen, [1, 2, 1]);
}

#[test]
fn hung_plugin_is_abandoned() {
    let place = waiting(true);
    let _host = place.python();
    let session = place.serve();
    let run = at_work(&session);
    session.cancel(&run, 0.2);
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "cancelled");
    let last = session.results(&run).pop().unwrap();
    assert_eq!(last.0, "Work");
    let words = last.2.unwrap();
    assert!(
        words.contains("did not stop") || words.contains("by force"),
        "{words}"
    );
    assert_eq!(session.get("")["state"], "down");

    // The plug-in still works, and the bridge lets nobody else in.
    let refused = session.post("/reset", &json!({}));
    let words = refused.body.to_string();
    assert!(words.contains("python is still busy with Work"), "{words}");
    place.open_gate();
    // Nothing tells that the plug-in ended, so the test asks again.
    let mut answer = session.post("/reset", &json!({}));
    while answer.body.to_string().contains("is still busy") {
        answer = session.post("/reset", &json!({}));
    }
    answer.ok();
    assert_eq!(session.run(json!({}))["state"], "succeeded");
}
