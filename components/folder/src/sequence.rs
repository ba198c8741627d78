//! Numbered names: which files are the frames of one sequence, and which frames are missing.
//!
//! The number is right before the extension, after `_`, `.` or `-`. Files belong together if all
//! their numbers have the same padding: to a width, such as four for `0999` and `1000`, or none, as
//! for `8`, `9` and `10`.

use std::collections::{BTreeMap, BTreeSet};

use crate::name;

/// A number with more digits than this is not a frame number, and too large for frontends.
const MOST_DIGITS: usize = 15;

/// The parts of a numbered name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Numbered<'a> {
    pub prefix: &'a str,
    pub separator: char,
    pub digits: &'a str,
    pub extension: &'a str,
}

impl<'a> Numbered<'a> {
    /// The parts of a name, if it is numbered.
    pub fn parse(file: &'a str) -> Option<Self> {
        let (stem, extension) = name::split(file);
        let before = stem.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = &stem[before.len()..];
        let separator = before.chars().last().filter(|c| "_.-".contains(*c))?;
        let prefix = &before[..before.len() - 1];
        let usable = !prefix.is_empty() && (1..=MOST_DIGITS).contains(&digits.len());
        usable.then_some(Numbered {
            prefix,
            separator,
            digits,
            extension,
        })
    }
}

/// The value of the digits of a [`Numbered`], which are few enough to fit.
pub fn value(digits: &str) -> u64 {
    digits
        .bytes()
        .fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
}

/// Whether the digits are padded: only then does one number show the width.
pub fn is_padded(digits: &str) -> bool {
    digits.len() > 1 && digits.starts_with('0')
}

/// Groups the digits of files with otherwise equal names by padding; the files are given by their
/// position in `all`.
pub fn by_padding(all: &[&str]) -> Vec<Vec<usize>> {
    let widths: BTreeSet<usize> = all
        .iter()
        .filter(|digits| is_padded(digits))
        .map(|digits| digits.len())
        .collect();
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, digits) in all.iter().enumerate() {
        let width = match is_padded(digits) {
            true => digits.len(),
            // A number without leading zeros fits any padding up to its width; choose the widest.
            false => widths
                .range(..=digits.len())
                .next_back()
                .copied()
                .unwrap_or(0),
        };
        groups.entry(width).or_default().push(place);
    }
    groups.into_values().collect()
}

/// The holes in a list of ascending numbers, each as its first and last frame.
pub fn holes(numbers: &[u64]) -> Vec<(u64, u64)> {
    let pairs = numbers.windows(2).filter(|pair| pair[1] > pair[0] + 1);
    pairs.map(|pair| (pair[0] + 1, pair[1] - 1)).collect()
}

/// How many frames are missing in holes.
pub fn count(holes: &[(u64, u64)]) -> u64 {
    holes.iter().map(|(first, last)| last - first + 1).sum()
}

/// A hole as text: `1003`, `1007-1009`.
pub fn range((first, last): (u64, u64)) -> String {
    match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(all: &[&str]) -> Vec<Vec<String>> {
        let text = |group: Vec<usize>| {
            group
                .into_iter()
                .map(|place| all[place].to_owned())
                .collect()
        };
        by_padding(all).into_iter().map(text).collect()
    }

    #[test]
    fn the_number_stands_between_a_separator_and_the_extension() {
        let parts =
            |name| Numbered::parse(name).map(|n| (n.prefix, n.separator, n.digits, n.extension));
        assert_eq!(parts("hero.1001.exr"), Some(("hero", '.', "1001", "exr")));
        assert_eq!(parts("hero_v2-7.PNG"), Some(("hero_v2", '-', "7", "PNG")));
        assert_eq!(
            parts("smoke_0001.bgeo.sc"),
            Some(("smoke", '_', "0001", "bgeo.sc"))
        );
        assert_eq!(parts("hero..1.png"), Some(("hero.", '.', "1", "png")));
        for name in [
            "hero1001.exr",
            ".1001.exr",
            "1001.exr",
            "hero.exr",
            "hero.1001x.exr",
            "_1.png",
        ] {
            assert_eq!(parts(name), None, "{name}");
        }
        assert_eq!(parts("scan_1234567890123456.png"), None);
        assert_eq!(value("0010"), 10);
    }

    #[test]
    fn one_padding_explains_a_group() {
        assert_eq!(groups(&["8", "9", "10"]), [vec!["8", "9", "10"]]);
        assert_eq!(
            groups(&["0999", "1000", "10000"]),
            [vec!["0999", "1000", "10000"]]
        );
        assert_eq!(groups(&["1", "01"]), [vec!["1"], vec!["01"]]);
        assert_eq!(
            groups(&["01", "10", "001", "100"]),
            [vec!["01", "10"], vec!["001", "100"]]
        );
        assert_eq!(groups(&["0", "1"]), [vec!["0", "1"]]);
    }

    #[test]
    fn holes_are_ranges_and_cost_nothing_to_count() {
        let found = holes(&[1, 2, 4, 8, 1_000_000_000_000_000]);
        assert_eq!(found[..2], [(3, 3), (5, 7)]);
        assert_eq!(count(&found[..2]), 4);
        assert_eq!(count(&found), 1_000_000_000_000_000 - 5);
        assert_eq!((range((3, 3)), range((5, 7))), ("3".into(), "5-7".into()));
        assert!(holes(&[7]).is_empty());
    }
}
