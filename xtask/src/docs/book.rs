//! The HTML of the book, by mdBook.
//!
//! Policy: the sources are not changed. Links from a page to a file outside the book are relative,
//! so that they work when the sources are read. In the book they would not work, so in a copy of
//! the sources they are replaced by the address of the project's repository.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::links::{is_elsewhere, target};
use super::markdown::links;
use super::pages::PAGES;
use crate::step;
use crate::tools::MDBOOK;
use crate::workspace::{Workspace, brief};

/// The address of the repository, also in Cargo.toml.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// Creates the HTML in the target folder.
pub fn build(workspace: &Workspace) -> Result<()> {
    let mdbook = MDBOOK.prepare(workspace)?;
    let folder = workspace.target.join("book");
    let (from, to) = (workspace.root.join("docs"), folder.join("from"));
    match fs::remove_dir_all(&to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove {}", to.display()));
        }
        _ => {}
    }
    copy(&workspace.root, &from, &to)?;
    let html = folder.join("html");
    let mut command = Command::new(mdbook);
    command.arg("build").arg(&to).arg("--dest-dir").arg(&html);
    step::run("building the book", &mut command)?;
    step::say(&format!("the book is {}", brief(&html.join("index.html"))));
    Ok(())
}

/// Copies the sources of the book, and changes the links in the copy.
fn copy(root: &Path, from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    let entries = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in entries {
        let path = entry
            .with_context(|| format!("cannot read {}", from.display()))?
            .path();
        let copied = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(root, &path, &copied)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let page = path.strip_prefix(root).unwrap_or(&path);
            fs::write(&copied, with_addresses(page, &text, REPOSITORY))
                .with_context(|| format!("cannot write {}", copied.display()))?;
        } else {
            fs::copy(&path, &copied).with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    Ok(())
}

/// The text of a page with links to files outside the book replaced by links to the repository.
fn with_addresses(page: &Path, text: &str, repository: &str) -> String {
    let mut changed = text.to_owned();
    // Start with the last one, so that the positions of those before it stay valid.
    for link in links(text).into_iter().rev() {
        if is_elsewhere(&link.to) || link.to.starts_with('#') {
            continue;
        }
        let (file, heading) = match link.to.split_once('#') {
            Some((file, heading)) => (file, format!("#{heading}")),
            None => (&*link.to, String::new()),
        };
        let outside = target(page, file).filter(|path| !path.starts_with(PAGES));
        let Some(outside) = outside else { continue };
        let path = outside.to_string_lossy().replace('\\', "/");
        let address = format!("{repository}/blob/main/{path}{heading}");
        let here = &text[link.range.clone()];
        let there = here.replace(&format!("]({})", link.to), &format!("]({address})"));
        changed.replace_range(link.range, &there);
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_out_of_the_book_lead_to_the_repository() {
        let text = "[a](../index.md) [b](../../../wit/model.wit) [c](#x) [d](../../../README.md#e) [f](https://g)\n";
        let changed = with_addresses(
            Path::new("docs/src/guides/page.md"),
            text,
            "https://example.com/it",
        );
        assert_eq!(
            changed,
            "[a](../index.md) [b](https://example.com/it/blob/main/wit/model.wit) [c](#x) \
             [d](https://example.com/it/blob/main/README.md#e) [f](https://g)\n"
        );
    }
}
