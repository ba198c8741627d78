//! The store: the files of adapters under their digests, for this user alone.
//!
//! `DIGEST.wasm` is the adapter, `DIGEST.minisig` its signature, or `DIGEST.cosign` what cosign has
//! checked, and `DIGEST.toml` its entry. The adapter is written last, and as a whole, so an adapter
//! that is found is complete. `locks/` has
//! the locks of this machine, with the digests that each named last; `checked/` has a mark for each
//! signature that was checked, by what it was checked with.
//!
//! Only one process at a time changes the store: it holds the lock of the file `.lock` meanwhile.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{AdapterSignature, Digest, DistributionError, Lock, LockedAdapter};
use pyblish_platform::private;
use pyblish_platform::trusted::{self, Trust, TrustedFolder};

/// The largest entry, list of digests, or signature.
const LARGEST_ENTRY: u64 = 1 << 20;

const ADAPTER: &str = "wasm";
const SIGNATURE: &str = "minisig";
const COSIGN: &str = "cosign";
const ENTRY: &str = "toml";

/// The adapters of this user.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// An adapter in the store.
#[derive(Debug, Clone)]
pub struct StoredAdapter {
    /// Its entry, as it would be in a lock.
    pub entry: LockedAdapter,
    /// Its file.
    pub path: PathBuf,
}

/// What was removed, or would be.
#[derive(Debug, Default)]
pub struct Pruned {
    /// The adapters that no lock names.
    pub removed: Vec<LockedAdapter>,
    /// How many bytes that frees.
    pub bytes: u64,
    /// Locks that are not there; what they named last is kept.
    pub missing: Vec<PathBuf>,
}

/// What the store knows of a lock.
#[derive(Serialize, Deserialize)]
struct KnownLock {
    path: PathBuf,
    digests: BTreeSet<Digest>,
}

impl Store {
    /// The store of this user, in their data folder.
    ///
    /// # Errors
    /// The user has no home folder.
    pub fn of_user(data: Option<PathBuf>) -> Result<Self, DistributionError> {
        match data {
            Some(folder) => Ok(Store::at(folder.join("store"))),
            None => Err(DistributionError::NoStore),
        }
    }

    /// The store in this folder.
    pub fn at(folder: PathBuf) -> Self {
        Store { folder }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn file(&self, digest: &Digest, extension: &str) -> PathBuf {
        self.folder.join(digest.hex()).with_extension(extension)
    }

    fn failed(&self, error: impl std::fmt::Display) -> DistributionError {
        DistributionError::Store {
            path: self.folder.clone(),
            reason: error.to_string(),
        }
    }

    /// Opens the store, which nobody else may be able to change. None if there is none yet.
    fn open(&self) -> Result<Option<TrustedFolder>, DistributionError> {
        match TrustedFolder::open(&self.folder, Trust::Private) {
            Ok(folder) => Ok(Some(folder)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(self.failed(error.reason)),
        }
    }

    /// Waits until no other process changes the store, and lets none until this is dropped.
    fn own(&self) -> Result<File, DistributionError> {
        private::secure_folder(&self.folder).map_err(|error| self.failed(error))?;
        let file = trusted::open_or_create(&self.folder.join(".lock"), Trust::Private);
        let file = file.map_err(|error| self.failed(error.reason))?;
        file.lock().map_err(|error| self.failed(error))?;
        Ok(file)
    }

    /// Keeps an adapter. Whoever keeps the same one at the same time writes the same bytes.
    ///
    /// # Errors
    /// It cannot be written. Then it is not in the store.
    pub fn put(
        &self,
        entry: &LockedAdapter,
        bytes: &[u8],
        signature: Option<&AdapterSignature>,
    ) -> Result<PathBuf, DistributionError> {
        let _own = self.own()?;
        let failed = |error: io::Error| self.failed(error);
        // It is made of texts and numbers.
        let text = toml::to_string_pretty(entry).expect("an entry is TOML");
        let of = |extension| self.file(&entry.digest, extension);
        match signature {
            None => {}
            Some(AdapterSignature::Minisign(text)) => {
                private::write(&of(SIGNATURE), text).map_err(failed)?;
                remove(&of(COSIGN)).map_err(failed)?;
            }
            Some(AdapterSignature::Cosign(record)) => {
                // It is made of texts.
                let text = toml::to_string_pretty(record).expect("a record is TOML");
                private::write(&of(COSIGN), text).map_err(failed)?;
                remove(&of(SIGNATURE)).map_err(failed)?;
            }
        }
        private::write(&of(ENTRY), text).map_err(failed)?;
        let path = of(ADAPTER);
        private::write(&path, bytes).map_err(failed)?;
        Ok(path)
    }

    /// Removes an adapter, after an install that came to nothing.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(&self, digest: &Digest) -> Result<(), DistributionError> {
        let _own = self.own()?;
        self.remove_files(digest)
    }

    fn remove_files(&self, digest: &Digest) -> Result<(), DistributionError> {
        // The adapter first: without it, nobody finds the rest.
        for extension in [ADAPTER, ENTRY, SIGNATURE, COSIGN] {
            remove(&self.file(digest, extension)).map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    /// The file of an adapter, if it is in the store. What is in the file must be checked when it
    /// is read.
    ///
    /// # Errors
    /// Others can change the store.
    pub fn find(&self, digest: &Digest) -> Result<Option<PathBuf>, DistributionError> {
        let path = self.file(digest, ADAPTER);
        let is_there = self.open()?.is_some() && path.is_file();
        Ok(is_there.then_some(path))
    }

    /// The bytes of an adapter, which are those of the digest.
    ///
    /// # Errors
    /// It is not in the store, or is another file than it was.
    pub fn read(&self, digest: &Digest, limit: u64) -> Result<Vec<u8>, DistributionError> {
        let path = self.find(digest)?;
        let path = path.ok_or_else(|| self.failed(format!("{digest} is not in it")))?;
        let bytes = trusted::read(&path, Trust::Private, limit);
        let bytes =
            bytes.map_err(|error| self.failed(format!("{}: {}", path.display(), error.reason)))?;
        match Digest::of(&bytes) == *digest {
            true => Ok(bytes),
            false => Err(DistributionError::Changed { path }),
        }
    }

    /// The signature of an adapter, if it has one.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn signature(
        &self,
        digest: &Digest,
    ) -> Result<Option<AdapterSignature>, DistributionError> {
        if let Some(text) = self.text(&self.file(digest, SIGNATURE))? {
            return Ok(Some(AdapterSignature::Minisign(text)));
        }
        let Some(text) = self.text(&self.file(digest, COSIGN))? else {
            return Ok(None);
        };
        let record = toml::from_str(&text).map_err(|error| self.failed(error))?;
        Ok(Some(AdapterSignature::Cosign(record)))
    }

    /// The text of a file, if it is there.
    fn text(&self, path: &Path) -> Result<Option<String>, DistributionError> {
        match trusted::read_text(path, Trust::Private, LARGEST_ENTRY) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Everything in the store, by name, the newest version first.
    ///
    /// # Errors
    /// Others can change the store, or an entry cannot be read.
    pub fn list(&self) -> Result<Vec<StoredAdapter>, DistributionError> {
        let Some(folder) = self.open()? else {
            return Ok(Vec::new());
        };
        let names = folder.names().map_err(|error| self.failed(error))?;
        let mut found = Vec::new();
        for name in names {
            let path = self.folder.join(&name);
            if path.extension().is_none_or(|it| it != ADAPTER) {
                continue;
            }
            let entry = Path::new(&name).with_extension(ENTRY);
            let text = folder.read_text(&entry, Trust::Private, LARGEST_ENTRY);
            let text = text.map_err(|error| self.failed(error))?;
            let entry: LockedAdapter = toml::from_str(&text).map_err(|_| {
                self.failed(format!(
                    "{} is no entry; remove it and its .wasm file, and install again",
                    entry.display()
                ))
            })?;
            if path != self.file(&entry.digest, ADAPTER) {
                return Err(DistributionError::Changed { path });
            }
            found.push(StoredAdapter { entry, path });
        }
        found.sort_by(|a, b| {
            let by_version = || b.entry.version.cmp(&a.entry.version);
            let by_digest = || a.entry.digest.cmp(&b.entry.digest);
            let by_name = a.entry.name.cmp(&b.entry.name);
            by_name.then_with(by_version).then_with(by_digest)
        });
        Ok(found)
    }

    /// Remembers that this lock names these adapters, so that they stay.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn remember(&self, lock: &Lock) -> Result<(), DistributionError> {
        let path = lock
            .path()
            .canonicalize()
            .map_err(|error| self.failed(error))?;
        let known = KnownLock {
            digests: lock.adapters().map(|it| it.digest.clone()).collect(),
            path,
        };
        let _own = self.own()?;
        self.write_known(&known)
    }

    fn locks(&self) -> PathBuf {
        self.folder.join("locks")
    }

    fn write_known(&self, known: &KnownLock) -> Result<(), DistributionError> {
        private::folder(&self.locks()).map_err(|error| self.failed(error))?;
        let name = Digest::of(known.path.as_os_str().as_encoded_bytes());
        let path = self.locks().join(name.hex()).with_extension(ENTRY);
        let text = toml::to_string_pretty(known).map_err(|error| self.failed(error))?;
        private::write(&path, text).map_err(|error| self.failed(error))
    }

    fn known_locks(&self) -> Result<Vec<KnownLock>, DistributionError> {
        let folder = match TrustedFolder::open(&self.locks(), Trust::Private) {
            Ok(folder) => folder,
            Err(error) if error.is_missing() => return Ok(Vec::new()),
            Err(error) => return Err(self.failed(error)),
        };
        let names = folder.names().map_err(|error| self.failed(error))?;
        let entries = names.iter().map(Path::new);
        let entries = entries.filter(|name| name.extension().is_some_and(|it| it == ENTRY));
        let known = entries.map(|name| {
            let text = folder.read_text(name, Trust::Private, LARGEST_ENTRY);
            let text = text.map_err(|error| self.failed(error))?;
            toml::from_str(&text).map_err(|error| self.failed(error))
        });
        known.collect()
    }

    /// Removes the adapters that no lock of this machine names, or only says which those are.
    ///
    /// # Errors
    /// A lock is there and cannot be read: then nothing is removed.
    pub fn prune(&self, only_say: bool) -> Result<Pruned, DistributionError> {
        let mut pruned = Pruned::default();
        if self.open()?.is_none() {
            return Ok(pruned);
        }
        let _own = self.own()?;
        let mut kept = BTreeSet::new();
        for mut known in self.known_locks()? {
            match Lock::read(&known.path) {
                Ok(lock) => {
                    known.digests = lock.adapters().map(|it| it.digest.clone()).collect();
                    self.write_known(&known)?;
                }
                // It may be on a share that is not mounted now.
                Err(DistributionError::NoLock { .. }) => pruned.missing.push(known.path),
                Err(error) => return Err(error),
            }
            kept.extend(known.digests);
        }
        for StoredAdapter { entry, path } in self.list()? {
            if kept.contains(&entry.digest) {
                continue;
            }
            pruned.bytes += path.metadata().map_or(0, |it| it.len());
            if !only_say {
                self.remove_files(&entry.digest)?;
            }
            pruned.removed.push(entry);
        }
        if !only_say {
            self.remove_marks().map_err(|error| self.failed(error))?;
        }
        Ok(pruned)
    }

    /// Forgets the locks that are not there any more, and what they named.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn forget_missing(&self) -> Result<(), DistributionError> {
        if self.open()?.is_none() {
            return Ok(());
        }
        let _own = self.own()?;
        for known in self.known_locks()? {
            if let Err(DistributionError::NoLock { .. }) = Lock::read(&known.path) {
                let name = Digest::of(known.path.as_os_str().as_encoded_bytes());
                let path = self.locks().join(name.hex()).with_extension(ENTRY);
                remove(&path).map_err(|error| self.failed(error))?;
            }
        }
        Ok(())
    }

    fn mark(&self, checked: &str) -> PathBuf {
        let name = Digest::of(checked.as_bytes());
        self.folder.join("checked").join(name.hex())
    }

    /// Whether a signature was checked with exactly this.
    pub(crate) fn is_marked(&self, checked: &str) -> bool {
        let text = trusted::read_text(&self.mark(checked), Trust::Private, LARGEST_ENTRY);
        text.is_ok_and(|text| text == checked)
    }

    /// Remembers that a signature was checked with this. A failure costs time at the next start.
    pub(crate) fn set_mark(&self, checked: &str) {
        let path = self.mark(checked);
        let written = private::folder(&self.folder.join("checked"))
            .and_then(|()| private::write(&path, checked));
        // The caller has checked it now, and checks it again next time.
        drop(written);
    }

    /// Marks are made again when they are missed.
    fn remove_marks(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.folder.join("checked")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::LOCK_NAME;

    fn entry(bytes: &[u8]) -> LockedAdapter {
        LockedAdapter {
            name: "maya".into(),
            version: semver::Version::new(1, 0, 0),
            source: "a.wasm".into(),
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
            key: None,
            contract: "0.2.0".into(),
            hosts: vec![],
            host_versions: vec![],
            asks: vec![],
        }
    }

    fn lock(folder: &Path, bytes: &[u8]) -> Lock {
        let mut lock = Lock::read_or_new(&folder.join(LOCK_NAME)).unwrap();
        lock.put(entry(bytes));
        lock.save().unwrap();
        lock
    }

    #[test]
    fn prune_keeps_what_a_lock_names() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::at(place.path().join("store"));
        assert!(store.prune(false).unwrap().removed.is_empty());
        let [one, other] = ["one", "other"].map(|it| place.path().join(it));
        for folder in [&one, &other] {
            fs::create_dir(folder).unwrap();
        }
        for bytes in [b"a", b"b", b"c"] {
            let signature = AdapterSignature::Minisign("signature".into());
            store.put(&entry(bytes), bytes, Some(&signature)).unwrap();
        }
        store.remember(&lock(&one, b"a")).unwrap();
        store.remember(&lock(&other, b"b")).unwrap();
        let names = |pruned: &Pruned| -> Vec<Digest> {
            pruned.removed.iter().map(|it| it.digest.clone()).collect()
        };
        let said = store.prune(true).unwrap();
        assert_eq!(names(&said), [Digest::of(b"c")]);
        assert_eq!(store.list().unwrap().len(), 3);
        // A share that is not mounted, and a lock that is broken.
        fs::rename(&one, place.path().join("away")).unwrap();
        fs::write(other.join(LOCK_NAME), "broken").unwrap();
        store.prune(false).unwrap_err();
        assert_eq!(store.list().unwrap().len(), 3);
        lock_text(&other, b"b");
        let pruned = store.prune(false).unwrap();
        assert_eq!(names(&pruned), [Digest::of(b"c")]);
        assert_eq!(pruned.missing.len(), 1);
        assert_eq!(store.list().unwrap().len(), 2);
        assert!(store.signature(&Digest::of(b"c")).unwrap().is_none());
        store.forget_missing().unwrap();
        assert_eq!(names(&store.prune(false).unwrap()), [Digest::of(b"a")]);
    }

    fn lock_text(folder: &Path, bytes: &[u8]) {
        fs::remove_file(folder.join(LOCK_NAME)).unwrap();
        lock(folder, bytes);
    }

    #[test]
    fn file_that_was_changed_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::at(place.path().join("store"));
        let path = store.put(&entry(b"a"), b"a", None).unwrap();
        assert_eq!(store.read(&Digest::of(b"a"), 1).unwrap(), b"a");
        fs::write(&path, b"b").unwrap();
        let said = store.read(&Digest::of(b"a"), 1).unwrap_err().to_string();
        assert!(said.contains("adapters install"), "{said}");
        store.put(&entry(b"a"), b"a", None).unwrap();
        store.read(&Digest::of(b"a"), 1).unwrap();
    }

    #[test]
    fn several_at_once_keep_one_adapter() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::at(place.path().join("store"));
        let bytes = vec![7; 1 << 20];
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| store.put(&entry(&bytes), &bytes, None).unwrap());
            }
        });
        assert_eq!(store.list().unwrap().len(), 1);
        assert_eq!(store.read(&Digest::of(&bytes), 1 << 20).unwrap(), bytes);
    }

    #[cfg(unix)]
    #[test]
    fn store_of_others_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let store = Store::at(place.path().join("store"));
        store.put(&entry(b"a"), b"a", None).unwrap();
        fs::set_permissions(store.folder(), fs::Permissions::from_mode(0o777)).unwrap();
        let said = store.find(&Digest::of(b"a")).unwrap_err().to_string();
        assert!(said.contains("chmod 700"), "{said}");
        store.put(&entry(b"b"), b"b", None).unwrap_err();
    }
}
