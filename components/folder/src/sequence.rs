//! Numbered names: which files are the frames of one sequence, and which frames are missing.
//!
//! The number stands right before the extension, with `_`, `.` or `-` right before it. Files belong together
//! if one way of printing numbers explains them all: padded to a width, as `0999` and `1000` are to four, or
//! not at all, as `8`, `9` and `10`.

use std::collections::{BTreeMap, BTreeSet};

use crate::name;

/// More digits than this are no frame number, and no number that a frontend can read.
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
    /// The parts of a name, if it is a numbered one.
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

/// The number that digits of a [`Numbered`] stand for; there are few enough of them for any to fit.
pub fn value(digits: &str) -> u64 {
    digits
        .bytes()
        .fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
}

/// Whether the digits were padded: only then can their width be told from one number.
pub fn is_padded(digits: &str) -> bool {
    digits.len() > 1 && digits.starts_with('0')
}

/// Puts the digits of files that differ in nothing else into groups that one padding explains; the files
/// are given by their place in `all`.
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
            // A number that fills its width fits any padding up to it; the widest is the nearest.
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

/// The holes in a list of rising numbers, each as its first and last frame.
pub fn holes(numbers: &[u64]) -> Vec<(u64, u64)> {
    let pairs = numbers.windows(2).filter(|pair| pair[1] > pair[0] + 1);
    pairs.map(|pair| (pair[0] + 1, pair[1] - 1)).collect()
}

/// How many frames holes leave out.
pub fn count(holes: &[(u64, u64)]) -> u64 {
    holes.iter().map(|(first, last)| last - first + 1).sum()
}

/// A hole as people write it: `1003`, `1007-1009`.
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
