//! What an update changes, as lines for a review, and whether it asks for more.

use super::LockedAdapter;

/// What differs between two entries of a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// One line each: `version 1.0.0 -> 1.1.0`, `+ bridge maya`, `- env SHOW`.
    pub lines: Vec<String>,
    /// What the new one asks for, and the old one did not.
    pub grown: Vec<String>,
}

/// What differs between two entries of a lock.
pub fn difference(old: &LockedAdapter, new: &LockedAdapter) -> Difference {
    let mut lines = Vec::new();
    let mut compare = |what: &str, old: String, new: String| {
        if old != new {
            lines.push(format!("{what} {old} -> {new}"));
        }
    };
    let key = |it: &LockedAdapter| match &it.key {
        Some(key) => key.to_string(),
        None => "none".into(),
    };
    compare("version", old.version.to_string(), new.version.to_string());
    compare("source", old.source.clone(), new.source.clone());
    compare("digest", old.digest.to_string(), new.digest.to_string());
    compare("size", old.size.to_string(), new.size.to_string());
    compare("key", key(old), key(new));
    compare("contract", old.contract.clone(), new.contract.clone());
    compare("hosts", old.hosts.join(", "), new.hosts.join(", "));
    let versions = |it: &LockedAdapter| match it.host_versions.is_empty() {
        true => "all".into(),
        false => it.host_versions.join("; "),
    };
    compare("host versions", versions(old), versions(new));
    let lost = old.asks.iter().filter(|ask| !new.asks.contains(ask));
    lines.extend(lost.map(|ask| format!("- {ask}")));
    let added = new.asks.iter().filter(|ask| !old.asks.contains(ask));
    lines.extend(added.clone().map(|ask| format!("+ {ask}")));
    let is_covered = |ask: &str| old.asks.iter().any(|had| is_less(ask, had));
    let grown = added.filter(|ask| !is_covered(ask)).cloned().collect();
    Difference { lines, grown }
}

/// Whether asking for this is asking for no more than that.
fn is_less(ask: &str, had: &str) -> bool {
    let (ask, had) = (Ask::of(ask), Ask::of(had));
    ask.what == had.what
        && (ask.reads_only || !had.reads_only)
        && (ask.is_optional || !had.is_optional)
}

/// A line of what is asked for: `folder /inbox:ro (optional)`.
struct Ask<'a> {
    what: &'a str,
    reads_only: bool,
    is_optional: bool,
}

impl<'a> Ask<'a> {
    fn of(line: &'a str) -> Self {
        let needed = line.strip_suffix(" (optional)");
        let rest = needed.unwrap_or(line);
        let read = rest.strip_suffix(":ro");
        Ask {
            what: read.unwrap_or(rest),
            reads_only: read.is_some(),
            is_optional: needed.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;

    fn asking(asks: &[&str]) -> LockedAdapter {
        LockedAdapter {
            name: "maya".into(),
            version: semver::Version::new(1, 0, 0),
            source: "a.wasm".into(),
            digest: Digest::of(b"a"),
            size: 1,
            key: None,
            contract: "0.2.0".into(),
            hosts: vec!["maya".into()],
            host_versions: vec![],
            asks: asks.iter().map(|&it| it.to_owned()).collect(),
        }
    }

    #[test]
    fn more_is_only_what_was_not_asked_for() {
        let old = asking(&[
            "env SHOW",
            "folder /a",
            "folder /b:ro",
            "folder /c:ro (optional)",
        ]);
        let grown = |asks: &[&str]| difference(&old, &asking(asks)).grown;
        let less = [
            "folder /a:ro",
            "folder /b:ro (optional)",
            "folder /c:ro (optional)",
        ];
        assert!(grown(&less).is_empty() && grown(&[]).is_empty());
        for more in [
            "bridge maya",
            "env SHOT",
            "folder /b",
            "folder /c (optional)",
            "folder /c:ro",
            "folder /d:ro",
        ] {
            assert_eq!(grown(&["env SHOW", more]), [more]);
        }
    }

    #[test]
    fn difference_names_what_changed() {
        let old = asking(&["env SHOW"]);
        let mut new = asking(&["bridge maya"]);
        new.version.minor = 1;
        new.key = Some("0123456789ABCDEF".parse().unwrap());
        assert_eq!(
            difference(&old, &new).lines,
            [
                "version 1.0.0 -> 1.1.0",
                "key none -> 0123456789ABCDEF",
                "- env SHOW",
                "+ bridge maya"
            ]
        );
        assert!(difference(&old, &old).lines.is_empty());
    }
}
