use super::Language;

/// What stands in the templates where a project has its name.
pub(super) const NAME: &str = "my-adapter";

/// A path in the project, and the text that is there.
type File = (&'static str, &'static str);

macro_rules! files {
    ($folder:literal: $($path:literal)+) => {
        &[$(($path, include_str!(concat!("../../templates/", $folder, "/", $path)))),+]
    };
}

/// The contract with the runtime, which every project has.
const WIT: &[File] = &[
    ("wit/adapter.wit", include_str!("../../../wit/adapter.wit")),
    ("wit/runtime.wit", include_str!("../../../wit/runtime.wit")),
    ("wit/service.wit", include_str!("../../../wit/service.wit")),
    ("wit/types.wit", include_str!("../../../wit/types.wit")),
];

const RUST: &[File] = files!("rust":
    "Cargo.lock" "Cargo.toml" "README.md" "src/lib.rs" "tests/publish.rs" "vendor/pyblish-sdk/Cargo.toml");

macro_rules! sdk {
    ($($file:literal)+) => {
        &[$((
            concat!("vendor/pyblish-sdk/src/", $file),
            include_str!(concat!("../../../components/sdk/src/", $file)),
        )),+]
    };
}

/// The sources of the SDK, as the adapters here use it.
const SDK: &[File] = sdk!("adapter.rs" "bindings.rs" "context.rs" "failure.rs" "lib.rs" "meta.rs" "plugin.rs"
    "runtime.rs" "session.rs" "testing.rs");

const PYTHON: &[File] =
    files!("python": "README.md" "adapter.py" "build.py" "requirements.txt" "sdk.py" "test.py");

const JS: &[File] = files!("js":
    "README.md" "adapter.js" "build.mjs" "files.js" "package.json" "sdk.js" "test.mjs" "wit/deps/clocks.wit"
    "wit/deps/filesystem.wit" "wit/deps/io.wit" "wit/js.wit");

/// What git is to leave alone; without the dot, it would count for this repository.
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

    /// The files below a folder, as paths in it.
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
                listed("../wit")
                    .iter()
                    .map(|path| Path::new("wit").join(path)),
            );
            if language == Language::Rust {
                let sources = listed("../components/sdk/src");
                let place = Path::new("vendor/pyblish-sdk/src");
                expected.extend(sources.iter().map(|path| place.join(path)));
            }
            let made: BTreeSet<PathBuf> = files(language).map(|(path, _)| path.into()).collect();
            assert_eq!(made, expected);
        }
    }

    /// The dependencies of a manifest and what is asked for of each, but for the versions.
    fn dependencies(manifest: &str) -> Vec<(String, Option<toml::Value>)> {
        let manifest: toml::Table = toml::from_str(manifest).unwrap();
        let dependencies = manifest["dependencies"].as_table().unwrap();
        let features = |value: &toml::Value| value.get("features").cloned();
        let told = dependencies.iter();
        told.map(|(name, value)| (name.clone(), features(value)))
            .collect()
    }

    #[test]
    fn the_vendored_sdk_depends_on_what_the_sdk_does() {
        let own = fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../components/sdk/Cargo.toml"),
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
