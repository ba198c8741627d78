//! Foreign text where people read it: what a host, an adapter or a client says, in a terminal, a
//! log or a report.
//!
//! A character that cannot be seen, and moves or hides what is around it, is shown by its number:
//! so `hero` and a name that only looks like it are told apart, and nothing clears a screen, turns
//! a line around or begins another.

use std::borrow::Cow;
use std::fmt::{self, Display, Write};

/// Characters that a reader cannot see: controls, marks of direction, formats without a width, and
/// blank fillers. All invisible ones of Unicode's categories Cc, Cf, Zl and Zp, in order.
const HIDDEN: [(char, char); 18] = [
    ('\0', '\u{1f}'),
    ('\u{7f}', '\u{9f}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
];

/// Beyond these there are only tags and selectors of variants, which are invisible.
const TAGS: (char, char) = ('\u{e0000}', '\u{e0fff}');

/// Joins letters of Arabic and Indic scripts, and the parts of an emoji.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Whether this character, between these two, is invisible but has an effect.
pub fn is_hidden_between(before: char, character: char, after: char) -> bool {
    let joined = |side: char| !side.is_ascii() && !is_hidden(side);
    let joins = JOINERS.contains(&character) && joined(before) && joined(after);
    is_hidden(character) && !joins
}

/// Whether this character is invisible everywhere, unless it joins two others.
pub fn is_hidden(character: char) -> bool {
    let within = |(first, last): &(char, char)| (*first..=*last).contains(&character);
    // Most characters are visible ones.
    match character {
        ' '..='~' => false,
        _ => within(&TAGS) || HIDDEN.iter().any(within),
    }
}

/// A text from outside as it is shown: `\u{202e}` stands for what is hidden. Line breaks stay, and
/// a tab is a space.
#[derive(Debug, Clone, Copy)]
pub struct Visible<'a>(pub &'a str);

impl Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = '\0';
        let mut characters = self.0.chars().peekable();
        while let Some(character) = characters.next() {
            let after = characters.peek().copied().unwrap_or('\0');
            match character {
                '\n' => f.write_char('\n')?,
                '\t' => f.write_char(' ')?,
                // A line ends with \n, wherever it was said.
                '\r' if after == '\n' => {}
                hidden if is_hidden_between(before, hidden, after) => {
                    write!(f, "{}", hidden.escape_unicode())?;
                }
                seen => f.write_char(seen)?,
            }
            before = character;
        }
        Ok(())
    }
}

/// The text as it is shown; most need no change.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().any(|c| c != '\n' && is_hidden(c)) {
        Visible(text).to_string().into()
    } else {
        text.into()
    }
}

/// JSON that says the same, and shows what is hidden as JSON does: `\u202e`.
pub fn visible_json(json: &str) -> Cow<'_, str> {
    // Between the texts there are line breaks at most, and a text has none.
    let hidden = |c: char| !matches!(c, '\n' | '\r' | '\t') && is_hidden(c);
    if json.bytes().all(|byte| byte < 0x7f) || !json.contains(hidden) {
        return json.into();
    }
    let mut text = String::with_capacity(json.len() + 64);
    for character in json.chars() {
        if !hidden(character) {
            text.push(character);
            continue;
        }
        let mut units = [0; 2];
        for unit in character.encode_utf16(&mut units) {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise_eq;

    use super::*;

    #[test]
    fn hidden_characters_are_shown_by_number() {
        for (text, shown) in [
            ("a\x1b[2Jb", "a\\u{1b}[2Jb"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("gnp.\u{202e}x", "gnp.\\u{202e}x"),
            (
                "\u{2066}\u{2069}\u{200e}\u{200f}\u{61c}",
                "\\u{2066}\\u{2069}\\u{200e}\\u{200f}\\u{61c}",
            ),
            ("he\u{200b}ro\u{feff}", "he\\u{200b}ro\\u{feff}"),
            ("a\u{2028}b\u{2029}c\0", "a\\u{2028}b\\u{2029}c\\u{0}"),
            ("a\u{e0041}", "a\\u{e0041}"),
            ("a\r\nb\rc\td", "a\nb\\u{d}c d"),
        ] {
            promise_eq!("TEXT-01", visible(text), shown);
        }
    }

    #[test]
    fn all_languages_stay_visible() {
        for text in [
            "größe",
            "日本語",
            "e\u{301}",
            "👩\u{200d}🎨",
            "می\u{200c}خواهم",
            "a\nb",
            "❤\u{fe0f}",
        ] {
            assert_eq!(visible(text), text);
            assert_eq!(Visible(text).to_string(), text);
        }
        // In a word of ASCII a joiner does nothing but mislead.
        promise_eq!("TEXT-01", visible("he\u{200d}ro"), "he\\u{200d}ro");
    }

    #[test]
    fn json_escapes_the_same_characters() {
        let value =
            serde_json::json!({"a\u{202e}": ["\u{9b}", "\u{e0041}", "日本"], "b": "\x1b\n"});
        for json in [
            value.to_string(),
            serde_json::to_string_pretty(&value).unwrap(),
        ] {
            let shown = visible_json(&json);
            assert!(!shown.contains(|c| c != '\n' && is_hidden(c)), "{shown}");
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
                value
            );
        }
    }

    #[test]
    fn ranges_are_sorted() {
        assert!(HIDDEN.is_sorted());
        assert!(HIDDEN.iter().all(|(first, last)| first <= last));
    }
}
