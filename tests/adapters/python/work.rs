//! Plug-ins in the sandbox work and report as they do inside a host.

use pyblish_endpoint_tests::hosts::Session;
use pyblish_endpoint_tests::v2;
use serde_json::{Value, json};

use super::place::Place;

/// A publish that succeeds: what ran on instances, and in which order.
#[track_caller]
fn ran(session: &Session) -> Vec<String> {
    let run = session.start(json!({}));
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "succeeded", "{ended}");
    let results = session.results(&run).into_iter();
    results
        .filter(|(_, instance, _)| !instance.is_empty())
        .map(|(plugin, instance, _)| format!("{plugin} {instance}"))
        .collect()
}

#[test]
fn progress_arrives_during_a_plugin() {
    let place = Place::with(
        r#"
class Talk(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, instance):
        if instance.name != "one":
            return
        self.log.warning("said %s", 1)
        print("printed")
        instance.data["strange"] = {"object": object, "text": u"\u2603"}
        bridge.progress(0.5, "half way")
        while not bridge.cancelled():
            time.sleep(0.01)
        raise bridge.Cancelled("stopped half way")
"#,
    );
    let session = place.serve();
    let mut events = session.events();
    let run = session.start(json!({}));
    // All of it arrives while the plug-in works.
    let said: Vec<Value> = events
        .by_ref()
        .filter(|event| event.name == "record" || event.name == "progress")
        .take(3)
        .map(|event| event.data)
        .collect();
    assert_eq!(said[0]["record"]["message"], "said 1");
    assert_eq!(said[0]["record"]["level"], 30);
    assert_eq!(said[0]["record"]["location"]["file"], "/plugins/plugins.py");
    assert_eq!(said[1]["record"]["message"], "printed");
    assert_eq!(said[1]["record"]["logger"], "stdout");
    assert_eq!(said[2]["fraction"], 0.5);
    assert_eq!(said[2]["message"], "half way");
    session.cancel(&run, 3600.0);
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "cancelled", "{ended}");
    let last = session.results(&run).pop().unwrap();
    assert_eq!(last.2.as_deref(), Some("stopped half way"));
    let one = session.get("/instances")["items"][0].clone();
    let strange = &one["data"]["strange"];
    assert_eq!(strange["text"], "\u{2603}");
    assert_eq!(strange["object"]["$repr"], "<class 'object'>");
}

#[test]
fn deaf_plugin_is_stopped() {
    let place = Place::with(
        "
class Deaf(pyblish.api.ContextPlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, context):
        bridge.progress(0.1, 'begun')
        while True:
            time.sleep(1)
",
    );
    let session = place.serve();
    let mut events = session.events();
    let run = session.start(json!({}));
    events.find(|event| event.name == "progress").unwrap();
    session.cancel(&run, 0.0);
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "cancelled", "{ended}");
}

#[test]
fn callbacks_hear_changes() {
    let place = Place::with(
        r#"
class Listen(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder + 0.1
    def process(self, context):
        pyblish.api.register_callback("instanceToggled", toggled)
        pyblish.api.register_callback("published", published)

def toggled(instance, new_value, old_value):
    instance.data["heard"] = [new_value, old_value]

def published(context):
    context.data["done"] = len(context.data["results"])

class Fine(pyblish.api.InstancePlugin):
    order = pyblish.api.IntegratorOrder
    def process(self, instance):
        pass
"#,
    );
    let session = place.serve();
    session.run(json!({"until": "collect"}));
    let found = session.get("/instances");
    let id = found["items"][1]["id"].as_str().unwrap();
    let path = format!("{}/instances/{id}", session.path);
    let change = json!({"revision": found["revision"], "set": {"publish": false}});
    let changed = session.server.send_json("PATCH", &path, &change, &[]).ok();
    assert_eq!(changed["data"]["heard"], json!([false, true]), "{changed}");
    let ended = session.run(json!({}));
    assert_eq!(ended["state"], "succeeded", "{ended}");
    let done = session.get("/context")["data"]["done"].as_u64().unwrap();
    assert!(done > 2, "{done}");
}

#[test]
fn changes_decide_what_runs() {
    let place = Place::with(
        r#"
class Change(pyblish.api.InstancePlugin):
    order = pyblish.api.CollectorOrder + 0.1
    def process(self, instance):
        other = instance.context[1]
        if instance.name == "one":
            other.data["families"].append("late")
            instance.data["deep"] = {"list": [1]}
        else:
            instance.context[0].data["deep"]["list"].append(2)

class Late(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder + 0.1
    families = ["late"]
    def process(self, instance):
        instance.context.create_instance("three", family="late")

class Last(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder + 0.2
    families = ["late"]
    def process(self, instance):
        pass

class Never(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    hosts = ["maya"]
    def process(self, instance):
        pass
"#,
    );
    let session = place.serve();
    assert_eq!(
        ran(&session),
        [
            "Change one",
            "Change two",
            "Late two",
            "Last two",
            "Last three"
        ]
    );
    let one = session.get("/instances")["items"][0].clone();
    assert_eq!(one["data"]["deep"], json!({"list": [1, 2]}));
}

/// During a plug-in's long turn not every value is compared; at its end all of them are.
#[test]
fn changes_elsewhere_decide_what_runs() {
    let place = Place::with(
        r#"
class Many(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder + 0.1
    def process(self, context):
        for number in range(100):
            context.create_instance("n%02d" % number, family="many", families=["late"] if number == 99 else [])

class Change(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    families = ["many"]
    def process(self, instance):
        if instance.name == "n50":
            for other in instance.context:
                if other.name in ("n10", "n20"):
                    other.data["families"].append("late")

class Late(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder + 0.1
    families = ["late"]
    def process(self, instance):
        self.log.info("late")
"#,
    );
    let session = place.serve();
    let ran = ran(&session);
    let late = ran.iter().filter_map(|pair| pair.strip_prefix("Late "));
    assert_eq!(late.collect::<Vec<_>>(), ["n10", "n20", "n99"]);
}

#[test]
fn reset_reads_edited_plugins() {
    let counting = "
COUNT = []
class Count(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder + 0.1
    def process(self, context):
        import helper
        helper.seen.append(1)
        context.data['count'] = len(helper.seen)
        context.data['version'] = 1
";
    let place = Place::with(counting);
    place.write("modules/helper.py", "seen = []\n");
    let session = place.serve();
    let counted = || session.get("/context")["data"]["count"].clone();
    session.run(json!({"until": "collect"}));
    session.post("/reset", &json!({})).ok();
    session.run(json!({"until": "collect"}));
    assert_eq!(counted(), 2, "the Python goes on, as a host's does");
    // Another session of the same server has its own Python.
    let folder = |name: &str| format!("{}=/{name}:ro", place.path(name).display());
    let request =
        json!({"adapter": "pyplugins", "folders": [folder("plugins"), folder("modules")]});
    let second = session
        .server
        .send_json("POST", "/pyblish/v2/sessions", &request, &[]);
    assert_eq!(second.status, 201, "{}", second.body);
    let path = format!(
        "/pyblish/v2/sessions/{}",
        second.body["id"].as_str().unwrap()
    );
    let run =
        pyblish_endpoint_tests::v2::start(&session.server, &path, json!({"until": "collect"}));
    v2::end(&session.server, &path, &run);
    let context = session.server.send("GET", &format!("{path}/context")).ok();
    assert_eq!(context["data"]["count"], 1);

    let edited = counting.replace("['version'] = 1", "['version'] = 2") + "class Broken(\n";
    let good = format!("{}{edited}", super::place::HEAD);
    place.write("plugins/plugins.py", &good);
    session.post("/reset", &json!({})).ok();
    let broken = session.get("")["broken"].clone();
    assert_eq!(broken[0]["file"], "/plugins/plugins.py", "{broken}");
    let message = broken[0]["message"].as_str().unwrap();
    assert!(message.contains("'(' was never closed"), "{message}");
    place.write(
        "plugins/plugins.py",
        good.trim_end_matches("class Broken(\n"),
    );
    session.post("/reset", &json!({})).ok();
    session.run(json!({"until": "collect"}));
    assert_eq!(session.get("/context")["data"]["version"], 2);
}

#[test]
fn attributes_are_declared_and_reach_the_plugin() {
    let place = Place::with(
        r#"
class Frames(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    tolerance = 2
    attribute_defs = [
        {"key": "tolerance", "type": "integer", "minimum": 0, "maximum": 10},
        {"key": "quality", "type": "choice", "scope": "instance", "choices": ["draft", "final"], "default": "final"},
    ]
    def process(self, instance):
        instance.data["found"] = [self.tolerance, instance.data["quality"]]

class Ayon(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    @classmethod
    def get_attribute_defs(cls):
        return [{"type": "bool", "key": "active", "default": True}]
    def process(self, instance):
        instance.data["ayon"] = instance.data["publish_attributes"]["Ayon"]["active"]
"#,
    );
    let session = place.serve();
    let data = || session.get("/instances")["items"][0]["data"].clone();
    let set = |path: &str, set: Value| {
        let revision = session.get("")["revision"].clone();
        let body = json!({"revision": revision, "set": set, "remember": true});
        let path = format!("{}{path}", session.path);
        session.server.send_json("PATCH", &path, &body, &[])
    };
    ran(&session);
    assert_eq!(data()["found"], json!([2, "final"]));
    assert_eq!(data()["ayon"], true);
    assert_eq!(set("/context", json!({"Frames.tolerance": 11})).status, 422);
    assert_eq!(set("/context", json!({"Frames.tolerance": 7})).status, 200);
    let id = session.get("/instances")["items"][0]["id"].clone();
    let path = format!("/instances/{}", id.as_str().unwrap());
    let chosen = json!({"quality": "draft", "Ayon.active": false});
    assert_eq!(set(&path, chosen).status, 200);
    ran(&session);
    assert_eq!(data()["found"], json!([7, "draft"]));
    assert_eq!(data()["ayon"], false);
}
