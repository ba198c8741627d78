//! The lock of a project: which adapters it uses, to the byte. It is TOML, sorted, and made to be
//! reviewed and kept in version control.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use semver::Version;
use serde::{Deserialize, Serialize};

use super::release::check_name;
use super::{Digest, DistributionError, KeyId, Release};
use pyblish_platform::atomic::{self, Readers};
use pyblish_platform::trusted::{self, Trust};

/// What the file of a lock is called.
pub const LOCK_NAME: &str = "adapters.lock";

/// The form of what is in it. Another one is not understood.
const FORM: u32 = 1;

/// The largest file.
const LARGEST: u64 = 1 << 20;

/// The first lines of the file.
const HEADER: &str = "\
# The adapters of this project. `pyblish-endpoint adapters add` and `update` write this file.
# Keep it in version control, and review its changes: `asks` is what an adapter may be granted.
";

/// An adapter in a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedAdapter {
    /// Its name.
    pub name: String,
    /// Its version.
    #[serde(with = "version_text")]
    pub version: Version,
    /// Where it comes from, as a [`super::Reference`]; relative to the folder of the lock.
    pub source: String,
    /// SHA-256 of its file.
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
    /// The key that signed it; none if no key was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyId>,
    /// The version of the contract that it was built for.
    pub contract: String,
    /// The hosts that it is for.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Which versions of them, one line each, such as `maya >=2022`; all of those not named.
    #[serde(
        default,
        rename = "host-versions",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub host_versions: Vec<String>,
    /// What it asks for, one line each, sorted.
    #[serde(default)]
    pub asks: Vec<String>,
}

impl LockedAdapter {
    /// What the file of the adapter must say of itself.
    ///
    /// # Errors
    /// Its name cannot be used.
    pub fn release(&self) -> Result<Release, DistributionError> {
        check_name(&self.name)?;
        Ok(Release {
            name: self.name.clone(),
            version: self.version.clone(),
            hosts: self.hosts.clone(),
            host_versions: self.host_versions.clone(),
            contract: self.contract.clone(),
            asks: self.asks.clone(),
        })
    }
}

/// A version as its text. The feature of `semver` that does this would build wasmtime again.
mod version_text {
    use semver::Version;
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    pub(super) fn serialize<S: Serializer>(version: &Version, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(version)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Version, D::Error> {
        let text = String::deserialize(from)?;
        text.parse()
            .map_err(|error| D::Error::custom(format!("the version {text:?}: {error}")))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LockFile {
    version: u32,
    #[serde(default, rename = "adapter")]
    adapters: Vec<LockedAdapter>,
}

/// The lock of a project.
#[derive(Debug, Clone)]
pub struct Lock {
    path: PathBuf,
    /// What the file had in it when it was read; none if there was no file.
    read: Option<String>,
    /// By name.
    adapters: BTreeMap<String, LockedAdapter>,
}

impl Lock {
    /// Reads a lock that must be there.
    ///
    /// # Errors
    /// There is none, or it has a mistake.
    pub fn read(path: &Path) -> Result<Self, DistributionError> {
        let lock = Lock::read_or_new(path)?;
        match lock.read {
            Some(_) => Ok(lock),
            None => Err(DistributionError::NoLock { path: path.into() }),
        }
    }

    /// Reads a lock; an empty one if there is none.
    ///
    /// # Errors
    /// It cannot be read, or has a mistake.
    pub fn read_or_new(path: &Path) -> Result<Self, DistributionError> {
        let read = match trusted::read_text(path, Trust::Any, LARGEST) {
            Ok(text) => Some(text),
            Err(error) if error.is_missing() => None,
            Err(error) => {
                return Err(DistributionError::Lock {
                    path: path.into(),
                    reason: error.reason.to_string(),
                });
            }
        };
        match read {
            Some(text) => Lock::of_text(path, text),
            None => Ok(Lock::empty(path)),
        }
    }

    /// A lock that is in no file yet.
    pub(crate) fn empty(path: &Path) -> Self {
        Lock {
            path: path.into(),
            read: None,
            adapters: BTreeMap::new(),
        }
    }

    /// A lock from its text. `path` is where that comes from.
    ///
    /// # Errors
    /// It has a mistake.
    pub(crate) fn of_text(path: &Path, text: String) -> Result<Self, DistributionError> {
        let adapters = parse(&text).map_err(|reason| DistributionError::Lock {
            path: path.into(),
            reason,
        })?;
        Ok(Lock {
            path: path.into(),
            read: Some(text),
            adapters,
        })
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that its sources are relative to.
    pub fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    /// The adapter of this name.
    pub fn get(&self, name: &str) -> Option<&LockedAdapter> {
        self.adapters.get(name)
    }

    /// All adapters, by name.
    pub fn adapters(&self) -> impl Iterator<Item = &LockedAdapter> {
        self.adapters.values()
    }

    /// Adds an adapter, in place of one of the same name.
    pub fn put(&mut self, adapter: LockedAdapter) {
        self.adapters.insert(adapter.name.clone(), adapter);
    }

    /// Writes the file, as a whole.
    ///
    /// # Errors
    /// It cannot be written, or somebody else has changed it since it was read.
    pub fn save(&mut self) -> Result<(), DistributionError> {
        let path = || self.path.clone();
        if Lock::read_or_new(&self.path)?.read != self.read {
            return Err(DistributionError::LockChanged { path: path() });
        }
        let text = self.text();
        atomic::write(&self.path, text.as_bytes(), Readers::Usual).map_err(|error| {
            DistributionError::Lock {
                path: path(),
                reason: error.to_string(),
            }
        })?;
        self.read = Some(text);
        Ok(())
    }

    /// The text of its file.
    pub(crate) fn text(&self) -> String {
        let file = LockFile {
            version: FORM,
            adapters: self.adapters.values().cloned().collect(),
        };
        // It is made of texts and numbers.
        let text = toml::to_string_pretty(&file).expect("a lock is TOML");
        format!("{HEADER}{text}")
    }
}

fn parse(text: &str) -> Result<BTreeMap<String, LockedAdapter>, String> {
    let file: LockFile = toml::from_str(text).map_err(|error| {
        let said = error.to_string();
        format!("it has a mistake: {}", said.trim_end())
    })?;
    if file.version != FORM {
        return Err(format!(
            "its version is {}, and this program knows {FORM}; use the program that wrote it",
            file.version
        ));
    }
    let mut adapters = BTreeMap::new();
    for adapter in file.adapters {
        check_name(&adapter.name).map_err(|error| error.to_string())?;
        let name = adapter.name.clone();
        if adapters.insert(name.clone(), adapter).is_some() {
            return Err(format!(
                "it has the adapter {name} twice; remove one of them"
            ));
        }
    }
    Ok(adapters)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn locked(name: &str) -> LockedAdapter {
        LockedAdapter {
            name: name.into(),
            version: Version::new(1, 4, 0),
            source: format!("/share/{name}.wasm"),
            digest: Digest::of(name.as_bytes()),
            size: 4,
            key: Some("0123456789ABCDEF".parse().unwrap()),
            contract: "0.2.0".into(),
            hosts: vec![name.into()],
            host_versions: vec![],
            asks: vec!["bridge maya".into(), "folder /inbox:ro".into()],
        }
    }

    #[test]
    fn lock_is_sorted_and_read_as_written() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(LOCK_NAME);
        let mut lock = Lock::read_or_new(&path).unwrap();
        lock.put(locked("nuke"));
        lock.put(locked("maya"));
        lock.save().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.find("maya").unwrap() < text.find("nuke").unwrap(),
            "{text}"
        );
        // One line for each thing that is asked for, so that a review shows each.
        assert!(text.contains("\n    \"folder /inbox:ro\",\n"), "{text}");
        let again = Lock::read(&path).unwrap();
        assert_eq!(again.get("maya"), Some(&locked("maya")));
        assert_eq!(again.text(), text);
    }

    #[test]
    fn change_of_somebody_else_is_not_lost() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(LOCK_NAME);
        let (mut one, mut other) = (
            Lock::read_or_new(&path).unwrap(),
            Lock::read_or_new(&path).unwrap(),
        );
        one.put(locked("maya"));
        one.save().unwrap();
        one.save().unwrap();
        other.put(locked("nuke"));
        let said = other.save().unwrap_err().to_string();
        assert!(said.contains("run the command again"), "{said}");
        assert!(Lock::read(&path).unwrap().get("nuke").is_none());
    }

    #[test]
    fn each_mistake_has_its_words() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(LOCK_NAME);
        let missing = Lock::read(&path).unwrap_err().to_string();
        assert!(missing.contains("adapters add"), "{missing}");
        let mut lock = Lock::read_or_new(&path).unwrap();
        lock.put(locked("maya"));
        lock.save().unwrap();
        let right = fs::read_to_string(&path).unwrap();
        let entry = right.split_once("[[adapter]]").unwrap().1;
        for (text, part) in [
            (right.replace("sha256:", "md5:"), "is no digest"),
            (
                right.replace("version = 1\n", "version = 2\n"),
                "version is 2",
            ),
            (right.replace("size =", "sise ="), "sise"),
            (
                right.replace("\"maya\"\nversion", "\"../x\"\nversion"),
                "../x",
            ),
            (format!("{right}\n[[adapter]]{entry}"), "twice"),
            (right.replace("[[adapter]]", "[[adapter"), "line"),
            (right.replace("0123456789ABCDEF", "0123"), "16 digits"),
        ] {
            fs::write(&path, &text).unwrap();
            let said = Lock::read(&path).unwrap_err().to_string();
            assert!(
                said.contains(part) && said.contains(LOCK_NAME),
                "{part}: {said}"
            );
        }
    }
}
