//! Which files a start may load: those of a lock, or everything in the store. Each has a digest,
//! which is checked when the file is read.
//!
//! A start checks here what costs nothing: that nothing is revoked, that the file is there, and that
//! its signature was checked with exactly this entry and these keys. Only if that changed, the
//! signature is checked again.

use std::path::PathBuf;

use super::check::check_locked;
use super::{
    Describe, Digest, DistributionError, Lock, LockedAdapter, Store, StoredAdapter, Trust,
};

/// An adapter that a start may load, or why it may not.
#[derive(Debug)]
pub struct Pin {
    /// Its name.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// What must be in the file.
    pub digest: Digest,
    /// Its entry in the lock or in the store.
    pub entry: LockedAdapter,
    /// Why it must not be loaded, if it must not.
    pub problem: Option<DistributionError>,
}

/// What a lock allows to load.
pub fn pins(
    lock: &Lock,
    store: &Store,
    trust: &Trust,
    limit: u64,
    describe: Describe<'_>,
) -> Vec<Pin> {
    let pins = lock.adapters().map(|locked| {
        let found = find(locked, store, trust, limit, describe);
        let (path, problem) = match found {
            Ok(path) => (path, None),
            Err(error) => (PathBuf::new(), Some(error)),
        };
        Pin {
            name: locked.name.clone(),
            path,
            digest: locked.digest.clone(),
            entry: locked.clone(),
            problem,
        }
    });
    pins.collect()
}

/// What the store has, without a lock, by name. Of each name, that one comes first which the name
/// alone stands for: the newest version that may be used here, or else the newest one. `speaks` answers whether adapters for a version of the contract are loaded
/// here: programs of several versions can share a store.
///
/// # Errors
/// The store cannot be used.
pub fn stored_pins(
    store: &Store,
    trust: &Trust,
    limit: u64,
    describe: Describe<'_>,
    speaks: fn(&str) -> bool,
) -> Result<Vec<Pin>, DistributionError> {
    let is_usable = |pin: &Pin| pin.problem.is_none() && speaks(&pin.entry.contract);
    let stored = store.list()?.into_iter();
    let pins = stored.map(|StoredAdapter { entry, path }| Pin {
        name: entry.name.clone(),
        path,
        digest: entry.digest.clone(),
        problem: find(&entry, store, trust, limit, describe).err(),
        entry,
    });
    let mut pins: Vec<Pin> = pins.collect();
    // The newest ones stay before older ones.
    pins.sort_by_cached_key(|pin| (pin.name.clone(), !is_usable(pin)));
    Ok(pins)
}

/// The file of an entry, once nothing speaks against it.
fn find(
    entry: &LockedAdapter,
    store: &Store,
    trust: &Trust,
    limit: u64,
    describe: Describe<'_>,
) -> Result<PathBuf, DistributionError> {
    trust.check_revoked(&entry.name, &entry.digest, entry.key.as_ref())?;
    let path = store.find(&entry.digest)?;
    let path = path.ok_or_else(|| DistributionError::NotInstalled {
        name: entry.name.clone(),
        version: entry.version.clone(),
    })?;
    let checked = format!("{entry:?}\n{}", trust.fingerprint());
    if !store.is_marked(&checked) {
        check_locked(entry, store, trust, limit, describe)?;
        store.set_mark(&checked);
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Release;

    /// A file says its version and its contract in two words.
    fn describe(_: &Path, bytes: &[u8]) -> Result<Release, DistributionError> {
        let text = String::from_utf8_lossy(bytes);
        let (version, contract) = text.split_once(' ').unwrap();
        Release::new("maya", version, vec![], contract.into(), vec![])
    }

    #[test]
    fn newest_version_that_is_loaded_here_is_found() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::at(place.path().join("store"));
        for text in ["1.0.0 0.2.0", "1.1.0 0.2.0", "1.2.0 0.2.7"] {
            let bytes = text.as_bytes();
            let release = describe(Path::new(""), bytes).unwrap();
            let entry = LockedAdapter {
                name: release.name,
                version: release.version,
                source: "maya.wasm".into(),
                digest: Digest::of(bytes),
                size: bytes.len() as u64,
                key: None,
                contract: release.contract,
                hosts: vec![],
                host_versions: vec![],
                asks: vec![],
            };
            store.put(&entry, bytes, None).unwrap();
        }
        let mut trust = Trust::default();
        let found = |trust: &Trust, speaks| {
            let pins = stored_pins(&store, trust, 100, &describe, speaks).unwrap();
            assert_eq!(pins.len(), 3);
            pins[0].entry.version.to_string()
        };
        assert_eq!(found(&trust, |_| true), "1.2.0");
        assert_eq!(found(&trust, |contract| contract == "0.2.0"), "1.1.0");
        // If none can be used, the newest one says why.
        assert_eq!(found(&trust, |_| false), "1.2.0");
        trust.revoked_digests.insert(Digest::of(b"1.1.0 0.2.0"));
        assert_eq!(found(&trust, |contract| contract == "0.2.0"), "1.0.0");
    }
}
