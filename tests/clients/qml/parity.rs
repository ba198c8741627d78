//! The same plug-ins in QML's own host, and in a host behind the endpoint: QML gets the same
//! answers.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use pyblish_endpoint_tests::hosts::Place;
use pyblish_endpoint_tests::qml::{Qml, command};
use pyblish_endpoint_tests::{data, python};
use serde_json::{Value, json};

/// The service of pyblish-qml.
struct Service {
    child: Child,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Service {
    fn start(place: &Place) -> Service {
        let mut child = Command::new(python("others-python"))
            .arg(data("qml/service.py"))
            .arg(place.path("plugins"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the service starts");
        Service {
            asked: child.stdin.take().unwrap(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The host that answers QML.
trait Asked {
    fn ask(&mut self, name: &str, args: Value, kwargs: Value) -> Value;

    fn call(&mut self, name: &str, args: Value) -> Value {
        self.ask(name, args, json!({}))
    }

    fn plugin(&mut self, name: &str) -> Value {
        named(self.call("discover", json!([])), name)
    }

    fn instance(&mut self, name: &str) -> Value {
        named(self.call("context", json!([]))["children"].take(), name)
    }

    fn process(&mut self, plugin: &str, instance: Option<&str>) -> Value {
        let plugin = self.plugin(plugin);
        let instance = instance.map(|name| self.instance(name));
        self.call("process", json!([plugin, instance, null]))
    }

    fn act(&mut self, plugin: &str, action: &str) -> Value {
        let plugin = self.plugin(plugin);
        let actions = plugin["actions"].as_array().unwrap().iter();
        let mut actions = actions.filter(|known| known["label"] == action);
        let id = actions.next().expect("an action")["id"].clone();
        self.call("process", json!([plugin, null, id]))
    }
}

impl Asked for Service {
    fn ask(&mut self, name: &str, args: Value, kwargs: Value) -> Value {
        let request = json!({"name": name, "args": args, "kwargs": kwargs});
        writeln!(self.asked, "{request}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect("an answer; see its traceback above")
    }
}

impl Asked for Qml {
    fn ask(&mut self, name: &str, args: Value, kwargs: Value) -> Value {
        Qml::ask(self, name, args, kwargs)
    }
}

fn named(things: Value, name: &str) -> Value {
    let things = things.as_array().unwrap().iter();
    let mut found = things.filter(|thing| thing["name"] == name);
    found.next().unwrap_or_else(|| panic!("no {name}")).clone()
}

/// Keys that cannot or should not be equal in two processes, each with its reason.
const OTHERWISE: [(&str, &str); 20] = [
    ("id", "each makes its own"),
    ("duration", "of time"),
    ("created", "of time"),
    ("msecs", "of time"),
    ("relativeCreated", "of time; not told"),
    ("connectTime", "of time"),
    ("thread", "not told"),
    ("threadName", "not told"),
    ("process", "of a record: left out; of a plug-in: see below"),
    ("processName", "not told"),
    ("args", "of a record: they are in its message already"),
    ("exc_text", "its own host never has one"),
    ("exc_info", "no JSON: it crashes QML's own host"),
    ("pythonVersion", "not told"),
    ("port", "the endpoint's"),
    ("host", "the endpoint's word for it"),
    ("requires", "not told"),
    ("description", "not told"),
    ("hasRepair", "QML's button works in no Python 3"),
    ("user", "the same, or the host's"),
];

/// Locations in a plug-in's file. Pyblish runs the text of a file, so QML's own host knows neither
/// file nor line (`<string>`), but the bridge does. Found by a key that only a record or a failure
/// has.
const PLACES: [(&str, &[&str]); 2] = [
    ("levelno", &["module", "filename", "pathname"]),
    ("line_number", &["fname", "exc"]),
];

/// The value without these keys, but with the arguments of a plug-in's methods, which QML needs.
fn same(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(same).collect(),
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, value)| {
                value["args"].is_array() || !OTHERWISE.iter().any(|(other, _)| other == key)
            });
            let same = |(key, value): (&String, &Value)| match value["args"].is_array() {
                true => (key.clone(), value.clone()),
                false => (key.clone(), same(value)),
            };
            let mut map: serde_json::Map<String, Value> = kept.map(same).collect();
            for (of, keys) in PLACES {
                if map.contains_key(of) {
                    map.retain(|key, _| !keys.contains(&key.as_str()));
                }
            }
            if let Some(Value::Array(actions)) = map.get_mut("actions") {
                actions.retain(|action| action["label"] != "Repair");
            }
            Value::Object(map)
        }
        Value::Number(number) => json!(number.as_f64()),
        other => other.clone(),
    }
}

#[test]
fn answers_match_pyblish_qml() {
    let place = Place::with(&fs::read_to_string(data("qml/plugins.py")).unwrap());
    let _host = place.python();
    let session = place.serve();
    let mut ours = Qml::start_with(place.command(command(&session.server)));
    let mut own = Service::start(&place);
    let own: &mut dyn Asked = &mut own;
    let ours: &mut dyn Asked = &mut ours;
    let compare = |what: &str, own: Value, ours: Value| {
        let (own, ours) = (same(&own), same(&ours));
        assert_eq!(
            ours, own,
            "{what}: {ours:#} where QML's own host answers {own:#}"
        );
    };
    let mut both = |what: &str, ask: &dyn Fn(&mut dyn Asked) -> Value| {
        let (own, ours) = (ask(own), ask(ours));
        compare(what, own.clone(), ours);
        own
    };
    both("ping", &|it| it.call("ping", json!([])));
    both("reset", &|it| it.call("reset", json!([])));
    both("an empty context", &|it| it.call("context", json!([])));
    // The plug-ins of the file: each host has further ones of its own.
    let plugins = both("discover", &|it| {
        let mut all = it.call("discover", json!([]));
        let of_the_file = |plugin: &Value| {
            let path = plugin["path"].as_str().unwrap_or_default();
            path.ends_with("/plugins/plugins.py")
        };
        all.as_array_mut().unwrap().retain(of_the_file);
        all
    });
    assert_eq!(plugins.as_array().unwrap().len(), 5);
    let collected = both("a collector", &|it| it.process("CollectThings", None));
    assert_eq!(collected["records"][0]["message"], "Looking around");
    let context = both("the context", &|it| it.call("context", json!([])));
    assert_eq!(context["children"].as_array().unwrap().len(), 3);
    for (next, errors) in [
        (0.0, json!([])),
        (1.0, json!([1.0])),
        (2.0, json!([1.0])),
        (2.0, json!([0, 2])),
    ] {
        let state = json!({"nextOrder": next, "ordersWithError": errors});
        both("test", &|it| it.ask("test", json!([]), state.clone()));
    }
    let failed = both("a failure", &|it| it.process("ValidateThing", Some("one")));
    assert_eq!(failed["error"]["func"], "process");
    assert!(failed["error"]["line_number"].is_number());
    assert_eq!(failed["records"].as_array().unwrap().len(), 2);
    both("a success", &|it| it.process("ValidateThing", Some("two")));
    both("a record with a traceback", &|it| {
        it.process("ValidatePlace", None)
    });
    both("a repair", &|it| {
        let (plugin, one) = (it.plugin("ValidateThing"), it.instance("one"));
        it.call("repair", json!([plugin, one]))
    });
    let mended = both("what was repaired", &|it| {
        it.process("ValidateThing", Some("one"))
    });
    assert_eq!(mended["success"], true);
    both("an action", &|it| it.act("ValidateThing", "Mend"));
    let broken = both("an action that fails", &|it| {
        it.act("ValidateThing", "Break")
    });
    assert_eq!(broken["error"]["message"], "it does not break");
    both("toggles", &|it| {
        let (plugin, three) = (
            it.plugin("ValidateThing")["id"].clone(),
            it.instance("three")["id"].clone(),
        );
        it.call(
            "emit",
            json!(["pluginToggled", {"plugin": plugin, "new_value": false, "old_value": true}]),
        );
        it.call(
            "emit",
            json!(["instanceToggled", {"instance": three, "new_value": false, "old_value": true}]),
        );
        json!([it.plugin("ValidateThing"), it.instance("three")])
    });
    both("a comment", &|it| {
        it.call("update", json!(["comment", "\u{e4}\u{1F3AC}"]))
    });
    // Not an instance that was left out: QML crashes if that is gone, so ours stays until QML
    // resets.
    both("an extractor", &|it| {
        it.process("ExtractThing", Some("three"))
    });
    let context = both("the context in the end", &|it| {
        it.call("context", json!([]))
    });
    assert_eq!(context["children"].as_array().unwrap().len(), 2);
    assert_eq!(context["data"]["comment"], "\u{e4}\u{1F3AC}");
    both("neither this nor that", &|it| {
        it.process("IntegrateLate", None)
    });
    both("another reset", &|it| it.call("reset", json!([])));
    both("the context after it", &|it| it.call("context", json!([])));
}
