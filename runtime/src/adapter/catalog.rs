//! Where adapters are. A path is taken as it is; a name is looked for in each folder in turn, the user's
//! wish first: `--adapters-dir`, `$PYBLISH_ENDPOINT_ADAPTERS`, `adapters/` beside the binary, and the user's
//! data folder.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use super::AdapterError;

/// The environment variable that holds folders of adapters, separated as in `PATH`.
const FOLDERS: &str = "PYBLISH_ENDPOINT_ADAPTERS";

/// The folders in which adapters are looked for, the first match wins.
#[derive(Debug, Clone)]
pub struct Catalog {
    folders: Vec<PathBuf>,
}

/// An adapter that lies in one of the catalog's folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub name: String,
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
            folders.extend(binary.parent().map(|folder| folder.join("adapters")));
        }
        if let Some(user) = directories::ProjectDirs::from("", "", "pyblish-endpoint") {
            folders.push(user.data_dir().join("adapters"));
        }
        Catalog { folders }
    }

    /// The file of the adapter that is called so, or that lies there.
    pub fn find(&self, adapter: &str) -> Result<PathBuf, AdapterError> {
        let path = Path::new(adapter);
        let is_path = path.components().count() > 1 || path.extension().is_some();
        if is_path {
            return Ok(path.to_path_buf());
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

    /// Where adapters are looked for, the first match wins. Not all of them need be there.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Every adapter that [`Catalog::find`] finds by its name, by name.
    pub fn list(&self) -> Vec<Found> {
        let mut first = BTreeMap::new();
        for found in self.all() {
            first.entry(found.name.clone()).or_insert(found);
        }
        first.into_values().collect()
    }

    /// Likewise with those that are never found, for another of their name comes first; by folder, and by name.
    pub fn all(&self) -> Vec<Found> {
        let mut all = Vec::new();
        for folder in &self.folders {
            // A folder that is not there holds nothing.
            let entries = folder.read_dir().into_iter().flatten().flatten();
            let found = entries.filter_map(|entry| {
                let path = entry.path();
                let name = path.file_stem()?.to_str()?.to_owned();
                (path.extension()? == "wasm").then_some(Found { name, path })
            });
            let mut found: Vec<_> = found.collect();
            found.sort_by(|a, b| a.name.cmp(&b.name));
            all.extend(found);
        }
        all
    }
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
                folders: folders_of_catalog,
            },
        )
    }

    #[test]
    fn the_first_folder_that_has_the_name_wins() {
        let (folders, catalog) = catalog(&[&["b.wasm"], &["a.wasm", "b.wasm", "readme.txt"]]);
        assert_eq!(catalog.find("b").unwrap(), folders[0].path().join("b.wasm"));
        assert_eq!(catalog.find("a").unwrap(), folders[1].path().join("a.wasm"));
        let names: Vec<_> = catalog.list().into_iter().map(|found| found.name).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn a_path_is_taken_as_it_is() {
        let (_folders, catalog) = catalog(&[&["a.wasm"]]);
        assert_eq!(catalog.find("a.wasm").unwrap(), Path::new("a.wasm"));
        assert_eq!(catalog.find("./a").unwrap(), Path::new("./a"));
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let (_folders, catalog) = catalog(&[&["a.wasm"]]);
        let message = catalog.find("maya").unwrap_err().to_string();
        assert!(message.contains("\"maya\"; there are a,"), "{message}");
    }
}
