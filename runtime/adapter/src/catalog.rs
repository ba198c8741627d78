//! Where adapters are. A path is taken as it is; a name is looked for among those that the
//! configuration names, and then in each folder in turn, the user's wish first: `--adapters-dir`,
//! `$PYBLISH_ENDPOINT_ADAPTERS`, `adapters/` beside the binary, `../share/pyblish-endpoint/adapters`
//! from there (packages of a system or of Python put them there), and the user's data folder.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use super::AdapterError;

/// The environment variable that holds folders of adapters, separated as in `PATH`.
const FOLDERS: &str = "PYBLISH_ENDPOINT_ADAPTERS";

/// The folders in which adapters are looked for, the first match wins.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// Files by the names that the user gave them.
    files: BTreeMap<String, PathBuf>,
    folders: Vec<PathBuf>,
}

/// An adapter that lies in one of the catalog's folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogEntry {
    /// The name of its file, without `.wasm`.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
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
        }
    }

    /// With these files too, by the names that the user gave them. They count before all folders.
    pub fn with(mut self, files: BTreeMap<String, PathBuf>) -> Self {
        self.files = files;
        self
    }

    /// Whether this is the path of an adapter, and not a name. A name is one part of a path, whole:
    /// `sub/` and `../` would lead out of a folder of adapters.
    pub fn is_path(adapter: &str) -> bool {
        let path = Path::new(adapter);
        path.file_name().is_none_or(|name| name != adapter) || path.extension().is_some()
    }

    /// Whether an adapter of this name is installed, or named by the configuration.
    pub fn has(&self, name: &str) -> bool {
        self.files.contains_key(name) || (!Catalog::is_path(name) && self.find(name).is_ok())
    }

    /// The file of the adapter with this name or path.
    pub fn find(&self, adapter: &str) -> Result<PathBuf, AdapterError> {
        if let Some(file) = self.files.get(adapter) {
            return Ok(file.clone());
        }
        if Catalog::is_path(adapter) {
            return Ok(adapter.into());
        }
        let files = self
            .folders
            .iter()
            .map(|folder| folder.join(format!("{adapter}.wasm")));
        match files.into_iter().find(|file| file.is_file()) {
            Some(file) => Ok(file),
            None => Err(AdapterError::Unknown {
                name: adapter.into(),
                known: self.list().into_iter().map(|found| found.name).collect(),
                searched: self.folders.clone(),
            }),
        }
    }

    /// Where adapters are looked for; the first match wins. Not all of the folders need to exist.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Every adapter that [`Catalog::find`] finds by its name, by name.
    pub fn list(&self) -> Vec<CatalogEntry> {
        let mut first = BTreeMap::new();
        for found in self.all() {
            first.entry(found.name.clone()).or_insert(found);
        }
        first.into_values().collect()
    }

    /// The same with those that are never found because another of their name comes first. Those
    /// that the configuration names come first, then by folder, and by name.
    pub fn all(&self) -> Vec<CatalogEntry> {
        let named = self.files.iter().map(|(name, path)| CatalogEntry {
            name: name.clone(),
            path: path.clone(),
        });
        let mut all: Vec<CatalogEntry> = named.collect();
        for folder in &self.folders {
            // A folder that is not there holds nothing.
            let entries = folder.read_dir().into_iter().flatten().flatten();
            let found = entries.filter_map(|entry| {
                let path = entry.path();
                let name = path.file_stem()?.to_str()?.to_owned();
                (path.extension()? == "wasm").then_some(CatalogEntry { name, path })
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
            },
        )
    }

    #[test]
    fn first_folder_wins() {
        let (folders, catalog) = catalog(&[&["b.wasm"], &["a.wasm", "b.wasm", "readme.txt"]]);
        assert_eq!(catalog.find("b").unwrap(), folders[0].path().join("b.wasm"));
        assert_eq!(catalog.find("a").unwrap(), folders[1].path().join("a.wasm"));
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
        assert_eq!(catalog.find("a.wasm").unwrap(), Path::new("a.wasm"));
        assert_eq!(catalog.find("./a").unwrap(), Path::new("./a"));
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
        assert_eq!(catalog.find("a").unwrap(), file);
        assert_eq!(catalog.find("b").unwrap(), folders[0].path().join("b.wasm"));
        let paths = catalog.list().into_iter().map(|found| found.path);
        assert_eq!(paths.collect::<Vec<_>>()[0], file);
        assert!(catalog.has("a") && catalog.has("b"));
        assert!(!catalog.has("c") && !catalog.has("/opt/mine.wasm"));
    }
}
