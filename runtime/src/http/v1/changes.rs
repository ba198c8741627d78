//! `changes`: `{"context": {"<instance>": {"<key>": {"new": …, "old": …}}}, "plugins": …}`.
//!
//! As in the original, all of it is checked before any is made; an instance that is not there is left out,
//! and so is what is so already; `old` is not compared, and changes of plug-ins are not made.

use serde_json::{Map, Value};

use super::Error;
use crate::model::{Change, Context, Place};

/// The changes as they were sent, which is what the original answers, and those that are to be made.
pub fn read(text: &str, context: &Context) -> Result<(Value, Vec<Change>), Error> {
    let sent: Value = serde_json::from_str(text)
        .map_err(|error| Error::bad(format!("`changes` is no JSON: {error}; {FORM}")))?;
    let all = object(&sent, "changes")?;
    if let Some(other) = all
        .keys()
        .find(|key| !matches!(key.as_str(), "context" | "plugins"))
    {
        return Err(Error::bad(format!(
            "`changes` has the unknown member {other:?}; {FORM}"
        )));
    }
    for (kind, items) in all {
        for (name, item) in object(items, kind)? {
            for (key, change) in object(item, name)? {
                check(change, key)?;
            }
        }
    }
    let Some(Value::Object(instances)) = all.get("context") else {
        return Err(Error::bad(format!(
            "`changes` has no member `context`; {FORM}"
        )));
    };
    let changes = instances
        .iter()
        .flat_map(|(name, item)| made(name, item, context));
    let changes = changes.collect();
    Ok((sent, changes))
}

const FORM: &str =
    r#"the form is {"context": {"INSTANCE": {"KEY": {"new": VALUE, "old": VALUE}}}}"#;

fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>, Error> {
    let object = value.as_object();
    object.ok_or_else(|| Error::bad(format!("{what:?} in `changes` is no object; {FORM}")))
}

fn check(change: &Value, key: &str) -> Result<(), Error> {
    let change = object(change, key)?;
    for needed in ["new", "old"] {
        if !change.contains_key(needed) {
            return Err(Error::bad(format!(
                "the change of {key:?} has no {needed:?}; {FORM}"
            )));
        }
    }
    match change
        .keys()
        .find(|name| !matches!(name.as_str(), "new" | "old"))
    {
        Some(other) => Err(Error::bad(format!(
            "the change of {key:?} has {other:?} in it; {FORM}"
        ))),
        None => Ok(()),
    }
}

/// The changes of the first instance of this name that change something.
fn made(name: &str, item: &Value, context: &Context) -> Vec<Change> {
    let Some(instance) = context.named(name).next() else {
        tracing::warn!("a frontend changed the instance {name:?}, which is not there");
        return Vec::new();
    };
    let changes = item.as_object().into_iter().flatten();
    changes
        .filter(|(key, change)| instance.data.get(key.as_str()) != change.get("new"))
        .map(|(key, change)| Change::DataSet {
            place: Place {
                instance: Some(instance.id.clone()),
                key: key.clone(),
            },
            value: change["new"].clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::model::{Data, Instance, InstanceId};

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
            instances: vec![instance("1", "hero"), instance("2", "hero")],
            ..Context::default()
        }
    }

    #[test]
    fn the_first_instance_of_the_name_is_changed_where_it_differs() {
        let text = r#"{"context": {"hero": {"publish": {"new": true, "old": 1},
                       "note": {"new": [1], "old": null}}, "gone": {"a": {"new": 1, "old": 2}}}}"#;
        let (sent, changes) = read(text, &context()).unwrap();
        assert_eq!(sent, serde_json::from_str::<Value>(text).unwrap());
        let place = Place {
            instance: Some(InstanceId("1".into())),
            key: "note".into(),
        };
        assert_eq!(
            changes,
            [Change::DataSet {
                place,
                value: json!([1])
            }]
        );
    }

    #[test]
    fn what_is_malformed_is_refused_with_the_form() {
        for text in [
            "",
            "3",
            "[]",
            "null",
            "{broken",
            "{}",
            r#"{"plugins": {}}"#,
            r#"{"other": {}}"#,
            r#"{"context": 1}"#,
            r#"{"context": {"hero": 1}}"#,
            r#"{"context": {"hero": {"a": 1}}}"#,
            r#"{"context": {"hero": {"a": {"new": 1}}}}"#,
            r#"{"context": {"hero": {"a": {"old": 1}}}}"#,
            r#"{"context": {"hero": {"a": {"new": 1, "old": 1, "who": 1}}}}"#,
            r#"{"context": {}, "plugins": {"A": {"b": 1}}}"#,
        ] {
            let error = read(text, &context()).unwrap_err();
            assert!(error.message.contains(FORM), "{text}: {}", error.message);
        }
    }
}
