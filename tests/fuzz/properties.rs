//! What must hold of each parser for any bytes at all. A panic is a finding; so is an answer that breaks its promise.

#![allow(dead_code, reason = "each fuzz target uses one")]

use std::sync::Arc;

use pyblish_endpoint::adapter::{Description, Setting, SettingKind, manifest, settle};
use pyblish_endpoint::http::parsers;
use pyblish_endpoint::model::{Change, Context, Data, Instance, InstanceId};
use serde_json::{Value, json};

/// Text is what most parsers take; the rest of the bytes is as text what HTTP would have made of it.
fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The first byte says of which kind the body is, the rest is body and, behind a zero, query.
pub fn v1_arguments(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else {
        return;
    };
    let kinds = [
        Some("application/json"),
        Some("application/x-www-form-urlencoded"),
        None,
    ];
    let kind = kinds[usize::from(*kind) % kinds.len()];
    let mut parts = rest.splitn(2, |byte| *byte == 0);
    let body = parts.next().unwrap_or_default();
    let query = text(parts.next().unwrap_or_default());
    match parsers::v1_argument(kind, body, &query, "plugin") {
        Ok(Some(value)) => assert!(value.len() <= 6 * rest.len(), "texts do not grow"),
        Ok(None) => {}
        Err(said) => assert!(!said.is_empty()),
    }
}

/// Changes never concern what is not in the context, and one that was made is not asked for again.
pub fn v1_changes(bytes: &[u8]) {
    let mut context = context();
    let Ok((sent, changes)) = parsers::v1_changes(&text(bytes), &context) else {
        return;
    };
    assert!(sent.is_object());
    for change in changes {
        let Change::DataSet { place, value } = change else {
            panic!("{change:?} is nothing that v1 can ask for");
        };
        let id = place.instance.expect("v1 changes instances only");
        let mut instances = context.instances.iter_mut();
        let instance = instances.find(|instance| instance.id == id);
        let instance = Arc::make_mut(instance.expect("an instance of the context"));
        instance.data.insert(place.key, value);
    }
    let (_, again) = parsers::v1_changes(&text(bytes), &context).expect("it was read before");
    assert_eq!(again, [], "they are made");
}

fn context() -> Context {
    let instance = |id: &str, name: &str| {
        Arc::new(Instance {
            id: InstanceId(id.into()),
            name: name.into(),
            data: Data::from_iter([("publish".to_owned(), json!(true))]),
            members: Vec::new(),
        })
    };
    Context {
        instances: vec![instance("1", "hero"), instance("2", "villain")],
        ..Context::default()
    }
}

/// Lines of `name=value`. What is accepted has a value of its kind for each setting.
pub fn settings(bytes: &[u8]) {
    let setting = |name: &str, kind, default: Value| Setting {
        name: name.into(),
        kind,
        doc: String::new(),
        default: Some(default),
    };
    let description = Description {
        name: "any".into(),
        version: "1.0.0".into(),
        doc: String::new(),
        hosts: Vec::new(),
        settings: vec![
            setting("text", SettingKind::Text, json!("")),
            setting("flag", SettingKind::Boolean, json!(true)),
            setting("count", SettingKind::Integer, json!(1)),
            setting("scale", SettingKind::Number, json!(0.5)),
            setting("list", SettingKind::Texts, json!([])),
        ],
        grants: Vec::new(),
    };
    let text = text(bytes);
    let given = text.lines().filter_map(|line| line.split_once('='));
    let given = given
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    match settle(&description, &given) {
        Ok(data) => {
            assert!(data["text"].is_string());
            assert!(data["flag"].is_boolean());
            assert!(data["count"].is_i64());
            assert!(data["scale"].is_f64());
            let list = data["list"].as_array().expect("a list");
            assert!(list.iter().all(Value::is_string));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// What is read is what would be read again from the component sealed with it.
pub fn manifest(bytes: &[u8]) {
    let Some(description) = manifest::read(bytes) else {
        return;
    };
    let sealed = manifest::seal(bytes, &description);
    assert_eq!(manifest::read(&sealed), Some(description));
}

/// A scenario is played or refused in words.
pub fn scenario(bytes: &[u8]) {
    if let Err(said) = pyblish_scenario::check(&text(bytes)) {
        assert!(!said.is_empty());
    }
}

/// No stream begins after an event that there is not yet.
pub fn event_cursor(bytes: &[u8]) {
    for latest in [0, 7, u64::MAX] {
        match parsers::event_cursor(Some(bytes), None, latest) {
            Ok(seen) => assert!(seen <= latest),
            Err(said) => assert!(!said.is_empty()),
        }
        let after = text(bytes).trim().parse().ok();
        if let Ok(seen) = parsers::event_cursor(None, after, latest) {
            assert_eq!(seen, after.unwrap_or(latest));
        }
    }
}
