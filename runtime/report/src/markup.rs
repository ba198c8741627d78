//! The only way into a document, of HTML or XML: what is not a literal is escaped.

use std::fmt::{self, Display, Write};

use pyblish_model::is_hidden_between;

/// Shown in place of what neither XML 1.0 nor a reader can take.
const REPLACEMENT: char = '\u{fffd}';

/// A document that grows.
#[derive(Default)]
pub(super) struct Markup {
    out: String,
    end: usize,
}

impl Markup {
    /// Markup of ours. A literal cannot hold foreign text.
    pub(super) fn raw(&mut self, literal: &'static str) -> &mut Self {
        self.out.push_str(literal);
        self
    }

    /// Any text between two tags.
    pub(super) fn text(&mut self, text: impl Display) -> &mut Self {
        self.escaped(text, false)
    }

    /// Any text between the two quotation marks of an attribute's value, line breaks and all.
    pub(super) fn attribute(&mut self, text: impl Display) -> &mut Self {
        self.escaped(text, true)
    }

    /// HTML: foreign text within a line of ours; its direction does not affect the line.
    pub(super) fn name(&mut self, text: impl Display) -> &mut Self {
        self.raw("<bdi>").text(text).raw("</bdi>")
    }

    /// Allows this many bytes more.
    pub(super) fn budget(&mut self, bytes: usize) {
        self.end = self.out.len() + bytes;
    }

    /// Whether the budget has something left. Loops ask this before each turn.
    pub(super) fn has_room(&self) -> bool {
        self.out.len() < self.end
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    fn escaped(&mut self, text: impl Display, attribute: bool) -> &mut Self {
        let mut escape = Escape {
            out: &mut self.out,
            attribute,
        };
        // A string accepts everything; a `Display` that fails has written a part.
        let _ = write!(escape, "{text}");
        self
    }
}

struct Escape<'a> {
    out: &'a mut String,
    attribute: bool,
}

impl Write for Escape<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut before = '\0';
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let after = characters.peek().copied().unwrap_or('\0');
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                // A line ends with \n, wherever it was logged.
                '\r' if after == '\n' => {}
                '\n' | '\r' if self.attribute => self.out.push_str("&#10;"),
                '\n' | '\r' => self.out.push('\n'),
                '\t' if self.attribute => self.out.push_str("&#9;"),
                '\t' => self.out.push('\t'),
                '\0'..' ' | '\u{fffe}' | '\u{ffff}' => self.out.push(REPLACEMENT),
                // A mark of direction is misleading even if it affects no other text.
                hidden if is_hidden_between(before, hidden, after) => {
                    self.out.extend(hidden.escape_unicode());
                }
                other => self.out.push(other),
            }
            before = character;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        let mut markup = Markup::default();
        markup.text(text);
        markup.finish()
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(
            text("<script>alert(\"1\" & '2')</script>]]>"),
            "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;]]&gt;"
        );
    }

    #[test]
    fn forbidden_characters_are_replaced() {
        for character in ('\0'..=' ').chain(['\u{fffe}', '\u{ffff}', '\u{fffd}', '\u{10ffff}']) {
            let forbidden = !matches!(
                character,
                '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..
            );
            let escaped = text(&character.to_string());
            assert_eq!(escaped == "\u{fffd}", forbidden || character == '\u{fffd}');
        }
    }

    #[test]
    fn line_breaks_survive_in_attributes() {
        let mut markup = Markup::default();
        markup.attribute("a\r\nb\nc\rd\te");
        assert_eq!(markup.finish(), "a&#10;b&#10;c&#10;d&#9;e");
        assert_eq!(text("a\r\nb\nc\rd\te"), "a\nb\nc\nd\te");
    }

    #[test]
    fn name_direction_is_isolated() {
        let mut markup = Markup::default();
        markup.name("\u{202e}gnp.<b>");
        assert_eq!(markup.finish(), "<bdi>\\u{202e}gnp.&lt;b&gt;</bdi>");
    }

    #[test]
    fn budget_runs_out() {
        let mut markup = Markup::default();
        markup.raw("before").budget(3);
        assert!(markup.has_room());
        assert!(!markup.raw("four").has_room());
    }
}
