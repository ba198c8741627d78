//! An attribute of a plug-in in a scenario: what users can set.

use pyblish_sdk::{Attribute, Meta};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", expecting = "an object")]
pub(crate) struct AttributeFields {
    key: String,
    r#type: Type,
    /// Whether each instance has a value of its own.
    #[serde(default)]
    per_instance: bool,
    label: Option<String>,
    help: Option<String>,
    group: Option<String>,
    default: Option<Value>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    #[serde(default)]
    choices: Vec<Value>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    read_only: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Type {
    Boolean,
    Integer,
    Number,
    Text,
    MultilineText,
    Texts,
    Choice,
    Choices,
}

/// The plug-in with this attribute.
pub(crate) fn declare(meta: Meta, fields: AttributeFields) -> Meta {
    let key = fields.key;
    let range = fields.minimum.zip(fields.maximum);
    let mut attribute = match fields.r#type {
        Type::Boolean => Attribute::boolean(key),
        Type::Integer => {
            let attribute = Attribute::integer(key);
            match range {
                Some((minimum, maximum)) => attribute.range(minimum as i64..=maximum as i64),
                None => attribute,
            }
        }
        Type::Number => {
            let attribute = Attribute::number(key);
            match range {
                Some((minimum, maximum)) => attribute.between(minimum, maximum),
                None => attribute,
            }
        }
        Type::Text => Attribute::text(key),
        Type::MultilineText => Attribute::multiline_text(key),
        Type::Texts => Attribute::texts(key),
        Type::Choice => Attribute::choice(key, fields.choices),
        Type::Choices => Attribute::choices(key, fields.choices),
    };
    attribute = attribute.choice_labels(fields.labels);
    if let Some(label) = fields.label {
        attribute = attribute.label(label);
    }
    if let Some(help) = fields.help {
        attribute = attribute.help(help);
    }
    if let Some(group) = fields.group {
        attribute = attribute.group(group);
    }
    if let Some(default) = fields.default {
        attribute = attribute.default(default);
    }
    if fields.read_only {
        attribute = attribute.read_only();
    }
    match fields.per_instance {
        true => meta.instance_attribute(attribute),
        false => meta.setting(attribute),
    }
}
