//! Attributes that plug-ins declare: how clients see them, what they may set, and what a reset and
//! the studio's policy do with them.

use pyblish_endpoint_tests::v2::{end, problem, session, start};
use pyblish_endpoint_tests::{Answer, Scenario, Server};
use serde_json::{Value, json};

/// A collector with a setting, a validator with attributes of both scopes.
fn declaring() -> Scenario {
    Scenario::of(json!([
        {"name": "Collect", "order": 0, "attributes": [
            {"key": "deep", "type": "boolean", "default": false},
        ], "context": [
            {"create": "hero", "data": {"family": "model"}},
            {"create": "light", "data": {"family": "light"}},
            {"set": {"wasDeep": true}, "when": {"Collect.deep": true}},
        ]},
        {"name": "Frames", "label": "Missing frames", "order": 1, "families": ["model"], "attributes": [
            {"key": "tolerance", "type": "integer", "minimum": 0, "maximum": 10, "default": 2,
                "label": "Tolerance", "help": "So many frames may be missing.", "group": "Limits"},
            {"key": "quality", "type": "choice", "perInstance": true, "choices": ["draft", "final"],
                "labels": ["Draft", "Final"], "default": "final"},
            {"key": "checksum", "type": "text", "perInstance": true, "readOnly": true},
            {"key": "broken", "type": "integer", "minimum": 5, "maximum": 4},
        ], "instance": [
            {"fail": "A draft is not published", "when": {"quality": "draft"}},
        ]},
    ]))
}

struct Place {
    server: Server,
    path: String,
}

impl Place {
    fn of(server: Server) -> Place {
        let path = session(&server);
        Place { server, path }
    }

    fn collect(&self) {
        let run = start(&self.server, &self.path, json!({"until": "collect"}));
        end(&self.server, &self.path, &run);
    }

    fn get(&self, path: &str) -> Value {
        self.server
            .send("GET", &format!("{}{path}", self.path))
            .ok()
    }

    /// The instance of this name.
    fn instance(&self, name: &str) -> Value {
        let all = self.get("/instances")["items"].clone();
        let found = all.as_array().unwrap().iter();
        let mut found = found.filter(|instance| instance["name"] == name);
        found.next().expect("the instance").clone()
    }

    fn plugin(&self, name: &str) -> Value {
        let all = self.get("/plugins")["items"].clone();
        let found = all.as_array().unwrap().iter();
        let mut found = found.filter(|plugin| plugin["name"] == name);
        found.next().expect("the plug-in").clone()
    }

    /// Sets values as a user: of the instance of this name, or of the context.
    fn set(&self, name: Option<&str>, set: Value) -> Answer {
        self.change(name, "set", set)
    }

    fn change(&self, name: Option<&str>, what: &str, values: Value) -> Answer {
        let at = match name {
            Some(name) => format!("/instances/{}", self.instance(name)["id"].as_str().unwrap()),
            None => "/context".into(),
        };
        let body = json!({"revision": self.get("")["revision"], what: values, "remember": true});
        self.server
            .send_json("PATCH", &format!("{}{at}", self.path), &body, &[])
    }

    fn context(&self) -> Value {
        self.get("/context")["data"].clone()
    }
}

#[test]
fn declarations_are_shown_with_their_plugin() {
    let place = Place::of(declaring().serve());
    let frames = place.plugin("Frames")["attributes"].clone();
    let keys: Vec<_> = frames
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["dataKey"])
        .collect();
    assert_eq!(keys, ["Frames.tolerance", "quality", "checksum"]);
    assert_eq!(
        frames[0],
        json!({"key": "tolerance", "scope": "plugin", "dataKey": "Frames.tolerance",
            "type": "integer", "label": "Tolerance", "help": "So many frames may be missing.",
            "group": "Limits", "default": 2, "minimum": 0.0, "maximum": 10.0, "choices": [],
            "multiline": false, "readOnly": false})
    );
    assert_eq!(
        frames[1]["choices"],
        json!([{"value": "draft", "label": "Draft"}, {"value": "final", "label": "Final"}])
    );
    assert_eq!(frames[2]["readOnly"], true);
    // What cannot be right is told; the rest is offered.
    let broken = place.get("/plugins")["broken"][0]["message"].clone();
    let broken = broken.as_str().unwrap();
    assert!(
        broken.contains("\"broken\" of Frames is not offered: it has a minimum of 5"),
        "{broken}"
    );
}

#[test]
fn attributes_have_their_defaults() {
    let place = Place::of(declaring().serve());
    // A setting has its value before anything runs.
    assert_eq!(place.context()["Collect.deep"], false);
    assert_eq!(place.context()["Frames.tolerance"], 2);
    place.collect();
    assert_eq!(place.instance("hero")["data"]["quality"], "final");
    // The plug-in is not for it.
    assert_eq!(place.instance("light")["data"].get("quality"), None);
}

#[test]
fn wrong_values_are_refused() {
    let place = Place::of(declaring().serve());
    place.collect();
    for (name, set, code, said) in [
        (
            None,
            json!({"Frames.tolerance": 11}),
            "invalid-value",
            "\"Tolerance\" of Missing frames must be at most 10, and not 11",
        ),
        (
            None,
            json!({"Frames.tolerance": -1}),
            "invalid-value",
            "must be at least 0",
        ),
        (
            None,
            json!({"Frames.tolerance": "2"}),
            "invalid-value",
            "must be a whole number",
        ),
        (
            None,
            json!({"Collect.deep": 1}),
            "invalid-value",
            "must be true or false",
        ),
        (
            Some("hero"),
            json!({"quality": "best"}),
            "invalid-value",
            "must be one of \"draft\", \"final\"",
        ),
        (
            Some("hero"),
            json!({"checksum": "a"}),
            "read-only",
            "is only shown",
        ),
        // Nothing of a request is done if a part of it is refused.
        (
            Some("hero"),
            json!({"note": "x", "quality": 1}),
            "invalid-value",
            "must be one of",
        ),
    ] {
        let answer = place.set(name, set.clone());
        assert_eq!(answer.body["code"], code, "{set}: {}", answer.body);
        let detail = problem(answer, 422);
        assert!(detail.contains(said), "{set}: {detail}");
    }
    assert_eq!(place.instance("hero")["data"].get("note"), None);
    for (name, set) in [
        (None, json!({"Frames.tolerance": 0})),
        (None, json!({"Frames.tolerance": 10})),
        (Some("hero"), json!({"quality": "draft"})),
        // It is declared for models only.
        (Some("light"), json!({"quality": 7})),
    ] {
        assert_eq!(place.set(name, set.clone()).status, 200, "{set}");
    }
}

#[test]
fn values_reach_plugins_and_survive_a_reset() {
    let scenario = declaring();
    let place = Place::of(scenario.serve());
    place.collect();
    assert_eq!(place.set(None, json!({"Collect.deep": true})).status, 200);
    assert_eq!(
        place.set(Some("hero"), json!({"quality": "draft"})).status,
        200
    );
    let reset = format!("{}/reset", place.path);
    place.server.send("POST", &reset).ok();
    // The collector itself finds what was chosen.
    assert_eq!(place.context()["Collect.deep"], true);
    let run = start(&place.server, &place.path, json!({"until": "validate"}));
    end(&place.server, &place.path, &run);
    assert_eq!(place.context()["wasDeep"], true);
    let failed = place.get("/results?latest=true&pluginId=Frames");
    assert_eq!(
        failed["items"][0]["error"]["message"],
        "A draft is not published"
    );
    // To remove a value brings the default back, also after the next reset.
    assert_eq!(
        place
            .change(Some("hero"), "unset", json!(["quality"]))
            .status,
        200
    );
    assert_eq!(place.instance("hero")["data"]["quality"], "final");
    place.server.send("POST", &reset).ok();
    place.collect();
    assert_eq!(place.instance("hero")["data"]["quality"], "final");
}

#[test]
fn policy_changes_defaults() {
    let scenario = declaring();
    let rule = "[[policy]]\nplugins = [\"Frames\"]\nreason = \"the show is rough\"\n\
        attributes = { tolerance = 7, quality = \"best\" }\n";
    let place = Place::of(scenario.serve_beside(rule));
    assert_eq!(place.context()["Frames.tolerance"], 7);
    let run = start(&place.server, &place.path, json!({}));
    end(&place.server, &place.path, &run);
    assert_eq!(place.instance("hero")["data"]["quality"], "final");
    let report = place.server.send("GET", &format!("{run}/report")).ok();
    let changes: Vec<_> = report["policy"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["change"])
        .collect();
    assert_eq!(
        changes,
        [
            "tolerance is 7 unless set",
            "quality keeps its default: it must be one of \"draft\", \"final\", and not \"best\"",
        ]
    );
}
