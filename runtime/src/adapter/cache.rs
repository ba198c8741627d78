//! Compiled adapters on disk, so that a second start does not compile.
//!
//! Compiled code is run as it is read, so a changed file must never be taken: the folder is private to the
//! user, and each entry carries a MAC under a key that only the user can read. Whatever is wrong with an
//! entry, the adapter is compiled again; a cache that cannot be used is said so and left out.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use super::Engine;
use crate::user::private;

/// Bytes of the key and of a MAC.
const SIZE: usize = 32;

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
        let mut file = File::open(folder.join("key")).ok()?;
        file.read_exact(&mut key).ok()?;
        Some(Cache { folder, key })
    }

    fn at(folder: &Path) -> io::Result<Self> {
        private::secure_folder(folder)?;
        Ok(Cache {
            folder: folder.to_path_buf(),
            key: key(&folder.join("key"))?,
        })
    }

    /// The compiled code of this component for this engine, if it is here and whole.
    pub(super) fn get(&self, engine: &wasmtime::Engine, component: &[u8]) -> Option<Vec<u8>> {
        let name = name(engine, component);
        let mut entry = fs::read(self.folder.join(&name)).ok()?;
        let body = entry.split_off(entry.len().min(SIZE));
        match self.mac(&name, &body).verify_slice(&entry) {
            Ok(()) => Some(body),
            Err(_) => {
                tracing::warn!(
                    "the cached code {name} was changed by something else; compiling again"
                );
                None
            }
        }
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
    }

    fn write(&self, name: &str, code: &[u8]) -> io::Result<()> {
        // Written aside and renamed, so that another process never reads half an entry.
        let aside = self.folder.join(format!("{name}.{}", std::process::id()));
        let result = (|| {
            let mut file = private::new_file(&aside)?;
            file.write_all(&self.mac(name, code).finalize().into_bytes())?;
            file.write_all(code)?;
            file.sync_all()?;
            fs::rename(&aside, self.folder.join(name))
        })();
        if result.is_err() {
            // Nothing more can be done about it, and the first error is the one to tell.
            let _ = fs::remove_file(&aside);
        }
        result
    }

    fn mac(&self, name: &str, code: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any size");
        // The name binds the code to the component and the engine that it is for.
        mac.update(name.as_bytes());
        mac.update(code);
        mac
    }
}

/// What the cache of a user looks like from outside.
#[derive(Debug)]
pub struct CacheSurvey {
    pub folder: PathBuf,
    /// Whether it can be used, or made where it is not there: then this is false.
    pub there: io::Result<bool>,
    /// Adapters that are compiled for this runtime.
    pub entries: usize,
    /// What this runtime never reads: written by another version of it, or left half written.
    pub stale: Vec<PathBuf>,
    /// Bytes of all of it, and of what is stale.
    pub size: u64,
    pub stale_size: u64,
}

impl CacheSurvey {
    /// Looks at the cache of this user; nothing is changed. None for a user without a home folder.
    pub fn of_user(engine: &Engine) -> Option<Self> {
        folder().map(|folder| CacheSurvey::of(folder, engine.wasmtime()))
    }

    fn of(folder: PathBuf, engine: &wasmtime::Engine) -> Self {
        let mut survey = CacheSurvey {
            there: private::look(&folder),
            folder,
            entries: 0,
            stale: Vec::new(),
            size: 0,
            stale_size: 0,
        };
        // One that cannot be used is not read.
        if !matches!(survey.there, Ok(true)) {
            return survey;
        }
        let of_engine = suffix(engine);
        // One may go while we look.
        for entry in survey.folder.read_dir().into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name == "key" {
                continue;
            }
            let size = entry.metadata().map_or(0, |it| it.len());
            survey.size += size;
            match name.ends_with(&of_engine) {
                true => survey.entries += 1,
                false => {
                    survey.stale_size += size;
                    survey.stale.push(entry.path());
                }
            }
        }
        survey.stale.sort();
        survey
    }
}

/// Where the cache of this user is.
fn folder() -> Option<PathBuf> {
    let user = directories::ProjectDirs::from("", "", "pyblish-endpoint")?;
    Some(user.cache_dir().join("compiled"))
}

/// What an entry is called: the component, and everything about the engine that compiled code depends on.
fn name(engine: &wasmtime::Engine, component: &[u8]) -> String {
    format!("{:x}{}", Sha256::digest(component), suffix(engine))
}

/// What the names of all entries for an engine end with.
fn suffix(engine: &wasmtime::Engine) -> String {
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
        assert_eq!(next.get(&engine, b"component").unwrap(), b"code");
        assert_eq!(next.get(&engine, b"another"), None);
    }

    #[test]
    fn a_changed_entry_is_not_taken() {
        let (_place, cache, engine) = cache();
        cache.put(&engine, b"component", b"code");
        let path = cache.folder.join(name(&engine, b"component"));
        let whole = fs::read(&path).unwrap();
        for changed in [
            &whole[..SIZE + 2],
            &whole[..SIZE - 1],
            b"",
            &[&whole[..], b"!"].concat(),
        ] {
            fs::write(&path, changed).unwrap();
            assert_eq!(cache.get(&engine, b"component"), None);
        }
        fs::write(&path, &whole).unwrap();
        assert_eq!(cache.get(&engine, b"component").unwrap(), b"code");
    }

    #[test]
    fn what_this_engine_never_reads_is_stale() {
        let (_place, cache, engine) = cache();
        cache.put(&engine, b"component", b"code");
        let other = "0".repeat(64) + "-0000000000000000";
        for stale in [&other, &format!("{}.77", name(&engine, b"another"))] {
            fs::write(cache.folder.join(stale), b"12345").unwrap();
        }
        let survey = CacheSurvey::of(cache.folder.clone(), &engine);
        assert!(matches!(survey.there, Ok(true)));
        assert_eq!((survey.entries, survey.stale.len()), (1, 2));
        assert_eq!((survey.size, survey.stale_size), (SIZE as u64 + 4 + 10, 10));
        let nowhere = CacheSurvey::of(cache.folder.join("a/b"), &engine);
        assert!(matches!(nowhere.there, Ok(false)));
    }

    #[test]
    fn an_entry_is_not_taken_for_another_component() {
        let (_place, cache, engine) = cache();
        cache.put(&engine, b"component", b"code");
        let from = cache.folder.join(name(&engine, b"component"));
        fs::copy(from, cache.folder.join(name(&engine, b"another"))).unwrap();
        assert_eq!(cache.get(&engine, b"another"), None);
    }
}
