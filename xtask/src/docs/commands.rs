//! Checks that each command that a message or a page names exists, with its flags: whatever follows
//! `pyblish-endpoint`, up to the end of the line or of the text in backticks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Where users' texts are: pages, and the sources of messages.
const FOLDERS: [&str; 5] = ["bridge", "clients", "components", "docs/src", "runtime"];
const AT_THE_ROOT: [&str; 4] = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
];
const ENDINGS: [&str; 5] = ["js", "md", "mjs", "py", "rs"];

const PROGRAM: &str = "pyblish-endpoint ";

/// Of how many words a command is at most: `hub tokens add`.
const DEPTH: usize = 3;

/// The commands of the program, and the flags of each.
type Commands = BTreeMap<String, BTreeSet<String>>;

/// The commands that are named and do not exist. `page` is the page of the command line.
pub fn mistakes(root: &Path, page: &str) -> Result<Vec<String>> {
    let commands = commands(page);
    let mut mistakes = Vec::new();
    let mut rest: Vec<_> = FOLDERS
        .iter()
        .chain(&AT_THE_ROOT)
        .map(|at| root.join(at))
        .collect();
    while let Some(path) = rest.pop() {
        let reading = || format!("cannot read {}", path.display());
        if path.is_dir() {
            for entry in fs::read_dir(&path).with_context(reading)? {
                rest.push(entry.with_context(reading)?.path());
            }
        } else if path
            .extension()
            .is_some_and(|it| ENDINGS.iter().any(|ending| it == *ending))
        {
            let text = fs::read_to_string(&path).with_context(reading)?;
            let path = path.strip_prefix(root).unwrap_or(&path);
            let wrong = wrong(&text, &commands).into_iter();
            mistakes.extend(wrong.map(|what| format!("{}: there is no {what}", path.display())));
        }
    }
    mistakes.sort();
    Ok(mistakes)
}

fn commands(page: &str) -> Commands {
    let sections = page.split("\n## ").skip(1);
    let sections = sections.filter_map(|section| section.split_once('\n'));
    sections
        .map(|(name, help)| (name.to_owned(), flags(help)))
        .collect()
}

/// What begins with two hyphens.
fn flags(text: &str) -> BTreeSet<String> {
    let is_end = |c: char| !(c.is_ascii_lowercase() || c == '-');
    let words = text.split(|c: char| c.is_whitespace() || "`[]()<>,;'\"".contains(c));
    let words = words.filter(|word| word.starts_with("--"));
    let words = words.map(|word| word.split(is_end).next().unwrap_or(word));
    words
        .filter(|word| word.len() > 2)
        .map(str::to_owned)
        .collect()
}

/// The commands and flags in a text that do not exist.
fn wrong(text: &str, commands: &Commands) -> Vec<String> {
    let mut wrong = Vec::new();
    for (at, _) in text.match_indices(PROGRAM) {
        let after = &text[at + PROGRAM.len()..];
        let line = after.split(['`', '\n']).next().unwrap_or_default();
        let is_word = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase());
        let words: Vec<&str> = line.split(' ').take_while(is_word).take(DEPTH).collect();
        let named = |count: usize| Some(format!("{PROGRAM}{}", words.get(..count)?.join(" ")));
        let known = (1..=DEPTH)
            .rev()
            .find_map(|count| commands.get_key_value(&named(count)?));
        match known {
            Some((name, known)) => {
                let unknown = flags(line).into_iter().filter(|flag| !known.contains(flag));
                wrong.extend(unknown.map(|flag| format!("{flag} of `{name}`")));
            }
            // In backticks it is a command, and elsewhere a part of a sentence.
            None if text[..at].ends_with('`') && !words.is_empty() => {
                wrong.push(format!("`{PROGRAM}{}`", words.join(" ")));
            }
            None => {}
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_do_not_exist_are_named() {
        let page = "# Command line\n\n## pyblish-endpoint\n\nx\n\n## pyblish-endpoint serve\n\n\
                    --dir <A=B>\n  -v, --verbose\n\n## pyblish-endpoint host list\n\n--json\n\n## pyblish-endpoint hub tokens add\n\n--role\n";
        let commands = commands(page);
        assert_eq!(commands.len(), 4);
        let wrong = |text| wrong(text, &commands);
        for good in [
            "run `pyblish-endpoint serve --dir in=/in`, or --other",
            "pyblish-endpoint serve --verbose\n--other",
            "`pyblish-endpoint host list --json`",
            "`pyblish-endpoint hub tokens add --role viewer`",
            "start pyblish-endpoint as the user",
            "`pyblish-endpoint --version`",
        ] {
            assert_eq!(wrong(good), [""; 0], "{good}");
        }
        assert_eq!(
            wrong("`pyblish-endpoint host update`"),
            ["`pyblish-endpoint host update`"]
        );
        assert_eq!(
            wrong("run `pyblish-endpoint serve --dri a`"),
            ["--dri of `pyblish-endpoint serve`"]
        );
        assert_eq!(
            wrong("pyblish-endpoint serve --json\n"),
            ["--json of `pyblish-endpoint serve`"]
        );
    }
}
