//! Values as they cross the border.

use serde_json::{Map, Value};

use crate::bindings::pyblish::endpoint::model;

/// The `data` of the context or of an instance.
pub type Data = Map<String, Value>;

/// A value with its type, where it has one of the contract's.
pub(crate) fn to_model(value: &Value) -> model::Value {
    let json = || model::Value::Json(value.to_string());
    match value {
        Value::Null => model::Value::Null,
        Value::Bool(value) => model::Value::Boolean(*value),
        Value::String(text) => model::Value::Text(text.clone()),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => model::Value::Integer(integer),
            (None, Some(float)) if number.is_f64() => model::Value::Number(float),
            _ => json(),
        },
        Value::Array(items) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
            texts
                .collect::<Option<Vec<_>>>()
                .map_or_else(json, model::Value::Texts)
        }
        Value::Object(_) => json(),
    }
}

/// The value as JSON.
///
/// # Errors
/// It is text that is no JSON.
pub(crate) fn from_model(value: model::Value) -> serde_json::Result<Value> {
    Ok(match value {
        model::Value::Null => Value::Null,
        model::Value::Boolean(value) => value.into(),
        model::Value::Integer(value) => value.into(),
        model::Value::Number(value) => value.into(),
        model::Value::Text(text) => text.into(),
        model::Value::Texts(texts) => texts.into(),
        model::Value::Json(text) => serde_json::from_str(&text)?,
    })
}

pub(crate) fn datums(data: &Data) -> Vec<model::Datum> {
    data.iter()
        .map(|(key, value)| model::Datum {
            key: key.clone(),
            value: to_model(value),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_the_border() {
        for text in [
            "null",
            "true",
            "-7",
            "9223372036854775808",
            "0.5",
            "\"hero\"",
            "[]",
            "[\"a\",\"b\"]",
            "[\"a\",1]",
            "{\"start\":1001}",
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(from_model(to_model(&value)).unwrap(), value, "{text}");
        }
    }
}
