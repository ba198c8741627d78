//! Parses the parts of a Markdown page that are checked: its links, its headings, and the lines of
//! its prose.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The maximum number of characters of a line of prose.
const LONGEST: usize = 100;

/// A link, or a picture.
#[derive(Debug, PartialEq)]
pub struct Link {
    /// Its target, as it is written.
    pub to: String,
    /// The position of the whole link in the text.
    pub range: Range<usize>,
}

/// The links and pictures of a page, in order.
pub fn links(text: &str) -> Vec<Link> {
    let events = Parser::new_ext(text, options()).into_offset_iter();
    events
        .filter_map(|(event, range)| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(Link {
                to: dest_url.into_string(),
                range,
            }),
            _ => None,
        })
        .collect()
}

/// The anchors of a page's headings, as mdBook and code forges create them: in lower case, without
/// punctuation, with hyphens for spaces, and numbered if one is repeated.
pub fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(words) | Event::Code(words) => {
                if let Some(heading) = &mut heading {
                    *heading += &words;
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let name = anchor(&heading.take().unwrap_or_default());
                let count = seen.entry(name.clone()).or_default();
                anchors.insert(match *count {
                    0 => name,
                    again => format!("{name}-{again}"),
                });
                *count += 1;
            }
            _ => {}
        }
    }
    anchors
}

fn anchor(heading: &str) -> String {
    let characters = heading.trim().chars().filter_map(|c| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
        _ => None,
    });
    characters.flat_map(char::to_lowercase).collect()
}

/// The numbers, from 1, of lines of prose that are too long. Tables, code, and lines with only one
/// link or one long word are ignored, because they cannot be broken.
pub fn long_lines(text: &str) -> Vec<usize> {
    let mut in_code = false;
    let mut long = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let start = line.trim_start();
        if start.starts_with("```") {
            in_code = !in_code;
        }
        let is_prose = !in_code && !start.starts_with('|') && !start.starts_with('[');
        if is_prose && line.chars().count() > LONGEST && start.contains(' ') {
            long.push(number + 1);
        }
    }
    long
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_where_they_are_links() {
        let text = "[a](b.md#c) `[no](x.md)` ![p](q.png)\n\n```\n[no](y.md)\n```\n\n| [t](u.md) |\n| --- |\n";
        let found: Vec<_> = links(text).into_iter().map(|link| link.to).collect();
        assert_eq!(found, ["b.md#c", "q.png", "u.md"]);
        let first = &links(text)[0];
        assert_eq!(&text[first.range.clone()], "[a](b.md#c)");
    }

    #[test]
    fn anchors_are_those_of_the_forges() {
        let text = "# A `b` & c\n\n## Who may grant what, from where\n\n## A b  c\n\n## Twice\n\n## Twice\n";
        let expected = [
            "a-b--c",
            "a-b--c-1",
            "twice",
            "twice-1",
            "who-may-grant-what-from-where",
        ];
        assert_eq!(anchors(text).into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_line_of_prose_is_not_too_long() {
        let words = |count: usize| "word ".repeat(count);
        let text = format!(
            "{}\n{}\n| {} |\n```\n{}\n```\n",
            words(20).trim_end(),
            words(21),
            words(30),
            words(30)
        );
        assert_eq!(long_lines(&text), [2]);
    }
}
