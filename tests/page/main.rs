//! The page in a browser: the real binary, real components, and Chromium. Each test starts a server
//! and a script of `tests/page`.

#[cfg(unix)]
mod hub;
#[cfg(unix)]
mod jobs;

use std::sync::{PoisonError, RwLock};

#[cfg(unix)]
use pyblish_endpoint_tests::hosts::Place;
use pyblish_endpoint_tests::v2::{session, shots};
use pyblish_endpoint_tests::{Folders, Scenario, Server, browser};
use serde_json::{Value, json};

/// Held by the test that measures time, because other tests on the same cores would disturb it.
static ALONE: RwLock<()> = RwLock::new(());

/// A place for a real host, with a collector of one instance and these plug-ins.
#[cfg(unix)]
fn collecting(plugins: &str) -> Place {
    const COLLECT: &str = r#"
import pyblish.api

class Collect(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder
    def process(self, context):
        context.create_instance("one", family="thing")
"#;
    Place::with(&[COLLECT, plugins].concat())
}

/// Runs a script of `tests/page` against this server; `more` is added to its argument.
#[track_caller]
fn drive(name: &str, server: &Server, more: Value) {
    let _together = ALONE.read().unwrap_or_else(PoisonError::into_inner);
    browser::drive(name, server, more);
}

/// Items of one family, made by one collector.
fn collector(count: usize) -> Value {
    let create =
        |number| json!({"create": format!("item_{number:04}"), "data": {"family": "item"}});
    let steps: Vec<_> = (0..count).map(create).collect();
    json!({"name": "Collect", "order": 0, "context": steps})
}

#[test]
fn first_publish() {
    let folders = Folders::sample();
    drive("first-publish", &folders.serve(), json!({}));
    let published = folders.root().join("image").join("old_map").join("v001");
    assert!(published.join("publish.json").is_file());
    assert!(!folders.root().join("image").join("matte").exists());
}

#[test]
fn failure_is_repaired_and_published() {
    let mut collect = collector(1000);
    let steps = collect["context"].as_array_mut().unwrap();
    steps.push(json!({"set": {"empty": true}, "on": "item_0777"}));
    let scenario = Scenario::of(json!([
        collect,
        {"name": "Weight", "order": 1, "families": ["item"], "actions": [
            {"id": "help", "kind": "category", "label": "Help"},
            {"id": "explain", "label": "Explain", "on": "failed", "icon": "question-circle", "steps": [{"log": "info", "message": "So it is"}]},
            {"id": "line", "kind": "separator", "label": ""},
            {"id": "break", "label": "Break", "icon": "no-such-icon", "steps": [{"fail": "It cannot be broken"}]},
            {"id": "later", "label": "Only where all is well", "on": "succeeded", "steps": []},
        ], "instance": [
            {"log": "info", "message": "Looking at it", "when": {"empty": true}},
            {"fail": "The crate is empty: fill it", "when": {"empty": true}},
        ], "repairInstance": [{"set": {"empty": false}}]},
        {"name": "Never", "order": 1.5, "families": ["nothing"], "instance": []},
        {"name": "Extract", "order": 2, "families": ["item"], "instance": []},
    ]));
    drive("repair", &scenario.serve(), json!({}));
}

#[test]
fn actions_are_for_what_is_shown() {
    let broken = |kind: &str| json!({"family": "item", "kind": kind});
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": "alone", "data": broken("one")},
            {"create": "left", "data": broken("two")},
            {"create": "right", "data": broken("two")},
            {"create": "fine", "data": broken("none")},
        ]},
        {"name": "Weight", "order": 1, "families": ["item"], "actions": [
            {"id": "accept", "label": "It is meant", "on": "failed", "steps": [{"set": {"meant": true}}]},
            {"id": "undo", "label": "Undo", "on": "all", "steps": [{"set": {"meant": false}}]},
        ], "instance": [
            {"fail": "Only this is broken", "when": {"kind": "one"}},
            {"fail": "They are broken", "when": {"kind": "two"}},
        ]},
        {"name": "Whole", "order": 1.1, "families": ["item"], "actions": [
            {"id": "all", "label": "All at once", "on": "failed", "steps": [{"fail": "Asked for all"}]},
        ], "instance": [{"fail": "Wrong as a whole", "when": {"kind": "two"}}]},
    ]));
    drive("actions", &scenario.serve(), json!({}));
}

/// Plug-ins that declare attributes of each type.
fn declaring() -> Scenario {
    Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": "hero", "data": {"family": "model", "asset": "hero", "checksum": "abc123"}},
            {"create": "light", "data": {"family": "light"}},
        ]},
        {"name": "Frames", "label": "Missing frames", "order": 1, "families": ["model"], "attributes": [
            {"key": "strict", "type": "boolean", "label": "Strict", "default": false},
            {"key": "note", "type": "multiline-text", "label": "Note", "help": "For whoever reads the report."},
            {"key": "quality", "type": "choice", "perInstance": true, "label": "Quality", "group": "Output",
                "choices": ["draft", "final"], "labels": ["Draft", "Final"], "default": "final"},
            {"key": "handles", "type": "integer", "perInstance": true, "label": "Handles", "group": "Output",
                "help": "Frames before and after the shot.", "minimum": 0, "maximum": 20, "default": 8},
            {"key": "passes", "type": "choices", "perInstance": true, "label": "Passes", "group": "Output",
                "choices": ["beauty", "depth", "normals"], "default": ["beauty"]},
            {"key": "checksum", "type": "text", "perInstance": true, "label": "Checksum", "group": "Output", "readOnly": true},
        ], "instance": [
            {"fail": "Handles of 20 are too many", "when": {"handles": 20}},
        ]},
        {"name": "Extract", "order": 2, "families": ["model"], "instance": []},
    ]))
}

#[test]
fn attributes_have_fields() {
    drive("attributes", &declaring().serve(), json!({}));
}

#[test]
fn picture_is_given_to_an_instance() {
    drive("picture", &shots().serve(), json!({}));
}

#[test]
fn two_browsers_agree() {
    drive("two-browsers", &shots_with_optional().serve(), json!({}));
}

/// Like [`shots`], with an extractor that is optional.
fn shots_with_optional() -> Scenario {
    Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": "good", "data": {"family": "shot"}},
            {"create": "bad", "data": {"family": "shot", "broken": true}},
        ]},
        {"name": "Validate", "order": 1, "families": ["shot"], "instance": [
            {"fail": "It is broken: mend it", "when": {"broken": true}},
        ]},
        {"name": "Extract", "order": 2, "families": ["shot"], "optional": true, "instance": []},
    ]))
}

#[test]
fn stop_ends_a_long_plugin() {
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [{"create": "one", "data": {"family": "shot"}}]},
        {"name": "Work", "order": 1, "context": [
            {"log": "info", "message": "Beginning"},
            {"progress": 0.25, "message": "a quarter"}, {"sleep": 3_600_000},
        ]},
    ]));
    drive("stop", &scenario.serve(), json!({}));
}

#[test]
fn reload_keeps_the_run() {
    let scenario = Scenario::of(json!([
        collector(20),
        {"name": "Work", "order": 1, "families": ["item"], "instance": [
            {"log": "info", "message": "working"}, {"progress": 0.5}, {"sleep": 250},
        ]},
    ]));
    drive("reconnect", &scenario.serve(), json!({}));
}

#[test]
fn dead_host_is_shown() {
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [{"create": "one", "data": {"family": "shot"}}]},
        {"name": "Crash", "order": 1, "families": ["shot"], "instance": [{"trap": true}]},
    ]));
    let mut arguments = scenario.arguments();
    // The page must not miss it: by itself, it would be there again after two seconds.
    arguments.extend(["--limit".into(), "restarts=0".into()]);
    drive("host-dies", &Server::start(arguments), json!({}));
}

#[test]
fn ten_thousand_instances_stay_fast() {
    let _alone = ALONE.write().unwrap_or_else(PoisonError::into_inner);
    let mut plugins = vec![collector(10_000)];
    let steps = plugins[0]["context"].as_array_mut().unwrap();
    // Without a pause the runtime sends twenty thousand results a second, which leaves a machine of
    // two cores nothing for the browser.
    for step in steps.iter_mut().step_by(4) {
        step["data"]["slow"] = true.into();
    }
    steps.push(json!({"set": {"broken": true}, "on": "item_0042"}));
    for number in 0..199 {
        plugins.push(json!({
            "name": format!("Validate{number:03}"), "order": 1.0 + f64::from(number) / 1000.0, "families": ["item"],
            "instance": [{"sleep": 1, "when": {"slow": true}}, {"fail": "It is broken", "when": {"broken": true}}],
        }));
    }
    browser::drive(
        "thousands",
        &Scenario::of(plugins.into()).serve(),
        json!({}),
    );
}

/// An old address, a closed session, and a server that was started again.
#[test]
fn end_is_told_in_words() {
    let scenario = Scenario::of(json!([
        collector(1),
        {"name": "Work", "order": 1, "families": ["item"], "instance": [
            {"log": "info", "message": "Beginning"}, {"sleep": 3_600_000},
        ]},
    ]));
    let second = scenario.serve();
    let more = json!({"second": second.address});
    drive("ended", &scenario.serve(), more);
}

/// A real host, because only that keeps its context while the runtime is away.
#[cfg(unix)]
#[test]
fn interrupted_run_is_offered_at_the_top() {
    let place = collecting(
        r#"
import os, time

class Extract(pyblish.api.InstancePlugin):
    order = pyblish.api.ExtractorOrder
    def process(self, instance):
        import pyblish_endpoint_bridge as bridge
        while not os.path.exists(os.path.join(os.environ["PLACE"], "gate")):
            if bridge.cancelled():
                raise bridge.Cancelled("stopped")
            time.sleep(0.01)
"#,
    );
    let _host = place.python();
    let session = place.serve();
    session.start(json!({}));
    session.doing("Extract");
    // Dropping the server kills it.
    drop(session);
    let session = place.serve();
    place.open_gate();
    drive("interrupted", &session.server, json!({}));
}

#[test]
fn page_collects_by_itself() {
    drive("collect", &shots().serve(), json!({}));
}

#[test]
fn site_turns_collecting_off() {
    let server = shots().serve_beside("[serve]\nno-collect-on-open = true\n");
    drive("collect-off", &server, json!({}));
}

#[test]
fn choices_survive_reset_and_reload() {
    drive("choices", &shots_with_optional().serve(), json!({}));
}

#[test]
fn long_names_can_be_told_apart() {
    let long = "environment_forest_north_of_the_river_trees_high";
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": format!("{long}_v001"), "data": {"family": "model"}},
            {"create": format!("{long}_v002"), "data": {"family": "model"}},
            {"create": format!("{long}_v003"), "data": {"family": "model"}},
            {"create": "rock", "data": {"family": "model", "asset": "cliff"}},
            {"create": "rock", "data": {"family": "model", "asset": "shore"}},
        ]},
        {"name": "Validate", "order": 1, "families": ["model"], "instance": []},
        {"name": "Extract", "order": 2, "families": ["model"], "instance": []},
        {"name": "Integrate", "order": 3, "families": ["model"], "instance": []},
    ]));
    drive("names", &scenario.serve(), json!({}));
}

/// A real host, because only Python has tracebacks.
#[cfg(unix)]
#[test]
fn plugin_texts_are_markdown() {
    let place = collecting(
        r#"
class TooManyFaces(Exception):
    title = "Too many faces"

class ValidateFaces(pyblish.api.InstancePlugin):
    """Counts faces.

    ## Why

    Because:

    ```
    cmds.polyReduce()
    ```
    """
    label = "Faces"
    order = pyblish.api.ValidatorOrder
    def process(self, instance):
        raise TooManyFaces(
            "**14 faces** of `my_mesh_name` are too many, see [the wiki](https://wiki.studio/faces):\n"
            "- split them\n- or reduce\n\n"
            "<img src=x onerror=alert(1)> [no](javascript:alert(1)) C:\\new\\_tmp_file_ snake_case_name")

class ValidateBroken(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder + 0.1
    def process(self, instance):
        None.name
"#,
    );
    let _host = place.python();
    drive("plugin-texts", &place.serve().server, json!({}));
}

#[test]
fn problem_is_one_card() {
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": "wood", "data": {"family": "item", "empty": true, "path": "/textures/old/wood.png"}},
            {"create": "wood", "data": {"family": "item", "empty": true, "path": "/textures/new/wood.png"}},
            {"create": "stone", "data": {"family": "item", "empty": true, "stone": true}},
            {"create": "left", "data": {"family": "item", "large": true}},
            {"create": "right", "data": {"family": "item", "large": true, "locked": true}},
            {"create": "last", "data": {"family": "item", "last": true}},
        ]},
        {"name": "Empty", "order": 1.0, "families": ["item"], "instance": [
            {"fail": "The file stone is empty", "when": {"stone": true}},
            {"fail": "The file wood is empty", "when": {"empty": true}},
        ], "repairInstance": [{"set": {"empty": false, "stone": false}}]},
        {"name": "Size", "order": 1.1, "families": ["item"], "instance": [
            {"fail": "It is too large", "when": {"large": true}},
        ], "repairInstance": [
            {"fail": "It is write-protected", "when": {"locked": true}}, {"set": {"large": false}},
        ]},
        {"name": "Name", "order": 1.2, "families": ["item"], "instance": [
            {"fail": "Rename it by hand", "when": {"locked": true}},
        ], "repairInstance": []},
        {"name": "Last", "order": 1.4, "families": ["item"], "instance": [
            {"fail": "It must not be last", "when": {"last": true}},
        ], "repairInstance": [{"fail": "It is locked"}]},
    ]));
    drive("cards", &scenario.serve(), json!({}));
}

/// What was published, and what was not, in words.
#[test]
fn outcome_is_never_too_good() {
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": "shot_a", "data": {"family": "shot"}}, {"create": "misfit", "data": {"family": "odd"}},
            {"log": "warning", "message": "The scene is old"},
        ]},
        {"name": "Validate", "order": 1, "families": ["shot"], "instance": [
            {"log": "warning", "message": "It has no camera"},
        ]},
        {"name": "Extract", "order": 2, "families": ["shot"], "instance": []},
    ]));
    drive("outcomes", &scenario.serve(), json!({}));
}

#[test]
fn empty_inbox_is_no_publish() {
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": []},
        {"name": "Extract", "order": 2, "families": ["shot"], "instance": []},
    ]));
    drive("empty", &scenario.serve(), json!({}));
}

#[test]
fn instance_shows_its_stages() {
    let create = |name: &str| json!({"create": name, "data": {"family": "shot", "name": name}});
    let created = ["one", "two", "three"].map(create);
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": created},
        {"name": "Check", "order": 1, "families": ["shot"], "instance": []},
        {"name": "Wait", "order": 2, "families": ["shot"], "instance": [
            {"log": "info", "message": "Waiting"}, {"sleep": 3_600_000, "when": {"name": "two"}},
        ]},
        {"name": "Write", "order": 3, "families": ["shot"], "instance": []},
    ]));
    drive("stages", &scenario.serve(), json!({}));
}

#[test]
fn progress_is_weighed_by_time() {
    let scenario = Scenario::of(json!([
        collector(4),
        {"name": "Quick", "order": 1, "families": ["item"], "instance": []},
        {"name": "Long", "order": 2, "families": ["item"], "instance": [{"sleep": 1800}]},
        {"name": "Write", "order": 3, "families": ["item"], "instance": []},
    ]));
    drive("progress", &scenario.serve(), json!({}));
}

#[test]
fn keyboard_is_enough() {
    drive("keyboard", &shots().serve(), json!({}));
}

#[test]
fn accessibility_has_no_serious_issue() {
    drive("accessibility", &shots().serve(), json!({}));
}

#[test]
fn hostile_names_are_text() {
    let names = [
        "<script>alert(1)</script>".to_owned(),
        "<img src=x onerror=alert(1)>".to_owned(),
        "\u{202e}gnp.terces\u{202d} \u{2067}left".to_owned(),
        "مرحبا بالعالم".to_owned(),
        "W".repeat(10_000),
        "javascript:alert(1)//\"'`${}".to_owned(),
    ];
    let create = |name: &String| json!({"create": name, "data": {"family": name, "label": name, "thumbnail": name, name.as_str(): name}, "children": [name]});
    let check = |(index, name): (usize, &String)| {
        json!({"name": format!("Validate{index}"), "label": name, "doc": name, "order": 1, "families": [name],
        "actions": [{"id": "act", "label": name, "icon": name, "steps": []}],
        "instance": [{"log": "warning", "message": name}, {"fail": name}]})
    };
    let mut plugins = vec![
        json!({"name": "Collect", "order": 0, "context": names.iter().map(create).collect::<Vec<_>>()}),
    ];
    plugins.extend(names.iter().enumerate().map(check));
    drive(
        "hostile",
        &Scenario::of(plugins.into()).serve(),
        json!({"names": names}),
    );
}

#[test]
fn session_can_be_chosen() {
    let scenario = shots();
    let folders = Folders::sample();
    let server = scenario.serve_beside(&folders.config());
    session(&server);
    let second = json!({"adapter": "folder"});
    drive("sessions", &server, json!({"second": second}));
}

/// The headers of the page, tested without a browser.
#[test]
fn content_policy_is_sent() {
    let scenario = shots();
    let server = scenario.serve();
    let index = server.send("GET", "/").ok();
    assert!(index.as_str().unwrap().contains("/page/main.js"));
    assert!(server.send("GET", "/page/main.js").ok().is_string());
    let missing = server.send("GET", "/page/nothing.js").refused(404);
    assert!(missing.contains("nothing.js"), "{missing}");
    let missing = server.send("GET", "/elsewhere").refused(404);
    assert!(missing.contains("the page is at /"), "{missing}");
}

/// A real host, because only Python files can fail to load.
#[cfg(unix)]
#[test]
fn unused_plugins_are_shown() {
    let place = collecting(
        r#"
class Extract(pyblish.api.InstancePlugin):
    order = pyblish.api.ExtractorOrder
    def process(self, instance):
        pass

class ForNuke(pyblish.api.ContextPlugin):
    hosts = ["nuke"]
    def process(self, context):
        pass
"#,
    );
    let bad = place.path("plugins/bad.py");
    std::fs::write(bad, "import no_such_module\n").unwrap();
    let _host = place.python();
    drive("unused-plugins", &place.serve().server, json!({}));
}
