use serde::{Deserialize, Serialize};

use super::JsonText;

/// Where the value of an attribute is kept, and so how many values it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttributeScope {
    /// One value for the plug-in: a setting. It is in the data of the context, by
    /// [`Attribute::data_key`].
    #[default]
    Plugin,
    /// A value for each instance that the plug-in fits, in the instance's data.
    Instance,
}

/// What the value of an attribute must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttributeType {
    /// True or false.
    Boolean,
    /// A whole number.
    Integer,
    /// Any finite number.
    Number,
    /// A text.
    #[default]
    Text,
    /// A list of texts.
    Texts,
    /// One of the choices.
    Choice,
    /// A list of choices, each at most once.
    Choices,
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttributeChoice {
    /// What the attribute's value is then.
    pub value: JsonText,
    /// What users call it; the value itself if there is none.
    pub label: Option<String>,
}

/// Something that users can set for a plug-in, or for each instance that it fits: what it is called,
/// and which values it may have.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// Unique among the plug-in's attributes of that scope.
    pub key: String,
    /// Where its value is.
    pub scope: AttributeScope,
    /// What its value must be.
    #[serde(rename = "type")]
    pub kind: AttributeType,
    /// What users call it; the key if there is none.
    pub label: Option<String>,
    /// What it is for, in an artist's words.
    pub help: Option<String>,
    /// A heading under which frontends show it.
    pub group: Option<String>,
    /// Its value where nobody has set another.
    pub default: Option<JsonText>,
    /// The smallest integer or number.
    pub minimum: Option<f64>,
    /// The largest integer or number.
    pub maximum: Option<f64>,
    /// What can be chosen; for a choice, and for choices.
    pub choices: Vec<AttributeChoice>,
    /// Whether a text may have more than one line.
    pub multiline: bool,
    /// Whether users only see it.
    pub read_only: bool,
}

impl Attribute {
    /// The key of its value: in the data of an instance its own; in the data of the context that of
    /// the plug-in before it, as in `ValidateFrames.tolerance`.
    pub fn data_key(&self, plugin: &str) -> String {
        match self.scope {
            AttributeScope::Plugin => format!("{plugin}.{}", self.key),
            AttributeScope::Instance => self.key.clone(),
        }
    }

    /// What users call it.
    pub fn title(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.key)
    }
}
