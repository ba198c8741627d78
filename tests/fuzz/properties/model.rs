//! JSON values that are passed on as text.

use pyblish_model::{Budget, JsonError, JsonText, Shape};
use serde_json::Value;

/// A text that is kept is compact, has the same value, and shows the same parts as a parsed tree.
pub fn json_text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let tree = serde_json::from_str::<Value>(&text);
    match JsonText::read(text.clone().into_owned(), &mut Budget::unlimited()) {
        Ok(kept) => {
            let tree = tree.expect("it was taken for JSON");
            assert_eq!(serde_json::from_str::<Value>(kept.text()).unwrap(), tree);
            assert!(!kept.text().contains(['\n', '\t', '\r']));
            let again = JsonText::read(kept.to_string(), &mut Budget::unlimited());
            assert_eq!(again.expect("it was taken before"), kept);
            assert_eq!(built(kept.shape()), tree);
        }
        Err(JsonError::Nested) => {}
        Err(said) => assert!(tree.is_err(), "{said}"),
    }
}

/// The tree of a value that is read part by part.
fn built(shape: Shape<'_>) -> Value {
    match shape {
        Shape::Null => Value::Null,
        Shape::Bool(value) => value.into(),
        Shape::Number(number) => serde_json::from_str(number).expect("a number"),
        Shape::Text(text) => text.into(),
        Shape::List(items) => items.map(built).collect(),
        Shape::Object(members) => members
            .map(|(name, value)| (name.into_owned(), built(value)))
            .collect(),
    }
}
