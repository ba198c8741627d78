//! The numbers of a sequence: which of them belong together by their padding, in which steps they
//! count, and which are missing.

use std::collections::{BTreeMap, BTreeSet};

use crate::number;

/// Groups the digits of files with otherwise equal names by padding: to a width, such as four for
/// `0999` and `1000`, or none, as for `8`, `9` and `10`. The files are given by their position in
/// `all`.
pub fn by_padding(all: &[&str]) -> Vec<Vec<usize>> {
    let widths: BTreeSet<usize> = all
        .iter()
        .filter(|digits| number::is_padded(digits))
        .map(|digits| number::width(digits))
        .collect();
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, digits) in all.iter().enumerate() {
        let width = match number::is_padded(digits) {
            true => number::width(digits),
            // A number without leading zeros fits any padding up to its width; choose the widest.
            false => widths
                .range(..=number::width(digits))
                .next_back()
                .copied()
                .unwrap_or(0),
        };
        groups.entry(width).or_default().push(place);
    }
    groups.into_values().collect()
}

/// The step in which ascending numbers count: 5 for 1001, 1006, 1011 and also if 1016 is missing
/// between later ones. Two numbers show no step.
pub fn step(numbers: &[i64]) -> i64 {
    let mut gaps = numbers.windows(2).map(|pair| pair[1] - pair[0]);
    let Some(first) = gaps.next().filter(|_| numbers.len() > 2) else {
        return 1;
    };
    match gaps.all(|gap| gap == first) || numbers.len() > 3 {
        true => common_step(numbers),
        false => 1,
    }
}

/// The largest step in which all of these ascending numbers count.
pub fn common_step(numbers: &[i64]) -> i64 {
    let gaps = numbers.windows(2).map(|pair| pair[1] - pair[0]);
    gaps.fold(0, gcd).max(1)
}

fn gcd(a: i64, b: i64) -> i64 {
    match b {
        0 => a,
        _ => gcd(b, a % b),
    }
}

/// The holes in a list of ascending numbers that count in steps, each as its first and last number.
pub fn holes(numbers: &[i64], step: i64) -> Vec<(i64, i64)> {
    let pairs = numbers.windows(2).filter(|pair| pair[1] > pair[0] + step);
    pairs
        .map(|pair| (pair[0] + step, pair[1] - step))
        .filter(|(first, last)| first <= last)
        .collect()
}

/// How many numbers are missing in holes.
pub fn count(holes: &[(i64, i64)], step: i64) -> i64 {
    holes
        .iter()
        .map(|(first, last)| (last - first) / step + 1)
        .sum()
}

/// A hole as text: `1003`, `1007-1009`, `1006-1016x5`; `fraction` is how many of the digits are one.
pub fn range((first, last): (i64, i64), step: i64, fraction: usize) -> String {
    let text = |value| number::text(value, fraction);
    match (first == last, step) {
        (true, _) => text(first),
        (false, 1) => format!("{}-{}", text(first), text(last)),
        (false, _) => format!("{}-{}x{}", text(first), text(last), text(step)),
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
        assert_eq!(groups(&["-01", "00", "01"]), [vec!["-01", "00", "01"]]);
        assert_eq!(groups(&["-1", "0", "1"]), [vec!["-1", "0", "1"]]);
    }

    #[test]
    fn a_step_needs_three_numbers_and_survives_a_hole() {
        assert_eq!(step(&[1, 6]), 1);
        assert_eq!(step(&[1, 6, 11]), 5);
        assert_eq!(step(&[1, 6, 16]), 1);
        assert_eq!(step(&[1, 6, 16, 21]), 5);
        assert_eq!(step(&[1, 2, 4, 8]), 1);
        assert_eq!(step(&[1001, 1013, 1020]), 1);
        assert_eq!(step(&[-4, -2, 0]), 2);
        assert_eq!((common_step(&[1, 6]), common_step(&[1, 6, 16])), (5, 5));
        assert_eq!((common_step(&[1]), common_step(&[1, 2, 9])), (1, 1));
    }

    #[test]
    fn holes_are_ranges_and_cost_nothing_to_count() {
        let found = holes(&[1, 2, 4, 8, 1_000_000_000_000_000], 1);
        assert_eq!(found[..2], [(3, 3), (5, 7)]);
        assert_eq!(count(&found[..2], 1), 4);
        assert_eq!(count(&found, 1), 1_000_000_000_000_000 - 5);
        assert_eq!(range((3, 3), 1, 0), "3");
        assert_eq!(range((5, 7), 1, 0), "5-7");
        assert_eq!(range((125, 175), 25, 2), "1.25-1.75x0.25");
        assert!(holes(&[7], 1).is_empty());
        let found = holes(&[1, 6, 21], 5);
        assert_eq!((found[0], count(&found, 5)), ((11, 16), 2));
        assert_eq!(range(found[0], 5, 0), "11-16x5");
    }
}
