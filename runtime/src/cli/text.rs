use std::borrow::Cow;

/// A foreign text, harmless to a terminal: its lines stay, its other control characters go.
pub fn plain(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| c.is_control() && c != '\n';
    match text.contains(harmful) {
        true => text
            .chars()
            .map(|c| match c {
                '\t' => ' ',
                c if harmful(c) => char::REPLACEMENT_CHARACTER,
                c => c,
            })
            .collect(),
        false => text.into(),
    }
}

/// The same on one line.
pub fn one_line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    plain(&words.join(" ")).into_owned()
}

/// The same with each line moved in by so many spaces.
pub fn indented(text: &str, by: usize) -> String {
    let margin = " ".repeat(by);
    let text = plain(text.trim_end());
    let lines: Vec<_> = text
        .lines()
        .map(|line| format!("{margin}{}", line.trim_end()))
        .collect();
    lines.join("\n")
}

/// A moment in seconds since 1970, as people read it.
pub fn moment(seconds: f64) -> String {
    match crate::report::text::utc(seconds) {
        Some((date, time)) => format!("{date} {time}"),
        None => "?".into(),
    }
}

/// How many names are told where something else was asked for.
const MOST_NAMES: usize = 20;

/// What there is, for who asked for something else: `there are "a", "b"`, or `there is none`.
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
        assert_eq!(plain("a\x1b[2Jb\r\nc\td"), "a\u{fffd}[2Jb\u{fffd}\nc d");
        assert_eq!(one_line(" a\n  b\x07 "), "a b\u{fffd}");
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
