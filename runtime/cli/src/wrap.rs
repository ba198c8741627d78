//! Text that fits the terminal. What goes to a file or to another program is not wrapped.

use std::io;

use terminal_size::{Width, terminal_size_of};
use textwrap::{Options, WordSplitter};

/// A terminal narrower than this is treated as one of this width.
const LEAST: usize = 20;

/// How many columns the terminal behind stdout has; none if it is no terminal.
pub fn stdout_columns() -> Option<usize> {
    columns(terminal_size_of(io::stdout())?.0)
}

/// The same of stderr.
pub fn stderr_columns() -> Option<usize> {
    columns(terminal_size_of(io::stderr())?.0)
}

fn columns(Width(columns): Width) -> Option<usize> {
    // Some terminals say 0, which means that they do not know.
    (columns > 0).then(|| LEAST.max(columns.into()))
}

/// Breaks lines between words. What continues a line is indented like it, and by `more` columns. A
/// word that is longer than a line, such as a path, stays whole, so that it can be copied.
pub fn wrapped(text: &str, columns: Option<usize>, more: usize) -> String {
    let Some(columns) = columns else {
        return text.to_owned();
    };
    let mut all = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = match line.strip_suffix('\n') {
            Some(line) => (line, "\n"),
            None => (line, ""),
        };
        let indent = line.len() - line.trim_start_matches(' ').len();
        let indent = " ".repeat((indent + more).min(columns / 2));
        let options = Options::new(columns)
            .subsequent_indent(&indent)
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation);
        all += &textwrap::fill(line, options);
        all += end;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        let text = "  one two three four five six\nshort\n\nlast";
        assert_eq!(
            wrapped(text, Some(20), 0),
            "  one two three four\n  five six\nshort\n\nlast"
        );
        assert_eq!(
            wrapped("one two three four five\n", Some(20), 2),
            "one two three four\n  five\n"
        );
        assert_eq!(wrapped(text, None, 2), text);
    }

    #[test]
    fn a_long_word_stays_whole() {
        let path = "/a/path/that-is/longer/than/the/terminal";
        let text = format!("see {path} there");
        assert_eq!(wrapped(&text, Some(20), 0), format!("see\n{path}\nthere"));
    }
}
