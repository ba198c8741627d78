//! `changes`: `{"context": {"<instance>": {"<key>": {"new": …, "old": …}}}, "plugins": …}`.
//!
//! As in the original, everything is checked before anything is changed. Unknown instances and
//! unchanged values are ignored. `old` is not compared. Changes of plug-ins are checked, and then
//! ignored.

use std::collections::HashMap;

use super::error::V1Error;
use crate::json::{MaxJsonValues, check_json_input};
use pyblish_model::{Change, Context, Data, DataKey, Instance, JsonText};

/// Reads the argument `changes`. Returns it unchanged, because the original answers with it, and
/// the changes that this context needs.
pub(crate) fn read(
    text: &str,
    context: &Context,
    limit: MaxJsonValues,
) -> Result<(JsonText, Vec<Change>), V1Error> {
    check_json_input(text.as_bytes(), limit).map_err(|error| V1Error {
        status: error.status(),
        message: format!("`changes` {error}; {FORM}"),
    })?;
    let sent: JsonText = serde_json::from_str(text)
        .map_err(|error| V1Error::bad_request(format!("`changes` is not JSON: {error}; {FORM}")))?;
    let all = object(&sent, "changes")?;
    if let Some(other) = all
        .keys()
        .find(|key| !matches!(key.as_str(), "context" | "plugins"))
    {
        return Err(V1Error::bad_request(format!(
            "`changes` has the unknown member {other:?}; {FORM}"
        )));
    }
    // Of several instances with one name the first counts.
    let mut known: HashMap<&str, &Instance> = HashMap::new();
    for instance in &context.instances {
        known.entry(&instance.name).or_insert(instance);
    }
    let mut changes = Vec::new();
    for (kind, members) in &all {
        for (name, change) in &object(members, kind)? {
            let instance = match kind.as_str() {
                "context" => known.get(name.as_str()).copied(),
                _ => None,
            };
            if kind == "context" && instance.is_none() {
                tracing::warn!("a frontend changed the instance {name:?}, which does not exist");
            }
            for (key, change) in &object(change, name)? {
                let new = new_value(change, key)?;
                if let Some(instance) = instance
                    && instance.data.get(key) != Some(&new)
                {
                    let place = DataKey {
                        instance: Some(instance.id.clone()),
                        key: key.clone(),
                    };
                    changes.push(Change::DataSet { place, value: new });
                }
            }
        }
    }
    if !all.contains_key("context") {
        return Err(V1Error::bad_request(format!(
            "`changes` has no member `context`; {FORM}"
        )));
    }
    Ok((sent, changes))
}

const FORM: &str =
    r#"the format is {"context": {"INSTANCE": {"KEY": {"new": VALUE, "old": VALUE}}}}"#;

fn object(value: &JsonText, what: &str) -> Result<Data, V1Error> {
    serde_json::from_str(value.text()).map_err(|_| {
        V1Error::bad_request(format!("{what:?} in `changes` is not an object; {FORM}"))
    })
}

/// The new value in `{"new": …, "old": …}`.
fn new_value(change: &JsonText, key: &str) -> Result<JsonText, V1Error> {
    let mut change = object(change, key)?;
    for needed in ["new", "old"] {
        if !change.contains_key(needed) {
            return Err(V1Error::bad_request(format!(
                "the change of {key:?} has no {needed:?}; {FORM}"
            )));
        }
    }
    let new = change.swap_remove("new");
    change.swap_remove("old");
    match (new, change.keys().next()) {
        (Some(new), None) => Ok(new),
        (_, other) => {
            let other = other.map_or("", String::as_str);
            Err(V1Error::bad_request(format!(
                "the change of {key:?} has the unknown member {other:?}; {FORM}"
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use pyblish_model::InstanceId;

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
            instances: vec![instance("1", "hero"), instance("2", "hero")],
            ..Context::default()
        }
    }

    #[test]
    fn changes_go_to_the_first_of_a_name() {
        let text = r#"{"context": {"hero": {"publish": {"new": true, "old": 1},
                       "note": {"new": [1], "old": null}}, "gone": {"a": {"new": 1, "old": 2}}}}"#;
        let (sent, changes) = read(text, &context(), MaxJsonValues::DEFAULT).unwrap();
        assert_eq!(sent, serde_json::from_str(text).unwrap());
        let place = DataKey {
            instance: Some(InstanceId("1".into())),
            key: "note".into(),
        };
        assert_eq!(
            changes,
            [Change::DataSet {
                place,
                value: json!([1]).into()
            }]
        );
    }

    #[test]
    fn malformed_changes_name_the_form() {
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
            let error = read(text, &context(), MaxJsonValues::DEFAULT).unwrap_err();
            assert!(error.message.contains(FORM), "{text}: {}", error.message);
        }
    }
}
