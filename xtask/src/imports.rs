//! Finds out which file of a crate imports which.
//!
//! A file imports another if it names something that is defined there, by `use` or in its code. A
//! name that a module only re-exports (`pub use`) counts for the file that defines it. Code for
//! tests does not count. Neither does `mod`, which declares a file but does not use it. The
//! expansion of macros is not seen.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

/// A module by its path from the root of the crate: `["v2", "runs"]`; the root is empty.
type Module = Vec<String>;

/// The imports between the files of a crate.
pub struct Imports {
    /// From each file to those that it imports, relative to the source folder.
    pub arrows: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl Imports {
    /// Reads the crate whose root is this file, such as `runtime/rules/src/lib.rs`.
    ///
    /// # Errors
    /// A file cannot be read, or is not Rust.
    pub fn read(root: &Path) -> Result<Self, String> {
        let mut sources = Sources::default();
        let folder = root.parent().ok_or("a file in no folder")?;
        sources.add_file(Vec::new(), root, folder)?;
        let mut arrows = BTreeMap::new();
        for (module, text) in &sources.modules {
            let mut finder = Finder {
                sources: &sources,
                module: module.clone(),
                found: BTreeSet::new(),
            };
            for item in &text.items {
                finder.visit_item(item);
            }
            let own: &mut BTreeSet<_> = arrows.entry(text.file.clone()).or_default();
            own.extend(finder.found.into_iter().filter(|file| *file != text.file));
        }
        Ok(Imports { arrows })
    }

    /// The files that import each other in a loop: each loop once.
    pub fn circles(&self) -> Vec<BTreeSet<PathBuf>> {
        let reached: BTreeMap<_, _> = self
            .arrows
            .keys()
            .map(|file| (file, self.reached_from(file)))
            .collect();
        let mut circles = BTreeSet::new();
        for (file, below) in &reached {
            if below.contains(*file) {
                let with = below.iter().filter(|other| {
                    reached
                        .get(other)
                        .is_some_and(|theirs| theirs.contains(*file))
                });
                circles.insert(with.cloned().collect::<BTreeSet<_>>());
            }
        }
        circles.into_iter().collect()
    }

    fn reached_from(&self, file: &PathBuf) -> BTreeSet<PathBuf> {
        let mut reached = BTreeSet::new();
        let mut next: Vec<_> = self.arrows[file].iter().collect();
        while let Some(file) = next.pop() {
            if reached.insert(file.clone()) {
                next.extend(self.arrows.get(file).into_iter().flatten());
            }
        }
        reached
    }
}

/// The modules of a crate.
#[derive(Default)]
struct Sources {
    modules: HashMap<Module, Text>,
}

/// The content of a module.
struct Text {
    file: PathBuf,
    items: Vec<Item>,
    /// The names that it imports or re-exports with `use`, each with its path.
    uses: HashMap<String, Vec<String>>,
}

impl Sources {
    fn add_file(&mut self, module: Module, file: &Path, root: &Path) -> Result<(), String> {
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = fs::read_to_string(file).map_err(|error| told(&error))?;
        let parsed = syn::parse_file(&text).map_err(|error| told(&error))?;
        self.add_module(module, file, root, parsed.items)
    }

    fn add_module(
        &mut self,
        module: Module,
        file: &Path,
        root: &Path,
        items: Vec<Item>,
    ) -> Result<(), String> {
        let mut uses = HashMap::new();
        let mut kept = Vec::new();
        for item in items {
            match item {
                Item::Mod(inner) if is_for_tests(&inner.attrs) => {}
                Item::Mod(inner) => {
                    let name = inner.ident.to_string();
                    let path = [module.clone(), vec![name.clone()]].concat();
                    match inner.content {
                        Some((_, items)) => self.add_module(path, file, root, items)?,
                        None => self.add_file(path, &file_of(root, &module, &name)?, root)?,
                    }
                }
                Item::Use(import) => {
                    for (name, path) in names_of(&import.tree) {
                        uses.insert(name, path);
                    }
                    kept.push(Item::Use(import));
                }
                other => kept.push(other),
            }
        }
        let text = Text {
            file: file.to_owned(),
            items: kept,
            uses,
        };
        self.modules.insert(module, text);
        Ok(())
    }

    /// The file that defines what this path names, seen from a module; none for another crate.
    fn file_of_name(&self, from: &Module, path: &[String], depth: usize) -> Option<&Path> {
        // The compiler refuses circular `use`; this only limits the search.
        if depth > 20 {
            return None;
        }
        let mut at = match path.first()?.as_str() {
            "crate" => Vec::new(),
            "self" => from.clone(),
            "super" => from.split_last()?.1.to_vec(),
            name if self.is_module(from, name) => from.clone(),
            _ => return None,
        };
        let own = matches!(path[0].as_str(), "crate" | "self" | "super");
        let mut rest = &path[usize::from(own)..];
        while let Some((name, after)) = rest.split_first() {
            if name == "super" {
                at.pop()?;
            } else if self.is_module(&at, name) {
                at.push(name.clone());
            } else {
                break;
            }
            rest = after;
        }
        let text = self.modules.get(&at)?;
        let handed_on = rest.first().and_then(|name| text.uses.get(name));
        if let Some(target) = handed_on {
            if let Some(file) = self.file_of_name(&at, target, depth + 1) {
                return Some(file);
            }
            // It comes from another crate, so no file of this one is imported.
            return None;
        }
        Some(&text.file)
    }

    fn is_module(&self, parent: &Module, name: &str) -> bool {
        let path = [parent.clone(), vec![name.to_owned()]].concat();
        self.modules.contains_key(&path)
    }
}

/// The file of a module that its parent only declares.
fn file_of(root: &Path, parent: &Module, name: &str) -> Result<PathBuf, String> {
    let folder = parent
        .iter()
        .fold(root.to_owned(), |at, part| at.join(part));
    let (beside, inside) = (
        folder.join(name).with_extension("rs"),
        folder.join(name).join("mod.rs"),
    );
    [beside, inside]
        .into_iter()
        .find(|file| file.is_file())
        .ok_or_else(|| format!("no file for the module {name} in {}", folder.display()))
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        attribute.path().is_ident("cfg") && list.is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

/// The names that a `use` imports, each with its path.
fn names_of(tree: &UseTree) -> Vec<(String, Vec<String>)> {
    fn walk(tree: &UseTree, before: &[String], found: &mut Vec<(String, Vec<String>)>) {
        let with = |name: &dyn ToString| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => walk(&path.tree, &with(&path.ident), found),
            UseTree::Name(name) if name.ident == "self" => {
                let last = before.last().cloned().unwrap_or_default();
                found.push((last, before.to_vec()));
            }
            UseTree::Name(name) => found.push((name.ident.to_string(), with(&name.ident))),
            UseTree::Rename(rename) => found.push((rename.rename.to_string(), with(&rename.ident))),
            UseTree::Glob(_) => found.push(("*".into(), before.to_vec())),
            UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|tree| walk(tree, before, found)),
        }
    }
    let mut found = Vec::new();
    walk(tree, &[], &mut found);
    found
}

/// Collects the paths that a module names.
struct Finder<'a> {
    sources: &'a Sources,
    module: Module,
    found: BTreeSet<PathBuf>,
}

impl Finder<'_> {
    fn note(&mut self, path: &[String]) {
        if let Some(file) = self.sources.file_of_name(&self.module, path, 0) {
            self.found.insert(file.to_owned());
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(it) => &it.attrs,
            Item::Impl(it) => &it.attrs,
            Item::Use(it) => &it.attrs,
            Item::Const(it) => &it.attrs,
            _ => &Vec::new(),
        };
        if !is_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, import: &'ast syn::ItemUse) {
        // A re-exported name is imported by the file that uses it.
        if matches!(import.vis, syn::Visibility::Public(_)) {
            return;
        }
        for (_, path) in names_of(&import.tree) {
            self.note(&path);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let names: Vec<_> = path
                .segments
                .iter()
                .map(|part| part.ident.to_string())
                .collect();
            self.note(&names);
        }
        visit::visit_path(self, path);
    }

    // `pub(in path)` is about visibility, and imports nothing.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The imports between these files, as `from to`.
    fn arrows(name: &str, files: &[(&str, &str)]) -> (Vec<String>, usize) {
        let folder = std::env::temp_dir().join(format!("imports-{name}-{}", std::process::id()));
        for (file, text) in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let imports = Imports::read(&folder.join("lib.rs")).unwrap();
        let short = |path: &Path| path.strip_prefix(&folder).unwrap().display().to_string();
        let mut found = Vec::new();
        for (from, all) in &imports.arrows {
            found.extend(
                all.iter()
                    .map(|to| format!("{} {}", short(from), short(to))),
            );
        }
        let circles = imports.circles().len();
        fs::remove_dir_all(&folder).unwrap();
        (found, circles)
    }

    #[test]
    fn a_name_counts_for_the_file_that_it_stands_in() {
        let root = "mod a; mod b; pub use a::A; pub use std::fmt;";
        let files = [
            ("lib.rs", root),
            ("a.rs", "pub struct A;"),
            ("b.rs", "use super::{A, fmt}; pub fn b(_: A) {}"),
        ];
        assert_eq!(arrows("handed", &files), (vec!["b.rs a.rs".into()], 0));
    }

    #[test]
    fn a_loop_is_a_circle() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "pub fn a() { super::b::b() }"),
            ("b/mod.rs", "mod inner; pub use inner::b;"),
            ("b/inner.rs", "use crate::c::C; pub fn b() { C; }"),
            ("c.rs", "use super::a; pub struct C; fn c() { a::a() }"),
        ];
        let (arrows, circles) = arrows("loop", &files);
        assert_eq!(arrows, ["a.rs b/inner.rs", "b/inner.rs c.rs", "c.rs a.rs"]);
        assert_eq!(circles, 1);
    }

    #[test]
    fn a_module_that_its_own_parts_import_is_a_circle() {
        let files = [
            ("lib.rs", "mod a; pub struct Root; fn root() { a::part(); }"),
            ("a.rs", "use crate::Root; pub fn part() -> Root { Root }"),
        ];
        assert_eq!(arrows("root", &files).1, 1);
    }

    #[test]
    fn what_is_for_tests_alone_does_not_count() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use super::b::B; pub struct A(B);"),
            (
                "b.rs",
                "pub struct B; #[cfg(test)] mod tests { use crate::a::A; }",
            ),
        ];
        assert_eq!(arrows("tests", &files), (vec!["a.rs b.rs".into()], 0));
    }
}
