//! Checks facts on hand-written pages against the program: limits with their defaults, the names of
//! events, and the codes of errors.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::cli;
use super::pages::PAGES;

const LIMITS: &str = "reference/limits.md";
const EVENTS: &str = "reference/events.md";
const ERRORS: &str = "reference/errors.md";

/// The wrong facts on the pages.
pub fn mistakes(root: &Path, program: &Path) -> Result<Vec<String>> {
    let help = cli::help(program, &["serve".to_owned()])?;
    let sources = sources(&root.join("runtime"))?;
    let page = |name: &str| {
        let path = root.join(PAGES).join(name);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let mut mistakes = Vec::new();

    let text = page(LIMITS)?;
    let of_server = compare(LIMITS, &flags_of_page(&text), &flags_of_help(&help));
    let of_adapters = compare(LIMITS, &limits_of_page(&text), &limits_of_help(&help));
    mistakes.extend(of_server.into_iter().chain(of_adapters));

    let known = in_backticks(&page(EVENTS)?);
    for name in events(&sources).difference(&known) {
        mistakes.push(format!("{PAGES}/{EVENTS}: the event {name} is missing"));
    }

    let text = page(ERRORS)?;
    let stated = codes_of_page(&text);
    for code in codes(&sources).difference(&stated) {
        mistakes.push(format!("{PAGES}/{ERRORS}: the code {code} is missing"));
    }
    for code in &stated {
        let literal = format!("\"{code}\"");
        if !sources.iter().any(|source| source.contains(&literal)) {
            mistakes.push(format!(
                "{PAGES}/{ERRORS}: no error of the program has the code {code}"
            ));
        }
    }
    Ok(mistakes)
}

/// Compares names and values, which must be the same on both sides.
type Values = BTreeMap<String, String>;

fn compare(page: &str, stated: &Values, true_ones: &Values) -> Vec<String> {
    let missing = true_ones.iter().filter_map(|(name, value)| {
        let said = stated.get(name);
        (said != Some(value)).then(|| match said {
            None => format!("{PAGES}/{page}: {name} is missing; it is {value}"),
            Some(said) => format!("{PAGES}/{page}: {name} is {value}, but the page says {said}"),
        })
    });
    let strange = stated.keys().filter(|name| !true_ones.contains_key(*name));
    let strange = strange.map(|name| format!("{PAGES}/{page}: the program has no {name}"));
    missing.chain(strange).collect()
}

/// The cells of the two columns with these headings, `name` and `default`, in a page's tables.
fn limits_of_page(page: &str) -> Values {
    columns(page, "name", "default")
}

fn flags_of_page(page: &str) -> Values {
    columns(page, "flag", "default")
}

/// Two columns of each table that has both, without backticks and the commas of numbers. An
/// explanation in brackets after a number is ignored.
fn columns(page: &str, key: &str, value: &str) -> Values {
    let mut found = Values::new();
    let mut places = None;
    for line in page.lines() {
        let Some(row) = line.strip_prefix("| ") else {
            places = None;
            continue;
        };
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let place = |name: &str| cells.iter().position(|cell| *cell == name);
        match places {
            None => places = Some(place(key).zip(place(value))),
            Some(Some((key, value))) if !cells[0].starts_with("---") => {
                let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
                let name = cell(key).trim_matches('`').to_owned();
                let stated = cell(value).split(" (").next().unwrap_or_default();
                found.insert(name, stated.replace(',', ""));
            }
            Some(_) => {}
        }
    }
    found
}

/// The limits of adapters as `serve --help` lists them: name, default and purpose, separated by two
/// spaces.
fn limits_of_help(help: &str) -> Values {
    let lines = help
        .lines()
        .skip_while(|line| !line.trim_start().starts_with("--limit "));
    let lines = lines.skip(1);
    let lines = lines.take_while(|line| !line.trim_start().starts_with("--"));
    let rows = lines.filter_map(|line| {
        let line = line.strip_prefix("            ")?;
        let (name, rest) = line.split_once("  ")?;
        let default = rest.trim_start().split("  ").next()?;
        Some((name.to_owned(), default.to_owned()))
    });
    rows.collect()
}

/// The limits of the server: the flags below `Limits:`, with their defaults.
fn flags_of_help(help: &str) -> Values {
    let lines = help.lines().skip_while(|line| *line != "Limits:").skip(1);
    // The list ends at a heading that is not indented.
    let lines = lines.take_while(|line| line.is_empty() || line.starts_with(' '));
    let mut flags = Values::new();
    let mut flag = None;
    for line in lines.map(str::trim) {
        if line.starts_with("--") {
            flag = line.split(' ').next();
        }
        let default = line
            .strip_prefix("[default: ")
            .and_then(|rest| rest.strip_suffix(']'));
        if let (Some(flag), Some(default)) = (flag, default) {
            flags.insert(flag.to_owned(), default.to_owned());
        }
    }
    flags
}

/// The names of events in the source, here and in hosts: `Event::X … => "x"` and
/// `PyblishEvent::X => "x"`.
fn events(sources: &[String]) -> BTreeSet<String> {
    let arms = sources
        .iter()
        .flat_map(|source| source.lines())
        .map(|line| line.trim().trim_start_matches("Pyblish"))
        .filter_map(|line| line.strip_prefix("Event::"))
        .filter_map(|arm| arm.split_once("=> \"")?.1.strip_suffix("\","));
    arms.map(str::to_owned).collect()
}

/// The codes of errors in the source: `with_code("…")`.
fn codes(sources: &[String]) -> BTreeSet<String> {
    let found = sources
        .iter()
        .flat_map(|source| source.split("with_code(\"").skip(1))
        .filter_map(|rest| rest.split('"').next());
    found.map(str::to_owned).collect()
}

/// The codes in a page's table: the texts in backticks in the column `code`.
fn codes_of_page(page: &str) -> BTreeSet<String> {
    columns(page, "code", "status").into_keys().collect()
}

fn in_backticks(text: &str) -> BTreeSet<String> {
    let words = text.split('`').skip(1).step_by(2);
    words.map(str::to_owned).collect()
}

/// The source files in a folder and its subfolders.
fn sources(folder: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry
                .with_context(|| format!("cannot read {}", folder.display()))?
                .path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(
                    fs::read_to_string(&path)
                        .with_context(|| format!("cannot read {}", path.display()))?,
                );
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELP: &str = "\
Options:
      --limit <NAME=VALUE>
          Change a limit of adapters; may be repeated. The defaults for each adapter:
          \x20
            memory                 1 GiB  all its memories together
            hostcall-data         64 MiB  data that it hands over at once: in a call,
            or as an answer
            files                    512  files that it has open
            wall                    none  one call

      --config <FILE>
          Read  this

Limits:
      --max-body <BYTES>
          Bytes of a body
          \x20
          [default: 16777216]

Examples:
  x
";

    #[test]
    fn limits_are_read_from_a_help() {
        let limits = limits_of_help(HELP);
        let pairs: Vec<_> = limits.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(
            pairs,
            [
                ("files", "512"),
                ("hostcall-data", "64 MiB"),
                ("memory", "1 GiB"),
                ("wall", "none")
            ]
        );
        let flags = flags_of_help(HELP);
        assert_eq!(flags.len(), 1);
        assert_eq!(flags["--max-body"], "16777216");
    }

    #[test]
    fn a_default_that_is_another_is_named() {
        let page = "| id | name | default |\n| --- | --- | --- |\n| X-01 | `memory` | 2 GiB |\n\n\
                    | flag | default |\n| --- | --- |\n| `--max-body` | 16,777,216 (16 MiB) |\n| `--old` | 1 |\n";
        let mut said = compare("p", &limits_of_page(page), &limits_of_help(HELP));
        said.append(&mut compare(
            "p",
            &flags_of_page(page),
            &flags_of_help(HELP),
        ));
        assert_eq!(
            said,
            [
                "docs/src/p: files is missing; it is 512",
                "docs/src/p: hostcall-data is missing; it is 64 MiB",
                "docs/src/p: memory is 1 GiB, but the page says 2 GiB",
                "docs/src/p: wall is missing; it is none",
                "docs/src/p: the program has no --old",
            ]
        );
    }

    #[test]
    fn names_are_found_in_sources() {
        let source = "match self {\n    Event::Reset {} => \"reset\",\n    Event::RunEnded(_) => \"runEnded\",\n}\n\
                      problem.with_code(\"not-granted\")";
        let sources = [source.to_owned()];
        assert_eq!(
            events(&sources).into_iter().collect::<Vec<_>>(),
            ["reset", "runEnded"]
        );
        assert_eq!(
            codes(&sources).into_iter().collect::<Vec<_>>(),
            ["not-granted"]
        );
        let page = "| code | status | |\n| --- | --- | --- |\n| `not-granted` | 403 | no |\n";
        assert_eq!(codes_of_page(page), codes(&sources));
    }

    /// If the sources were written in another style, nothing would be found, and nothing compared.
    #[test]
    fn the_sources_have_events_and_codes() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let sources = sources(&root.join("runtime")).unwrap();
        assert!(events(&sources).len() > 20, "{:?}", events(&sources));
        assert!(codes(&sources).len() > 1, "{:?}", codes(&sources));
    }
}
