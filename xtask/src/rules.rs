//! Checks the page of the rules: each rule of its table names a test, and each named test exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The page, from the root of the project.
const RULES: &str = "docs/src/reference/rules.md";

/// The heading of the table in which every row must name a test.
const TABLE: &str = "| rule | where it comes from | test |";

fn root() -> PathBuf {
    Path::new(ROOT).parent().unwrap().to_path_buf()
}

fn document() -> String {
    fs::read_to_string(root().join(RULES)).unwrap()
}

/// The tests that a text names: `crate::file::tests::name`, in backticks.
fn named(text: &str) -> BTreeSet<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted
        .filter(|words| words.contains("::tests::") && !words.contains(char::is_whitespace))
        .collect()
}

/// Whether a test of this full name is in a crate of the runtime.
fn exists(runtime: &Path, full: &str) -> bool {
    let (krate, path) = full.split_once("::").unwrap();
    let (modules, name) = path.rsplit_once("::").unwrap();
    let sources = runtime.join(krate).join("src");
    let own = modules.strip_suffix("::tests").unwrap_or(modules);
    // `mod tests` is in the module's file or in a separate file.
    [own.to_owned(), modules.to_owned()]
        .map(|path| sources.join(path.replace("::", "/")))
        .into_iter()
        .flat_map(|path| [path.with_extension("rs"), path.join("mod.rs")])
        .filter_map(|file| fs::read_to_string(file).ok())
        .any(|text| is_test(&text, name))
}

/// Whether a function of this name follows `#[test]`.
fn is_test(source: &str, name: &str) -> bool {
    let function = format!("fn {name}(");
    let mut lines = source.lines().map(str::trim);
    let mut after_attribute = false;
    lines.any(|line| {
        let found = after_attribute && line.trim_start_matches("async ").starts_with(&function);
        after_attribute = line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        found
    })
}

#[test]
fn each_test_that_the_rules_name_is_there() {
    let document = document();
    let runtime = root().join("runtime");
    let named = named(&document);
    assert!(named.len() > 40, "only {} tests are named", named.len());
    let missing: Vec<_> = named
        .iter()
        .filter(|test| !exists(&runtime, test))
        .collect();
    assert!(missing.is_empty(), "{RULES} names {missing:#?}");
}

#[test]
fn each_rule_of_the_table_names_a_test() {
    let document = document();
    let rows = document.lines().skip_while(|line| *line != TABLE).skip(2);
    let rows: Vec<_> = rows.take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 30, "only {} rules", rows.len());
    let bare: Vec<_> = rows.iter().filter(|row| named(row).is_empty()).collect();
    assert!(bare.is_empty(), "rules without a test: {bare:#?}");
}

#[test]
fn a_test_is_told_from_what_only_looks_like_one() {
    let source =
        "#[test]\nfn one() {}\n// fn two() {\nfn three() {}\n    #[test]\n    fn four() {}";
    let tests = ["one", "two", "three", "four", "fou"];
    assert_eq!(
        tests.map(|name| is_test(source, name)),
        [true, false, false, true, false]
    );
}
