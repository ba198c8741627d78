//! Typed attributes: which values one may have, and which are declared for what.
//!
//! Pyblish has none, so these rules are ours.

use std::collections::BTreeSet;

use pyblish_model::{
    Attribute, AttributeChoice, AttributeScope, AttributeType, Instance, JsonText, Plugin, Shape,
};

use super::matching::families_match;

/// Keys of an instance that Pyblish itself reads. A collector decides on them, and `publish` is set
/// by leaving an instance out.
pub const RESERVED_KEYS: [&str; 4] = ["name", "family", "families", "publish"];

/// Why an attribute cannot have this value, as a clause that follows its name; none if it can.
pub fn wrong_value(attribute: &Attribute, value: &JsonText) -> Option<String> {
    let is = || short(value);
    match (attribute.kind, value.shape()) {
        (AttributeType::Boolean, Shape::Bool(_)) | (AttributeType::Text, Shape::Text(_)) => None,
        (AttributeType::Boolean, _) => Some(format!("must be true or false, and not {}", is())),
        (AttributeType::Text, _) => Some(format!("must be a text, and not {}", is())),
        (AttributeType::Texts, Shape::List(mut items)) => {
            let are_texts = items.all(|item| matches!(item, Shape::Text(_)));
            (!are_texts).then(|| format!("must be a list of texts, and not {}", is()))
        }
        (AttributeType::Texts, _) => Some(format!("must be a list of texts, and not {}", is())),
        (AttributeType::Integer, Shape::Number(number)) if number.parse::<i64>().is_ok() => {
            out_of_range(attribute, number)
        }
        (AttributeType::Integer, _) => Some(format!("must be a whole number, and not {}", is())),
        (AttributeType::Number, Shape::Number(number)) => out_of_range(attribute, number),
        (AttributeType::Number, _) => Some(format!("must be a number, and not {}", is())),
        (AttributeType::Choice, shape) => {
            let is_known = simple(&shape).is_some_and(|value| known(attribute).contains(&value));
            (!is_known).then(|| format!("must be one of {}, and not {}", offered(attribute), is()))
        }
        (AttributeType::Choices, Shape::List(items)) => wrong_choices(attribute, items),
        (AttributeType::Choices, _) => Some(format!(
            "must be a list of {}, and not {}",
            offered(attribute),
            is()
        )),
    }
}

fn out_of_range(attribute: &Attribute, number: &str) -> Option<String> {
    let value: f64 = number.parse().ok()?;
    if !value.is_finite() {
        return Some(format!("must be a finite number, and not {number}"));
    }
    match (attribute.minimum, attribute.maximum) {
        (Some(minimum), _) if value < minimum => {
            Some(format!("must be at least {minimum}, and not {number}"))
        }
        (_, Some(maximum)) if value > maximum => {
            Some(format!("must be at most {maximum}, and not {number}"))
        }
        _ => None,
    }
}

fn wrong_choices<'a>(
    attribute: &Attribute,
    items: impl Iterator<Item = Shape<'a>>,
) -> Option<String> {
    let known = known(attribute);
    let mut seen = BTreeSet::new();
    for item in items {
        match simple(&item).filter(|item| known.contains(item)) {
            None => return Some(format!("must only hold {}", offered(attribute))),
            Some(item) if seen.contains(&item) => {
                return Some(format!("must hold {} only once", cut(&item)));
            }
            Some(item) => drop(seen.insert(item)),
        }
    }
    None
}

/// The JSON of what can be chosen.
fn known(attribute: &Attribute) -> BTreeSet<String> {
    let choices = attribute.choices.iter();
    choices
        .filter_map(|choice| simple(&choice.value.shape()))
        .collect()
}

/// The JSON of a value that can be a choice: none of a list or an object.
fn simple(shape: &Shape<'_>) -> Option<String> {
    Some(match shape {
        Shape::Null => "null".into(),
        Shape::Bool(value) => value.to_string(),
        Shape::Number(number) => (*number).to_owned(),
        Shape::Text(text) => JsonText::from(text.as_ref()).text().to_owned(),
        Shape::List(_) | Shape::Object(_) => return None,
    })
}

/// What can be chosen, in words.
fn offered(attribute: &Attribute) -> String {
    const NAMED: usize = 10;
    let choices = attribute.choices.iter();
    let named: Vec<_> = choices
        .take(NAMED)
        .map(|choice| short(&choice.value))
        .collect();
    match attribute.choices.len().checked_sub(NAMED) {
        Some(more @ 1..) => format!("{} and {more} more", named.join(", ")),
        _ => named.join(", "),
    }
}

fn short(value: &JsonText) -> String {
    cut(value.text())
}

fn cut(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Why this attribute of a plug-in cannot be offered, as a clause that follows its name; none if it
/// can. `before` are those that the plug-in has declared before it.
pub fn wrong_declaration(attribute: &Attribute, before: &[Attribute]) -> Option<String> {
    let is_instance = attribute.scope == AttributeScope::Instance;
    if attribute.key.trim().is_empty() {
        return Some("has no key".into());
    }
    if is_instance && RESERVED_KEYS.contains(&attribute.key.as_str()) {
        return Some("has a key that Pyblish itself reads: give it another".into());
    }
    let same = |other: &Attribute| (other.scope, &other.key) == (attribute.scope, &attribute.key);
    if before.iter().any(same) {
        return Some("is declared twice".into());
    }
    if matches!(
        attribute.kind,
        AttributeType::Choice | AttributeType::Choices
    ) && attribute.choices.is_empty()
    {
        return Some("has no choices".into());
    }
    let is_simple = |choice: &AttributeChoice| simple(&choice.value.shape()).is_some();
    if !attribute.choices.iter().all(is_simple) {
        return Some("has a choice that is a list or an object".into());
    }
    let ends = [attribute.minimum, attribute.maximum];
    if ends.into_iter().flatten().any(|end| !end.is_finite()) {
        return Some("has a range that is no number".into());
    }
    if let [Some(minimum), Some(maximum)] = ends
        && minimum > maximum
    {
        return Some(format!(
            "has a minimum of {minimum}, which is above its maximum of {maximum}"
        ));
    }
    let default = attribute.default.as_ref()?;
    let wrong = wrong_value(attribute, default)?;
    Some(format!("has a default that it cannot have: it {wrong}"))
}

/// The attributes that plug-ins declare for a value: of the context's data if there is no instance.
pub fn attributes_for<'a>(
    plugins: &'a [Plugin],
    instance: Option<&'a Instance>,
    key: &'a str,
) -> impl Iterator<Item = (&'a Plugin, &'a Attribute)> {
    let all = plugins.iter().flat_map(|plugin| {
        let attributes = plugin.attributes.iter();
        attributes.map(move |attribute| (plugin, attribute))
    });
    all.filter(move |(plugin, attribute)| match instance {
        None => {
            let own = key.strip_prefix(plugin.name.as_str());
            attribute.scope == AttributeScope::Plugin
                && own.and_then(|rest| rest.strip_prefix('.')) == Some(&attribute.key)
        }
        Some(instance) => {
            attribute.scope == AttributeScope::Instance
                && attribute.key == key
                // What has no readable families is for none of them.
                && families_match(plugin, instance).unwrap_or(false)
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixtures::{data, family_plugin, instance};
    use super::*;

    fn attribute(kind: AttributeType) -> Attribute {
        Attribute {
            key: "tolerance".into(),
            kind,
            ..Attribute::default()
        }
    }

    fn ranged(kind: AttributeType) -> Attribute {
        Attribute {
            minimum: Some(0.0),
            maximum: Some(10.0),
            ..attribute(kind)
        }
    }

    fn choosing(kind: AttributeType) -> Attribute {
        let choices = [json!("half"), json!("full"), json!(2)];
        let choices = choices.map(|value| AttributeChoice {
            value: value.into(),
            label: None,
        });
        Attribute {
            choices: choices.into(),
            ..attribute(kind)
        }
    }

    #[test]
    fn value_has_the_type() {
        use AttributeType::{Boolean, Choice, Choices, Integer, Number, Text, Texts};
        for (attribute, good, wrong) in [
            (
                attribute(Boolean),
                vec![json!(true)],
                vec![json!(1), json!("true"), json!(null)],
            ),
            (
                attribute(Text),
                vec![json!(""), json!("a")],
                vec![json!(1), json!(null), json!(["a"])],
            ),
            (
                attribute(Texts),
                vec![json!([]), json!(["a"])],
                vec![json!("a"), json!(["a", 1])],
            ),
            (
                ranged(Integer),
                vec![json!(0), json!(10)],
                vec![
                    json!(-1),
                    json!(11),
                    json!(1.5),
                    json!(1.0),
                    json!("1"),
                    json!(true),
                ],
            ),
            (
                ranged(Number),
                vec![json!(0), json!(10.0), json!(0.001)],
                vec![json!(-0.001), json!(10.001), json!("1"), json!(null)],
            ),
            (
                choosing(Choice),
                vec![json!("half"), json!(2)],
                vec![json!("quarter"), json!("2"), json!(["half"]), json!(null)],
            ),
            (
                choosing(Choices),
                vec![json!([]), json!(["full", 2])],
                vec![json!("half"), json!(["half", "half"]), json!(["quarter"])],
            ),
        ] {
            for value in good {
                assert_eq!(
                    wrong_value(&attribute, &value.clone().into()),
                    None,
                    "{value}"
                );
            }
            for value in wrong {
                let said = wrong_value(&attribute, &value.clone().into());
                assert!(
                    said.is_some_and(|said| said.starts_with("must ")),
                    "{attribute:?} {value}"
                );
            }
        }
    }

    #[test]
    fn reason_is_said_in_words() {
        use AttributeType::{Choice, Integer};
        let said = |attribute: &Attribute, value: serde_json::Value| {
            wrong_value(attribute, &value.into()).unwrap_or_default()
        };
        assert_eq!(
            said(&ranged(Integer), json!(11)),
            "must be at most 10, and not 11"
        );
        assert_eq!(
            said(&ranged(Integer), json!(-1)),
            "must be at least 0, and not -1"
        );
        assert_eq!(
            said(&choosing(Choice), json!("quarter")),
            "must be one of \"half\", \"full\", 2, and not \"quarter\""
        );
        let long = said(&attribute(Integer), json!("x".repeat(100)));
        assert!(long.ends_with("x…") && long.len() < 120, "{long}");
    }

    #[test]
    fn wrong_declaration_is_told() {
        use AttributeType::{Choice, Integer, Text};
        let good = ranged(Integer);
        assert_eq!(wrong_declaration(&good, &[]), None);
        let twice = wrong_declaration(&good, std::slice::from_ref(&good));
        assert_eq!(twice.as_deref(), Some("is declared twice"));
        for (wrong, said) in [
            (
                Attribute {
                    key: " ".into(),
                    ..attribute(Text)
                },
                "has no key",
            ),
            (
                Attribute {
                    key: "family".into(),
                    scope: AttributeScope::Instance,
                    ..attribute(Text)
                },
                "has a key that Pyblish itself reads: give it another",
            ),
            (attribute(Choice), "has no choices"),
            (
                Attribute {
                    minimum: Some(11.0),
                    ..ranged(Integer)
                },
                "has a minimum of 11, which is above its maximum of 10",
            ),
            (
                Attribute {
                    default: Some(json!(11).into()),
                    ..ranged(Integer)
                },
                "has a default that it cannot have: it must be at most 10, and not 11",
            ),
        ] {
            assert_eq!(wrong_declaration(&wrong, &[]).as_deref(), Some(said));
        }
    }

    #[test]
    fn attributes_are_found_by_key_and_family() {
        let setting = attribute(AttributeType::Number);
        let frames = Attribute {
            key: "frames".into(),
            scope: AttributeScope::Instance,
            ..attribute(AttributeType::Integer)
        };
        let plugins = [Plugin {
            attributes: vec![setting, frames],
            ..family_plugin("Validate", 1.0, "model")
        }];
        let (model, rig) = (
            instance("a", data! {"family" => "model"}),
            instance("b", data! {"family" => "rig"}),
        );
        let count = |instance, key| attributes_for(&plugins, instance, key).count();
        assert_eq!(count(None, "Validate.tolerance"), 1);
        assert_eq!(count(Some(&model), "frames"), 1);
        for (instance, key) in [
            (None, "tolerance"),
            (None, "Validate.frames"),
            (None, "frames"),
            (Some(&rig), "frames"),
            (Some(&model), "tolerance"),
        ] {
            assert_eq!(count(instance, key), 0, "{key}");
        }
    }
}
