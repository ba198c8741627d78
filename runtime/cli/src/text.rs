use std::borrow::Cow;

use pyblish_model::visible;

/// Text from outside, safe for a terminal: without hidden characters, but with its line breaks.
pub fn plain(text: &str) -> Cow<'_, str> {
    visible(text)
}

/// The same on one line.
pub fn one_line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    plain(&words.join(" ")).into_owned()
}

/// The same, indented below a first line, so that none of its lines looks like one of ours.
pub fn continued(text: &str) -> String {
    plain(text.trim_end()).replace('\n', "\n  ")
}

/// The same with each line indented by this many spaces.
pub fn indented(text: &str, by: usize) -> String {
    let margin = " ".repeat(by);
    let text = plain(text.trim_end());
    let lines: Vec<_> = text
        .lines()
        .map(|line| format!("{margin}{}", line.trim_end()))
        .collect();
    lines.join("\n")
}

/// A time in seconds since 1970, as readable text.
pub fn moment(seconds: f64) -> String {
    match pyblish_report::text::utc(seconds) {
        Some((date, time)) => format!("{date} {time}"),
        None => "?".into(),
    }
}

/// How many names a message lists at most.
const MOST_NAMES: usize = 20;

/// Lists what exists, for a user who asked for something else: `there are "a", "b"`, or
/// `there is none`.
pub fn there_are<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = names.into_iter();
    let told: Vec<_> = names
        .by_ref()
        .take(MOST_NAMES)
        .map(|name| format!("{name:?}"))
        .collect();
    let told = match told.as_slice() {
        [] => return "there is none".into(),
        [only] => return format!("there is only {only}"),
        told => format!("there are {}", told.join(", ")),
    };
    match names.count() {
        0 => told,
        more => format!("{told}, and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_text_cannot_move_the_cursor() {
        assert_eq!(plain("a\x1b[2Jb\r\nc\td"), "a\\u{1b}[2Jb\nc d");
        assert_eq!(one_line(" a\n  b\x07 "), "a b\\u{7}");
        assert_eq!(continued("a\nb\n"), "a\n  b");
        assert_eq!(indented("a\nb\n", 2), "  a\n  b");
    }

    #[test]
    fn what_there_is_is_named() {
        assert_eq!(there_are([]), "there is none");
        assert_eq!(there_are(["a"]), "there is only \"a\"");
        assert_eq!(there_are(["a", "b"]), "there are \"a\", \"b\"");
        assert!(there_are(["a"; 25]).ends_with("\"a\", and 5 more"));
    }
}
