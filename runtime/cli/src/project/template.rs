use super::Language;

/// The placeholder for the project's name in the templates.
pub(super) const NAME: &str = "my-adapter";

/// A path in the project, and the text of the file.
type File = (&'static str, &'static str);

macro_rules! files {
    ($folder:literal: $($path:literal)+) => {
        &[$(($path, include_str!(concat!("../../templates/", $folder, "/", $path)))),+]
    };
}

macro_rules! wit {
    ($($file:literal)+) => {
        &[$((concat!("wit/", $file), include_str!(concat!("../../../../wit/", $file)))),+]
    };
}

/// The contract with the runtime and the interfaces of WASI in it, which every project contains.
const WIT: &[File] = wit!("adapter.wit" "connections.wit" "deps/cli.wit" "deps/clocks.wit" "deps/filesystem.wit" "deps/io.wit"
    "deps/random.wit" "deps/sockets.wit" "files.wit" "hosts.wit" "model.wit" "movies.wit"
    "service.wit" "work.wit");

const RUST: &[File] = files!("rust":
    ".github/workflows/release.yml" "Cargo.lock" "Cargo.toml" "README.md" "release.sh" "src/lib.rs" "tests/publish.rs" "vendor/pyblish-sdk/Cargo.toml");

macro_rules! sdk {
    ($($file:literal)+) => {
        &[$((
            concat!("vendor/pyblish-sdk/src/", $file),
            include_str!(concat!("../../../../components/sdk/src/", $file)),
        )),+]
    };
}

/// The sources of the SDK that the adapters in this repository use.
const SDK: &[File] = sdk!("adapter.rs" "attribute.rs" "bindings.rs" "call.rs" "context.rs" "failure.rs" "files.rs" "lib.rs"
    "meta.rs" "movies.rs" "plugin.rs" "recorded.rs" "session.rs" "socket.rs" "testing.rs" "value.rs");

const PYTHON: &[File] = files!("python": "README.md" "adapter.py" "build.py" "packages.txt" "requirements.txt" "sdk/__init__.py"
    "sdk/adapter.py" "sdk/attribute.py" "sdk/call.py" "sdk/connection.py" "sdk/context.py" "sdk/failure.py" "sdk/files.py"
    "sdk/plugin.py" "sdk/service.py" "sdk/testing.py" "sdk/value.py" "test.py");

const JS: &[File] = files!("js":
    "README.md" "adapter.js" "build.mjs" "connection.js" "files.js" "harness.mjs" "package.json" "sdk.js" "test.mjs" "values.js" "wit/js.wit");

/// The project's `.gitignore`. The template has no dot, or it would apply to this repository.
const fn ignore(language: Language) -> File {
    let text = match language {
        Language::Rust => include_str!("../../templates/rust/gitignore"),
        Language::Python => include_str!("../../templates/python/gitignore"),
        Language::Js => include_str!("../../templates/js/gitignore"),
    };
    (".gitignore", text)
}

/// The files of a project in this language, whose name is still [`NAME`].
pub(super) fn files(language: Language) -> impl Iterator<Item = File> {
    let (own, sdk): (_, &[File]) = match language {
        Language::Rust => (RUST, SDK),
        Language::Python => (PYTHON, &[]),
        Language::Js => (JS, &[]),
    };
    let all = WIT.iter().chain(own).chain(sdk).copied();
    all.chain([ignore(language)])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::project::LANGUAGES;

    /// The files inside a folder, with paths relative to it.
    fn below(folder: &Path, into: &mut BTreeSet<PathBuf>, root: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => below(&path, into, root),
                false => {
                    into.insert(path.strip_prefix(root).unwrap().to_path_buf());
                }
            }
        }
    }

    fn listed(folder: &str) -> BTreeSet<PathBuf> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut found = BTreeSet::new();
        below(&root, &mut found, &root);
        found
    }

    #[test]
    fn every_file_of_a_template_is_in_the_project() {
        for language in LANGUAGES {
            let mut expected = listed(&format!("templates/{}", language.name()));
            assert!(expected.remove(Path::new("gitignore")));
            expected.insert(".gitignore".into());
            expected.extend(
                listed("../../wit")
                    .iter()
                    .map(|path| Path::new("wit").join(path)),
            );
            if language == Language::Rust {
                let sources = listed("../../components/sdk/src");
                let place = Path::new("vendor/pyblish-sdk/src");
                expected.extend(sources.iter().map(|path| place.join(path)));
            }
            let made: BTreeSet<PathBuf> = files(language).map(|(path, _)| path.into()).collect();
            assert_eq!(made, expected);
        }
    }

    /// The dependencies of a manifest and their options, except the versions; those of one kind of
    /// target come last.
    fn dependencies(manifest: &str) -> Vec<(String, Option<toml::Value>)> {
        let manifest: toml::Table = toml::from_str(manifest).unwrap();
        let targets = manifest.get("target").and_then(toml::Value::as_table);
        let targets = targets.into_iter().flat_map(toml::Table::iter);
        let of_targets = targets.map(|(_, target)| &target["dependencies"]);
        let tables = std::iter::once(&manifest["dependencies"]).chain(of_targets);
        let features = |value: &toml::Value| value.get("features").cloned();
        tables
            .flat_map(|table| table.as_table().unwrap())
            .map(|(name, value)| (name.clone(), features(value)))
            .collect()
    }

    #[test]
    fn the_vendored_sdk_depends_on_what_the_sdk_does() {
        let own = fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../components/sdk/Cargo.toml"),
        );
        let own = dependencies(&own.unwrap());
        let vendored = RUST.iter().find(|(path, _)| path.starts_with("vendor"));
        let vendored = dependencies(vendored.unwrap().1);
        let names = |them: &[(String, _)]| -> Vec<String> {
            them.iter().map(|(name, _)| name.clone()).collect()
        };
        assert_eq!(names(&vendored), names(&own));
        for (own, vendored) in own.iter().zip(&vendored).filter(|(own, _)| own.1.is_some()) {
            assert_eq!(own, vendored);
        }
    }
}
