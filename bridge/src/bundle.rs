//! Makes one Python file of a package of modules.
//!
//! In the one file all modules share one namespace, so an import from another module is left out.
//! For this to mean the same as the package does, modules keep to a few rules. A module that breaks
//! one is refused, with its file and line:
//!
//! - Names of other modules are imported with `from .module import name`, at the beginning, and
//!   without `as`.
//! - No two modules define the same name.
//! - No module imports a name that its module changes with `global`: it would keep the old value.
//! - Imports run downward. The order in the file is that of the imports, from the ground up, and a
//!   circle has no such order.
//!
//! `__init__` has the documentation of the whole and the public names; `__main__` says what happens
//! when the file is run. Equal modules make equal bytes, in whatever folder they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module begins with, for Python 2.
const CODING: &str = "# -*- coding: utf-8 -*-";

/// What each module imports first, for Python 2.
const FUTURE: &str = "from __future__ import absolute_import, division, print_function";

const RULE: &str = "# ---------------------------------------------------------------------------------------------------------";

/// The file, and what it was made of.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// The Python.
    pub text: String,
    /// The modules' files.
    pub files: Vec<PathBuf>,
}

/// A module that cannot be put into the file.
#[derive(Debug)]
pub(crate) struct BundleError {
    file: PathBuf,
    /// From 1; none where it is about the whole file.
    line: Option<usize>,
    reason: String,
}

impl fmt::Display for BundleError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(to, ":{line}")?;
        }
        write!(to, ": {}", self.reason)
    }
}

impl std::error::Error for BundleError {}

/// One module, taken apart.
struct Module {
    name: String,
    file: PathBuf,
    /// The lines of its documentation.
    doc: Vec<String>,
    /// Its imports from Python's library, as they are written.
    library: BTreeSet<String>,
    /// Its imports from other modules, in their order.
    siblings: Vec<Sibling>,
    /// What follows the imports.
    body: String,
    /// The names that it defines, each with its line.
    defines: BTreeMap<String, usize>,
    /// The names that its functions change.
    changes: BTreeSet<String>,
}

/// An import from another module.
struct Sibling {
    module: String,
    names: Vec<String>,
    line: usize,
}

/// Makes one file of the package in this folder.
pub(crate) fn bundle(folder: &Path) -> Result<Bundle, BundleError> {
    let modules = read(folder)?;
    check_names(&modules)?;
    let order = order(folder, &modules)?;
    Ok(Bundle {
        text: write(&modules[INIT], &order),
        files: modules.values().map(|it| it.file.clone()).collect(),
    })
}

const INIT: &str = "__init__";
const MAIN: &str = "__main__";

/// All modules in the folder, by name.
fn read(folder: &Path) -> Result<BTreeMap<String, Module>, BundleError> {
    let unreadable = |file: &Path, error: std::io::Error| BundleError {
        file: file.to_owned(),
        line: None,
        reason: format!("cannot be read: {error}"),
    };
    let mut modules = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let file = entry.map_err(|error| unreadable(folder, error))?.path();
        if file.extension().is_none_or(|it| it != "py") {
            continue;
        }
        let text = fs::read_to_string(&file).map_err(|error| unreadable(&file, error))?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        modules.insert(
            name.clone().into_owned(),
            Parser::parse(&name, &file, &text)?,
        );
    }
    for name in [INIT, MAIN] {
        if !modules.contains_key(name) {
            return Err(BundleError {
                file: folder.to_owned(),
                line: None,
                reason: format!("there is no module {name}"),
            });
        }
    }
    Ok(modules)
}

/// Reads a module from its first line to its last.
struct Parser<'a> {
    file: &'a Path,
    lines: Vec<&'a str>,
    /// The line that comes next, from 0.
    at: usize,
}

impl Parser<'_> {
    fn parse(name: &str, file: &Path, text: &str) -> Result<Module, BundleError> {
        // Line ends as git may have written them on Windows.
        let lines = text.lines().map(|line| line.trim_end_matches('\r'));
        let mut parser = Parser {
            file,
            lines: lines.collect(),
            at: 0,
        };
        parser.expect(CODING)?;
        let doc = parser.doc()?;
        parser.expect(FUTURE)?;
        let (library, siblings) = parser.imports(name == INIT)?;
        let first = parser.at;
        let body = parser.body(name)?;
        let defines = definitions(&parser.lines[first..], first + 1);
        let changes = body
            .lines()
            .filter_map(|line| line.trim().strip_prefix("global "));
        let changes = changes.flat_map(|names| names.split(',').map(|it| it.trim().to_owned()));
        Ok(Module {
            name: name.to_owned(),
            file: file.to_owned(),
            doc,
            library,
            siblings,
            changes: changes.collect(),
            body,
            defines,
        })
    }

    fn refuse<T>(&self, reason: impl Into<String>) -> Result<T, BundleError> {
        Err(BundleError {
            file: self.file.to_owned(),
            line: Some(self.at + 1),
            reason: reason.into(),
        })
    }

    fn line(&self) -> Option<&str> {
        self.lines.get(self.at).copied()
    }

    fn expect(&mut self, expected: &str) -> Result<(), BundleError> {
        if self.line() != Some(expected) {
            return self.refuse(format!("here must be `{expected}`"));
        }
        self.at += 1;
        Ok(())
    }

    /// The documentation, without its quotes.
    fn doc(&mut self) -> Result<Vec<String>, BundleError> {
        const QUOTES: &str = "\"\"\"";
        let Some(first) = self.line().and_then(|line| line.strip_prefix(QUOTES)) else {
            return self.refuse("here must be the module's documentation, in `\"\"\"`");
        };
        let mut doc = vec![first.to_owned()];
        loop {
            self.at += 1;
            if let Some(last) = doc.last_mut()
                && let Some(end) = last.strip_suffix(QUOTES)
            {
                *last = end.to_owned();
                break;
            }
            let Some(line) = self.line() else {
                return self.refuse("the module's documentation does not end");
            };
            doc.push(line.to_owned());
        }
        while doc.last().is_some_and(String::is_empty) {
            doc.pop();
        }
        Ok(doc)
    }

    /// The imports from Python's library, and from other modules. In `__init__`, with comments.
    fn imports(&mut self, is_init: bool) -> Result<(BTreeSet<String>, Vec<Sibling>), BundleError> {
        let (mut library, mut siblings) = (BTreeSet::new(), Vec::new());
        while let Some(line) = self.line() {
            if let Some(import) = line.strip_prefix("from .") {
                let import = import.to_owned();
                siblings.push(self.sibling(&import)?);
            } else if line.starts_with("import ") || line.starts_with("from ") {
                library.insert(line.to_owned());
            } else if !line.is_empty() && (!is_init || !line.starts_with('#')) {
                break;
            }
            self.at += 1;
        }
        Ok((library, siblings))
    }

    /// An import from another module; it may stand in brackets, on several lines.
    fn sibling(&mut self, import: &str) -> Result<Sibling, BundleError> {
        let line = self.at + 1;
        let Some((module, names)) = import.split_once(" import ") else {
            return self.refuse("only `from .module import name` can be left out of the one file");
        };
        let without_comment = |text: &str| text.split('#').next().unwrap_or_default().to_owned();
        let mut names = without_comment(names);
        if names.trim_start().starts_with('(') {
            while !names.contains(')') {
                self.at += 1;
                let Some(line) = self.line() else {
                    return self.refuse("an import does not end");
                };
                names += &without_comment(line);
            }
        }
        let names = names.split(['(', ',', ')']).map(str::trim);
        let names: Vec<_> = names
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect();
        if module.is_empty() || names.iter().any(|name| name.contains(' ') || name == "*") {
            return self.refuse("a name is imported from a module, and under its own name");
        }
        Ok(Sibling {
            module: module.to_owned(),
            names,
            line,
        })
    }

    /// What follows the imports.
    fn body(&mut self, name: &str) -> Result<String, BundleError> {
        let first = self.at;
        while let Some(line) = self.line() {
            let is_import = |line: &str| line.starts_with("import ") || line.starts_with("from ");
            if is_import(line) || line.trim_start().starts_with("from .") {
                return self.refuse("imports stand at the beginning of a module");
            }
            if name == INIT {
                return self.refuse("__init__ has its documentation and imports, and nothing else");
            }
            self.at += 1;
        }
        Ok(self.lines[first..].join("\n").trim_end().to_owned())
    }
}

/// The names that lines of a module define, also in an `if` or a `try`; each with its line.
fn definitions(lines: &[&str], first: usize) -> BTreeMap<String, usize> {
    const BRANCHES: [&str; 5] = ["if", "elif", "else", "try", "except"];
    let mut found = BTreeMap::new();
    let mut in_branch = false;
    for (line, number) in lines.iter().zip(first..) {
        if !line.starts_with(' ') && !line.is_empty() {
            let word = line.split([' ', ':']).next().unwrap_or_default();
            in_branch = BRANCHES.contains(&word);
        }
        let statement = match line.strip_prefix("    ") {
            Some(inner) if in_branch => inner,
            Some(_) => continue,
            None => line,
        };
        for name in defined(statement) {
            found.entry(name.to_owned()).or_insert(number);
        }
    }
    found
}

/// The names that one statement defines.
fn defined(statement: &str) -> Vec<&str> {
    for word in ["def ", "class "] {
        if let Some(rest) = statement.strip_prefix(word) {
            return rest.split(['(', ':']).take(1).collect();
        }
    }
    if let Some(rest) = statement.strip_prefix("import ") {
        return rest.rsplit(' ').take(1).collect();
    }
    let is_name = |text: &&str| text.chars().all(|it| it.is_alphanumeric() || it == '_');
    match statement.split_once(" = ") {
        Some((names, _)) => {
            let names: Vec<_> = names.split(", ").collect();
            match names.iter().all(is_name) {
                true => names,
                false => Vec::new(),
            }
        }
        None => Vec::new(),
    }
}

/// Whether what modules import is there, and can be left out.
fn check_names(modules: &BTreeMap<String, Module>) -> Result<(), BundleError> {
    let mut known: BTreeMap<&str, &Module> = BTreeMap::new();
    for module in modules.values() {
        for (name, line) in &module.defines {
            if let Some(other) = known.insert(name, module) {
                return Err(BundleError {
                    file: module.file.clone(),
                    line: Some(*line),
                    reason: format!("{name} is defined in {} too: rename one", other.name),
                });
            }
        }
        for Sibling {
            module: from,
            names,
            line,
        } in &module.siblings
        {
            let refuse = |reason: String| BundleError {
                file: module.file.clone(),
                line: Some(*line),
                reason,
            };
            let Some(from) = modules.get(from) else {
                return Err(refuse(format!("there is no module {from}")));
            };
            for name in names {
                if !from.defines.contains_key(name) {
                    return Err(refuse(format!("{} defines no {name}", from.name)));
                }
                if from.changes.contains(name) {
                    return Err(refuse(format!(
                        "{} changes {name} with `global`, which an import does not see: import a \
                         function that reads it",
                        from.name
                    )));
                }
            }
        }
    }
    Ok(())
}

/// The modules in the order of their imports: each after those that it needs, `__main__` last.
fn order<'a>(
    folder: &Path,
    modules: &'a BTreeMap<String, Module>,
) -> Result<Vec<&'a Module>, BundleError> {
    let mut order = Order {
        modules,
        path: Vec::new(),
        done: Vec::new(),
    };
    order.visit(INIT)?;
    order.visit(MAIN)?;
    let mut done = order.done;
    if let Some(left) = modules
        .values()
        .find(|it| !done.iter().any(|that| that.name == it.name))
    {
        return Err(BundleError {
            file: folder.to_owned(),
            line: None,
            reason: format!("no module imports {}", left.name),
        });
    }
    done.retain(|it| it.name != INIT);
    Ok(done)
}

struct Order<'a> {
    modules: &'a BTreeMap<String, Module>,
    /// The modules between the first one and the one at hand.
    path: Vec<&'a str>,
    done: Vec<&'a Module>,
}

impl<'a> Order<'a> {
    fn visit(&mut self, name: &str) -> Result<(), BundleError> {
        if self.done.iter().any(|it| it.name == name) {
            return Ok(());
        }
        let module = &self.modules[name];
        if let Some(at) = self.path.iter().position(|it| *it == name) {
            return Err(BundleError {
                file: module.file.clone(),
                line: None,
                reason: format!(
                    "a circle of imports: {} -> {name}",
                    self.path[at..].join(" -> ")
                ),
            });
        }
        self.path.push(&module.name);
        for sibling in &module.siblings {
            self.visit(&sibling.module)?;
        }
        self.path.pop();
        self.done.push(module);
        Ok(())
    }
}

/// The one file, of `__init__`'s documentation and the modules in their order.
fn write(init: &Module, order: &[&Module]) -> String {
    let mut text = format!("{CODING}\n\"\"\"{}\n\n", init.doc.join("\n"));
    text += "This file is made of modules with each build: change those in the folder `bridge` of the\n";
    text += "project. From the ground up they are:\n\n";
    for (module, number) in order.iter().zip(1..) {
        text += &format!("    {number:2}  {:13} {}\n", module.name, module.doc[0]);
    }
    text += &format!("\"\"\"\n{FUTURE}\n\n");
    let library: BTreeSet<_> = order.iter().flat_map(|it| &it.library).collect();
    // `import` before `from`.
    let (plain, from): (Vec<&str>, Vec<&str>) = library
        .iter()
        .map(|it| it.as_str())
        .partition(|it| it.starts_with("import "));
    text += &[plain, from].concat().join("\n");
    text += "\n";
    for (module, number) in order.iter().zip(1..) {
        text += &format!("\n\n{RULE}\n# {number}  {}\n#\n", module.name);
        for line in &module.doc {
            text += format!("# {line}").trim_end();
            text += "\n";
        }
        let is_block = ["def ", "class ", "@"]
            .iter()
            .any(|it| module.body.starts_with(it));
        text += if is_block { "\n\n" } else { "\n" };
        text += &module.body;
        text += "\n";
    }
    text
}

#[cfg(test)]
#[path = "bundle_tests.rs"]
mod tests;
