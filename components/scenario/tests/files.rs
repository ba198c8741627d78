//! Whole files: the fields of plug-ins, the recorded scenario of the original, and the documented
//! example.

mod common;

use common::Session;
use pyblish_scenario::Player;
use pyblish_sdk::Adapter;
use pyblish_sdk::bindings::exports::pyblish::endpoint::service::{
    Description, GrantRequest, Opening,
};
use pyblish_sdk::bindings::pyblish::endpoint::model::{
    ActionCondition, ActionKind, Datum, MatchAlgorithm, Scope, Value,
};
use pyblish_sdk::session::Exported;
use serde_json::json;

const EXAMPLE: &str = include_str!("../example.scenario.json");

#[test]
fn fields_have_their_defaults() {
    let session = Session::with(json!([{"name": "P", "order": 1.5}]));
    let plugin = &session.plugins()[0];
    assert_eq!((&*plugin.id, &*plugin.name, plugin.order), ("P", "P", 1.5));
    assert_eq!(
        (&plugin.families[..], &plugin.hosts[..]),
        (&["*".to_owned()][..], &["*".to_owned()][..])
    );
    assert_eq!(
        (&plugin.targets[..], plugin.matching),
        (&["default".to_owned()][..], MatchAlgorithm::Intersection)
    );
    assert_eq!(
        (
            plugin.label.as_ref(),
            plugin.doc.as_ref(),
            plugin.category.as_ref()
        ),
        (None, None, None)
    );
    assert_eq!((plugin.optional, plugin.active), (false, true));
    assert_eq!(
        (plugin.processes, plugin.repairs),
        (Scope::empty(), Scope::empty())
    );
    assert_eq!(
        (&plugin.version[..], plugin.requires.as_deref()),
        (&[0, 0, 0][..], Some("pyblish>=1"))
    );
    assert_eq!(
        plugin.file.as_deref(),
        session.file.0.file_name().unwrap().to_str()
    );
}

#[test]
fn fields_are_taken_over() {
    let session = Session::with(json!([{
        "name": "Prüfe / a", "type": "Validator", "label": "L", "doc": "D", "category": "K", "requires": "pyblish>=2",
        "families": ["f"], "hosts": ["h"], "targets": ["t"], "match": "exact", "version": [1, 2], "optional": true,
        "active": false, "instance": [], "repairContext": [],
    }]));
    let plugin = &session.plugins()[0];
    assert_eq!(
        (&*plugin.name, &*plugin.base, plugin.order),
        ("Prüfe / a", "Validator", 1.0)
    );
    let texts = [
        &plugin.label,
        &plugin.doc,
        &plugin.category,
        &plugin.requires,
    ]
    .map(|t| t.as_deref().unwrap());
    assert_eq!(texts, ["L", "D", "K", "pyblish>=2"]);
    assert_eq!(
        [&plugin.families, &plugin.hosts, &plugin.targets].map(|l| &*l[0]),
        ["f", "h", "t"]
    );
    assert_eq!(
        (plugin.matching, &plugin.version[..]),
        (MatchAlgorithm::Exact, &[1, 2][..])
    );
    assert_eq!((plugin.optional, plugin.active), (true, false));
    assert_eq!(
        (plugin.processes, plugin.repairs),
        (Scope::INSTANCE, Scope::CONTEXT)
    );
}

#[test]
fn a_type_gives_the_order_and_lists_give_the_type() {
    let types = [
        "Selector",
        "Collector",
        "Validator",
        "Extractor",
        "Conformer",
        "Integrator",
    ];
    let plugins = types.map(|name| json!({"name": name, "type": name}));
    let session = Session::with(json!(plugins));
    let orders: Vec<f64> = session
        .plugins()
        .iter()
        .map(|plugin| plugin.order)
        .collect();
    assert_eq!(orders, [0.0, 0.0, 1.0, 2.0, 3.0, 3.0]);
    let session = Session::with(json!([
        {"name": "C", "order": 0, "context": []}, {"name": "I", "order": 0, "instance": []},
        {"name": "B", "order": 0, "context": [], "instance": []}, {"name": "N", "order": 0},
    ]));
    let bases: Vec<String> = session
        .plugins()
        .into_iter()
        .map(|plugin| plugin.base)
        .collect();
    assert_eq!(
        bases,
        ["ContextPlugin", "InstancePlugin", "Plugin", "Plugin"]
    );
}

#[test]
fn actions_are_taken_over() {
    let session = Session::with(json!([{"name": "P", "order": 1, "actions": [
        {"id": "c", "kind": "category", "label": "Help"}, {"kind": "separator"},
        {"id": "a", "label": "Go", "icon": "star", "on": "failed", "steps": []}, {"id": "b", "on": "sometimes"},
    ]}]));
    let actions = &session.plugins()[0].actions;
    let kinds: Vec<ActionKind> = actions.iter().map(|action| action.kind).collect();
    assert_eq!(
        kinds,
        [
            ActionKind::Category,
            ActionKind::Separator,
            ActionKind::Action,
            ActionKind::Action
        ]
    );
    let ids: Vec<&str> = actions.iter().map(|action| &*action.id).collect();
    assert_eq!(ids, ["c", "entry-2", "a", "b"]);
    assert!(matches!(actions[0].condition, ActionCondition::All));
    assert!(matches!(actions[1].condition, ActionCondition::All));
    assert!(matches!(actions[2].condition, ActionCondition::Failed));
    let unknown = &actions[3].condition;
    assert!(matches!(unknown, ActionCondition::Unknown(word) if word == "sometimes"));
    assert_eq!(
        (&*actions[2].label, actions[2].icon.as_deref()),
        ("Go", Some("star"))
    );
    assert_eq!(actions[3].label, "b");
}

#[test]
fn equal_names_have_distinct_ids() {
    let names = ["A", "A", "A#2", "A", "B"];
    let plugins =
        names.map(|name| json!({"name": name, "order": 0, "context": [{"set": {name: 1}}]}));
    let session = Session::with(json!(plugins));
    let found = session.plugins();
    let ids: Vec<&str> = found.iter().map(|plugin| &*plugin.id).collect();
    assert_eq!(ids, ["A", "A#3", "A#2", "A#4", "B"]);
    assert_eq!(
        found.iter().map(|plugin| &*plugin.name).collect::<Vec<_>>(),
        names
    );
    session.succeed("A#3", None);
    assert_eq!(session.data(None), json!({"A": 1}));
}

#[test]
fn the_originals_scenario_plays() {
    let session = Session::open(include_str!("shots.scenario.json")).unwrap();
    let bases: Vec<String> = session
        .plugins()
        .into_iter()
        .map(|plugin| plugin.base)
        .collect();
    assert_eq!(bases[0], "Selector");
    assert_eq!(bases.len(), 8);
    session.succeed("CollectShot", None);
    assert_eq!(session.names(), ["hero_rig", "hero_cache", "prop_cache"]);
    assert_eq!(
        session.data(None),
        json!({"shot": "sh010", "frameRange": [1001, 1048]})
    );
    assert_eq!(
        session.fail("CollectFailing", None).message,
        "No camera in this scene"
    );
    session.succeed("ValidateFrameRange", Some("hero_cache"));
    let failure = session.fail("ValidateFrameRange", Some("prop_cache"));
    assert_eq!(failure.message, "Starts before the shot does");
    assert!(
        session
            .repair("ValidateFrameRange", Some("prop_cache"))
            .failure
            .is_none()
    );
    session.succeed("ValidateFrameRange", Some("prop_cache"));
    assert_eq!(
        session.fail("ValidateScene", None).message,
        "Save the scene first"
    );
    assert!(session.repair("ValidateScene", None).failure.is_none());
    session.succeed("ValidateScene", None);
    session.succeed("ValidateNames", None);
    session.succeed("ConformShot", Some("hero_cache"));
}

#[test]
fn the_example_is_in_the_readme_and_plays() {
    assert!(include_str!("../README.md").contains(&format!("```json\n{EXAMPLE}```")));
    let session = Session::open(EXAMPLE).unwrap();
    session.succeed("CollectCrates", None);
    session.succeed("ValidateWeight", Some("apples"));
    let failure = session.fail("ValidateWeight", Some("pears"));
    assert_eq!(failure.message, "The crate is empty: fill it");
    assert!(
        session
            .act("ValidateWeight", "fill", None)
            .failure
            .is_none()
    );
    session.succeed("ValidateWeight", Some("pears"));
    session.succeed("ExtractCrates", Some("pears"));
    assert_eq!(session.data(Some("pears"))["wrapped"], true);
}

/// The list in an error, after these words.
fn listed(plugin: &str, after: &str) -> Vec<String> {
    let refused = Session::open(format!("{{\"plugins\": [{plugin}]}}")).err();
    let message = refused.expect("the file is wrong");
    let list = message.split_once(after).expect("the error has a list").1;
    let names = list.split(", ").map(|name| name.trim_matches('`'));
    names.map(str::to_owned).collect()
}

#[test]
fn every_step_and_field_is_in_the_readme() {
    let readme = include_str!("../README.md");
    let step = r#"{"name": "P", "order": 0, "context": [{"": 1}]}"#;
    for step in listed(step, "the known steps are ") {
        assert!(readme.contains(&format!("| `{{\"{step}\":")), "{step}");
    }
    for field in listed(r#"{"name": "P", "": 0}"#, "expected one of ") {
        assert!(readme.contains(&format!("`{field}`")), "{field}");
    }
    let action = r#"{"name": "P", "order": 0, "actions": [{"": 1}]}"#;
    for field in listed(action, "expected one of ") {
        assert!(readme.contains(&format!("`{field}`")), "{field}");
    }
}

#[test]
fn it_says_what_it_is() {
    let described = Description::from(Player::describe());
    assert_eq!(
        (&*described.name, &*described.hosts[0]),
        ("scenario", "scenario")
    );
    assert_eq!(
        (
            &*described.settings[0].name,
            described.settings[0].default.is_none()
        ),
        ("file", true)
    );
    let GrantRequest::Folder(folder) = &described.grants[0] else {
        panic!("no folder")
    };
    assert_eq!(
        (&*folder.path, folder.writable, folder.optional),
        ("/scenario", false, false)
    );
}

#[test]
fn a_scenario_says_what_it_is() {
    let file = common::File::new(EXAMPLE);
    let (_, host) = Exported::<Player>::begin(Opening {
        settings: vec![Datum {
            key: "file".into(),
            value: Value::Text(file.0.to_str().unwrap().into()),
        }],
        user: "tester".into(),
        machine: "test-machine".into(),
        folders: Vec::new(),
    })
    .unwrap();
    assert_eq!(host[0].key, "file");
    let Value::Text(description) = &host[1].value else {
        panic!("{:?}", host[1].value);
    };
    assert!(description.starts_with("Two crates"));
}
