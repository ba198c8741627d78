//! One step: one action and its condition. The name of the action is a key of the step, so it is
//! looked up first; all other keys of the step must belong to that action.

use pyblish_sdk::Data;
use serde_json::Value;

use crate::condition::Condition;
use crate::deed::{DEEDS, Deed};
use crate::roster::Roster;

pub(crate) struct Step {
    pub condition: Condition,
    pub deed: Deed,
}

/// The kind of target of a list of steps.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Scope {
    Context,
    Instance,
}

impl Step {
    /// Checks a step; the error says what is wrong with it.
    pub fn parse(value: Value, scope: Scope, roster: &Roster) -> Result<Self, String> {
        let Value::Object(mut fields) = value else {
            return Err(
                "a step is an object such as {\"log\": \"info\", \"message\": \"Hello\"}".into(),
            );
        };
        let condition = Condition {
            when: condition(&mut fields, "when")?,
            unless: condition(&mut fields, "unless")?,
        };
        let mut named = DEEDS.iter().filter(|(name, _)| fields.contains_key(*name));
        let (name, parse) = match (named.next(), named.next()) {
            (Some(deed), None) => deed,
            (Some((one, _)), Some((other, _))) => {
                return Err(format!(
                    "it has both `{one}` and `{other}`; split it into two steps"
                ));
            }
            (None, _) => return Err(unknown(&fields)),
        };
        let mut deed =
            parse(Value::Object(fields)).map_err(|error| format!("`{name}`: {error}"))?;
        if scope == Scope::Context && deed.needs_instance() {
            return Err(format!(
                "`{name}`: true means the instance itself, but this step may be played on the \
                 context; name the instance"
            ));
        }
        if let Deed::Activate(activate) = &mut deed {
            activate.find(roster)?;
        }
        Ok(Step { condition, deed })
    }
}

fn condition(fields: &mut Data, name: &str) -> Result<Data, String> {
    match fields.shift_remove(name) {
        None => Ok(Data::new()),
        Some(Value::Object(condition)) => Ok(condition),
        Some(_) => Err(format!("`{name}` takes an object of keys and values")),
    }
}

fn unknown(fields: &Data) -> String {
    let known: Vec<String> = DEEDS.iter().map(|(name, _)| format!("`{name}`")).collect();
    let what = match fields.keys().next() {
        Some(name) => format!("unknown step `{name}`"),
        None => "it does nothing".into(),
    };
    format!("{what}; the known steps are {}", known.join(", "))
}
