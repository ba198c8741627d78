//! The tables of docs/security.md and docs/sandbox.md name the test that shows each promise: it must be there.

use std::fs;
use std::path::Path;

/// All of the source below this folder, as one text.
fn source(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            text += &source(&path);
        } else if path.extension().is_some_and(|it| it == "rs") {
            text += &fs::read_to_string(path).unwrap();
        }
    }
    text
}

#[test]
fn each_promise_names_a_test_that_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let tests = source(&root.join("tests")) + &source(&root.join("runtime/src"));
    let mut promises = 0;
    for name in ["security.md", "sandbox.md"] {
        let Ok(text) = fs::read_to_string(root.join("docs").join(name)) else {
            continue;
        };
        // Whether this table's last column is about tests.
        let mut of_tests = false;
        for row in text.lines().map(|line| line.strip_suffix(" |")) {
            let Some((promise, cell)) = row.and_then(|row| row.rsplit_once(" | ")) else {
                of_tests = false;
                continue;
            };
            if cell.starts_with("test") {
                of_tests = true;
                continue;
            }
            if !of_tests || cell.starts_with("---") {
                continue;
            }
            promises += 1;
            // What stands in backticks, but for the names of files.
            let names = cell.split('`').skip(1).step_by(2);
            let names: Vec<_> = names.filter(|name| !name.contains(['/', '.'])).collect();
            assert!(!names.is_empty(), "{name} names no test: {promise}");
            for test in names {
                let there = match test.strip_suffix('…') {
                    Some(beginning) => tests.contains(&format!("fn {beginning}")),
                    None => tests.contains(&format!("fn {test}(")),
                };
                assert!(there, "{name}: there is no test {test}");
            }
        }
    }
    assert!(promises > 20, "only {promises} promises were found");
}
