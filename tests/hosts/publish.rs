//! What an artist does: publishes, follows the progress, cancels, changes data.

use std::fs;

use pyblish_endpoint_tests::hosts::Place;
use pyblish_endpoint_tests::{data, endpoint, run, v2};
use serde_json::{Value, json};

use super::sample::{at_work, place, waiting};

#[test]
fn plugins_hear_toggles() {
    let place = place(
        r#"
class Listen(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder + 0.1
    def process(self, context):
        pyblish.api.register_callback("instanceToggled", toggled)
        pyblish.api.register_callback("pluginToggled", switched)

def toggled(instance, new_value, old_value):
    note("instance %s %s %s" % (instance.name, new_value, old_value))
    instance.data["heard"] = new_value

def switched(plugin, new_value, old_value):
    note("plug-in %s %s %s" % (plugin.__name__, new_value, old_value))

class Optional(pyblish.api.InstancePlugin):
    order = pyblish.api.ExtractorOrder
    optional = True
    def process(self, instance):
        pass
"#,
    );
    let _host = place.python();
    let session = place.serve();
    session.run(json!({"until": "collect"}));
    let instances = session.get("/instances");
    let two = format!(
        "{}/instances/{}",
        session.path,
        instances["items"][1]["id"].as_str().unwrap()
    );
    let plugin = format!(
        "{}/plugins/{}",
        session.path,
        session.plugin("Optional").as_str().unwrap()
    );
    let change = json!({"revision": instances["revision"], "set": {"publish": false}});
    let changed = session.server.send_json("PATCH", &two, &change, &[]).ok();
    // A callback's changes are there with the answer.
    assert_eq!(changed["data"]["heard"], false, "{changed}");
    let change = json!({"revision": session.get("/plugins")["revision"], "active": false});
    session
        .server
        .send_json("PATCH", &plugin, &change, &[])
        .ok();
    assert_eq!(
        place.written("notes"),
        "collected\ninstance two False True\nplug-in Optional False True\n"
    );
}

#[test]
fn python_host_publishes() {
    let place = Place::with("");
    fs::copy(data("plugins/assets.py"), place.path("plugins/plugins.py")).unwrap();
    fs::create_dir(place.path("assets")).unwrap();
    for (name, units) in [("hero", "m"), ("prop", "cm")] {
        let asset = json!({"units": units, "parts": [format!("{name} body"), "hat"]});
        fs::write(
            place.path(&format!("assets/{name}.json")),
            asset.to_string(),
        )
        .unwrap();
    }
    let _host = place.python();
    let session = place.serve();

    let ended = session.run(json!({}));
    assert_eq!(ended["state"], "stopped", "{ended}");
    assert_eq!(ended["reason"], "failed validation");
    assert_eq!(session.instances(), ["hero", "prop"]);
    let bad = session.get("/instances?state=failed")["items"][0].clone();
    assert_eq!(bad["name"], "hero");
    assert_eq!(bad["members"], json!(["hero body", "hat"]));

    let pair = json!({"pluginId": session.plugin("ValidateUnits"), "instanceId": bad["id"]});
    let failure = session.post("/process", &pair).ok()["error"].take();
    assert_eq!(
        failure["message"],
        "hero is measured in m: repair it, or export it in cm"
    );
    assert_eq!(failure["kind"], "AssertionError");
    let file = failure["location"]["file"].as_str().unwrap();
    assert!(file.ends_with("plugins.py"), "{failure}");
    let repaired = session.post("/repair", &pair).ok();
    assert_eq!(repaired["success"], true, "{repaired}");
    assert_eq!(repaired["records"][0]["message"], "hero is in cm now");
    assert_eq!(repaired["records"][0]["level"], 30);

    for stage in ["validate", "extract", "integrate"] {
        let ended = session.run(json!({"only": stage}));
        assert_eq!(ended["state"], "succeeded", "{ended}");
    }
    let published = place.written("published/hero/v001/hero.txt");
    assert_eq!(published, "hero body\nhat\n");
    assert!(place.path("published/prop/v001/prop.txt").is_file());
    // And everything once more, from the start.
    let reset = session.post("/reset", &json!({})).ok();
    assert_eq!(reset["instances"], 0, "{reset}");
    assert_eq!(session.run(json!({}))["state"], "succeeded");
    assert!(place.path("published/hero/v002/hero.txt").is_file());
}

#[test]
fn progress_arrives_during_a_plugin() {
    let place = place(
        r#"
class Talk(pyblish.api.ContextPlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, context):
        self.log.warning("said %s", 1)
        print("printed")
        context.data["strange"] = {"object": object, "text": u"\u2603"}
        wait()

class Exit(pyblish.api.ContextPlugin):
    order = pyblish.api.ValidatorOrder + 0.1
    def process(self, context):
        sys.exit("enough")
"#,
    );
    let _host = place.python();
    let session = place.serve();
    let mut events = session.events();
    let run = session.start(json!({}));
    // All of it arrives while the plug-in waits for the gate.
    let said: Vec<Value> = events
        .by_ref()
        .take_while(|event| event.name != "progress")
        .filter(|event| event.name == "record")
        .map(|event| event.data["record"].clone())
        .collect();
    assert_eq!(said[0]["message"], "said 1");
    assert_eq!(said[0]["level"], 30);
    assert_eq!(said[0]["location"]["function"], "process");
    assert!(said[0]["created"].as_f64().is_some());
    assert_eq!(said[1]["message"], "printed");
    assert_eq!(said[1]["logger"], "stdout");
    let now = session.get("");
    assert_eq!(now["progress"], 0.5);
    assert_eq!(now["progressMessage"], "half way");
    place.open_gate();

    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "failed", "{ended}");
    let results = session.results(&run);
    let exit = results.iter().find(|(plugin, ..)| plugin == "Exit");
    let message = exit.unwrap().2.as_ref().unwrap();
    assert!(
        message.contains("asked the host to end: enough"),
        "{message}"
    );
    let strange = session.get("/context")["data"]["strange"].clone();
    assert_eq!(strange["text"], "☃");
    assert_eq!(strange["object"]["$repr"], "<class 'object'>");
}

#[test]
fn cancel_reaches_a_running_plugin() {
    let place = waiting(false);
    let _host = place.python();
    let session = place.serve();
    let run = at_work(&session);
    session.cancel(&run, 3600.0);
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "cancelled");
    let last = session.results(&run).pop().unwrap();
    assert_eq!(last.2.as_deref(), Some("stopped half way"));
    // The plug-in stopped itself, so the session goes on.
    assert_eq!(session.get("")["state"], "idle");
    place.open_gate();
    assert_eq!(session.run(json!({}))["state"], "succeeded");
    assert_eq!(place.written("notes").matches("worked").count(), 1);
}

#[test]
fn busy_host_delays_no_read() {
    let place = waiting(true);
    let _host = place.python();
    let session = place.serve();
    let run = at_work(&session);
    let first = session.doing("Work");
    assert_eq!(first["state"], "busy");
    assert!(first["since"].as_f64().unwrap() > 0.0);
    for _ in 0..50 {
        assert_eq!(session.get("")["since"], first["since"]);
        assert_eq!(session.instances().len(), 3);
    }
    // Events of other clients' actions are not delayed either.
    let mut events = session.events();
    let message = json!({"kind": "show"});
    session.post("/messages", &message);
    assert!(events.any(|event| event.name == "progress"));
    assert_eq!(session.server.send("GET", &run).ok()["state"], "running");
    place.open_gate();
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "succeeded");
}

#[test]
fn plugin_folders_can_be_set() {
    let place = place("");
    let more = place.path("more");
    fs::create_dir(&more).unwrap();
    let text = "import pyblish.api\nclass More(pyblish.api.ContextPlugin):\n    pass\n";
    fs::write(more.join("more.py"), text).unwrap();
    fs::write(
        more.join("broken.py"),
        "import pyblish.api\nthis is no Python\n",
    )
    .unwrap();
    let _host = place.python();
    let paths = format!("paths={}", json!([more]));
    let session = place.serve_host("python", &["--set", &paths]);
    session.plugin("More");
    session.plugin("Collect");
    let broken = &session.get("")["broken"][0];
    assert!(
        broken["file"].as_str().unwrap().ends_with("broken.py"),
        "{broken}"
    );
    let message = &broken["message"];
    assert!(
        message.as_str().unwrap().contains("invalid syntax"),
        "{broken}"
    );
}

#[test]
fn changes_reach_the_host() {
    let place = place(
        r#"
class Check(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    families = ["thing"]
    def process(self, instance):
        note("%s frame %r" % (instance.name, instance.data.get("frame")))
        instance.data["handle"] = object()
"#,
    );
    let _host = place.python();
    let session = place.serve();
    session.run(json!({"until": "collect"}));
    let page = session.get("/instances");
    let id = page["items"][0]["id"].as_str().unwrap();
    let path = format!("{}/instances/{id}", session.path);
    let patch = |data: Value| {
        let revision = session.get("")["revision"].clone();
        let body = json!({"revision": revision, "set": data});
        session.server.send_json("PATCH", &path, &body, &[])
    };
    let changed = patch(json!({"frame": [1001, 2.5, "ä"]}));
    assert_eq!(changed.status, 200, "{}", changed.body);
    let run = session.run(json!({"only": "validate"}));
    assert_eq!(run["state"], "succeeded", "{run}");
    let notes = place.written("notes");
    assert!(notes.contains("one frame [1001, 2.5, 'ä']"), "{notes}");
    // A value that only the host can make cannot be overwritten.
    let refused = patch(json!({"handle": 1}));
    let words = refused.body.to_string();
    assert!(
        words.contains("which cannot be written from outside"),
        "{words}"
    );
}

/// A place with a plug-in file that cannot be loaded, and a plug-in for another host.
fn incomplete() -> Place {
    let place = place(
        r#"
class ForNuke(pyblish.api.ContextPlugin):
    hosts = ["nuke"]
    def process(self, context):
        pass

class Off(pyblish.api.ContextPlugin):
    order = pyblish.api.ValidatorOrder
    active = False
    def process(self, context):
        pass
"#,
    );
    fs::write(place.path("plugins/bad.py"), "import no_such_module\n").unwrap();
    place
}

/// What was not used is in the text and in each report, each with its reason.
#[test]
fn publish_says_what_was_not_used() {
    let place = incomplete();
    let _host = place.python();
    let mut command = endpoint();
    command.args(["publish", "--host", "python"]);
    for name in ["report.json", "report.html", "report.xml"] {
        command.arg("--report").arg(place.path(name));
    }
    let (output, said) = run(place.command(command));
    assert_eq!(output.status.code(), Some(5), "{said}");
    let told = String::from_utf8(output.stdout).unwrap();
    for part in [
        "Valid without 1 plug-in file that cannot be used",
        "No module named 'no_such_module'",
        "It is for the hosts nuke, and this is",
        "ForNuke",
    ] {
        assert!(told.contains(part), "{part:?} is not in {told}");
    }
    let report: Value = serde_json::from_str(&place.written("report.json")).unwrap();
    assert_eq!(report["outcome"]["verdict"], "failed");
    assert_eq!(report["broken"][0]["kind"], "ModuleNotFoundError");
    assert_eq!(report["leftOut"][0]["name"], "ForNuke");
    let reason = |plugin: &str| {
        let mut not_run = report["notRun"].as_array().unwrap().iter();
        let found = not_run.find(|entry| entry["plugin"] == plugin);
        found.map(|entry| entry["reason"].clone())
    };
    assert_eq!(reason("Off"), Some(json!("It was switched off.")));
    assert!(place.written("report.html").contains("ForNuke"));
    assert!(place.written("report.xml").contains("no_such_module"));
}
