//! `when` and `unless`: a step is played if all values of `when` are in the target's data, but not
//! if all values of `unless` are. A missing key counts as null. Values are compared as JSON: 1
//! equals 1.0, and true does not equal 1.

use pyblish_sdk::Data;
use serde_json::Value;

#[derive(Default)]
pub(crate) struct Condition {
    pub when: Data,
    /// An empty condition means no condition, not one that is always true.
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
