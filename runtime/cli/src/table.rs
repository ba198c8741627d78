use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::text::one_line;
use super::wrap;

/// How many columns a cell has at most, except the last of its row. `--json` has the whole text.
const CELL: usize = 120;

/// How many columns the last cell of a row has at most: room for a comment or for an error with its
/// next step.
const LAST: usize = 1000;

/// Rows of text below a row of headings. Columns are as wide as their content, up to a readable
/// limit.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(headings: &[&str]) -> Self {
        let headings = headings.iter().map(|heading| (*heading).to_owned());
        Table {
            rows: vec![headings.collect()],
        }
    }

    pub fn push(&mut self, row: impl IntoIterator<Item = String>) {
        self.rows.push(row.into_iter().collect());
    }

    /// One line per row, each with a line break. Where the terminal is too narrow for that, one
    /// block per row: nothing that tells two rows apart is cut off.
    pub fn text(&self) -> String {
        let text = self.lines();
        let columns = wrap::stdout_columns().unwrap_or(usize::MAX);
        match text.lines().all(|line| line.width() <= columns) {
            true => text,
            false => self.blocks(),
        }
    }

    /// Each row as lines of a heading and a value, with an empty line between two rows.
    fn blocks(&self) -> String {
        let [headings, rows @ ..] = self.rows.as_slice() else {
            return String::new();
        };
        let widest = headings.iter().map(|heading| heading.width()).max();
        let widest = widest.unwrap_or(0);
        let block = |row: &Vec<String>| {
            let cells = headings.iter().zip(row);
            let cells =
                cells.map(|(heading, cell)| (heading, cut(&one_line(cell), LAST).into_owned()));
            let filled = cells.filter(|(_, cell)| !cell.is_empty());
            let lines = filled.map(|(heading, cell)| format!("{heading:<widest$}  {cell}\n"));
            lines.collect::<String>()
        };
        rows.iter().map(block).collect::<Vec<_>>().join("\n")
    }

    fn lines(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let most = |column| if column + 1 == columns { LAST } else { CELL };
        let shown = |row: &Vec<String>| -> Vec<String> {
            let cells = row.iter().enumerate();
            cells
                .map(|(column, cell)| cut(&one_line(cell), most(column)).into_owned())
                .collect()
        };
        let rows: Vec<_> = self.rows.iter().map(shown).collect();
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..columns).map(width).collect();
        let mut text = String::new();
        for row in &rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                // Not with the width of a format, which is limited to 65,535.
                let missing = width.saturating_sub(cell.width()) + 2;
                line.extend(std::iter::repeat_n(' ', missing));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// The text, or as much of its beginning as fits into this many columns, with an ellipsis.
fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.width() <= most {
        return text.into();
    }
    let mut used = 1;
    let end = text.char_indices().find(|(_, character)| {
        used += character.width().unwrap_or(0);
        used > most
    });
    let end = end.map_or(text.len(), |(end, _)| end);
    // A joiner at the end belongs to the part that was cut off.
    let kept = text[..end].trim_end_matches(['\u{200c}', '\u{200d}', ' ']);
    format!("{kept}…").into()
}

#[cfg(test)]
mod tests {
    use pyblish_promise::{promise, promise_eq};

    use super::*;

    fn table(rows: &[&[&str]]) -> String {
        let mut table = Table::new(&["NAME", "N"]);
        for row in rows {
            table.push(row.iter().map(|cell| (*cell).to_owned()));
        }
        table.text()
    }

    #[test]
    fn columns_are_as_wide_as_they_need_to_be() {
        assert_eq!(
            table(&[&["größe\n☃", "1"], &["a", ""]]),
            "NAME     N\ngröße ☃  1\na\n"
        );
    }

    #[test]
    fn wide_and_combining_characters_are_counted_as_they_are_shown() {
        let text = table(&[
            &["日本", "1"],
            &["👩\u{200d}🎨", "2"],
            &["e\u{301}", "3"],
            &["", "4"],
        ]);
        assert_eq!(
            text,
            "NAME  N\n日本  1\n👩\u{200d}🎨    2\ne\u{301}     3\n      4\n"
        );
    }

    #[test]
    fn a_block_has_each_heading() {
        let mut table = Table::new(&["NAME", "N"]);
        for row in [["a b", "1"], ["c", ""]] {
            table.push(row.map(str::to_owned));
        }
        assert_eq!(table.blocks(), "NAME  a b\nN     1\n\nNAME  c\n");
    }

    #[test]
    fn a_long_cell_is_cut() {
        for length in [CELL, CELL + 1, 65_535, 65_536, 1 << 20] {
            let text = table(&[&[&"x".repeat(length), &"y".repeat(length)]]);
            let row = text.lines().nth(1).unwrap();
            promise!("TEXT-03", row.width() <= CELL + 2 + LAST, "{length}");
            let is_cut = row.contains("x…  y");
            promise_eq!("TEXT-03", is_cut, length > CELL, "{length}");
        }
    }

    #[test]
    fn a_cut_is_between_characters() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(cut("👩\u{200d}🎨👩\u{200d}🎨", 3), "👩…");
    }
}
