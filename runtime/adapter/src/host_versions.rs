//! Which versions of its hosts an adapter is for. Its author says so when the adapter is sealed: the
//! contract has no place for it, and an adapter says the same to each host.
//!
//! Hosts count in their own ways: 2022.3, 4.1.1, 15.1v5. So a version is a list of numbers here, and
//! a range compares as many of them as it has: `<=2025` has 2025.3 in it, and `>2022` has not 2022.3.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::iter;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most numbers of a version in a range.
const MOST: usize = 4;

/// Which versions of its hosts an adapter is for, as ranges by the names of the hosts. A host that
/// is not in it: all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HostVersions(BTreeMap<String, String>);

impl HostVersions {
    /// From pairs of a host and a range. Of the same host, the last one counts.
    pub fn of(pairs: impl IntoIterator<Item = (String, VersionRange)>) -> Self {
        let pairs = pairs.into_iter();
        HostVersions(pairs.map(|(host, range)| (host, range.text)).collect())
    }

    /// Whether nothing is said of any host.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The hosts that something is said of.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The range for this host, such as `>=2022, <2026`. None for all versions.
    pub fn range(&self, host: &str) -> Option<&str> {
        self.0.get(host).map(String::as_str)
    }

    /// Whether this version of the host is one that the adapter is for. A version without a number is
    /// taken for one. A range of a form that is newer than this program has no version in it.
    pub fn has(&self, host: &str, version: &str) -> bool {
        self.range(host)
            .is_none_or(|range| range.parse().is_ok_and(|it: VersionRange| it.has(version)))
    }

    /// One line each, such as `maya >=2022, <2026`, by host.
    pub fn lines(&self) -> Vec<String> {
        let all = self.0.iter();
        all.map(|(host, range)| format!("{host} {range}")).collect()
    }

    /// By host.
    pub fn into_map(self) -> BTreeMap<String, String> {
        self.0
    }
}

/// A range of versions: `>=2022, <2026`, or `4.1` for all that begin with 4.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRange {
    text: String,
    /// All of them must hold.
    bounds: Vec<(Bound, Vec<u64>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    AtLeast,
    AtMost,
    Above,
    Below,
    Begins,
}

/// What stands before the numbers; the longer ones first.
const BOUNDS: [(&str, Bound); 6] = [
    (">=", Bound::AtLeast),
    ("<=", Bound::AtMost),
    (">", Bound::Above),
    ("<", Bound::Below),
    ("=", Bound::Begins),
    ("", Bound::Begins),
];

impl VersionRange {
    /// Whether this version is in it. A version without a number is taken for one.
    pub fn has(&self, version: &str) -> bool {
        let Some(version) = numbers(version) else {
            return true;
        };
        self.bounds.iter().all(|(bound, wanted)| {
            let found = version.iter().copied().chain(iter::repeat(0));
            let order = found.take(wanted.len()).cmp(wanted.iter().copied());
            match bound {
                Bound::AtLeast => order != Ordering::Less,
                Bound::AtMost => order != Ordering::Greater,
                Bound::Above => order == Ordering::Greater,
                Bound::Below => order == Ordering::Less,
                Bound::Begins => order == Ordering::Equal,
            }
        })
    }
}

impl FromStr for VersionRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bound = |part: &str| {
            let found = BOUNDS.iter().find_map(|(sign, bound)| {
                let rest = part.strip_prefix(sign)?;
                Some((*bound, rest.trim()))
            });
            let (bound, numbers) = found?;
            let numbers = numbers.split('.').map(|it| {
                let is_number = !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
                is_number.then(|| it.parse::<u64>().ok()).flatten()
            });
            let numbers: Vec<u64> = numbers.collect::<Option<_>>()?;
            (numbers.len() <= MOST).then_some((bound, numbers))
        };
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let bounds: Option<Vec<_>> = parts.iter().map(|part| bound(part)).collect();
        let bounds = bounds.ok_or_else(|| {
            format!(
                "{text:?} is no range of versions; write it as \">=2022, <2026\", or 4.1 for all \
                 that begin with that"
            )
        })?;
        Ok(VersionRange {
            text: parts.join(", "),
            bounds,
        })
    }
}

/// Which of two versions is the newer one, by their numbers.
pub fn compare_versions(one: &str, other: &str) -> Ordering {
    numbers(one).cmp(&numbers(other))
}

/// The numbers of a version, from its first digit up to a space: of 15.1v5 15, 1 and 5.
fn numbers(version: &str) -> Option<Vec<u64>> {
    let begin = version.find(|it: char| it.is_ascii_digit())?;
    let word = version[begin..].split_whitespace().next()?;
    let parts = word.split(|it: char| !it.is_ascii_digit());
    let parts = parts.take_while(|it| !it.is_empty());
    // No host has counted that far.
    Some(parts.map(|it| it.parse().unwrap_or(u64::MAX)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(range: &str, version: &str) -> bool {
        range.parse::<VersionRange>().unwrap().has(version)
    }

    #[test]
    fn range_has_versions_as_hosts_count_them() {
        for (range, inside, outside) in [
            (">=2022", &["2022", "2022.3", "2026"][..], &["2021.9"][..]),
            (">=2022.3", &["2022.3", "2023"], &["2022", "2022.2"]),
            (
                ">=2022, <2026",
                &["2022", "2025.3"],
                &["2026", "2026.1", "2021"],
            ),
            ("<=2025", &["2025.3", "2024"], &["2026"]),
            (">2022", &["2023"], &["2022", "2022.3"]),
            ("2022", &["2022", "2022.3"], &["2023", "20220"]),
            ("=4.1", &["4.1", "4.1.1", "4.1.1 LTS"], &["4.10", "4.2"]),
            ("15", &["15.1v5"], &["14.1v2"]),
            (">=20.5.300", &["20.5.332", "21"], &["20.5.278"]),
            ("4.2", &["4.2.0 Alpha", "Blender 4.2.1"], &["Blender 4.3"]),
        ] {
            for version in inside {
                assert!(has(range, version), "{version} is in {range}");
            }
            for version in outside {
                assert!(!has(range, version), "{version} is not in {range}");
            }
        }
        // A host that does not count is not left out.
        assert!(has(">=2022", "unknown"));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for wrong in [
            "",
            "new",
            ">=",
            ">=x",
            "1..2",
            ">=2022,",
            "1.2.3.4.5",
            "==1",
            "^1",
            "-1",
        ] {
            let said = wrong.parse::<VersionRange>().unwrap_err();
            assert!(said.contains("no range of versions"), "{said}");
        }
    }

    #[test]
    fn range_is_kept_in_one_form() {
        let range: VersionRange = ">=2022,<2026".parse().unwrap();
        let versions = HostVersions::of([("maya".to_owned(), range)]);
        assert_eq!(versions.lines(), ["maya >=2022, <2026"]);
        assert!(versions.has("maya", "2023") && !versions.has("maya", "2026"));
        assert!(versions.has("nuke", "1"), "nothing is said of it");
        // A later program may know other forms.
        let later: HostVersions = serde_json::from_str(r#"{"maya": "^2022 || 2024"}"#).unwrap();
        assert!(!later.has("maya", "2022"));
    }

    #[test]
    fn newer_version_has_the_larger_number() {
        assert_eq!(compare_versions("1.10.0", "1.9.9"), Ordering::Greater);
        assert_eq!(compare_versions("1.2.0", "1.2.0"), Ordering::Equal);
    }
}
