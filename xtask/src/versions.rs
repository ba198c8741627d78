//! Checks that everything has the version of the workspace, which is the one place for it. Python and
//! npm read theirs from files of their own, and the REST document repeats it.

use std::fs;
use std::path::Path;

/// Files that repeat the version, and the text around it.
const REPEATED: [(&str, &str, &str); 4] = [
    (
        "bridge/pyblish_endpoint_bridge/version.py",
        "__version__ = \"",
        "\"",
    ),
    (
        "clients/python/pyblish_endpoint_client/__init__.py",
        "__version__ = \"",
        "\"",
    ),
    ("clients/js/package.json", "\"version\": \"", "\""),
    ("tests/data/openapi.json", "\"version\": \"", "\""),
];

fn read(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(file)).unwrap()
}

/// The first text between these two.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}

#[test]
fn files_repeat_the_version_of_the_workspace() {
    let version = env!("CARGO_PKG_VERSION");
    for (file, before, after) in REPEATED {
        assert_eq!(
            between(&read(file), before, after),
            Some(version),
            "write the version of Cargo.toml into {file}"
        );
    }
}

#[test]
fn changelog_has_the_version() {
    let version = env!("CARGO_PKG_VERSION");
    let changelog = read("CHANGELOG.md");
    let unreleased = changelog.find("\n## [Unreleased]\n");
    let own = changelog.find(&format!("\n## [{version}]"));
    assert!(unreleased.is_some(), "CHANGELOG.md has no [Unreleased]");
    assert!(own > unreleased, "CHANGELOG.md has no [{version}]");
}
