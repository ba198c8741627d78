use serde_json::Value;

use crate::bindings::pyblish::endpoint::model;
use crate::value::to_model;

/// Something that users can set for a plug-in, or for each instance that it is for. The runtime
/// checks what they choose, and frontends show a field for it.
///
/// ```
/// use pyblish_sdk::{Attribute, Meta};
///
/// let meta = Meta::validator("ValidateFrames")
///     .setting(Attribute::integer("tolerance").range(0..=10).default(2))
///     .instance_attribute(
///         Attribute::choice("quality", ["draft", "final"])
///             .label("Quality")
///             .help("Draft is half as large.")
///             .default("final"),
///     );
/// ```
#[derive(Debug, Clone)]
pub struct Attribute(pub(crate) model::Attribute);

impl Attribute {
    /// True or false.
    pub fn boolean(key: impl Into<String>) -> Self {
        Attribute::of_kind(key, model::AttributeKind::Boolean)
    }

    /// A whole number.
    pub fn integer(key: impl Into<String>) -> Self {
        let range = model::IntegerRange {
            minimum: None,
            maximum: None,
        };
        Attribute::of_kind(key, model::AttributeKind::Integer(range))
    }

    /// A number.
    pub fn number(key: impl Into<String>) -> Self {
        let range = model::NumberRange {
            minimum: None,
            maximum: None,
        };
        Attribute::of_kind(key, model::AttributeKind::Number(range))
    }

    /// A text of one line.
    pub fn text(key: impl Into<String>) -> Self {
        Attribute::of_kind(key, model::AttributeKind::Text)
    }

    /// A text that may have more than one line.
    pub fn multiline_text(key: impl Into<String>) -> Self {
        Attribute::of_kind(key, model::AttributeKind::MultilineText)
    }

    /// A list of texts.
    pub fn texts(key: impl Into<String>) -> Self {
        Attribute::of_kind(key, model::AttributeKind::Texts)
    }

    /// One of these values: texts, numbers, or true and false.
    pub fn choice<V: Into<Value>>(
        key: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Attribute::of_kind(key, model::AttributeKind::Choice(choices(values)))
    }

    /// A list of these values, each at most once.
    pub fn choices<V: Into<Value>>(
        key: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Attribute::of_kind(key, model::AttributeKind::Choices(choices(values)))
    }

    /// The smallest and the largest whole number. Does nothing for other kinds.
    pub fn range(mut self, range: std::ops::RangeInclusive<i64>) -> Self {
        let (minimum, maximum) = range.into_inner();
        if let model::AttributeKind::Integer(range) = &mut self.0.kind {
            (range.minimum, range.maximum) = (Some(minimum), Some(maximum));
        }
        self
    }

    /// The smallest and the largest number. Does nothing for other kinds.
    pub fn between(mut self, minimum: f64, maximum: f64) -> Self {
        if let model::AttributeKind::Number(range) = &mut self.0.kind {
            (range.minimum, range.maximum) = (Some(minimum), Some(maximum));
        }
        self
    }

    /// What users call each choice, in the order of the choices.
    pub fn choice_labels<L: Into<String>>(mut self, labels: impl IntoIterator<Item = L>) -> Self {
        use model::AttributeKind::{Choice, Choices};
        if let Choice(choices) | Choices(choices) = &mut self.0.kind {
            for (choice, label) in choices.iter_mut().zip(labels) {
                choice.label = Some(label.into());
            }
        }
        self
    }

    /// What users call it, in place of the key.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.0.label = Some(label.into());
        self
    }

    /// What it is for, in words for artists.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// A heading under which frontends show it.
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.0.group = Some(group.into());
        self
    }

    /// Its value where nobody has set another.
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.0.default = Some(to_model(&value.into()));
        self
    }

    /// Users only see it.
    pub fn read_only(mut self) -> Self {
        self.0.read_only = true;
        self
    }

    /// The same, kept for the plug-in or for each instance.
    pub(crate) fn of_scope(mut self, scope: model::AttributeScope) -> Self {
        self.0.scope = scope;
        self
    }

    fn of_kind(key: impl Into<String>, kind: model::AttributeKind) -> Self {
        Attribute(model::Attribute {
            key: key.into(),
            scope: model::AttributeScope::Plugin,
            kind,
            label: None,
            help: None,
            group: None,
            default: None,
            read_only: false,
        })
    }
}

fn choices<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Vec<model::AttributeChoice> {
    let one = |value: V| model::AttributeChoice {
        value: to_model(&value.into()),
        label: None,
    };
    values.into_iter().map(one).collect()
}
