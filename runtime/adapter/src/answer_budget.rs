//! How much one answer of an adapter may hold, and what becomes of one that holds more.

use super::bindings::types;
use super::limits::{AdapterLimits, Limit};
use pyblish_model::{Budget, JsonError, JsonText};

/// Why an answer of an adapter is refused.
#[derive(Debug, PartialEq)]
pub(crate) enum BadAnswer {
    /// The contract does not allow it, for this reason.
    Contract(String),
    /// It exceeds this limit.
    Limit(Limit),
}

/// How many items and values one answer may still have.
pub(crate) struct AnswerBudget {
    items: usize,
    values: Budget,
}

impl AnswerBudget {
    pub(crate) fn of(limits: &AdapterLimits) -> Self {
        AnswerBudget {
            items: limits.count(Limit::Items),
            values: Budget::of(limits.count(Limit::JsonValues)),
        }
    }

    /// Counts one item and those in it.
    pub(crate) fn take(&mut self, inner: usize) -> Result<(), BadAnswer> {
        let left = self.items.checked_sub(inner.saturating_add(1));
        self.items = left.ok_or(BadAnswer::Limit(Limit::Items))?;
        Ok(())
    }

    /// The JSON of a value.
    pub(crate) fn value(&mut self, key: &str, value: types::Value) -> Result<JsonText, BadAnswer> {
        let text = match value {
            types::Value::Json(text) => return self.json(key, text),
            types::Value::Texts(texts) => {
                for _ in 0..=texts.len() {
                    self.count()?;
                }
                return Ok(JsonText::of_value(&texts));
            }
            types::Value::Number(number) if !number.is_finite() => {
                let reason = format!("a value of {key:?} that is no finite number");
                return Err(BadAnswer::Contract(reason));
            }
            types::Value::Number(number) => JsonText::of_value(&number),
            types::Value::Null => JsonText::default(),
            types::Value::Boolean(value) => value.into(),
            types::Value::Integer(value) => JsonText::of_value(&value),
            types::Value::Text(text) => JsonText::from(text.as_str()),
        };
        self.count()?;
        Ok(text)
    }

    /// Counts one value.
    fn count(&mut self) -> Result<(), BadAnswer> {
        let counted = self.values.take();
        counted.map_err(|_| BadAnswer::Limit(Limit::JsonValues))
    }

    fn json(&mut self, key: &str, text: String) -> Result<JsonText, BadAnswer> {
        JsonText::read(text, &mut self.values).map_err(|error| match error {
            JsonError::Values(_) => BadAnswer::Limit(Limit::JsonValues),
            _ => BadAnswer::Contract(format!("a value of {key:?} that {error}")),
        })
    }
}
