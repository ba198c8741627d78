//! What may leave the machine.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// What of the events may leave the machine, beyond what always does: names and numbers, states,
/// times, who and where, what failed and its message. See [`SendRule`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SendPolicy {
    /// What plug-ins and adapters log, and what they report of their progress.
    pub records: bool,
    /// Tracebacks, and the details of failures.
    pub tracebacks: bool,
    /// Whole paths of files, also in messages. Otherwise only their last parts are sent.
    pub paths: bool,
    /// All values of data, the members of instances, and the descriptions of plug-ins.
    pub data: bool,
    /// The values of these keys of data.
    pub keys: BTreeSet<String>,
}

/// One thing that may leave the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendRule {
    /// See [`SendPolicy::records`].
    Records,
    /// See [`SendPolicy::tracebacks`].
    Tracebacks,
    /// See [`SendPolicy::paths`].
    Paths,
    /// See [`SendPolicy::data`].
    Data,
    /// See [`SendPolicy::keys`].
    Key(String),
}

impl SendPolicy {
    /// What these rules allow.
    pub fn of(rules: impl IntoIterator<Item = SendRule>) -> Self {
        let mut policy = SendPolicy::default();
        for rule in rules {
            match rule {
                SendRule::Records => policy.records = true,
                SendRule::Tracebacks => policy.tracebacks = true,
                SendRule::Paths => policy.paths = true,
                SendRule::Data => policy.data = true,
                SendRule::Key(key) => drop(policy.keys.insert(key)),
            }
        }
        policy
    }

    /// Whether nothing stays on the machine.
    pub(crate) fn is_all(&self) -> bool {
        self.records && self.tracebacks && self.paths && self.data
    }

    /// Whether the value of this key of data may leave.
    pub(crate) fn allows_key(&self, key: &str) -> bool {
        self.data || self.keys.contains(key)
    }
}

impl FromStr for SendRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "records" => Ok(SendRule::Records),
            "tracebacks" => Ok(SendRule::Tracebacks),
            "paths" => Ok(SendRule::Paths),
            "data" => Ok(SendRule::Data),
            _ => match text.strip_prefix("data:").filter(|key| !key.is_empty()) {
                Some(key) => Ok(SendRule::Key(key.to_owned())),
                None => Err("write records, tracebacks, paths, data, or data:KEY".into()),
            },
        }
    }
}

impl fmt::Display for SendRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SendRule::Records => f.write_str("records"),
            SendRule::Tracebacks => f.write_str("tracebacks"),
            SendRule::Paths => f.write_str("paths"),
            SendRule::Data => f.write_str("data"),
            SendRule::Key(key) => write!(f, "data:{key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_are_written() {
        let rules = ["records", "tracebacks", "paths", "data", "data:project"];
        let read = rules.map(|text| text.parse::<SendRule>().unwrap());
        assert_eq!(read.clone().map(|rule| rule.to_string()), rules);
        assert!(SendPolicy::of(read).is_all());
        assert!(!SendPolicy::default().allows_key("project"));
        assert!(SendPolicy::of(["data:project".parse().unwrap()]).allows_key("project"));
        for text in ["", "all", "data:", "Records"] {
            assert!(
                text.parse::<SendRule>().unwrap_err().contains("data:KEY"),
                "{text}"
            );
        }
    }
}
