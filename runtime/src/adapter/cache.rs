//! Compiled adapters on disk, so that a second start does not compile.
//!
//! Compiled code is run as it is read, so a changed file must never be taken: the folder is private to the
//! user, and beside each entry lies its MAC under a key that only the user can read. Whatever is wrong with an
//! entry, the adapter is compiled again; a cache that cannot be used is said so and left out.
//!
//! An entry is looked through without being kept in memory, and then mapped: of forty megabytes of Python each session
//! uses a few, and all share them. So it is never changed in its place, only replaced.
//!
//! An entry that no start has used for a month goes when another one comes: by then another version has taken its place.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::user::private;

/// Bytes of the key and of a MAC.
const SIZE: usize = 32;

/// What the names of files with MACs end with, behind a dot.
pub(super) const MAC: &str = "mac";

/// How much of an entry is looked at at once: what a processor's own memory holds.
const PIECE: usize = 256 * 1024;

/// How long an entry is kept that no start uses.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// The file with the key, beside the entries.
pub(super) const KEY: &str = "key";

/// A private folder of compiled adapters.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    key: [u8; SIZE],
}

impl Cache {
    /// The cache of this user; none where there is no place for one, after a warning that says why.
    pub fn of_user() -> Option<Self> {
        let folder = folder()?;
        match Cache::at(&folder) {
            Ok(cache) => Some(cache),
            Err(error) => {
                tracing::warn!(
                    "adapters are compiled at each start, for {} cannot be used as a cache: {error}",
                    folder.display()
                );
                None
            }
        }
    }

    /// The cache of this user as it is: nothing is made.
    pub fn there() -> Option<Self> {
        let folder = folder()?;
        private::look(&folder).ok().filter(|there| *there)?;
        let mut key = [0; SIZE];
        let mut file = File::open(folder.join(KEY)).ok()?;
        file.read_exact(&mut key).ok()?;
        Some(Cache { folder, key })
    }

    pub(super) fn at(folder: &Path) -> io::Result<Self> {
        private::secure_folder(folder)?;
        Ok(Cache {
            folder: folder.to_path_buf(),
            key: key(&folder.join(KEY))?,
        })
    }

    /// The file with the compiled code of this component for this engine, if it is here and whole.
    pub(super) fn get(&self, engine: &wasmtime::Engine, component: &[u8]) -> Option<PathBuf> {
        let name = name(engine, component);
        let path = self.folder.join(&name);
        // Comes last, so an entry without it is none yet.
        let mac = fs::read(beside(&path)).ok()?;
        let found = File::open(&path).and_then(|file| self.mac(&name, file));
        // Compared in a time that does not tell where they differ.
        match <[u8; SIZE]>::try_from(mac) {
            Ok(mac) if found.ok()? == blake3::Hash::from_bytes(mac) => Some(path),
            _ => {
                tracing::warn!(
                    "the cached code {name} was changed by something else; compiling again"
                );
                None
            }
        }
    }

    /// Whether there is an entry for this component and engine, whole or not.
    pub(super) fn has(&self, engine: &wasmtime::Engine, component: &[u8]) -> bool {
        beside(&self.folder.join(name(engine, component))).exists()
    }

    /// Keeps compiled code; a failure costs time only, and is logged.
    pub(super) fn put(&self, engine: &wasmtime::Engine, component: &[u8], code: &[u8]) {
        let name = name(engine, component);
        if let Err(error) = self.write(&name, code) {
            tracing::warn!(
                "the compiled adapter could not be kept in {}: {error}",
                self.folder.display()
            );
        }
        self.prune(SystemTime::now());
    }

    /// Notes that an entry is of use: its MAC is as old as its last use.
    pub(super) fn used(&self, engine: &wasmtime::Engine, component: &[u8]) {
        let mac = beside(&self.folder.join(name(engine, component)));
        let file = File::options().append(true).open(mac);
        if let Err(error) = file.and_then(|mac| mac.set_modified(SystemTime::now())) {
            // It is compiled once more than needed, in a month.
            tracing::debug!("that cached code was used cannot be noted: {error}");
        }
    }

    /// Removes what was not used for so long, as of now.
    fn prune(&self, now: SystemTime) {
        for entry in self.folder.read_dir().into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_name() == KEY {
                continue;
            }
            // One without a MAC is no entry, and as old as it is.
            let used = fs::metadata(beside(&path)).or_else(|_| entry.metadata());
            let age = used
                .and_then(|it| it.modified())
                .map(|at| now.duration_since(at));
            let Ok(Ok(age)) = age else { continue };
            if age > KEPT
                && let Err(error) = fs::remove_file(&path)
            {
                // Some system does not let go of what another process has mapped.
                tracing::debug!("{} is not used and stays: {error}", path.display());
            }
        }
    }

    fn write(&self, name: &str, code: &[u8]) -> io::Result<()> {
        let path = self.folder.join(name);
        let mac = self.mac(name, code)?;
        place(&path, code)?;
        place(&beside(&path), mac.as_bytes())
    }

    fn mac(&self, name: &str, mut code: impl Read) -> io::Result<blake3::Hash> {
        let mut mac = blake3::Hasher::new_keyed(&self.key);
        // The name binds the code to the component and the engine that it is for.
        mac.update(name.as_bytes());
        let mut piece = vec![0; PIECE];
        loop {
            match code.read(&mut piece)? {
                0 => return Ok(mac.finalize()),
                length => mac.update(&piece[..length]),
            };
        }
    }
}

/// Where the cache of this user is.
pub(super) fn folder() -> Option<PathBuf> {
    let user = directories::ProjectDirs::from("", "", "pyblish-endpoint")?;
    Some(user.cache_dir().join("compiled"))
}

/// Where the MAC of an entry is.
fn beside(path: &Path) -> PathBuf {
    path.with_extension(MAC)
}

/// Writes a file aside and renames it, so that another process never reads half of it.
fn place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = path.with_extension(format!("{}.part", std::process::id()));
    let result = (|| {
        let mut file = private::new_file(&aside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&aside, path)
    })();
    if result.is_err() {
        // Nothing more can be done about it, and the first error is the one to tell.
        let _ = fs::remove_file(&aside);
    }
    result
}

/// What an entry is called: the component, and everything about the engine that compiled code depends on.
fn name(engine: &wasmtime::Engine, component: &[u8]) -> String {
    format!("{}{}", blake3::hash(component), suffix(engine))
}

/// What the names of all entries for an engine end with.
pub(super) fn suffix(engine: &wasmtime::Engine) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("-{:016x}", hasher.finish())
}

/// Reads the key, or makes one where there is none.
fn key(path: &Path) -> io::Result<[u8; SIZE]> {
    let mut key = [0; SIZE];
    match private::new_file(path) {
        Ok(mut file) => {
            getrandom::fill(&mut key).map_err(io::Error::other)?;
            file.write_all(&key)?;
            file.sync_all()?;
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            File::open(path)?.read_exact(&mut key)?;
        }
        Err(error) => return Err(error),
    }
    Ok(key)
}

#[cfg(test)]
mod tests {

    use super::*;

    fn got(cache: &Cache, engine: &wasmtime::Engine, component: &[u8]) -> Option<Vec<u8>> {
        let path = cache.get(engine, component)?;
        Some(fs::read(path).unwrap())
    }

    fn cache() -> (tempfile::TempDir, Cache, wasmtime::Engine) {
        let place = tempfile::tempdir().unwrap();
        let cache = Cache::at(&place.path().join("compiled")).unwrap();
        (place, cache, wasmtime::Engine::default())
    }

    #[test]
    fn what_was_put_is_there_also_for_the_next_process() {
        let (place, cache, engine) = cache();
        assert_eq!(cache.get(&engine, b"component"), None);
        cache.put(&engine, b"component", b"code");
        let next = Cache::at(&place.path().join("compiled")).unwrap();
        assert_eq!(got(&next, &engine, b"component").unwrap(), b"code");
        assert_eq!(next.get(&engine, b"another"), None);
    }

    #[test]
    fn a_changed_entry_is_not_taken() {
        let (_place, cache, engine) = cache();
        cache.put(&engine, b"component", b"code");
        let path = cache.folder.join(name(&engine, b"component"));
        let whole = fs::read(&path).unwrap();
        let mac = fs::read(beside(&path)).unwrap();
        for changed in [&whole[..2], b"", &[&whole[..], b"!"].concat()] {
            fs::write(&path, changed).unwrap();
            assert_eq!(cache.get(&engine, b"component"), None);
        }
        fs::write(&path, &whole).unwrap();
        for changed in [
            &mac[..SIZE - 1],
            b"",
            &[&mac[..], b"!"].concat(),
            &[0; SIZE],
        ] {
            fs::write(beside(&path), changed).unwrap();
            assert_eq!(cache.get(&engine, b"component"), None);
        }
        fs::write(beside(&path), &mac).unwrap();
        assert_eq!(got(&cache, &engine, b"component").unwrap(), b"code");
    }

    #[test]
    fn what_is_not_used_for_a_month_goes() {
        let (_place, cache, engine) = cache();
        cache.put(&engine, b"unused", b"code");
        cache.put(&engine, b"component", b"code");
        fs::write(cache.folder.join("half.77.part"), b"1").unwrap();
        let now = SystemTime::now();
        let ago = |days: u64| now - Duration::from_secs(days * 24 * 3600);
        for entry in cache.folder.read_dir().unwrap() {
            let file = File::options().append(true).open(entry.unwrap().path());
            file.unwrap().set_modified(ago(31)).unwrap();
        }
        cache.used(&engine, b"component");
        cache.put(&engine, b"another", b"code");
        let left = |component: &[u8]| got(&cache, &engine, component).is_some();
        assert_eq!(
            (left(b"unused"), left(b"component"), left(b"another")),
            (false, true, true)
        );
        // Two entries with their MACs, and the key, which is as old as all.
        assert_eq!(cache.folder.read_dir().unwrap().count(), 5);
        // Nothing is removed a day too soon.
        cache.prune(ago(0) + Duration::from_secs(29 * 24 * 3600));
        assert!(left(b"component"));
    }

    #[test]
    fn an_entry_is_not_taken_for_another_component() {
        let (_place, cache, engine) = cache();
        cache.put(&engine, b"component", b"code");
        let from = cache.folder.join(name(&engine, b"component"));
        let to = cache.folder.join(name(&engine, b"another"));
        fs::copy(beside(&from), beside(&to)).unwrap();
        fs::copy(from, to).unwrap();
        assert_eq!(cache.get(&engine, b"another"), None);
    }
}
