//! The folder in which a session keeps its copies, and the lock by which others see that the session
//! lives.
//!
//! The lock is a file beside the folder. It is locked before the folder is there, and whoever removes
//! the folder of a session that has ended holds it meanwhile: so a folder without a lock is always
//! left behind.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::io::{self, ErrorKind};
use std::time::{SystemTime, UNIX_EPOCH};

use pyblish_sdk::files::{self, FileLock};

/// The beginning of the names of these folders. Behind it is what stands for the machine.
const PREFIX: &str = "session-";

/// The end of the name of the file that the session has locked.
const LOCK: &str = ".lock";

/// How many names are tried before giving up; each is practically unique.
const TRIES: usize = 8;

/// The folder of this session. It is there as long as there are copies in it.
#[derive(Debug)]
pub struct SessionFolder {
    path: String,
    /// None where the file system has no locks.
    lock: Option<FileLock>,
    /// The staging folders in it.
    stages: BTreeSet<String>,
}

/// Who made a folder of a session.
#[derive(Debug)]
pub enum Owner {
    Lives,
    /// With its lock, so that nobody else removes the folder.
    Ended(FileLock),
    /// It is another machine's, whose locks may not be seen here; or there are no locks.
    Unknown,
}

impl SessionFolder {
    /// Makes a folder in this one, and locks it.
    pub fn create(staging: &str, machine: &str) -> io::Result<Self> {
        for _ in 0..TRIES {
            let name = format!("{}{}", prefix(machine), unique());
            let lock = match files::lock(staging, &format!("{name}{LOCK}")) {
                Ok(None) => continue,
                locked => locked.ok().flatten(),
            };
            let path = format!("{staging}/{name}");
            match fs::create_dir(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => {
                    release(&path, lock);
                    return Err(error);
                }
            }
            return Ok(SessionFolder {
                path,
                lock,
                stages: BTreeSet::new(),
            });
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn add(&mut self, stage: &str) {
        self.stages.insert(stage.into());
    }

    /// Whether it was in this folder.
    pub fn remove(&mut self, stage: &str) -> bool {
        self.stages.remove(stage)
    }

    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// Its path and its lock, once it is no longer needed.
    pub fn end(self) -> (String, Option<FileLock>) {
        (self.path, self.lock)
    }
}

/// Releases the lock of a folder, and removes its file. Some systems remove no file that is locked.
pub fn release(path: &str, lock: Option<FileLock>) {
    drop(lock);
    // It is empty, and one that stays is removed when it is old.
    let _ = fs::remove_file(format!("{path}{LOCK}"));
}

/// The name of the folder, if this is the name of its lock.
pub fn of_lock(name: &str) -> Option<&str> {
    name.strip_suffix(LOCK).filter(|name| is_one(name))
}

/// Whether the session lives that made this folder.
pub fn owner(staging: &str, name: &str, machine: &str) -> Owner {
    if !name.starts_with(&prefix(machine)) {
        return Owner::Unknown;
    }
    match files::lock(staging, &format!("{name}{LOCK}")) {
        Ok(Some(lock)) => Owner::Ended(lock),
        Ok(None) => Owner::Lives,
        Err(_) => Owner::Unknown,
    }
}

/// Whether this is the name of a session's folder.
pub fn is_one(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(is_unique)
}

/// A part of a name that is unique across sessions, threads and machines.
pub fn unique() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |time| time.as_millis());
    // std seeds each state from the system's randomness.
    let random = RandomState::new().hash_one(millis);
    format!("{millis:x}-{random:016x}")
}

/// Whether a part of a name looks so.
pub fn is_unique(part: &str) -> bool {
    part.bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// The beginning of the names of folders that this machine makes.
fn prefix(machine: &str) -> String {
    let mut hasher = DefaultHasher::new();
    machine.hash(&mut hasher);
    format!("{PREFIX}{:016x}-", hasher.finish())
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn owner_is_known_on_its_own_machine() {
        let place = tempfile::tempdir().unwrap();
        let staging = place.path().to_str().unwrap();
        let folder = SessionFolder::create(staging, "here").unwrap();
        let name = folder.path().rsplit('/').next().unwrap().to_owned();
        assert!(is_one(&name), "{name}");
        let owner = |machine| owner(staging, &name, machine);
        assert!(matches!(owner("here"), Owner::Lives));
        assert!(matches!(owner("there"), Owner::Unknown));
        drop(folder);
        let ended = owner("here");
        assert!(matches!(ended, Owner::Ended(_)), "{ended:?}");
        // Nobody else removes it meanwhile.
        assert!(matches!(owner("here"), Owner::Lives));
        drop(ended);
        assert!(matches!(owner("there"), Owner::Unknown));
        // A lock that cannot be taken says nothing.
        let lock = format!("{staging}/{name}{LOCK}");
        assert_eq!(of_lock(&format!("{name}{LOCK}")), Some(&*name));
        assert_eq!(of_lock(&name), None);
        fs::remove_file(&lock).unwrap();
        fs::create_dir(&lock).unwrap();
        assert!(matches!(owner("here"), Owner::Unknown));
    }

    /// Sessions begin and end while others look for what was left behind.
    #[test]
    fn living_session_is_never_taken_for_ended() {
        let place = tempfile::tempdir().unwrap();
        let staging = place.path().to_str().unwrap();
        thread::scope(|scope| {
            let sessions = scope.spawn(|| {
                for _ in 0..2000 {
                    let folder = SessionFolder::create(staging, "here").unwrap();
                    let copies = format!("{}/copies", folder.path());
                    fs::create_dir(&copies).expect("the folder is there");
                    fs::remove_dir(&copies).expect("and stays");
                    let (path, lock) = folder.end();
                    fs::remove_dir(&path).expect("nobody else removes it");
                    release(&path, lock);
                }
            });
            while !sessions.is_finished() {
                for entry in fs::read_dir(staging).unwrap().flatten() {
                    let name = entry.file_name().into_string().unwrap();
                    if !is_one(&name) {
                        continue;
                    }
                    if let Owner::Ended(lock) = owner(staging, &name, "here") {
                        let path = format!("{staging}/{name}");
                        // Its session may have removed it just now.
                        let _ = fs::remove_dir(&path);
                        release(&path, Some(lock));
                    }
                }
            }
        });
    }
}
