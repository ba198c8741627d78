//! The book in `docs/`: generates some of its pages, checks it, and builds its HTML.
//!
//! Policy: `docs/src` is complete, so that it can be read in the repository without mdBook. Three
//! pages are generated from the program and committed; an outdated page is an error. The others are
//! written by hand, and checked against the program where possible (`facts`): if a default changes,
//! the check fails until the page is corrected. The promises with ids are checked against their
//! assertions in the same way.
//!
//! The check only needs the runtime; `cargo xtask test` also runs it. Only the HTML needs mdBook
//! (`book`).

mod book;
mod cli;
mod commands;
mod facts;
mod links;
mod markdown;
mod openapi;
mod pages;
mod wit;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use pyblish_promise::book::Book;

use self::pages::{GENERATED, PAGES};
use crate::workspace::{Workspace, brief};
use crate::{compile, step};

/// The options of `cargo xtask docs`.
pub struct DocsOptions {
    /// Write the generated pages, instead of comparing them.
    pub write: bool,
    /// Do not build the HTML.
    pub check: bool,
    /// The runtime to use, instead of building one.
    pub runtime: Option<PathBuf>,
}

/// Checks or updates the book, and builds its HTML.
pub fn run(workspace: &Workspace, order: &DocsOptions) -> Result<()> {
    let program = match &order.runtime {
        Some(program) => program.clone(),
        None => {
            compile::runtime(workspace)?;
            workspace.runtime()
        }
    };
    if order.write {
        write(workspace, &program)?;
    }
    check(workspace, &program)?;
    if order.check {
        return Ok(());
    }
    book::build(workspace)
}

/// A page that is generated from the program.
struct Generated {
    /// Its path in the folder of the pages.
    path: &'static str,
    text: String,
}

fn generated(root: &Path, program: &Path) -> Result<[Generated; 3]> {
    let page = |path, text| Generated { path, text };
    let [of_cli, of_rest, of_wit] = GENERATED;
    Ok([
        page(of_cli, cli::page(program)?),
        page(of_rest, openapi::page(root)?),
        page(of_wit, wit::page(root)?),
    ])
}

fn write(workspace: &Workspace, program: &Path) -> Result<()> {
    for page in generated(&workspace.root, program)? {
        let path = workspace.root.join(PAGES).join(page.path);
        if fs::read_to_string(&path).is_ok_and(|text| text == page.text) {
            continue;
        }
        fs::write(&path, page.text).with_context(|| format!("cannot write {}", path.display()))?;
        step::say(&format!("wrote {}", brief(&path)));
    }
    Ok(())
}

/// Checks that the generated pages are up to date, that the facts on other pages are right, and
/// that all links work.
pub fn check(workspace: &Workspace, program: &Path) -> Result<()> {
    step::say("checking the documentation");
    let root = &workspace.root;
    let mut mistakes = Vec::new();
    for page in generated(root, program)? {
        let path = root.join(PAGES).join(page.path);
        if !fs::read_to_string(&path).is_ok_and(|text| text == page.text) {
            mistakes.push(format!(
                "{PAGES}/{}: it is out of date; run `cargo xtask docs --write`",
                page.path
            ));
        }
    }
    mistakes.append(&mut facts::mistakes(root, program)?);
    mistakes.append(&mut commands::mistakes(root, &cli::page(program)?)?);
    let promises = Book::read(root).context("cannot read docs/ and the sources")?;
    mistakes.extend(promises.mistakes);
    mistakes.append(&mut links::mistakes(root)?);
    match mistakes.is_empty() {
        true => Ok(()),
        false => bail!("the documentation is wrong:\n{}", mistakes.join("\n")),
    }
}
