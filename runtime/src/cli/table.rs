use super::text::one_line;

/// Rows of text below a row of headings, in columns as wide as they need to be.
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
        let row = row.into_iter().map(|cell| one_line(&cell));
        self.rows.push(row.collect());
    }

    /// One line a row, each with its end.
    pub fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..columns).map(width).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(&format!("{cell:<width$}  "));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_need_to_be() {
        let mut table = Table::new(&["NAME", "N"]);
        table.push(["größe\n☃".to_owned(), "1".to_owned()]);
        table.push(["a".to_owned(), String::new()]);
        assert_eq!(table.text(), "NAME     N\ngröße ☃  1\na\n");
    }
}
