//! Compiled adapters on disk, so that a second start does not compile.
//!
//! Compiled code is run without a check, so a changed file must never be used: the folder is
//! private to the user, and beside each entry lies its MAC under a key that only the user can read.
//! If anything is wrong with an entry, the adapter is compiled again. If the cache cannot be used,
//! a warning says so, and there is none.
//!
//! An entry is checked without being kept in memory, and then mapped: of forty megabytes of Python
//! each session uses a few, and all sessions share them. So an entry is never changed in place,
//! only replaced. Where a system does not map code, it is read into memory.
//!
//! An entry that no start has used for a month is removed when a new one is stored: by then another
//! version has usually taken its place.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::manifest;
use pyblish_platform::private;
use pyblish_platform::trusted::{self, FileError, FileReason, Trust, TrustedFolder};

/// Bytes of the key and of a MAC.
const SIZE: usize = 32;

/// The extension of files with MACs.
pub(super) const MAC: &str = "mac";

/// How much of an entry is read at a time: as much as fits into a processor's cache.
const PIECE: usize = 256 * 1024;

/// How long an entry is kept that no start uses.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// The file with the key, beside the entries.
pub(super) const KEY: &str = "key";

/// A private folder of compiled adapters.
#[derive(Debug)]
pub struct Cache {
    folder: TrustedFolder,
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
                    "adapters are compiled at each start, because {} cannot be used as a cache: {error}",
                    folder.display()
                );
                None
            }
        }
    }

    /// The cache of this user as it is: nothing is made.
    pub fn there() -> Option<Self> {
        let folder = folder()?;
        let folder = TrustedFolder::open(&folder, Trust::Private).ok()?;
        match read_key(&folder) {
            Ok(KeyFile::Whole(key)) => Some(Cache { folder, key }),
            _ => None,
        }
    }

    pub(super) fn at(folder: &Path) -> io::Result<Self> {
        private::folder(folder)?;
        let folder = TrustedFolder::open(folder, Trust::Private).map_err(io::Error::other)?;
        let key = key(&folder)?;
        Ok(Cache { folder, key })
    }

    /// The compiled code of this component for this engine, if it is here and whole.
    pub(super) fn get(&self, engine: &wasmtime::Engine, component: &[u8]) -> Option<Entry> {
        let name = PathBuf::from(name(engine, component));
        // The MAC is written last, so an entry without one is not complete.
        let mac = match self
            .folder
            .read(&beside(&name), Trust::Private, SIZE as u64)
        {
            Err(error) if error.is_missing() => return None,
            read => read,
        };
        let mac = mac.and_then(|mac| Ok((mac, self.folder.open_file(&name, Trust::Private)?)));
        let (mac, mut file) = match mac {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!("compiling again, because the cached code cannot be used: {error}");
                return None;
            }
        };
        let found = self.mac(&name.to_string_lossy(), &mut file);
        // Compared in constant time, which does not tell where they differ.
        match <[u8; SIZE]>::try_from(mac) {
            Ok(mac) if found.ok()? == blake3::Hash::from_bytes(mac) => {
                let path = self.folder.path().join(name);
                Some(Entry { file, path })
            }
            _ => {
                tracing::warn!(
                    "the cached code {} was changed by something else; compiling again",
                    name.display()
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
                self.folder.path().display()
            );
        }
        self.prune(SystemTime::now());
    }

    /// Notes that an entry was used: the time of its MAC is the time of its last use.
    pub(super) fn used(&self, engine: &wasmtime::Engine, component: &[u8]) {
        let mac = beside(&self.place(engine, component));
        let file = File::options().append(true).open(mac);
        if let Err(error) = file.and_then(|mac| mac.set_modified(SystemTime::now())) {
            // It is compiled once more than needed, in a month.
            tracing::debug!("the last use of cached code cannot be noted: {error}");
        }
    }

    /// Removes what was not used for so long, as of now.
    fn prune(&self, now: SystemTime) {
        for entry in self
            .folder
            .path()
            .read_dir()
            .into_iter()
            .flatten()
            .flatten()
        {
            let path = entry.path();
            if entry.file_name() == KEY {
                continue;
            }
            // Without a MAC, the age of the file itself counts.
            let used = fs::metadata(beside(&path)).or_else(|_| entry.metadata());
            let age = used
                .and_then(|it| it.modified())
                .map(|at| now.duration_since(at));
            let Ok(Ok(age)) = age else { continue };
            if age > KEPT
                && let Err(error) = fs::remove_file(&path)
            {
                // Some systems do not remove a file that another process has mapped.
                tracing::debug!("{} is not used and stays: {error}", path.display());
            }
        }
    }

    fn write(&self, name: &str, code: &[u8]) -> io::Result<()> {
        let path = self.folder.path().join(name);
        let mac = self.mac(name, code)?;
        private::write(&path, code)?;
        private::write(&beside(&path), mac.as_bytes())
    }

    fn place(&self, engine: &wasmtime::Engine, component: &[u8]) -> PathBuf {
        self.folder.path().join(name(engine, component))
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

/// Compiled code that was checked to its end.
#[derive(Debug)]
pub(super) struct Entry {
    file: File,
    path: PathBuf,
}

impl Entry {
    /// A path to the very file that was checked, for as long as this lives.
    pub(super) fn path(&self) -> PathBuf {
        trusted::path_of(&self.file).unwrap_or_else(|| self.path.clone())
    }

    /// The code itself, from the very file that was checked.
    pub(super) fn read(&self) -> io::Result<Vec<u8>> {
        let mut file = &self.file;
        file.rewind()?;
        let mut code = Vec::new();
        file.read_to_end(&mut code)?;
        Ok(code)
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

/// What an entry is called: the component, and everything about the engine that compiled code
/// depends on. What the component says of itself does not count: sealing it changes no code.
fn name(engine: &wasmtime::Engine, component: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in manifest::code(component) {
        hasher.update(part);
    }
    format!("{}{}", hasher.finalize(), suffix(engine))
}

/// What the names of all entries for an engine end with.
pub(super) fn suffix(engine: &wasmtime::Engine) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("-{:016x}", hasher.finish())
}

/// Reads the key, or makes a new one if it is missing or incomplete. What was stored under an
/// incomplete key is compiled again.
fn key(folder: &TrustedFolder) -> io::Result<[u8; SIZE]> {
    let path = folder.path().join(KEY);
    let mut key = [0; SIZE];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let made = match read_key(folder).map_err(io::Error::other)? {
        KeyFile::Whole(key) => return Ok(key),
        KeyFile::Half => private::write(&path, key),
        KeyFile::None => private::create(&path, key),
    };
    match made {
        Ok(()) => Ok(key),
        // Another process made it meanwhile; theirs counts.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            match read_key(folder).map_err(io::Error::other)? {
                KeyFile::Whole(key) => Ok(key),
                KeyFile::Half | KeyFile::None => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// The key as it is found.
enum KeyFile {
    Whole([u8; SIZE]),
    /// It is shorter or longer than a key.
    Half,
    None,
}

fn read_key(folder: &TrustedFolder) -> Result<KeyFile, FileError> {
    match folder.read(Path::new(KEY), Trust::Private, SIZE as u64) {
        Ok(bytes) => Ok(bytes.try_into().map_or(KeyFile::Half, KeyFile::Whole)),
        Err(error) if error.is_missing() => Ok(KeyFile::None),
        Err(FileError {
            reason: FileReason::TooLarge { .. },
            ..
        }) => Ok(KeyFile::Half),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise;

    use super::super::Description;
    use super::*;

    fn got(cache: &Cache, engine: &wasmtime::Engine, component: &[u8]) -> Option<Vec<u8>> {
        let entry = cache.get(engine, component)?;
        Some(fs::read(entry.path()).unwrap())
    }

    fn cache() -> (tempfile::TempDir, Cache, wasmtime::Engine) {
        let place = tempfile::tempdir().unwrap();
        let cache = Cache::at(&place.path().join("compiled")).unwrap();
        (place, cache, wasmtime::Engine::default())
    }

    #[test]
    fn entry_is_found_by_next_process() {
        let (place, cache, engine) = cache();
        assert_eq!(got(&cache, &engine, b"component"), None);
        cache.put(&engine, b"component", b"code");
        let next = Cache::at(&place.path().join("compiled")).unwrap();
        assert_eq!(got(&next, &engine, b"component").unwrap(), b"code");
        assert_eq!(got(&next, &engine, b"another"), None);
    }

    #[test]
    fn sealed_component_has_the_entry_of_the_unsealed() {
        let (_place, cache, engine) = cache();
        let unsealed = b"\0asm\x0d\0\x01\0";
        cache.put(&engine, unsealed, b"code");
        let description = |doc: &str| Description {
            name: "shots".into(),
            version: "1".into(),
            doc: doc.into(),
            hosts: Vec::new(),
            host_versions: Default::default(),
            settings: Vec::new(),
            grants: Vec::new(),
        };
        for doc in ["one", "another"] {
            let sealed = manifest::seal(unsealed, &description(doc));
            assert_ne!(sealed, unsealed);
            assert_eq!(got(&cache, &engine, &sealed).unwrap(), b"code");
        }
    }

    #[test]
    fn changed_entry_is_rejected() {
        let (_place, cache, engine) = cache();
        cache.put(&engine, b"component", b"code");
        let path = cache.place(&engine, b"component");
        let whole = fs::read(&path).unwrap();
        let mac = fs::read(beside(&path)).unwrap();
        for changed in [&whole[..2], b"", &[&whole[..], b"!"].concat()] {
            fs::write(&path, changed).unwrap();
            assert_eq!(got(&cache, &engine, b"component"), None);
        }
        fs::write(&path, &whole).unwrap();
        for changed in [
            &mac[..SIZE - 1],
            b"",
            &[&mac[..], b"!"].concat(),
            &[0; SIZE],
        ] {
            fs::write(beside(&path), changed).unwrap();
            assert_eq!(got(&cache, &engine, b"component"), None);
        }
        fs::write(beside(&path), &mac).unwrap();
        assert_eq!(got(&cache, &engine, b"component").unwrap(), b"code");
    }

    #[test]
    fn unused_entry_is_removed_after_a_month() {
        let (_place, cache, engine) = cache();
        cache.put(&engine, b"unused", b"code");
        cache.put(&engine, b"component", b"code");
        fs::write(cache.folder.path().join("half.77.part"), b"1").unwrap();
        let now = SystemTime::now();
        let ago = |days: u64| now - Duration::from_secs(days * 24 * 3600);
        for entry in cache.folder.path().read_dir().unwrap() {
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
        assert_eq!(cache.folder.path().read_dir().unwrap().count(), 5);
        // Nothing is removed a day too soon.
        cache.prune(ago(0) + Duration::from_hours(29 * 24));
        assert!(left(b"component"));
    }

    #[test]
    fn entry_fits_one_component_only() {
        let (_place, cache, engine) = cache();
        cache.put(&engine, b"component", b"code");
        let from = cache.place(&engine, b"component");
        let to = cache.place(&engine, b"another");
        fs::copy(beside(&from), beside(&to)).unwrap();
        fs::copy(from, to).unwrap();
        assert_eq!(got(&cache, &engine, b"another"), None);
    }
    #[cfg(unix)]
    #[test]
    fn partial_key_is_replaced() {
        use std::os::unix::fs::PermissionsExt;
        let (place, cache, engine) = cache();
        cache.put(&engine, b"component", b"code");
        let folder = place.path().join("compiled");
        for half in [&[0; SIZE - 1][..], &[0; SIZE + 1], b""] {
            fs::write(folder.join(KEY), half).unwrap();
            let next = Cache::at(&folder).unwrap();
            assert_eq!(got(&next, &engine, b"component"), None);
            next.put(&engine, b"component", b"code");
            assert_eq!(
                got(&Cache::at(&folder).unwrap(), &engine, b"component").unwrap(),
                b"code"
            );
        }
        fs::set_permissions(folder.join(KEY), fs::Permissions::from_mode(0o644)).unwrap();
        let message = Cache::at(&folder).unwrap_err().to_string();
        promise!("SANDBOX-24", message.contains("mode 644"), "{message}");
    }

    #[cfg(unix)]
    #[test]
    fn pipe_as_entry_blocks_nothing() {
        let (_place, cache, engine) = cache();
        cache.put(&engine, b"component", b"code");
        let path = cache.place(&engine, b"component");
        for pipe in [beside(&path), path] {
            let whole = fs::read(&pipe).unwrap();
            fs::remove_file(&pipe).unwrap();
            rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
            assert_eq!(got(&cache, &engine, b"component"), None);
            private::write(&pipe, whole).unwrap();
        }
        promise!("SANDBOX-24", got(&cache, &engine, b"component").is_some());
    }
}
