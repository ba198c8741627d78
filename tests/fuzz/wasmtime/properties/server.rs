//! Input from clients of the server.

#![allow(dead_code, reason = "each fuzz target uses one")]

use std::sync::Arc;

use pyblish_model::{Change, Context, Data, Instance, InstanceId, Shape};
use pyblish_server::parsers;

/// The bytes as text, because most parsers take text. Invalid UTF-8 is replaced as HTTP would.
fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The first byte is the kind of the body. The rest is the body and, after a zero, the query.
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

/// Changes only concern instances of the context, and a change that was made is not repeated.
pub fn v1_changes(bytes: &[u8]) {
    let mut context = context();
    let Ok((sent, changes)) = parsers::v1_changes(&text(bytes), &context) else {
        return;
    };
    assert!(matches!(sent.shape(), Shape::Object(_)));
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
            data: Data::from_iter([("publish".to_owned(), true.into())]),
            members: Vec::new(),
            selection: None,
        })
    };
    Context {
        instances: vec![instance("1", "hero"), instance("2", "villain")],
        ..Context::default()
    }
}

/// No stream begins after an event that does not exist yet.
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
