//! Checks that each link of the documentation leads to a page, to one of its headings, or to a file
//! of the project.
//!
//! Links to other sites are not checked: the result must be the same without a network.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

use super::markdown::{anchors, links, long_lines};
use super::pages::{GENERATED, PAGES};

/// Folders with third-party files or build results.
const NOT_OURS: [&str; 3] = ["target", "node_modules", ".git"];

/// The pages at the root whose lines have the same maximum length as those of the book.
const AT_THE_ROOT: [&str; 5] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
];

/// The page whose file names in backticks are checked.
const MAP: &str = "ARCHITECTURE.md";

/// The beginnings of the paths on that page.
const MAPPED: [&str; 2] = ["runtime/", "components/"];

/// The mistakes in the Markdown pages of the project.
pub fn mistakes(root: &Path) -> Result<Vec<String>> {
    let mut pages = BTreeMap::new();
    for path in markdown_below(root, root)? {
        let text = fs::read_to_string(root.join(&path))
            .with_context(|| format!("cannot read {}", path.display()))?;
        pages.insert(path, text);
    }
    let mut mistakes = Vec::new();
    for (path, text) in &pages {
        for link in links(text) {
            if let Err(reason) = lead(root, &pages, path, &link.to) {
                mistakes.push(format!("{}: ({}) {reason}", path.display(), link.to));
            }
        }
        let is_generated = GENERATED
            .iter()
            .any(|page| *path == Path::new(PAGES).join(page));
        let is_book = path.starts_with(PAGES) && !is_generated;
        if is_book || AT_THE_ROOT.iter().any(|name| path == Path::new(name)) {
            let lines = long_lines(text);
            let lines = lines.into_iter().map(|line| {
                format!(
                    "{}:{line}: the line has more than 100 characters",
                    path.display()
                )
            });
            mistakes.extend(lines);
        }
    }
    mistakes.append(&mut not_in_the_summary(&pages));
    if let Some(map) = pages.get(Path::new(MAP)) {
        mistakes.append(&mut not_there(root, map));
    }
    Ok(mistakes)
}

/// The files that the map names but that do not exist.
fn not_there(root: &Path, map: &str) -> Vec<String> {
    let named = map.split('`').skip(1).step_by(2);
    let paths = named.filter(|words| MAPPED.iter().any(|start| words.starts_with(start)));
    paths
        .filter(|path| !root.join(path).exists())
        .map(|path| format!("{MAP}: there is no {path}"))
        .collect()
}

/// Checks that this link works; the error is the reason.
fn lead(
    root: &Path,
    pages: &BTreeMap<PathBuf, String>,
    from: &Path,
    to: &str,
) -> std::result::Result<(), String> {
    if is_elsewhere(to) {
        return Ok(());
    }
    let (file, heading) = to.split_once('#').unwrap_or((to, ""));
    let file = match file {
        "" => from.to_path_buf(),
        file => target(from, file).ok_or("leads out of the project")?,
    };
    if !root.join(&file).exists() {
        return Err("leads to no file".into());
    }
    if heading.is_empty() {
        return Ok(());
    }
    let page = pages
        .get(&file)
        .ok_or("names a heading of a file that is not a page")?;
    match anchors(page).contains(heading) {
        true => Ok(()),
        false => Err(format!("leads to no heading of {}", file.display())),
    }
}

/// Whether it is an address of another site.
pub fn is_elsewhere(link: &str) -> bool {
    ["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| link.starts_with(scheme))
}

/// The file that a link on a page leads to, relative to the root of the project.
pub fn target(from: &Path, link: &str) -> Option<PathBuf> {
    let mut path = from.parent()?.to_path_buf();
    for part in Path::new(link).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

/// Pages that are missing in the summary. mdBook leaves these out, and creates empty pages for
/// missing files.
fn not_in_the_summary(pages: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let summary = Path::new(PAGES).join("SUMMARY.md");
    let text = pages.get(&summary).map(String::as_str).unwrap_or_default();
    let named: BTreeSet<_> = links(text)
        .iter()
        .filter_map(|link| target(&summary, &link.to))
        .collect();
    let of_book = pages.keys().filter(|path| path.starts_with(PAGES));
    of_book
        .filter(|path| **path != summary && !named.contains(*path))
        .map(|path| {
            let summary = summary.display();
            format!("{}: {summary} does not name it", path.display())
        })
        .collect()
}

/// The Markdown pages, by their paths from the root.
fn markdown_below(root: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let (path, name) = (entry.path(), entry.file_name());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !NOT_OURS.iter().any(|not_ours| name == *not_ours) {
                found.append(&mut markdown_below(root, &path)?);
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let path = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::Scratch;

    /// A project whose book has these pages, in addition to the default ones.
    fn project(name: &str, pages: &[(&str, &str)]) -> Scratch {
        let scratch = Scratch::new(name);
        let base = [
            ("wit/model.wit", "record"),
            ("docs/src/SUMMARY.md", "- [One](one.md)\n- [Two](two.md)\n"),
            ("docs/src/one.md", "# One\n"),
            ("docs/src/two.md", "# Two\n\n## Some more\n"),
            ("target/other.md", "[no](nowhere.md)\n"),
        ];
        for (path, text) in base.iter().chain(pages) {
            let path = scratch.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        scratch
    }

    #[test]
    fn links_that_lead_somewhere_are_good() {
        let text = "[a](two.md#some-more) [b](#one) [c](../../wit) [d](https://example.com/x.md)\n\n# One\n";
        let scratch = project("links-good", &[("docs/src/one.md", text)]);
        assert_eq!(mistakes(&scratch).unwrap(), [""; 0]);
    }

    #[test]
    fn a_link_to_nothing_is_a_mistake() {
        for (link, reason) in [
            ("three.md", "leads to no file"),
            ("two.md#other", "leads to no heading of docs/src/two.md"),
            ("#two", "leads to no heading of docs/src/one.md"),
            ("../../../x.md", "leads out of the project"),
            (
                "../../wit/model.wit#x",
                "names a heading of a file that is not a page",
            ),
        ] {
            let text = format!("# One\n\n[a]({link})\n");
            let scratch = project("links-bad", &[("docs/src/one.md", &text)]);
            let expected = format!("docs/src/one.md: ({link}) {reason}");
            assert_eq!(mistakes(&scratch).unwrap(), [expected]);
        }
    }

    #[test]
    fn links_outside_of_the_book_are_looked_at_too() {
        let scratch = project("links-outside", &[("README.md", "[a](docs/two.md)\n")]);
        assert_eq!(
            mistakes(&scratch).unwrap(),
            ["README.md: (docs/two.md) leads to no file"]
        );
    }

    #[test]
    fn a_file_that_the_map_names_is_there() {
        let map = "It is in `runtime/a.rs`, not in `runtime/b.rs`; and `Limit::X` is no path.\n";
        let files = [("ARCHITECTURE.md", map), ("runtime/a.rs", "")];
        let scratch = project("links-map", &files);
        assert_eq!(
            mistakes(&scratch).unwrap(),
            ["ARCHITECTURE.md: there is no runtime/b.rs"]
        );
    }

    #[test]
    fn a_page_that_the_summary_forgets_is_a_mistake() {
        let scratch = project("links-summary", &[("docs/src/three.md", "# Three\n")]);
        assert_eq!(
            mistakes(&scratch).unwrap(),
            ["docs/src/three.md: docs/src/SUMMARY.md does not name it"]
        );
    }
}
