//! QML's normal work, and other frontends at the same time.

use pyblish_endpoint_tests::Scenario;
use pyblish_endpoint_tests::hosts::Place;
use pyblish_endpoint_tests::qml::{Qml, command};
use pyblish_endpoint_tests::v2::{end, session, shots, start};
use serde_json::{Value, json};

#[test]
fn repair_and_publish() {
    let scenario = shots();
    let server = scenario.serve();
    let mut qml = Qml::start(&server);
    assert_eq!(
        qml.arguments,
        [
            "-u",
            "-m",
            "pyblish_qml",
            "--aschild",
            "--targets",
            "default"
        ]
    );
    let show = &qml.told[0];
    assert_eq!(show["name"], "show");
    assert_eq!(show["args"][0]["WindowTitle"], "Pyblish (scenario)");
    assert_eq!(
        qml.call("ping", json!([]))["message"],
        "Hello, whomever you are"
    );
    qml.emit("pyblishQmlShown", json!({}));
    qml.reset();
    assert_eq!(qml.instances().len(), 2);
    let failed = qml.process("Validate", "bad");
    assert_eq!(failed["success"], false);
    assert_eq!(failed["error"]["message"], "It is broken: mend it");
    assert_eq!(failed["records"][0]["message"], "looking");
    assert_eq!(failed["records"][0]["levelname"], "WARNING");
    assert_eq!(failed["instance"]["name"], "bad");
    assert_eq!(qml.process("Validate", "good")["success"], true);
    let errors = json!({"nextOrder": 2, "ordersWithError": [1]});
    assert_eq!(qml.ask("test", json!([]), errors), "failed validation");
    // QML's own button works in no Python 3, so a repair is an action, on all that failed.
    let plugin = qml.plugin("Validate");
    assert_eq!(plugin["hasRepair"], false);
    let repair = &plugin["actions"][0];
    assert_eq!(
        (&repair["label"], &repair["on"]),
        (&json!("Repair"), &json!("failed"))
    );
    let repaired = qml.call("process", json!([plugin, null, repair["id"]]));
    assert_eq!(repaired["success"], true, "{repaired:#}");
    assert_eq!(repaired["instance"], Value::Null);
    assert_eq!(qml.process("Validate", "bad")["success"], true);
    // As QML in Python 2 would do it.
    let on = qml.instance("bad");
    assert_eq!(qml.call("repair", json!([plugin, on]))["success"], true);
    assert_eq!(qml.process("Extract", "bad")["success"], true);
    // Collect once, Validate three times, Extract once, and the repairs: all are the session's
    // results.
    let results = server
        .send("GET", &format!("{}/results", session(&server)))
        .ok();
    assert_eq!(results["total"], 7, "{results:#}");
    let (code, said) = qml.close();
    assert_eq!((code, said.as_str()), (0, ""));
}

#[test]
fn action_sees_changes() {
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [{"create": "one", "data": {"family": "shot", "label": "One"}}]},
        {"name": "Change", "order": 1, "instance": [{"set": {"label": "Other \u{e4}\u{1F3AC}"}}], "actions": [
            {"id": "help", "kind": "category", "label": "Help"},
            {"id": "fill", "label": "Fill", "on": "all", "icon": "fill-drip", "steps": [
                {"set": {"label": "Filled"}, "on": "one"}, {"log": "info", "message": "filled"},
            ]},
            {"id": "odd", "on": "never"},
        ]},
        {"name": "Remove", "order": 2, "instance": [{"remove": true}]},
    ]));
    let server = scenario.serve();
    let mut qml = Qml::start(&server);
    qml.reset();
    let plugin = qml.plugin("Change");
    let kinds: Vec<_> = plugin["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["__type__"])
        .collect();
    assert_eq!(kinds, ["category", "action", "action"]);
    assert!(
        plugin["actions"][2]["__error__"]
            .as_str()
            .unwrap()
            .contains("never")
    );
    let acted = qml.call("process", json!([plugin, null, "fill"]));
    assert_eq!(
        (&acted["success"], &acted["records"][0]["message"]),
        (&json!(true), &json!("filled"))
    );
    assert_eq!(qml.instance("one")["data"]["label"], "Filled");
    let changed = qml.process("Change", "one");
    assert_eq!(
        changed["instance"]["data"]["label"],
        "Other \u{e4}\u{1F3AC}"
    );
    // An instance that was removed meanwhile is answered as it was.
    let removed = qml.process("Remove", "one");
    assert_eq!(
        (&removed["success"], &removed["instance"]["name"]),
        (&json!(true), &json!("one"))
    );
    assert!(qml.instances().is_empty());
}

#[test]
fn toggles_and_comment_are_shared() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let mut qml = Qml::start(&server);
    qml.reset();
    let (plugin, instance) = (qml.plugin("Extract"), qml.instance("bad"));
    qml.emit(
        "pluginToggled",
        json!({"plugin": plugin["id"], "new_value": false, "old_value": true}),
    );
    qml.emit(
        "instanceToggled",
        json!({"instance": instance["id"], "new_value": false, "old_value": true}),
    );
    assert_eq!(
        qml.call("update", json!(["comment", "For Änne"])),
        Value::Null
    );
    let read = |what: &str| server.send("GET", &format!("{session}/{what}")).ok();
    let look = || server.send("GET", &session).ok();
    assert_eq!(read("plugins")["items"][2]["active"], false);
    assert_eq!(read("instances")["items"][1]["data"]["publish"], false);
    assert_eq!(read("context")["data"]["comment"], "For Änne");
    assert_eq!(qml.plugin("Extract")["active"], false);
    assert_eq!(qml.instance("bad")["data"]["publish"], false);
    assert_eq!(
        qml.call("context", json!([]))["data"]["comment"],
        "For Änne"
    );
    // An equal value is no change, and neither is an empty comment if there is none.
    let revision = look()["revision"].clone();
    qml.call("update", json!(["comment", "For Änne"]));
    assert_eq!(look()["revision"], revision);
    qml.reset();
    let revision = look()["revision"].clone();
    qml.call("update", json!(["comment", ""]));
    assert_eq!(look()["revision"], revision);
    assert_eq!(qml.test(2.0), Value::Null);
}

#[test]
fn other_frontends_are_seen() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let mut qml = Qml::start(&server);
    qml.reset();
    let before = qml.plugin("Validate");
    let (good, bad) = (qml.instance("good"), qml.instance("bad"));
    let set = |instance: &Value, change: Value| {
        let path = format!("{session}/instances/{}", instance["id"].as_str().unwrap());
        let revision = server.send("GET", &session).ok()["revision"].clone();
        let body = json!({"revision": revision, "set": change});
        server.send_json("PATCH", &path, &body, &[]).ok();
    };
    set(&good, json!({"label": "Better"}));
    assert_eq!(qml.instance("good")["data"]["label"], "Better");
    set(&good, json!({"publish": false, "family": 7}));
    let data = qml.instance("good")["data"].clone();
    assert_eq!(
        (&data["publish"], &data["family"]),
        (&json!(false), &json!("7"))
    );
    // A run, and a reset by another frontend: QML's ids of the plug-in still work.
    let run = start(&server, &session, json!({"until": "validate"}));
    end(&server, &session, &run);
    assert_eq!(server.send("POST", &format!("{session}/reset")).status, 200);
    // QML crashes if an instance that it has left out is gone.
    let names: Vec<_> = qml
        .instances()
        .iter()
        .map(|it| it["name"].clone())
        .collect();
    assert_eq!(names, ["good"]);
    assert_eq!(qml.plugin("Validate")["id"], before["id"]);
    let gone = qml.call("process", json!([before, bad, null]));
    assert_eq!(gone["success"], false);
    let reason = gone["error"]["message"].as_str().unwrap().to_owned();
    assert!(
        reason.contains("any more") && reason.contains("reset"),
        "{reason}"
    );
    assert_eq!(gone["instance"]["id"], bad["id"]);
    assert_eq!(qml.test(1.0), reason.as_str());
    qml.reset();
    assert_eq!(qml.instances().len(), 2);
    assert_eq!(qml.test(1.0), Value::Null);
}

#[test]
fn emitted_events_reach_the_host() {
    let place = Place::with(
        "
import os
import pyblish.api

def heard(name):
    def callback(**given):
        given = dict((key, str(value)) for key, value in given.items())
        with open(os.path.join(os.environ['PLACE'], 'heard'), 'a') as file:
            file.write('%s %s\\n' % (name, ' '.join('%s=%s' % item for item in sorted(given.items()))))
    return callback

for name in ['commented', 'published', 'reset', 'instanceToggled', 'pluginToggled']:
    pyblish.api.register_callback(name, heard(name))

class Collect(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder

    def process(self, context):
        context.create_instance('one', family='shot')

class Validate(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    optional = True

    def process(self, instance):
        pass
",
    );
    let _host = place.python();
    let session = place.serve();
    let mut qml = Qml::start_with(place.command(command(&session.server)));
    qml.reset();
    let (plugin, instance) = (qml.plugin("Validate"), qml.instance("one"));
    qml.emit("commented", json!({"comment": "hi"}));
    qml.emit(
        "instanceToggled",
        json!({"instance": instance["id"], "new_value": false, "old_value": true}),
    );
    qml.emit(
        "pluginToggled",
        json!({"plugin": plugin["id"], "new_value": false, "old_value": true}),
    );
    qml.emit("published", json!({"context": null}));
    let heard = place.written("heard");
    let names = heard.lines().filter_map(|line| line.split(' ').next());
    let mut names: Vec<&str> = names.collect();
    // The file was read twice, so its callbacks are registered twice.
    names.dedup();
    assert_eq!(
        names,
        ["commented", "instanceToggled", "pluginToggled", "published"],
        "{heard}"
    );
    assert!(heard.contains("comment=hi"), "{heard}");
    assert!(
        heard.contains("instance=one new_value=False old_value=True"),
        "{heard}"
    );
}
