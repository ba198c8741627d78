//! Every mistake in a file is one clear error, and the file is refused as a whole.

mod common;

use common::{File, Session};
use serde_json::{Value, json};

fn refusal(content: impl AsRef<[u8]>) -> String {
    match Session::open(content) {
        Ok(_) => panic!("the file was accepted"),
        Err(message) => message,
    }
}

/// The error of a plug-in with these fields, without the name of the file.
fn plugin(fields: Value) -> String {
    let message = refusal(json!({"plugins": [{"name": "A", "order": 0}, fields]}).to_string());
    message.split_once(": ").unwrap().1.to_owned()
}

/// The error of a step on the context.
fn step(step: Value) -> String {
    let message = plugin(json!({"name": "P", "order": 1, "context": [{"sleep": 0}, step]}));
    let place = "plug-in \"P\": context, step 2: ";
    message
        .strip_prefix(place)
        .unwrap_or_else(|| panic!("{message}"))
        .to_owned()
}

#[test]
fn files_that_cannot_be_read() {
    let file = File::new("");
    let path = file.0.clone();
    drop(file);
    let mut settings = pyblish_sdk::Data::new();
    settings.insert("file".into(), path.to_str().unwrap().into());
    let missing = pyblish_sdk::testing::Harness::<pyblish_scenario::Player>::open(settings);
    let message = missing.err().unwrap();
    assert!(
        message.starts_with("cannot read the scenario "),
        "{message}"
    );
    assert!(message.contains("--dir FOLDER=/scenario:ro"), "{message}");

    let message = refusal(b"{\"plugins\": [\"\xff\"]}");
    assert!(
        message.ends_with("is not UTF-8 text: byte 15 is wrong; save it as UTF-8"),
        "{message}"
    );
    let large = vec![b' '; pyblish_scenario::LIMIT as usize + 1];
    let message = refusal(large);
    assert!(
        message.ends_with("is too large: it may have 16 MiB"),
        "{message}"
    );
}

#[test]
fn files_that_are_no_scenario() {
    let message = refusal("{\n  \"plugins\": [,]\n}");
    assert!(
        message.contains(": this is not JSON: expected value at line 2 column 15"),
        "{message}"
    );
    assert!(refusal("").contains("this is not JSON"));
    let expected = "expected an object with a list of `plugins`";
    assert!(refusal("3").ends_with(expected), "{}", refusal("3"));
    assert!(refusal("{}").ends_with("missing field `plugins`"));
    assert!(
        refusal(json!({"plugins": [], "plugs": 1}).to_string()).contains("unknown field `plugs`")
    );
}

#[test]
fn the_file_is_named() {
    // As `common::File` names it.
    assert!(refusal("{}").starts_with("scenario-"));
}

#[test]
fn an_editors_mark_before_the_text_is_no_mistake() {
    Session::open("\u{feff}{\"plugins\": []}").unwrap();
}

#[test]
fn plugins() {
    assert_eq!(plugin(json!(3)), "plug-in 2 has no name");
    assert_eq!(plugin(json!({"order": 1})), "plug-in 2 has no name");
    assert_eq!(plugin(json!({"name": ""})), "plug-in 2 has no name");
    let message = plugin(json!({"name": "P"}));
    assert_eq!(
        message,
        "plug-in \"P\": it has no `order`, and its `type` implies none"
    );
    let message = plugin(json!({"name": "P", "order": 1, "familys": []}));
    assert!(
        message.starts_with("plug-in \"P\": unknown field `familys`, expected one of `name`"),
        "{message}"
    );
    let message = plugin(json!({"name": "P", "order": 1, "match": "any"}));
    let known = "expected one of `intersection`, `subset`, `exact`";
    assert_eq!(
        message,
        format!("plug-in \"P\": unknown variant `any`, {known}")
    );
    let message = plugin(json!({"name": "P", "order": "1"}));
    assert_eq!(
        message,
        "plug-in \"P\": invalid type: string \"1\", expected f64"
    );
    let message = plugin(json!({"name": "P", "order": 1, "version": [-1]}));
    assert!(
        message.starts_with("plug-in \"P\": invalid value: integer `-1`"),
        "{message}"
    );
}

#[test]
fn actions() {
    let act = |actions| plugin(json!({"name": "P", "order": 1, "actions": actions}));
    assert_eq!(
        act(json!([{"label": "Go"}])),
        "plug-in \"P\": action 1: it has no `id`"
    );
    let twice = act(json!([{"id": "a"}, {"id": "a"}]));
    assert_eq!(
        twice,
        "plug-in \"P\": action 2: another action has the id \"a\""
    );
    let message = act(json!([{"kind": "separator", "steps": []}]));
    assert!(
        message.contains("a separator or category does nothing"),
        "{message}"
    );
    let message = act(json!([{"id": "a", "steps": [{"jump": 1}]}]));
    assert!(
        message.starts_with("plug-in \"P\": action 1, step 1: unknown step `jump`"),
        "{message}"
    );
    let message = act(json!([{"id": "b"}, {"id": "a", "kind": "menu"}]));
    let place = "plug-in \"P\": action 2: unknown variant `menu`";
    assert!(message.starts_with(place), "{message}");
    let message = act(json!([3]));
    assert!(
        message.ends_with("action 1: invalid type: integer `3`, expected an object"),
        "{message}"
    );
}

#[test]
fn unknown_steps_are_refused_by_name() {
    assert_eq!(
        step(json!({"explode": 1})),
        "unknown step `explode`; the known steps are `log`, `create`, `set`, `unset`, `remove`, \
         `activate`, `sleep`, `progress`, `fail`, `trap`, `spin`, `allocate`, `flood`, `panic`"
    );
    assert!(step(json!({"when": {"a": 1}})).starts_with("it does nothing; the known steps are"));
    assert!(step(json!("log")).starts_with("a step is an object such as"));
    let both = step(json!({"log": "info", "message": "m", "fail": "f"}));
    assert_eq!(
        both,
        "it has both `log` and `fail`; split it into two steps"
    );
}

#[test]
fn steps_take_what_belongs_to_them() {
    let cases = [
        (json!({"log": "info"}), "`log`: missing field `message`"),
        (
            json!({"log": "info", "message": 3}),
            "`log`: invalid type: integer `3`, expected a string",
        ),
        (
            json!({"create": 3}),
            "`create`: invalid type: integer `3`, expected a string",
        ),
        (
            json!({"create": "x", "data": []}),
            "`create`: invalid type: sequence, expected a map",
        ),
        (
            json!({"set": {}, "onn": "x"}),
            "`set`: unknown field `onn`, expected `set` or `on`",
        ),
        (
            json!({"unset": "a"}),
            "`unset`: invalid type: string \"a\", expected a sequence",
        ),
        (
            json!({"activate": "A"}),
            "`activate`: missing field `active`",
        ),
        (
            json!({"activate": "A", "active": 0}),
            "`activate`: invalid type: integer `0`, expected a boolean",
        ),
        (
            json!({"activate": "A", "active": true, "ids": ["A"]}),
            "`activate`: unknown field `ids`, expected `activate` or `active`",
        ),
        (
            json!({"activate": "Q", "active": true}),
            "`activate`: no plug-in is named \"Q\"",
        ),
        (
            json!({"sleep": 1.5}),
            "`sleep`: invalid type: floating point `1.5`, expected u64",
        ),
        (
            json!({"sleep": 1, "deaf": 1}),
            "`sleep`: invalid type: integer `1`, expected a boolean",
        ),
        (
            json!({"progress": "1"}),
            "`progress`: invalid type: string \"1\", expected f64",
        ),
        (
            json!({"fail": null}),
            "`fail`: invalid type: null, expected a string",
        ),
        (
            json!({"trap": false}),
            "`trap`: it must be true; leave the step out instead",
        ),
        (
            json!({"spin": 1}),
            "`spin`: invalid type: integer `1`, expected a boolean",
        ),
        (
            json!({"flood": "x"}),
            "`flood`: invalid type: string \"x\", expected u64",
        ),
        (
            json!({"panic": 1}),
            "`panic`: invalid type: integer `1`, expected a string",
        ),
        (
            json!({"fail": "f", "when": 1}),
            "`when` takes an object of keys and values",
        ),
        (
            json!({"fail": "f", "unless": []}),
            "`unless` takes an object of keys and values",
        ),
    ];
    for (wrong, message) in cases {
        assert_eq!(step(wrong), message);
    }
    let message = step(json!({"log": "loud", "message": "m"}));
    assert!(
        message.starts_with("`log`: unknown variant `loud`, expected one of `debug`"),
        "{message}"
    );
    assert!(step(json!({"allocate": -1})).starts_with("`allocate`: invalid value: integer `-1`"));
    let message = "`remove`: it must be the name of an instance, or true for the instance itself";
    assert_eq!(step(json!({"remove": false})), message);
    assert!(step(json!({"remove": true})).contains("this step may be played on the context"));
}

#[test]
fn each_list_is_named() {
    for list in ["context", "instance", "repairContext", "repairInstance"] {
        let message = plugin(json!({"name": "P", "order": 1, list: [{"x": 1}]}));
        assert!(message.starts_with(&format!("plug-in \"P\": {list}, step 1: unknown step `x`")));
    }
}

#[test]
fn a_file_that_became_bad_is_refused_at_the_next_discovery() {
    let session = Session::with(json!([{"name": "P", "order": 0}]));
    session
        .file
        .write(json!({"plugins": [{"name": "Q"}]}).to_string());
    let failure = session.discover().unwrap_err();
    assert!(
        failure
            .message
            .ends_with("plug-in \"Q\": it has no `order`, and its `type` implies none")
    );
    assert_eq!(
        failure.title.as_deref(),
        Some("The scenario cannot be played")
    );
    session
        .file
        .write(json!({"plugins": [{"name": "R", "order": 0}]}).to_string());
    assert_eq!(session.plugins()[0].name, "R");
}
