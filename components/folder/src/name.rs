//! The name of a file: its parts, sorting, display and cleaning.
//!
//! Artists can type any name. It is never trusted as a path, and never shown raw: a line break in a
//! name must not break a record into two.

use std::cmp::Ordering;

use pyblish_sdk::{Instance, Result, fail};
use unicode_normalization::UnicodeNormalization;

/// Extensions of two words.
const COMPOUND: [&str; 6] = [
    "bgeo.sc", "bgeo.gz", "ass.gz", "tar.gz", "tar.bz2", "tar.xz",
];

/// If there are more characters than this after a dot, they are a part of the name, not an
/// extension.
const LONGEST_EXTENSION: usize = 12;

/// A longer name leaves no space for suffixes of programs (`.part`, `_thumbnail`): most disks allow
/// 255 bytes.
pub const LONGEST: usize = 200;

/// The file with the description of a version; no other file can have this name.
pub const MANIFEST: &str = "publish.json";

/// The stem and the extension, without the dot between them. The extension is as it is written, and
/// empty if there is none.
pub fn split(name: &str) -> (&str, &str) {
    for compound in COMPOUND {
        let Some(at) = name.len().checked_sub(compound.len() + 1) else {
            continue;
        };
        if let (Some(stem), Some(end)) = (name.get(..at), name.get(at..))
            && !stem.is_empty()
            && end.starts_with('.')
            && end[1..].eq_ignore_ascii_case(compound)
        {
            return (stem, &end[1..]);
        }
    }
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && is_extension(extension) => (stem, extension),
        _ => (name, ""),
    }
}

/// Whether this is a word with a letter in it: `hero.1001` and `v1.2 final` have no extension.
fn is_extension(text: &str) -> bool {
    text.len() <= LONGEST_EXTENSION
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// The name with control characters written as escapes.
pub fn show(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for c in name.chars() {
        match c.is_control() {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

/// A list of names for a message: the first ones, and how many more there are.
pub fn some_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 10;
    let mut names = names.into_iter();
    let mut text: Vec<String> = names.by_ref().take(SHOWN).map(show).collect();
    match names.count() {
        0 => {}
        more => text.push(format!("and {more} more")),
    }
    text.join(", ")
}

/// Whether a text is exactly one part of a path, so that it cannot lead out of a folder.
pub fn is_plain(name: &str) -> bool {
    !["", ".", ".."].contains(&name)
        && !name.contains(|c: char| c == '/' || c == '\\' || c.is_control())
}

/// Fails unless a text can be a folder of the publish root.
pub fn must_be_plain(what: &str, name: &str) -> Result {
    if !is_plain(name) {
        fail!(
            "the {what} {:?} cannot be the name of a folder: rename the file, and collect again",
            show(name)
        );
    }
    Ok(())
}

/// The names of an instance's files.
pub fn files(instance: &Instance) -> Result<Vec<String>> {
    let files: Vec<String> = instance.get("files").unwrap_or_default();
    if files.is_empty() {
        fail!("{} has no files: collect again", show(instance.name()));
    }
    // Frontends can change the data, which must not lead out of the inbox.
    if let Some(file) = files
        .iter()
        .find(|file| ["", ".", ".."].contains(&file.as_str()) || file.contains('/'))
    {
        fail!("{file:?} is not the name of a file: collect again");
    }
    Ok(files)
}

/// Sorts names with the same word by number: `map_9` before `map_10`.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (m, n) = (digits(&mut left), digits(&mut right));
            m.len().cmp(&n.len()).then_with(|| m.cmp(n))
        } else {
            (left, right) = (&left[x.len_utf8()..], &right[y.len_utf8()..]);
            x.to_lowercase().cmp(y.to_lowercase())
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Removes the number at the start, and returns it without leading zeros.
fn digits<'a>(text: &mut &'a str) -> &'a str {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    *text = rest;
    number.trim_start_matches('0')
}

/// Suggestions for a better name, the best first; the caller checks whether one matches the
/// pattern. Letters that ASCII lacks become those that sound like them.
pub fn cleaned(name: &str) -> Vec<String> {
    let latin = deunicode::deunicode_with_tofu(&name.nfc().collect::<String>(), " ");
    let lower = words(&latin.to_lowercase());
    let kept = words(&latin);
    let mut names = Vec::new();
    for word in [lower, kept] {
        // A number at the start stays there: at the end it would look like a frame number.
        let numbered = word.starts_with(|c: char| c.is_ascii_digit());
        let other = numbered.then(|| format!("n{word}"));
        names.extend([word].into_iter().filter(|word| !word.is_empty()));
        names.extend(other);
    }
    names
}

/// The ASCII letters and digits, with one `_` for each group of other characters between them.
fn words(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_split_at_its_extension() {
        for (name, parts) in [
            ("hero.png", ("hero", "png")),
            ("hero.1001.EXR", ("hero.1001", "EXR")),
            ("smoke.0001.bgeo.SC", ("smoke.0001", "bgeo.SC")),
            ("bgeo.sc", ("bgeo", "sc")),
            ("hero.1001", ("hero.1001", "")),
            ("v1.2 final", ("v1.2 final", "")),
            ("README", ("README", "")),
            (".png", (".png", "")),
            ("ünï.png", ("ünï", "png")),
            ("é.sc", ("é", "sc")),
            ("", ("", "")),
        ] {
            assert_eq!(split(name), parts, "{name}");
        }
    }

    #[test]
    fn order_is_by_number_and_does_not_mind_case() {
        let mut names = vec!["map_10", "Map_9", "b", "A", "map_09", "map", "a"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["A", "a", "b", "map", "Map_9", "map_09", "map_10"]);
    }

    #[test]
    fn cleaning_writes_all_letters_in_ascii() {
        assert_eq!(cleaned("Old Map")[0], "old_map");
        assert_eq!(cleaned("  Höhe--2.b ")[0], "hohe_2_b");
        assert_eq!(cleaned("Ta\u{308}tera\u{308}ta\u{308}")[0], "taterata");
        assert_eq!(cleaned("Straße")[0], "strasse");
        assert_eq!(cleaned("Сцена 1")[0], "stsena_1");
        assert_eq!(cleaned("3D scan")[1], "n3d_scan");
        assert_eq!(cleaned("new\nline")[0], "new_line");
        assert!(cleaned("...").is_empty());
    }

    #[test]
    fn what_is_shown_stays_on_its_line() {
        assert_eq!(show("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        let many: Vec<String> = (0..13).map(|n| n.to_string()).collect();
        assert!(some_of(many.iter().map(String::as_str)).ends_with("9, and 3 more"));
    }

    #[test]
    fn a_plain_name_leads_nowhere() {
        for name in ["", ".", "..", "a/b", "../x", "a\\b", "a\nb"] {
            assert!(!is_plain(name), "{name:?}");
        }
        assert!(is_plain("hero v2.1"));
    }
}
