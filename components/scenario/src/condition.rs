//! `when` and `unless`: a step is played where all values of the one are in the target's data, and not
//! where all of the other are. A key that is not there is null. Equality is that of JSON's values: 1 is
//! 1.0, and true is not 1.

use pyblish_sdk::Data;
use serde_json::Value;

#[derive(Default)]
pub(crate) struct Condition {
    pub when: Data,
    /// Empty means that there is none, not that it always holds.
    pub unless: Data,
}

impl Condition {
    pub fn allows(&self, data: &Data) -> bool {
        all(&self.when, data) && (self.unless.is_empty() || !all(&self.unless, data))
    }
}

fn all(wanted: &Data, data: &Data) -> bool {
    let mut wanted = wanted.iter();
    wanted.all(|(key, value)| same(data.get(key).unwrap_or(&Value::Null), value))
}

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || (left.is_f64() != right.is_f64() && left.as_f64() == right.as_f64())
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            let within = |(key, left)| right.get(key).is_some_and(|right| same(left, right));
            left.len() == right.len() && left.iter().all(within)
        }
        _ => left == right,
    }
}
