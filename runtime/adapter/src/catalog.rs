//! Where adapters are. A path is taken as it is; a name is looked for among those that the
//! configuration names, and then in each folder in turn, the user's wish first: `--adapters-dir`,
//! `$PYBLISH_ENDPOINT_ADAPTERS`, `adapters/` beside the binary, `../share/pyblish-endpoint/adapters`
//! from there (packages of a system or of Python put them there), and the user's data folder.
//!
//! Files can also be pinned: known by a digest, which is checked when the file is loaded. A
//! [`PinRule`] says whether these come last, first, or are all that is found. Where several versions
//! of an adapter are installed, its name stands for one of them, and `NAME@VERSION` for each.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use super::AdapterError;
use super::pinned_file::{PinRule, PinnedFile};
use super::versioned_name::{split_version, without_version};

/// The environment variable that holds folders of adapters, separated as in `PATH`.
const FOLDERS: &str = "PYBLISH_ENDPOINT_ADAPTERS";

/// The folders in which adapters are looked for, the first match wins.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// Files by the names that the user gave them.
    files: BTreeMap<String, PathBuf>,
    folders: Vec<PathBuf>,
    /// Files with digests, by their names. Where several versions of one are installed, each is also
    /// here by its name and its version.
    pinned: BTreeMap<String, PinnedFile>,
    rule: PinRule,
}

/// An adapter that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogEntry {
    /// The name of its file, without `.wasm`.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// What is known of it, if it is pinned.
    pub pinned: Option<PinnedFile>,
}

impl CatalogEntry {
    fn of(name: &str, path: PathBuf) -> Self {
        CatalogEntry {
            name: name.into(),
            path,
            pinned: None,
        }
    }

    fn of_pinned(name: &str, file: &PinnedFile) -> Self {
        CatalogEntry {
            name: name.into(),
            path: file.path.clone(),
            pinned: Some(file.clone()),
        }
    }

    /// The digest that its file must have, if it is pinned.
    ///
    /// # Errors
    /// It must not be used.
    pub fn digest(&self) -> Result<Option<&str>, AdapterError> {
        let Some(file) = &self.pinned else {
            return Ok(None);
        };
        match &file.problem {
            None => Ok(Some(&file.digest)),
            Some(problem) => Err(AdapterError::NotAllowed {
                name: self.name.clone(),
                reason: problem.clone(),
            }),
        }
    }
}

impl Catalog {
    /// The folders of this process, `chosen` before all others.
    pub fn of_process(chosen: Option<PathBuf>) -> Self {
        let mut folders: Vec<PathBuf> = chosen.into_iter().collect();
        if let Some(named) = env::var_os(FOLDERS) {
            folders.extend(env::split_paths(&named).filter(|path| !path.as_os_str().is_empty()));
        }
        if let Ok(binary) = env::current_exe() {
            folders.extend(beside(&resolved(binary)));
        }
        if let Some(user) = directories::ProjectDirs::from("", "", "pyblish-endpoint") {
            folders.push(user.data_dir().join("adapters"));
        }
        Catalog {
            files: BTreeMap::new(),
            folders,
            pinned: BTreeMap::new(),
            rule: PinRule::Last,
        }
    }

    /// With these files too, which have digests.
    pub fn with_pinned(mut self, pinned: BTreeMap<String, PinnedFile>, rule: PinRule) -> Self {
        self.pinned = pinned;
        self.rule = rule;
        self
    }

    /// With these files too, by the names that the user gave them. They count before all folders.
    pub fn with(mut self, files: BTreeMap<String, PathBuf>) -> Self {
        self.files = files;
        self
    }

    /// Whether this is the path of an adapter, and not a name. A name is one part of a path, whole:
    /// `sub/` and `../` would lead out of a folder of adapters.
    pub fn is_path(adapter: &str) -> bool {
        let path = Path::new(without_version(adapter));
        let adapter = path.as_os_str();
        path.file_name().is_none_or(|name| name != adapter) || path.extension().is_some()
    }

    /// Whether an adapter of this name is installed, or named by the configuration.
    pub fn has(&self, name: &str) -> bool {
        let is_named = match self.rule {
            PinRule::Only(_) => false,
            PinRule::Last | PinRule::First => self.files.contains_key(name),
        };
        is_named || (!Catalog::is_path(name) && self.find(name).is_ok())
    }

    /// The adapter with this name or path.
    ///
    /// # Errors
    /// There is none, or only others may be used.
    pub fn find(&self, adapter: &str) -> Result<CatalogEntry, AdapterError> {
        let pinned = self.pinned.get(adapter);
        let pinned = pinned.map(|file| CatalogEntry::of_pinned(adapter, file));
        match (&self.rule, pinned) {
            (PinRule::First | PinRule::Only(_), Some(pinned)) => Ok(pinned),
            (PinRule::Only(reason), None) => Err(AdapterError::NotAllowed {
                name: adapter.into(),
                reason: reason.clone(),
            }),
            (PinRule::First, None) => self.find_unpinned(adapter),
            (PinRule::Last, pinned) => {
                let found = self.find_unpinned(adapter);
                found.or_else(|error| pinned.ok_or(error))
            }
        }
    }

    fn find_unpinned(&self, adapter: &str) -> Result<CatalogEntry, AdapterError> {
        if let Some(file) = self.files.get(adapter) {
            return Ok(CatalogEntry::of(adapter, file.clone()));
        }
        if Catalog::is_path(adapter) {
            return Ok(CatalogEntry::of(adapter, adapter.into()));
        }
        let files = self
            .folders
            .iter()
            .map(|folder| folder.join(format!("{adapter}.wasm")));
        match files.into_iter().find(|file| file.is_file()) {
            Some(file) => Ok(CatalogEntry::of(adapter, file)),
            None => Err(AdapterError::Unknown {
                name: adapter.into(),
                known: self.known(),
                searched: self.folders.clone(),
            }),
        }
    }

    /// The names of all that can be found.
    fn known(&self) -> Vec<String> {
        let all = self.list().into_iter().chain(self.versions());
        all.map(|found| found.name).collect()
    }

    /// Where adapters are looked for; the first match wins. Not all of the folders need to exist.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Every adapter that [`Catalog::find`] finds by its name alone, by name.
    pub fn list(&self) -> Vec<CatalogEntry> {
        let mut first = BTreeMap::new();
        for found in self.all() {
            first.entry(found.name.clone()).or_insert(found);
        }
        first.into_values().collect()
    }

    /// Those that are only found by their name and their version, by name.
    pub fn versions(&self) -> Vec<CatalogEntry> {
        let plain = |name: &str| self.pinned.get(without_version(name));
        let pinned = self.pinned.iter();
        let other = pinned.filter(|(name, file)| {
            let is_versioned = split_version(name).is_some();
            is_versioned && plain(name).is_none_or(|plain| plain.path != file.path)
        });
        other
            .map(|(name, file)| CatalogEntry::of_pinned(name, file))
            .collect()
    }

    /// Those of the list with those that are never found because another of their name comes first. Those
    /// that the configuration names come first, then by folder, and by name.
    pub fn all(&self) -> Vec<CatalogEntry> {
        let pinned = self.pinned.iter();
        let plain = pinned.filter(|(name, _)| split_version(name).is_none());
        let pinned = plain.map(|(name, file)| CatalogEntry::of_pinned(name, file));
        match self.rule {
            PinRule::Only(_) => pinned.collect(),
            PinRule::First => pinned.chain(self.all_unpinned()).collect(),
            PinRule::Last => self.all_unpinned().into_iter().chain(pinned).collect(),
        }
    }

    fn all_unpinned(&self) -> Vec<CatalogEntry> {
        let named = self.files.iter();
        let named = named.map(|(name, path)| CatalogEntry::of(name, path.clone()));
        let mut all: Vec<CatalogEntry> = named.collect();
        for folder in &self.folders {
            // A folder that is not there holds nothing.
            let entries = folder.read_dir().into_iter().flatten().flatten();
            let found = entries.filter_map(|entry| {
                let path = entry.path();
                let name = path.file_stem()?.to_str()?.to_owned();
                (path.extension()? == "wasm").then(|| CatalogEntry::of(&name, path))
            });
            let mut found: Vec<_> = found.collect();
            found.sort_by(|a, b| a.name.cmp(&b.name));
            all.extend(found);
        }
        all
    }
}

/// Where the binary is, and not a link to it: package managers link programs into folders on PATH.
/// Windows has no such links, and paths that it resolved begin with `\\?\`.
fn resolved(binary: PathBuf) -> PathBuf {
    match cfg!(windows) {
        true => binary,
        false => binary.canonicalize().unwrap_or(binary),
    }
}

/// The folders of adapters that were installed with this binary.
fn beside(binary: &Path) -> impl Iterator<Item = PathBuf> {
    let folder = binary.parent();
    let prefix = folder.and_then(Path::parent);
    let own = folder.map(|folder| folder.join("adapters"));
    let shared = prefix.map(|prefix| prefix.join("share/pyblish-endpoint/adapters"));
    own.into_iter().chain(shared)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::Origin;

    fn catalog(names: &[&[&str]]) -> (Vec<tempfile::TempDir>, Catalog) {
        let folders: Vec<_> = names.iter().map(|_| tempfile::tempdir().unwrap()).collect();
        for (folder, names) in folders.iter().zip(names) {
            for name in *names {
                fs::write(folder.path().join(name), b"").unwrap();
            }
        }
        let paths = folders.iter().map(|folder| folder.path().to_path_buf());
        let folders_of_catalog = paths.collect();
        (
            folders,
            Catalog {
                files: BTreeMap::new(),
                folders: folders_of_catalog,
                pinned: BTreeMap::new(),
                rule: PinRule::Last,
            },
        )
    }

    #[test]
    fn first_folder_wins() {
        let (folders, catalog) = catalog(&[&["b.wasm"], &["a.wasm", "b.wasm", "readme.txt"]]);
        assert_eq!(
            catalog.find("b").unwrap().path,
            folders[0].path().join("b.wasm")
        );
        assert_eq!(
            catalog.find("a").unwrap().path,
            folders[1].path().join("a.wasm")
        );
        let names: Vec<_> = catalog.list().into_iter().map(|found| found.name).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn installed_adapters_are_beside_the_binary_or_shared() {
        let folders: Vec<_> = beside(Path::new("/usr/bin/pyblish-endpoint")).collect();
        assert_eq!(
            folders,
            [
                Path::new("/usr/bin/adapters"),
                Path::new("/usr/share/pyblish-endpoint/adapters")
            ]
        );
    }

    #[test]
    fn path_is_used_as_given() {
        let (_folders, catalog) = catalog(&[&["a.wasm"]]);
        assert_eq!(catalog.find("a.wasm").unwrap().path, Path::new("a.wasm"));
        assert_eq!(catalog.find("./a").unwrap().path, Path::new("./a"));
    }

    /// No name leads out of the folders: neither below one, nor beside it.
    #[test]
    fn name_has_one_part() {
        for path in [
            "a/", "a//", "./", ".", "..", "../", "/", "", "a/b", "../a", "a.wasm",
        ] {
            assert!(Catalog::is_path(path), "{path:?}");
        }
        for name in ["a", "a b", "a-1", "\u{e9}", ".a"] {
            assert!(!Catalog::is_path(name), "{name:?}");
        }
        let (folders, catalog) = catalog(&[&["a.wasm"]]);
        fs::create_dir(folders[0].path().join("a")).unwrap();
        fs::write(folders[0].path().join("a/.wasm"), b"").unwrap();
        assert!(catalog.has("a") && !catalog.has("a/"));
    }

    #[test]
    fn unknown_name_lists_known_ones() {
        let (_folders, catalog) = catalog(&[&["a.wasm"]]);
        let message = catalog.find("maya").unwrap_err().to_string();
        assert!(message.contains("\"maya\"; there are a."), "{message}");
    }

    #[test]
    fn configuration_comes_first() {
        let (folders, catalog) = catalog(&[&["a.wasm", "b.wasm"]]);
        let file = PathBuf::from("/opt/mine.wasm");
        let catalog = catalog.with(BTreeMap::from([("a".to_owned(), file.clone())]));
        assert_eq!(catalog.find("a").unwrap().path, file);
        assert_eq!(
            catalog.find("b").unwrap().path,
            folders[0].path().join("b.wasm")
        );
        let paths = catalog.list().into_iter().map(|found| found.path);
        assert_eq!(paths.collect::<Vec<_>>()[0], file);
        assert!(catalog.has("a") && catalog.has("b"));
        assert!(!catalog.has("c") && !catalog.has("/opt/mine.wasm"));
    }

    fn pinned(name: &str, problem: Option<&str>) -> BTreeMap<String, PinnedFile> {
        let file = PinnedFile {
            path: format!("/store/{name}.wasm").into(),
            digest: "00".into(),
            origin: Origin {
                source: "a.wasm".into(),
                key: None,
                lock: None,
            },
            problem: problem.map(str::to_owned),
        };
        BTreeMap::from([(name.to_owned(), file)])
    }

    #[test]
    fn rule_says_when_a_pinned_file_is_found() {
        let (folders, catalog) = catalog(&[&["a.wasm", "c.wasm"]]);
        let in_folder = folders[0].path().join("a.wasm");
        let in_store = PathBuf::from("/store/a.wasm");
        let with = |rule| catalog.clone().with_pinned(pinned("a", None), rule);
        let (last, first) = (with(PinRule::Last), with(PinRule::First));
        assert_eq!(last.find("a").unwrap().path, in_folder);
        assert_eq!(first.find("a").unwrap().path, in_store);
        assert_eq!(first.find("a").unwrap().digest().unwrap(), Some("00"));
        assert_eq!(first.find("c").unwrap().digest().unwrap(), None);
        let only_stored = catalog
            .clone()
            .with_pinned(pinned("b", None), PinRule::Last);
        assert_eq!(
            only_stored.find("b").unwrap().path,
            Path::new("/store/b.wasm")
        );
    }

    /// Neither a name of a folder nor a path leads past a lock.
    #[test]
    fn only_what_is_pinned_is_found() {
        let (folders, catalog) = catalog(&[&["a.wasm", "c.wasm"]]);
        let file = folders[0].path().join("c.wasm");
        let catalog = catalog.with(BTreeMap::from([("mine".to_owned(), file.clone())]));
        let catalog = catalog.with_pinned(pinned("a", None), PinRule::Only("not in it".into()));
        assert!(catalog.has("a") && catalog.find("a").is_ok());
        for other in ["c", "mine", &file.display().to_string()] {
            let said = catalog.find(other).unwrap_err().to_string();
            assert!(said.contains("not in it") && !catalog.has(other), "{said}");
        }
        let names = catalog.list().into_iter().map(|found| found.name);
        assert_eq!(names.collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn pinned_file_with_a_problem_is_found_and_refused() {
        let (_folders, catalog) = catalog(&[&[]]);
        let catalog = catalog.with_pinned(pinned("a", Some("it was revoked")), PinRule::First);
        let said = catalog.find("a").unwrap().digest().unwrap_err().to_string();
        assert!(said.contains("it was revoked"), "{said}");
    }

    #[test]
    fn each_version_is_found_by_its_number() {
        let (folders, catalog) = catalog(&[&["a.wasm"]]);
        let of = |file: &str| pinned(file, None).remove(file).unwrap();
        let all = BTreeMap::from([
            ("a".to_owned(), of("new")),
            ("a@1.1.0".to_owned(), of("new")),
            ("a@1.0.0".to_owned(), of("old")),
            ("b".to_owned(), of("b")),
        ]);
        let catalog = catalog.with_pinned(all, PinRule::Last);
        let path = |name: &str| catalog.find(name).unwrap().path;
        assert_eq!(path("a"), folders[0].path().join("a.wasm"));
        assert_eq!(path("a@1.1.0"), Path::new("/store/new.wasm"));
        assert_eq!(path("a@1.0.0"), Path::new("/store/old.wasm"));
        assert!(catalog.has("a@1.0.0") && !catalog.has("a@2.0.0"));
        let names = |all: Vec<CatalogEntry>| -> Vec<String> {
            all.into_iter().map(|found| found.name).collect()
        };
        assert_eq!(names(catalog.list()), ["a", "b"]);
        // What the name alone stands for is not listed twice.
        assert_eq!(names(catalog.versions()), ["a@1.0.0"]);
        let said = catalog.find("a@2.0.0").unwrap_err().to_string();
        assert!(said.contains("a@1.0.0"), "{said}");
    }
}
