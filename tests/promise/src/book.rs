//! The promises as the documentation and the source have them.
//!
//! A promise is a row of a table whose first column is `id` and whose last one is `shown by`: the
//! files with its assertions. An id in backticks anywhere else refers to such a row.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What an assertion looks like in Rust.
const IN_RUST: [&str; 3] = ["promise!(", "promise_eq!(", "promise_by!("];

/// What an assertion looks like in Python.
const IN_PYTHON: [&str; 1] = ["promise("];

/// Where the tests in Rust are with which promises are shown, below the root.
const RUST: [&str; 5] = ["tests", "runtime", "components", "clients", "xtask/src"];

/// Where those in Python are, below the root.
const PYTHON: [&str; 2] = ["tests/attacks", "bridge/tests"];

/// The promises of the documentation and the assertions of the source.
#[derive(Debug, Default)]
pub struct Book {
    /// By their ids.
    pub promises: BTreeMap<String, Promise>,
    /// The files in which each id is asserted.
    pub asserted: BTreeMap<String, BTreeSet<String>>,
    /// Mistakes in the tables.
    pub mistakes: Vec<String>,
}

/// A row of a table.
#[derive(Debug, PartialEq)]
pub struct Promise {
    /// The page, below the root.
    pub page: String,
    /// The files with its assertions, below the root.
    pub files: Vec<String>,
}

impl Book {
    /// Reads the documentation and the source below the root of the project, and compares them.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn read(root: &Path) -> io::Result<Book> {
        let mut book = Book::default();
        let mut referred = Vec::new();
        for page in files_below(&root.join("docs"), &["md"])? {
            let text = fs::read_to_string(&page)?;
            let page = below(root, &page);
            book.add_page(&page, &text);
            referred.extend(ids_in_backticks(&text).map(|id| (page.clone(), id.to_owned())));
        }
        for folder in RUST {
            for file in files_below(&root.join(folder), &["rs"])? {
                let name = below(root, &file);
                // What explains them asserts nothing.
                if name.starts_with("tests/promise/") {
                    continue;
                }
                let source = fs::read_to_string(&file)?;
                book.add_assertions(&name, asserted(&source, &IN_RUST));
            }
        }
        for folder in PYTHON {
            for file in files_below(&root.join(folder), &["py"])? {
                let source = fs::read_to_string(&file)?;
                book.add_assertions(&below(root, &file), asserted(&source, &IN_PYTHON));
            }
        }
        book.compare(&referred);
        Ok(book)
    }

    fn add_assertions(&mut self, file: &str, ids: BTreeSet<String>) {
        for id in ids {
            self.asserted.entry(id).or_default().insert(file.into());
        }
    }

    fn add_page(&mut self, page: &str, text: &str) {
        let mut of_promises = false;
        for line in text.lines() {
            let Some(row) = line
                .strip_prefix("| ")
                .and_then(|row| row.strip_suffix(" |"))
            else {
                of_promises = false;
                continue;
            };
            let cells: Vec<_> = row.split(" | ").map(str::trim).collect();
            let (Some(&id), Some(&last)) = (cells.first(), cells.last()) else {
                continue;
            };
            if id == "id" {
                of_promises = last == "shown by";
                continue;
            }
            if !of_promises || id.starts_with("---") {
                continue;
            }
            if !is_id(id) {
                self.mistakes
                    .push(format!("{page}: {id:?} is no id, such as LOAD-01: {row}"));
                continue;
            }
            let named = last.split('`').skip(1).step_by(2).map(str::to_owned);
            let promise = Promise {
                page: page.into(),
                files: named.collect(),
            };
            if self.promises.insert(id.into(), promise).is_some() {
                self.mistakes.push(format!("{page}: {id} is there twice"));
            }
        }
    }

    fn compare(&mut self, referred: &[(String, String)]) {
        let mut mistakes = Vec::new();
        let nothing = BTreeSet::new();
        for (id, Promise { page, files }) in &self.promises {
            let asserted = self.asserted.get(id).unwrap_or(&nothing);
            let named: BTreeSet<_> = files.iter().cloned().collect();
            if asserted.is_empty() {
                mistakes.push(format!("{page}: no assertion shows {id}"));
            } else if *asserted != named {
                mistakes.push(format!(
                    "{page}: {id} is shown by {asserted:?}, and the row names {named:?}"
                ));
            }
        }
        for (id, files) in &self.asserted {
            if !self.promises.contains_key(id) {
                mistakes.push(format!("{files:?} assert {id}, which no page promises"));
            }
        }
        for (page, id) in referred {
            if !self.promises.contains_key(id) {
                mistakes.push(format!("{page} refers to {id}, which no table has"));
            }
        }
        self.mistakes.append(&mut mistakes);
    }

    /// What is wrong with a run of all tests that wrote this file, and what could not be tested
    /// there.
    pub fn of_run(&self, written: &str) -> (Vec<String>, Vec<String>) {
        let lines = written.lines().filter_map(|line| line.split_once('\t'));
        let lines: BTreeSet<(&str, &str)> = lines.collect();
        let known: BTreeSet<&str> = lines.iter().map(|(id, _)| *id).collect();
        let missing = self
            .promises
            .keys()
            .filter(|id| !known.contains(id.as_str()));
        let strange = known.iter().filter(|id| !self.promises.contains_key(**id));
        let wrong = missing
            .map(|id| format!("{id} was not shown in this run"))
            .chain(strange.map(|id| format!("{id} was shown, and no page promises it")));
        let kept: BTreeSet<_> = lines
            .iter()
            .filter(|(_, why)| why.is_empty())
            .map(|(id, _)| *id)
            .collect();
        let not_here = lines
            .iter()
            .filter(|(id, why)| !why.is_empty() && !kept.contains(id));
        let not_here = not_here.map(|(id, why)| format!("{id}: {why}"));
        (wrong.collect(), not_here.collect())
    }
}

/// Whether this is an id: capitals, a dash, two digits.
fn is_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(area, number)| {
        !area.is_empty()
            && area.bytes().all(|byte| byte.is_ascii_uppercase())
            && number.len() == 2
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn ids_in_backticks(text: &str) -> impl Iterator<Item = &str> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|words| is_id(words))
}

/// The ids that these assertions have in a source file. One may have several: `"LOAD-01" &
/// "LOAD-02"`.
fn asserted(source: &str, assertions: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for assertion in assertions {
        for (place, _) in source.match_indices(assertion) {
            let mut rest = source[place + assertion.len()..].trim_start();
            while let Some((id, behind)) = rest
                .strip_prefix('"')
                .and_then(|rest| rest.split_once('"'))
                .filter(|(id, _)| is_id(id))
            {
                found.insert(id.into());
                rest = behind.trim_start().trim_start_matches('&').trim_start();
            }
        }
    }
    found
}

fn below(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.display().to_string().replace('\\', "/")
}

/// The files below a folder with one of these extensions, without what cargo made.
fn files_below(folder: &Path, extensions: &[&str]) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            if name != "target" && name != "node_modules" {
                files.extend(files_below(&path, extensions)?);
            }
        } else if path
            .extension()
            .is_some_and(|it| extensions.iter().any(|known| it == *known))
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether each assertion is reached is looked at by `cargo xtask test`, which runs all of
    /// them.
    #[test]
    fn project_keeps_its_book() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .unwrap();
        let book = Book::read(root).unwrap();
        assert!(book.mistakes.is_empty(), "{}", book.mistakes.join("\n"));
        let count = book.promises.len();
        assert!(count > 60, "only {count} promises were found");
    }

    fn book(page: &str, source: &str) -> Book {
        let mut book = Book::default();
        book.add_page("docs/a.md", page);
        book.add_assertions("tests/a.rs", asserted(source, &IN_RUST));
        let referred = ids_in_backticks(page).map(|id| ("docs/a.md".into(), id.into()));
        book.compare(&referred.collect::<Vec<_>>());
        book
    }

    const PAGE: &str =
        "| id | promise | shown by |\n| --- | --- | --- |\n| LOAD-01 | x | `tests/a.rs` |\n";

    #[test]
    fn row_matches_its_assertion() {
        for source in [
            "promise!(\"LOAD-01\", true);",
            "promise_eq!(\n    \"LOAD-01\", 1, 1);",
            "promise_by!(\"LOAD-01\", names(said));",
        ] {
            assert_eq!(book(PAGE, source).mistakes, [""; 0], "{source}");
        }
    }

    #[test]
    fn mismatch_is_named() {
        let mistake = |page: &str, source: &str| book(page, source).mistakes.join("; ");
        assert_eq!(mistake(PAGE, ""), "docs/a.md: no assertion shows LOAD-01");
        let twice = format!("{PAGE}| LOAD-01 | y | `tests/a.rs` |\n");
        let shown = "promise!(\"LOAD-01\", true)";
        assert!(mistake(&twice, shown).ends_with("LOAD-01 is there twice"));
        assert!(
            mistake(PAGE, "promise!(\"LOAD-01\" & \"LOAD-02\", true)")
                .contains("{\"tests/a.rs\"} assert LOAD-02, which no page promises")
        );
        let elsewhere = PAGE.replace("tests/a.rs", "tests/b.rs");
        assert!(mistake(&elsewhere, shown).contains("the row names {\"tests/b.rs\"}"));
        let bare = PAGE.replace("LOAD-01 |", "an attack |");
        assert!(mistake(&bare, "").contains("is no id"));
        let refers = format!("{PAGE}\nSee `LOAD-09`.\n");
        assert!(mistake(&refers, shown).contains("refers to LOAD-09"));
    }

    /// A record of its own stays where the assertion goes.
    #[test]
    fn record_is_no_assertion() {
        let said = book(PAGE, "pyblish_promise::__kept(\"LOAD-01\");").mistakes;
        assert_eq!(said, ["docs/a.md: no assertion shows LOAD-01"]);
        let none = asserted(
            "not_here(\"LOAD-01\", why); record(\"LOAD-01\", why)",
            &IN_PYTHON,
        );
        assert_eq!(none, BTreeSet::new());
        for source in [
            "promise(\"LOAD-01\", used < 1, \"x\")",
            "with promise(\"LOAD-01\"), self.assertRaises(Closed):",
        ] {
            let found = asserted(source, &IN_PYTHON);
            assert_eq!(found, BTreeSet::from(["LOAD-01".to_owned()]), "{source}");
        }
    }

    #[test]
    fn run_reaches_each_promise() {
        let book = book(PAGE, "promise!(\"LOAD-01\", true)");
        let nothing: Vec<String> = Vec::new();
        assert_eq!(
            book.of_run("LOAD-01\t\n"),
            (nothing.clone(), nothing.clone())
        );
        assert_eq!(book.of_run("").0, ["LOAD-01 was not shown in this run"]);
        assert_eq!(
            book.of_run("LOAD-01\tno root\n"),
            (nothing, vec!["LOAD-01: no root".into()])
        );
        assert!(book.of_run("LOAD-01\t\nLOAD-07\t\n").0[0].starts_with("LOAD-07 was shown"));
    }
}
