//! Groups the files of the inbox into items, by what their numbers mean.

use std::collections::HashMap;

use crate::alike::Alike;
use crate::family;
use crate::header::Size;
use crate::item::{Frames, Item};
use crate::meaning::{self, Guess, Meaning};
use crate::number::{self, Numbered};
use crate::sequence;

/// A file, and its size in bytes.
pub type Sized = (String, u64);

/// What is known of the files beside their names.
pub trait Known {
    /// The size in pixels of an image, if it can be read.
    fn size(&self, file: &str) -> Option<Size>;

    /// What an artist said that the files with this pattern are.
    fn correction(&self, pattern: &str) -> Option<Meaning>;

    /// Whether the files of this item were published as a sequence.
    fn was_sequence(&self, item: &Item) -> bool;

    /// Whether the studio's pattern has names like this one.
    fn fits(&self, name: &str) -> bool;
}

/// The common parts of numbered files that belong together: prefix, separator and extension.
type Series<'a> = (&'a str, &'a str, &'a str);

/// Numbered files with the same name but for their numbers.
type Numbers<'a> = Vec<(&'a str, &'a Sized)>;

/// The items that these files make.
pub fn grouped(files: &[Sized], known: &dyn Known) -> Vec<Item> {
    let mut items = Vec::new();
    let mut alike: HashMap<Series, Numbers> = HashMap::new();
    let (fractions, files) = fractions(files);
    alike.extend(fractions);
    for file in files {
        match Numbered::parse(&file.0) {
            Some(n) if family::of(n.extension).sequence.is_some() => {
                let key = (n.prefix, n.separator, n.extension);
                alike.entry(key).or_default().push((n.digits, file));
            }
            _ => items.push(Item::single(&file.0, file.1)),
        }
    }
    join_negative(&mut alike);
    for ((prefix, separator, extension), files) in alike {
        let digits: Vec<&str> = files.iter().map(|(digits, _)| *digits).collect();
        for mut group in by_form(&digits) {
            group.sort_by_key(|place| (number::value(digits[*place]), *place));
            let group: Numbers = group.into_iter().map(|place| files[place]).collect();
            read(&mut items, (prefix, separator, extension), &group, known);
        }
    }
    items
}

/// Decides what numbered files with one padding are, and adds their items.
fn read(items: &mut Vec<Item>, series: Series, group: &Numbers, known: &dyn Known) {
    let (prefix, separator, extension) = series;
    let digits: Vec<&str> = group.iter().map(|(digits, _)| *digits).collect();
    let all = |meaning: Meaning, why: &str| Item {
        stem: prefix.into(),
        extension: extension.into(),
        frames: Some(Frames {
            separator: separator.into(),
            digits: digits.iter().map(|digits| (*digits).into()).collect(),
            meaning,
        }),
        size: group.iter().map(|(_, file)| file.1).sum(),
        why: why.into(),
    };
    let numbers = || -> Vec<i64> { digits.iter().map(|d| number::value(d)).collect() };
    let guessed = meaning::guess(
        &Alike {
            prefix,
            separator,
            extension,
            digits: &digits,
        },
        &|place| known.size(&group[place].1.0),
    );
    let Guess { meaning, why, .. } = guessed;
    let as_frames = Meaning::Frames {
        step: sequence::step(&numbers()),
    };
    let item = all(as_frames, "");
    let (meaning, why) = if let Some(said) = known.correction(&item.pattern()) {
        (said, "was said by an artist")
    } else if !guessed.is_sure && meaning == Meaning::Files && known.was_sequence(&item) {
        (as_frames, "was published as a sequence")
    } else if !guessed.is_sure
        && let Some(has_number) = number_in_pattern(known, prefix, &group[0].1.0)
    {
        match has_number {
            true => (Meaning::Files, "has its number in the studio's pattern"),
            false => (as_frames, "has no number in the studio's pattern"),
        }
    } else {
        (meaning, why)
    };
    match meaning {
        Meaning::Files => items.extend(group.iter().map(|(_, (file, size))| Item {
            why: why.into(),
            ..Item::single(file, *size)
        })),
        _ => items.push(all(meaning, why)),
    }
}

/// Whether the studio's pattern takes the number for a part of the name; none if it takes both.
fn number_in_pattern(known: &dyn Known, prefix: &str, file: &str) -> Option<bool> {
    let (stem, _) = crate::name::split(file);
    match (known.fits(stem), known.fits(prefix)) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// Places in a grid apart from numbers, and each by its padding.
fn by_form(digits: &[&str]) -> Vec<Vec<usize>> {
    let is_grid = |place: &usize| digits[*place].starts_with(['u', 'U']);
    let (grid, plain): (Vec<usize>, Vec<usize>) = (0..digits.len()).partition(is_grid);
    let only: Vec<&str> = plain.iter().map(|place| digits[*place]).collect();
    let groups = sequence::by_padding(&only).into_iter();
    let mut groups: Vec<Vec<usize>> = groups
        .map(|group| group.into_iter().map(|place| plain[place]).collect())
        .collect();
    if !grid.is_empty() {
        groups.push(grid);
    }
    groups
}

/// Adds `shot-002.png` and `shot-001.png` to `shot000.png`, where the minus is a sign: the numbers
/// are as wide, and meet in 0.
fn join_negative<'a>(alike: &mut HashMap<Series<'a>, Numbers<'a>>) {
    let candidates: Vec<Series> = alike
        .keys()
        .filter(|(prefix, separator, extension)| {
            *separator == "-" && alike.contains_key(&(*prefix, "", *extension))
        })
        .copied()
        .collect();
    for key in candidates {
        let (prefix, _, extension) = key;
        let zero = |digits: &str| number::value(digits) == 0;
        let first = |numbers: &Numbers| numbers.iter().map(|(d, _)| number::value(d)).min();
        let (Some(negative), Some(positive)) =
            (alike.get(&key), alike.get(&(prefix, "", extension)))
        else {
            continue;
        };
        let meets = positive.iter().any(|(digits, _)| zero(digits)) && first(negative) == Some(1);
        let width = |numbers: &Numbers| numbers.iter().map(|(d, _)| d.len()).min();
        if !meets || width(negative) != width(positive) {
            continue;
        }
        let Some(negative) = alike.remove(&key) else {
            continue;
        };
        let signed = negative.into_iter().map(|(_, file)| {
            // The sign is the character before the number.
            let digits = &file.0[prefix.len()..];
            let end = digits.len() - digits.trim_start_matches('-').len();
            let number = digits[end..].bytes().take_while(u8::is_ascii_digit).count();
            (&digits[..end + number], file)
        });
        alike
            .entry((prefix, "", extension))
            .or_default()
            .extend(signed);
    }
}

/// The files whose numbers have a fraction, and all others. A second number is a fraction if it
/// takes the same few values after each whole number: `sim.0001.25.vdb`, `sim.0001.50.vdb`.
fn fractions(files: &[Sized]) -> (HashMap<Series<'_>, Numbers<'_>>, Vec<&Sized>) {
    let mut alike: HashMap<Series, Numbers> = HashMap::new();
    for file in files {
        if let Some(n) = Numbered::parse_fraction(&file.0)
            && family::of(n.extension).sequence.is_some()
        {
            let key = (n.prefix, n.separator, n.extension);
            alike.entry(key).or_default().push((n.digits, file));
        }
    }
    alike.retain(|_, numbers| are_fractions(numbers));
    let taken: std::collections::HashSet<&str> = alike
        .values()
        .flatten()
        .map(|(_, file)| file.0.as_str())
        .collect();
    let rest = files.iter().filter(|file| !taken.contains(file.0.as_str()));
    let rest = rest.collect();
    (alike, rest)
}

fn are_fractions(numbers: &Numbers) -> bool {
    let mut wholes: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut kinds: Vec<&str> = Vec::new();
    for (digits, _) in numbers {
        let Some((whole, fraction)) = digits.split_once('.') else {
            return false;
        };
        wholes.entry(whole).or_default().push(fraction);
        if !kinds.contains(&fraction) {
            kinds.push(fraction);
        }
        // A hundred steps in a frame are a number of its own.
        if kinds.len() > 20 || fraction.len() != kinds[0].len() {
            return false;
        }
    }
    let is_zero = |fraction: &&str| fraction.bytes().all(|byte| byte == b'0');
    // All but the ends of a range have each of the fractions.
    let full = wholes.values().filter(|held| held.len() == kinds.len());
    kinds.len() > 1
        && kinds.iter().any(is_zero)
        && wholes.len() > 1
        && full.count() + 2 >= wholes.len()
        && numbers.len() > wholes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name;
    use crate::testing::Names;

    fn labels(files: &[&str]) -> Vec<String> {
        labels_knowing(files, &Names)
    }

    fn labels_knowing(files: &[&str], known: &dyn Known) -> Vec<String> {
        let files: Vec<Sized> = files.iter().map(|file| ((*file).to_owned(), 1)).collect();
        let mut labels: Vec<String> = grouped(&files, known).iter().map(Item::label).collect();
        labels.sort_by(|a, b| name::natural(a, b));
        labels
    }

    #[test]
    fn frames_become_sequences_and_all_else_stays_single() {
        let files = [
            "b.2.png",
            "b.1.png",
            "b_1.png",
            "b_2.exr",
            "n_1.pdf",
            "n_2.pdf",
            "s_1.blend",
            "s_2.blend",
        ];
        assert_eq!(
            labels(&files),
            [
                "b.#.png 1-2",
                "b_1.png",
                "b_2.exr",
                "n_1.pdf",
                "n_2.pdf",
                "s_1.blend",
                "s_2.blend"
            ]
        );
        assert_eq!(
            labels(&["a.9.vdb", "a.10.vdb", "a.08.vdb", "a.10.VDB"]),
            ["a.##.vdb 8-10", "a.9.vdb", "a.10.VDB"]
        );
        assert_eq!(
            labels(&["a.0999.obj", "a.1000.obj"]),
            ["a.####.obj 999-1000"]
        );
    }

    #[test]
    fn negative_frames_come_before_zero() {
        assert_eq!(
            labels(&["a.-002.exr", "a.-001.exr", "a.000.exr", "a.001.exr"]),
            ["a.###.exr -2-1"]
        );
        assert_eq!(labels(&["a.-02.exr", "a.-01.exr"]), ["a.##.exr -2--1"]);
        assert_eq!(
            labels(&["a-002.exr", "a-001.exr", "a000.exr", "a001.exr"]),
            ["a###.exr -2-1"]
        );
        assert_eq!(
            labels(&["a-001.exr", "a-002.exr", "a001.exr", "a002.exr"]),
            ["a###.exr 1-2", "a-###.exr 1-2"]
        );
    }

    #[test]
    fn fractions_are_one_sequence() {
        let files: Vec<String> = (4..=12)
            .map(|quarter| format!("sim.{:04}.{:02}.vdb", quarter / 4, quarter % 4 * 25))
            .collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        assert_eq!(labels(&files), ["sim.####.##.vdb 1-3x0.25"]);
        assert_eq!(
            labels(&["a.1001.1.exr", "a.1001.2.exr", "a.1002.7.exr"]),
            ["a.1001.#.exr 1-2", "a.1002.7.exr"]
        );
    }

    #[test]
    fn what_is_known_decides() {
        struct Said;
        impl Known for Said {
            fn size(&self, _: &str) -> Option<Size> {
                None
            }
            fn correction(&self, pattern: &str) -> Option<Meaning> {
                (pattern == "a.#.png").then_some(Meaning::Files)
            }
            fn was_sequence(&self, item: &Item) -> bool {
                item.stem == "map"
            }
            fn fits(&self, name: &str) -> bool {
                ["map", "map_1", "wall_2", "sky"].contains(&name)
            }
        }
        assert_eq!(
            labels_knowing(&["a.1.png", "a.2.png", "map_1.png", "hero_v1.png"], &Said),
            ["a.1.png", "a.2.png", "hero_v1.png", "map_1.png"]
        );
        let files = [("map_1.png".to_owned(), 1)];
        let item = grouped(&files, &Said).swap_remove(0);
        assert_eq!(
            (item.stem.as_str(), item.family()),
            ("map", "imagesequence")
        );
        assert_eq!(item.why, "was published as a sequence");
        // The studio's pattern has the number in one name, and not in the other.
        assert_eq!(
            labels_knowing(&["sky_1.png", "wall_2.png", "wall_3.png"], &Said),
            ["sky_1.png", "wall_2.png", "wall_3.png"]
        );
        let files = [("sky_1.png".to_owned(), 1)];
        assert_eq!(grouped(&files, &Said)[0].family(), "imagesequence");
        let files = [2, 3, 4].map(|n| (format!("wall_{n}.png"), 1));
        assert_eq!(grouped(&files, &Said).len(), 3);
    }
}
