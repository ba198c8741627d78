//! How far a run goes, as it is sent and stored: in the members that ask for it, `until` and `only`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Before the name of a stage: a publish that ends with it.
const UP_TO: &str = "up to ";

/// A whole publish.
const PUBLISH: &str = "publish";

/// The two members. Both are null for a whole publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Asked<'a> {
    /// The last stage of a publish that ends early.
    pub until: Option<&'a str>,
    /// The only stage.
    pub only: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// What these words of Pyblish ask for: `publish`, `validate`, `up to validate`.
    pub fn of(words: &'a str) -> Self {
        let until = words.strip_prefix(UP_TO);
        Asked {
            until,
            only: Some(words).filter(|words| until.is_none() && *words != PUBLISH),
        }
    }
}

pub(super) fn serialize<S: Serializer>(words: &str, serializer: S) -> Result<S::Ok, S::Error> {
    Asked::of(words).serialize(serializer)
}

/// As it is stored. Earlier versions stored the words as `until`, and had no `only`.
#[derive(Deserialize)]
struct Stored {
    until: Option<String>,
    #[serde(default, deserialize_with = "given")]
    only: Option<Option<String>>,
}

/// Tells null from what is missing.
fn given<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(reader).map(Some)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(reader: D) -> Result<String, D::Error> {
    let Stored { until, only } = Stored::deserialize(reader)?;
    Ok(match (until, only) {
        (Some(words), None) => words,
        (_, Some(Some(stage))) => stage,
        (Some(stage), Some(None)) => format!("{UP_TO}{stage}"),
        (None, _) => PUBLISH.into(),
    })
}

#[cfg(test)]
mod tests {
    use crate::RunInfo;

    /// A run as it is stored, with these members.
    fn read(members: &str) -> RunInfo {
        let text = format!(
            r#"{{"id": "r7", "state": "running", {members} "targets": [], "comment": "",
            "started": 0.0, "ended": null, "progress": 0.0, "stage": null, "succeeded": 0, "failed": 0}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn stage_is_stored_as_it_was_asked_for() {
        for (members, words) in [
            (r#""until": null, "only": null,"#, "publish"),
            (r#""until": "validate", "only": null,"#, "up to validate"),
            (r#""until": null, "only": "validate","#, "validate"),
        ] {
            let run = read(members);
            assert_eq!(run.until, words);
            let written = serde_json::to_string(&run).unwrap();
            let members = members.replace(": ", ":").replace(", ", ",");
            assert!(written.contains(&members), "{written}");
        }
    }

    #[test]
    fn runs_of_earlier_versions_are_read() {
        for words in ["publish", "validate", "up to validate"] {
            assert_eq!(read(&format!(r#""until": "{words}","#)).until, words);
        }
        let run = read(r#""until": "publish", "continues": "r6", "instances": ["a"],"#);
        assert_eq!(run.continues.unwrap().to_string(), "r6");
        assert_eq!(run.instances.unwrap().len(), 1);
    }
}
