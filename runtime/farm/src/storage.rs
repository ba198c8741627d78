//! Storages: folders that several machines have, each at its own place. A job names a file by its
//! storage and its path in there, so it means the same on Linux and on Windows, and a worker opens
//! nothing that its own configuration does not name.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What stands before a storage's name where a path is written into data.
const MARK: &str = "storage:";

/// A place in a storage. As a text it is `NAME/PATH`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StoragePath {
    storage: String,
    /// The parts of the path, none for the storage itself.
    parts: Vec<String>,
}

/// Why a place cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// It is in no storage of this machine.
    #[error(
        "{} is in no storage: name the folder that the workers have, too, in [storage] of endpoint.toml, such as \
         show = \"/shows/bunny\"", .0.display()
    )]
    Outside(PathBuf),
    /// The configuration of this machine has no such storage.
    #[error(
        "there is no storage {name:?} here ({known}): say where it is in [storage] of this machine's endpoint.toml"
    )]
    Unknown {
        /// Its name.
        name: String,
        /// Those that there are, in words.
        known: String,
    },
    /// It is not there, or cannot be read.
    #[error("{} cannot be used ({}): {error}", .place, .path.display())]
    NotThere {
        /// The place.
        place: StoragePath,
        /// Where it would be here.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A link leads out of the storage.
    #[error("{0} leads out of its storage by a link, which a job may not")]
    LeadsOut(StoragePath),
}

impl fmt::Display for StoragePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.storage)?;
        for part in &self.parts {
            write!(f, "/{part}")?;
        }
        Ok(())
    }
}

impl FromStr for StoragePath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split('/').map(str::to_owned);
        let storage = parts.next().unwrap_or_default();
        if !is_name(&storage) {
            return Err(format!(
                "{text:?} is no place in a storage: write NAME/PATH, where a name has letters, digits, `-` and `_`"
            ));
        }
        let parts: Vec<String> = parts.collect();
        match parts.iter().find(|part| !is_part(part)) {
            None => Ok(StoragePath { storage, parts }),
            Some(wrong) => Err(format!(
                "{text:?} is no place in a storage: {wrong:?} cannot be a part of its path"
            )),
        }
    }
}

impl TryFrom<String> for StoragePath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<StoragePath> for String {
    fn from(place: StoragePath) -> String {
        place.to_string()
    }
}

/// Whether a storage can have this name. One letter would be a drive of Windows.
fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    name.len() > 1 && name.chars().all(is_plain)
}

/// Whether this is one part of a path on every system, and leads nowhere else.
fn is_part(part: &str) -> bool {
    let is_plain = |c: char| !c.is_control() && c != '\\' && c != ':';
    !part.is_empty() && part != "." && part != ".." && part.chars().all(is_plain)
}

/// Where each storage is on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Storages(BTreeMap<String, PathBuf>);

impl Storages {
    /// With these folders.
    ///
    /// # Errors
    /// No storage can have such a name, or the path is not a whole one.
    pub fn new(folders: BTreeMap<String, PathBuf>) -> Result<Self, String> {
        for (name, folder) in &folders {
            if !is_name(name) {
                return Err(format!(
                    "{name:?} is no name of a storage: write two or more letters, digits, `-` and `_`"
                ));
            }
            if !folder.is_absolute() {
                let folder = folder.display();
                return Err(format!("{name}, {folder}: write the whole path"));
            }
        }
        Ok(Storages(folders))
    }

    /// The names, in words.
    fn known(&self) -> String {
        match self.0.is_empty() {
            true => "none is named".into(),
            false => {
                let names: Vec<&str> = self.0.keys().map(String::as_str).collect();
                format!("there are {}", names.join(", "))
            }
        }
    }

    /// Which place this path of this machine is. Of several storages the innermost is taken.
    ///
    /// # Errors
    /// It is in none, or is not there.
    pub fn place_of(&self, path: &Path) -> Result<StoragePath, StorageError> {
        let outside = || StorageError::Outside(path.to_owned());
        let whole = path.canonicalize().map_err(|_| outside())?;
        let roots = self.0.iter().filter_map(|(name, folder)| {
            let root = folder.canonicalize().ok()?;
            let beneath = whole.strip_prefix(&root).ok()?.to_owned();
            Some((root.components().count(), name, beneath))
        });
        let innermost = roots.max_by_key(|(depth, ..)| *depth);
        let (_, name, beneath) = innermost.ok_or_else(outside)?;
        let mut parts = Vec::new();
        for component in beneath.components() {
            match component {
                Component::Normal(part) => {
                    let part = part.to_str().filter(|part| is_part(part));
                    parts.push(part.ok_or_else(outside)?.to_owned());
                }
                _ => return Err(outside()),
            }
        }
        Ok(StoragePath {
            storage: name.clone(),
            parts,
        })
    }

    /// Where this place is here.
    ///
    /// # Errors
    /// The storage is not known, the place is not there, or a link leads out of the storage.
    pub fn path_of(&self, place: &StoragePath) -> Result<PathBuf, StorageError> {
        let root = self
            .0
            .get(&place.storage)
            .ok_or_else(|| StorageError::Unknown {
                name: place.storage.clone(),
                known: self.known(),
            })?;
        let path = place
            .parts
            .iter()
            .fold(root.clone(), |path, part| path.join(part));
        let not_there = |error| StorageError::NotThere {
            place: place.clone(),
            path: path.clone(),
            error,
        };
        let root = root.canonicalize().map_err(not_there)?;
        let whole = path.canonicalize().map_err(not_there)?;
        match whole.starts_with(&root) {
            true => Ok(path),
            false => Err(StorageError::LeadsOut(place.clone())),
        }
    }

    /// The same text with a path of this machine, if it is one in a storage, written so that another
    /// machine understands it.
    pub fn to_portable(&self, text: &str) -> String {
        let is_beneath = |folder: &Path| Path::new(text).strip_prefix(folder).ok();
        let roots = self.0.iter();
        let found = roots.filter_map(|(name, folder)| Some((folder, name, is_beneath(folder)?)));
        let innermost = found.max_by_key(|(folder, ..)| folder.components().count());
        let Some((_, name, beneath)) = innermost else {
            return text.to_owned();
        };
        let parts = beneath.components().map(|part| match part {
            Component::Normal(part) => part.to_str().filter(|part| is_part(part)),
            _ => None,
        });
        match parts.collect::<Option<Vec<_>>>() {
            Some(parts) => {
                let parts = parts.iter().map(|part| format!("/{part}"));
                format!("{MARK}{name}{}", parts.collect::<String>())
            }
            None => text.to_owned(),
        }
    }

    /// The same value with each such text in it written so.
    pub fn value_to_portable(&self, value: Value) -> Value {
        mapped(value, &|text| self.to_portable(text))
    }

    /// The reverse of [`Storages::value_to_portable`], on this machine.
    pub fn value_from_portable(&self, value: Value) -> Value {
        mapped(value, &|text| self.from_portable(text))
    }

    /// The reverse of [`Storages::to_portable`], on this machine.
    pub fn from_portable(&self, text: &str) -> String {
        let place = text.strip_prefix(MARK);
        let place = place.and_then(|place| place.parse::<StoragePath>().ok());
        let path = place.and_then(|place| {
            let root = self.0.get(&place.storage)?;
            let parts = place.parts.iter();
            Some(parts.fold(root.clone(), |path, part| path.join(part)))
        });
        match path {
            Some(path) => path.to_string_lossy().into_owned(),
            None => text.to_owned(),
        }
    }
}

/// The value with each text in it changed.
fn mapped(value: Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(&text)),
        Value::Array(items) => {
            let items = items.into_iter();
            items.map(|item| mapped(item, change)).collect()
        }
        Value::Object(members) => {
            let members = members.into_iter();
            let members = members.map(|(key, value)| (key, mapped(value, change)));
            Value::Object(members.collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storages(folders: &[(&str, &Path)]) -> Storages {
        let folders = folders.iter();
        let folders = folders.map(|(name, path)| ((*name).to_owned(), path.to_path_buf()));
        Storages::new(folders.collect()).unwrap()
    }

    #[test]
    fn place_is_a_name_and_parts() {
        for text in ["jobs", "jobs/bunny/in", "show-1_a/Pauline Ü/#.exr"] {
            assert_eq!(text.parse::<StoragePath>().unwrap().to_string(), text);
        }
        for wrong in [
            "",
            "/jobs",
            "c:/jobs",
            "c/jobs",
            "jobs/",
            "jobs//a",
            "jobs/../a",
            "jobs/.",
            "jobs/a\\b",
            "jobs/c:",
            "jobs/a\nb",
            "jo bs/a",
            "../a",
        ] {
            assert!(wrong.parse::<StoragePath>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn place_is_found_on_each_machine() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for machine in [&one, &other] {
            std::fs::create_dir_all(machine.path().join("jobs/bunny/in")).unwrap();
        }
        let here = one.path().join("jobs");
        let bunny = here.join("bunny");
        let here = storages(&[("jobs", &here), ("bunny", &bunny)]);
        let place = here.place_of(&bunny.join("in")).unwrap();
        assert_eq!(place.to_string(), "bunny/in");
        let there = other.path().join("jobs/bunny");
        let there = storages(&[("bunny", &there)]);
        let path = there.path_of(&place).unwrap();
        assert_eq!(path, other.path().join("jobs/bunny/in"));
        let outside = here.place_of(other.path()).unwrap_err().to_string();
        assert!(outside.contains("[storage]"), "{outside}");
        let unknown = there.path_of(&"jobs/bunny".parse().unwrap()).unwrap_err();
        assert!(unknown.to_string().contains("there are bunny"), "{unknown}");
        let gone = there.path_of(&"bunny/out".parse().unwrap()).unwrap_err();
        assert!(matches!(gone, StorageError::NotThere { .. }), "{gone}");
        let text = bunny.join("in/a b.exr").to_string_lossy().into_owned();
        assert_eq!(here.to_portable(&text), "storage:bunny/in/a b.exr");
        let moved = there.from_portable("storage:bunny/in/a b.exr");
        assert_eq!(
            Path::new(&moved),
            other.path().join("jobs/bunny/in/a b.exr")
        );
        for same in [
            "a text",
            "/elsewhere/x",
            "storage:unknown/x",
            "storage:../x",
        ] {
            assert_eq!(here.to_portable(same), same);
            assert_eq!(there.from_portable(same), same);
        }
    }

    #[cfg(unix)]
    #[test]
    fn link_out_of_a_storage_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("jobs");
        std::fs::create_dir(&root).unwrap();
        std::os::unix::fs::symlink("/", root.join("out")).unwrap();
        let storages = storages(&[("jobs", &root)]);
        let refused = storages.path_of(&"jobs/out/etc".parse().unwrap());
        assert!(matches!(refused, Err(StorageError::LeadsOut(_))));
    }

    #[test]
    fn storage_needs_a_name_and_a_whole_path() {
        let new = |name: &str, path: &str| Storages::new([(name.into(), path.into())].into());
        assert!(new("c", "/jobs").is_err() && new("jobs", "jobs").is_err());
        assert!(new("a b", "/jobs").is_err());
    }
}
