//! The corpus of names in `tests/names`: each line is what its verdict says.

use crate::group::{Sized, grouped};
use crate::meaning::Meaning;
use crate::testing::Names;

const CORPUS: &str = include_str!("../../../../tests/names/corpus.txt");

/// The names of a line: `hero.{1001..1051..5}.exr`.
fn expanded(line: &str) -> Vec<String> {
    let (start, rest) = line.split_once('{').unwrap();
    let (parts, end) = rest.split_once('}').unwrap();
    let parts = parts.split(',').flat_map(|part| match numbers(part) {
        Some(numbers) => numbers,
        None => vec![part.to_owned()],
    });
    parts.map(|part| format!("{start}{part}{end}")).collect()
}

/// The numbers of `0001..0024..5`; the first one says how they are padded.
fn numbers(part: &str) -> Option<Vec<String>> {
    let (first, rest) = part.split_once("..")?;
    let (last, step) = rest.split_once("..").unwrap_or((rest, "1"));
    let digits = first.trim_start_matches('-');
    let width = if digits.starts_with('0') {
        digits.len()
    } else {
        1
    };
    let (first, last): (i64, i64) = (first.parse().ok()?, last.parse().ok()?);
    let numbers = (first..=last).step_by(step.parse().ok()?);
    let written = numbers.map(|number| {
        let sign = if number < 0 { "-" } else { "" };
        format!("{sign}{:0width$}", number.abs())
    });
    Some(written.collect())
}

/// What a line's files are read as: one word for one item, and another if they are torn apart.
fn read(names: &[String]) -> String {
    let files: Vec<Sized> = names.iter().map(|name| (name.clone(), 1)).collect();
    let items = grouped(&files, &Names);
    let meanings = items.iter().map(|item| &item.frames);
    let meanings: Vec<_> = meanings
        .map(|frames| frames.as_ref().map(|f| f.meaning))
        .collect();
    match meanings[..] {
        [Some(Meaning::Frames { step: 1 })] => "frames".into(),
        [Some(Meaning::Frames { step })] => format!("frames/{step}"),
        [Some(Meaning::Tiles)] => "tiles".into(),
        _ if meanings.iter().all(Option::is_none) && items.len() == names.len() => "files".into(),
        _ => format!("{} items", items.len()),
    }
}

#[test]
fn each_name_of_the_corpus_is_what_its_convention_says() {
    let (mut lines, mut names) = (0, 0);
    let mut wrong = Vec::new();
    let all = CORPUS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in all {
        let (verdict, text) = line.split_once(' ').unwrap();
        let files = expanded(text);
        (lines, names) = (lines + 1, names + files.len());
        let found = read(&files);
        if found != verdict {
            wrong.push(format!("{line}: {found}"));
        }
        // In whatever order the disk lists them.
        let backwards: Vec<String> = files.into_iter().rev().collect();
        assert_eq!(read(&backwards), found, "{line}");
    }
    assert!(lines > 1_000 && names > 5_000, "{lines} {names}");
    assert!(
        wrong.is_empty(),
        "{} of {lines}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
