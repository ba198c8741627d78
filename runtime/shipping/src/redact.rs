//! What of an event's body leaves the machine. Each event that is known names the members that may
//! leave; a member or an event that is not named here stays, so that a later version sends nothing
//! new by accident.

use serde_json::{Map, Value};

use super::policy::SendPolicy;
use super::text::{last_part, without_folders};

type Object = Map<String, Value>;

/// Members of a pair, a result and a run that are names, numbers and states.
const PAIR: [&str; 5] = ["pluginId", "plugin", "instanceId", "instance", "runId"];
const RESULT: [&str; 8] = [
    "pluginId",
    "plugin",
    "instanceId",
    "instance",
    "mode",
    "success",
    "started",
    "duration",
];
const RUN: [&str; 16] = [
    "id",
    "state",
    "until",
    "only",
    "targets",
    "started",
    "ended",
    "progress",
    "remaining",
    "stage",
    "succeeded",
    "failed",
    "collected",
    "instanceIds",
    "pluginIds",
    "continuesRunId",
];
const FACTS: [&str; 8] = [
    "user",
    "machine",
    "adapter",
    "adapterVersion",
    "adapterDigest",
    "host",
    "hostVersion",
    "leftOut",
];

/// The body of this event as it may leave the machine. It is an object, whatever it was.
pub(crate) fn redacted(policy: &SendPolicy, name: &str, body: &Value) -> Value {
    let filter = Filter(policy);
    let empty = Object::new();
    let body = body.as_object().unwrap_or(&empty);
    Value::Object(match name {
        "reset" | "pluginsDiscovered" | "pluginToggled" | "targetsChanged" | "stageEnded"
        | "hostFound" => body.clone(),
        "pluginsChanged" if policy.data && policy.paths => body.clone(),
        "instanceAdded" => one(body, "instance", |it| filter.instance(it)),
        "instanceChanged" | "contextChanged" => filter.data_change(body),
        "membersChanged" | "selectionChanged" if policy.data && policy.paths => body.clone(),
        "membersChanged" | "selectionChanged" | "instanceRemoved" => only(body, &["instanceId"]),
        "runStarted" | "runEnded" => filter.run(body),
        "pluginStarted" => {
            let mut made = only(body, &PAIR);
            made.extend(only(body, &["progress", "remaining", "stage"]));
            made
        }
        "record" => {
            let mut made = one(body, "pair", |it| only(it, &PAIR));
            made.extend(filter.record_of(body));
            made
        }
        "sessionRecord" => {
            let mut made = only(body, &["call"]);
            made.extend(filter.record_of(body));
            made
        }
        "progress" => {
            let mut made = one(body, "pair", |it| only(it, &PAIR));
            made.extend(filter.progress(body));
            made
        }
        "sessionProgress" => {
            let mut made = only(body, &["call"]);
            made.extend(filter.progress(body));
            made
        }
        "result" => {
            let mut made = only(body, &["runId", "stage"]);
            made.extend(one(body, "result", |it| filter.result(it)));
            made
        }
        "hostLost" => {
            let mut made = only(body, &["restartAfter", "searching", "limit"]);
            made.extend(filter.texts(body, &["reason"]));
            made
        }
        "sceneChanged" => {
            let mut made = filter.texts(body, &["stale", "outdated", "waiting"]);
            made.extend(filter.paths(body, &["file"]));
            made
        }
        "historyChanged" => {
            let mut made = only(body, &["kept", "lost"]);
            made.extend(filter.texts(body, &["message"]));
            made
        }
        _ => Object::new(),
    })
}

/// These members.
fn only(object: &Object, names: &[&str]) -> Object {
    let members = names.iter().filter_map(|name| {
        let value = object.get(*name)?;
        Some(((*name).to_owned(), value.clone()))
    });
    members.collect()
}

/// This member, which is an object, changed.
fn one(object: &Object, name: &str, change: impl FnOnce(&Object) -> Object) -> Object {
    let changed = object.get(name).and_then(Value::as_object).map(change);
    let member = changed.map(|changed| (name.to_owned(), Value::Object(changed)));
    member.into_iter().collect()
}

/// This member, which is a list of objects, each changed.
fn each(object: &Object, name: &str, change: impl Fn(&Object) -> Object) -> Object {
    let list = object.get(name).and_then(Value::as_array);
    let changed = list.map(|list| {
        let items = list.iter().filter_map(Value::as_object);
        items.map(|item| Value::Object(change(item))).collect()
    });
    let member = changed.map(|changed| (name.to_owned(), Value::Array(changed)));
    member.into_iter().collect()
}

struct Filter<'a>(&'a SendPolicy);

impl Filter<'_> {
    /// These members, which are texts for people, or null.
    fn texts(&self, object: &Object, names: &[&str]) -> Object {
        self.changed(object, names, without_folders)
    }

    /// These members, which are paths, or null.
    fn paths(&self, object: &Object, names: &[&str]) -> Object {
        self.changed(object, names, |path| last_part(path).to_owned())
    }

    fn changed(&self, object: &Object, names: &[&str], change: fn(&str) -> String) -> Object {
        let mut members = only(object, names);
        if !self.0.paths {
            for value in members.values_mut() {
                if let Value::String(text) = value {
                    *text = change(text);
                }
            }
        }
        members
    }

    fn instance(&self, instance: &Object) -> Object {
        let mut made = only(instance, &["id", "name"]);
        made.extend(one(instance, "data", |data| {
            let allowed = data.iter().filter(|(key, _)| self.0.allows_key(key));
            let values = allowed.map(|(key, value)| (key.clone(), self.value(value)));
            values.collect()
        }));
        if self.0.data && self.0.paths {
            made.extend(only(instance, &["members", "selection"]));
        }
        made
    }

    fn data_change(&self, body: &Object) -> Object {
        let mut made = only(body, &["instanceId"]);
        let key = body.get("key").and_then(Value::as_str);
        if key.is_some_and(|key| self.0.allows_key(key)) {
            made.extend(only(body, &["key"]));
            let value = body.get("value");
            made.extend(value.map(|value| ("value".to_owned(), self.value(value))));
        }
        made
    }

    /// A value of data, in which any text can be a path or have one in it.
    fn value(&self, value: &Value) -> Value {
        if self.0.paths {
            return value.clone();
        }
        match value {
            Value::String(text) => without_folders(text).into(),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => {
                let members = members.iter();
                let members = members.map(|(key, it)| (without_folders(key), self.value(it)));
                Value::Object(members.collect())
            }
            other => other.clone(),
        }
    }

    fn run(&self, run: &Object) -> Object {
        let mut made = only(run, &RUN);
        made.extend(self.texts(run, &["reason", "comment"]));
        made.extend(one(run, "facts", |facts| {
            let mut made = only(facts, &FACTS);
            made.extend(self.paths(facts, &["scene"]));
            made.extend(each(facts, "policy", |rule| {
                let mut made = only(rule, &["plugin"]);
                made.extend(self.texts(rule, &["change", "reason"]));
                made.extend(self.paths(rule, &["source"]));
                made
            }));
            made.extend(each(facts, "published", |version| {
                let mut made = only(version, &["instanceId", "name", "version", "unchanged"]);
                made.extend(self.paths(version, &["path"]));
                made
            }));
            made
        }));
        made
    }

    fn result(&self, result: &Object) -> Object {
        let mut made = only(result, &RESULT);
        if result.get("error").is_some_and(Value::is_null) {
            made.insert("error".into(), Value::Null);
        }
        made.extend(one(result, "error", |error| {
            let mut made = only(error, &["kind"]);
            made.extend(self.texts(error, &["title", "message"]));
            if self.0.tracebacks {
                made.extend(self.texts(error, &["detail", "traceback"]));
            }
            if self.0.paths {
                made.extend(only(error, &["location"]));
            }
            made
        }));
        if self.0.records {
            made.extend(each(result, "records", |record| self.record(record)));
        }
        made
    }

    fn record_of(&self, body: &Object) -> Object {
        match self.0.records {
            true => one(body, "record", |record| self.record(record)),
            false => Object::new(),
        }
    }

    fn record(&self, record: &Object) -> Object {
        let mut made = only(record, &["level", "logger", "created"]);
        made.extend(self.texts(record, &["message"]));
        if self.0.tracebacks {
            made.extend(self.texts(record, &["traceback"]));
        }
        if self.0.paths {
            made.extend(only(record, &["location"]));
        }
        made
    }

    fn progress(&self, body: &Object) -> Object {
        let mut made = only(body, &["fraction"]);
        if self.0.records {
            made.extend(self.texts(body, &["message"]));
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pyblish_model::{
        Data, Event, Failure, Instance, InstanceId, JsonText, Level, Mode, Pair, PairResult,
        PluginId, PublishedVersion, Record, RunFacts, RunId, RunInfo, RunState, SceneState,
        SourceLocation,
    };
    use serde_json::json;

    use super::*;
    use crate::policy::SendRule;

    /// In each text, key and value of the events below that must stay.
    const SECRET: &str = "s3cret";

    fn record() -> Record {
        Record {
            level: Level::INFO,
            message: format!("wrote /jobs/{SECRET}/x.ma"),
            logger: "pyblish".into(),
            location: Some(location()),
            traceback: Some(format!("Traceback {SECRET}")),
            created: 1.0,
        }
    }

    fn location() -> SourceLocation {
        serde_json::from_value(
            json!({"file": format!("/{SECRET}/x.py"), "line": 1, "function": SECRET}),
        )
        .unwrap()
    }

    fn pair() -> Arc<Pair> {
        Arc::new(Pair {
            plugin: PluginId("p1".into()),
            plugin_name: "Validate".into(),
            instance: Some(InstanceId("i1".into())),
            instance_name: Some("hero".into()),
            run: Some(RunId(1)),
        })
    }

    fn run() -> Arc<RunInfo> {
        let facts = RunFacts {
            user: "anna".into(),
            scene: Some(format!("/jobs/{SECRET}/hero.ma")),
            published: vec![PublishedVersion {
                instance: InstanceId("i1".into()),
                name: "hero".into(),
                version: Some(12),
                path: format!("/jobs/{SECRET}/v012"),
                unchanged: false,
            }],
            ..RunFacts::default()
        };
        let mut run: RunInfo = serde_json::from_value(json!({
            "id": "r1", "state": "running", "until": null, "only": null, "targets": [],
            "comment": format!("from /jobs/{SECRET}/a"), "started": 1.0, "ended": null,
            "progress": 0.0, "stage": null, "succeeded": 0, "failed": 0,
        }))
        .unwrap();
        run.state = RunState::Lost(format!("/jobs/{SECRET}/b is gone"));
        run.facts = Some(Box::new(facts));
        Arc::new(run)
    }

    /// One event of each kind, with a secret wherever one can be.
    fn events() -> Vec<Event> {
        let path = || format!("/jobs/{SECRET}/y");
        let value = || JsonText::from(SECRET);
        let result = PairResult {
            plugin_id: Some(PluginId("p1".into())),
            plugin: "Validate".into(),
            instance_id: None,
            instance: None,
            mode: Mode::Process,
            failure: Some(Failure {
                title: Some("No".into()),
                message: format!("{} is missing", path()),
                detail: Some(SECRET.into()),
                location: Some(location()),
                traceback: Some(SECRET.into()),
                kind: "ValueError".into(),
            }),
            records: vec![record()],
            started: 1.0,
            duration: 2.5,
        };
        let mut data = Data::new();
        data.insert(format!("{SECRET}-key"), value());
        data.insert("project".into(), JsonText::from("bunny"));
        vec![
            Event::InstanceAdded {
                instance: Arc::new(Instance {
                    id: InstanceId("i1".into()),
                    name: "hero".into(),
                    data,
                    members: vec![path()],
                    selection: None,
                }),
            },
            Event::InstanceChanged {
                instance: InstanceId("i1".into()),
                key: format!("{SECRET}-key"),
                value: Some(value()),
            },
            Event::ContextChanged {
                key: SECRET.into(),
                value: Some(value()),
            },
            Event::MembersChanged {
                instance: InstanceId("i1".into()),
                members: vec![path()],
            },
            Event::RunStarted(run()),
            Event::RunEnded(run()),
            Event::Record {
                pair: pair(),
                record: record(),
            },
            Event::Progress {
                pair: pair(),
                fraction: 0.5,
                message: SECRET.into(),
            },
            Event::SessionRecord {
                call: "open",
                record: record(),
            },
            Event::SessionProgress {
                call: "open",
                fraction: 0.5,
                message: SECRET.into(),
            },
            Event::Result {
                run: Some(RunId(1)),
                result: Arc::new(result),
                stage: Some("validate"),
            },
            Event::HostLost {
                reason: path(),
                restart: None,
                searching: true,
                limit: Some("memory"),
            },
            Event::SceneChanged(Arc::new(SceneState {
                file: Some(path()),
                stale: Some(path()),
                outdated: Some(path()),
                waiting: Some(path()),
            })),
            Event::HistoryChanged {
                kept: true,
                message: path(),
                lost: 0,
            },
        ]
    }

    fn sent(policy: &SendPolicy, event: &Event) -> Value {
        redacted(policy, event.name(), &serde_json::to_value(event).unwrap())
    }

    #[test]
    fn nothing_that_must_stay_leaves_by_default() {
        for event in events() {
            let sent = sent(&SendPolicy::default(), &event).to_string();
            assert!(!sent.contains(SECRET), "{}: {sent}", event.name());
        }
    }

    #[test]
    fn what_a_supervisor_asks_for_leaves() {
        let events = events();
        let of = |name: &str| {
            let event = events.iter().find(|event| event.name() == name).unwrap();
            sent(&SendPolicy::default(), event)
        };
        let result = of("result")["result"].take();
        assert_eq!(result["error"]["message"], "…/y is missing");
        assert_eq!(
            (&result["plugin"], &result["duration"]),
            (&json!("Validate"), &json!(2.5))
        );
        let run = of("runEnded");
        assert_eq!(
            (&run["state"], &run["facts"]["user"]),
            (&json!("lost"), &json!("anna"))
        );
        assert_eq!(run["facts"]["scene"], "hero.ma");
        assert_eq!(run["facts"]["published"][0]["version"], 12);
        assert_eq!(of("instanceAdded")["instance"]["name"], "hero");
    }

    #[test]
    fn each_rule_lets_its_own_leave() {
        let allowing = |rules: &[&str]| {
            SendPolicy::of(rules.iter().map(|rule| rule.parse::<SendRule>().unwrap()))
        };
        let events = events();
        let of = |rules: &[&str], name: &str| {
            let event = events.iter().find(|event| event.name() == name).unwrap();
            sent(&allowing(rules), event)
        };
        let record = of(&["records"], "record")["record"].take();
        assert_eq!(record["message"], "wrote …/x.ma");
        assert!(record.get("traceback").is_none());
        assert!(of(&["tracebacks"], "result")["result"]["error"]["traceback"].is_string());
        assert_eq!(
            of(&["paths"], "sceneChanged")["file"],
            format!("/jobs/{SECRET}/y")
        );
        let data = of(&["data:project"], "instanceAdded")["instance"]["data"].take();
        assert_eq!(data, json!({"project": "bunny"}));
        let all = allowing(&["records", "tracebacks", "paths", "data"]);
        for event in &events {
            assert_eq!(
                sent(&all, event),
                serde_json::to_value(event).unwrap(),
                "{}",
                event.name()
            );
        }
    }

    #[test]
    fn unknown_event_has_no_body() {
        let body = json!({"text": SECRET});
        assert_eq!(redacted(&SendPolicy::default(), "new", &body), json!({}));
    }
}
