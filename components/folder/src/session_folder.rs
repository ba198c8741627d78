//! The folder in which a session keeps its copies, and the lock by which others see that the session
//! lives.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::io::{self, ErrorKind};
use std::time::{SystemTime, UNIX_EPOCH};

use pyblish_sdk::files::{self, FileLock};

/// The beginning of the names of these folders. Behind it is what stands for the machine.
const PREFIX: &str = "session-";

/// The file in the folder that the session has locked.
const LOCK: &str = "lock";

/// How many names are tried before giving up; each is practically unique.
const TRIES: usize = 8;

/// The folder of this session. It is there as long as there are copies in it.
#[derive(Debug)]
pub struct SessionFolder {
    path: String,
    /// None where the file system has no locks.
    _lock: Option<FileLock>,
    /// The staging folders in it.
    stages: BTreeSet<String>,
}

/// Who made a folder of a session.
#[derive(Debug, PartialEq, Eq)]
pub enum Owner {
    Lives,
    Ended,
    /// It is another machine's, whose locks may not be seen here; or there are no locks.
    Unknown,
}

impl SessionFolder {
    /// Makes a folder in this one, and locks it.
    pub fn create(staging: &str, machine: &str) -> io::Result<Self> {
        for _ in 0..TRIES {
            let path = format!("{staging}/{}{}", prefix(machine), unique());
            match fs::create_dir(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            }
            let locked = files::lock(&path, LOCK);
            // Another session may have looked at it before it was locked, and removed it.
            if matches!(locked, Ok(None)) || fs::symlink_metadata(&path).is_err() {
                continue;
            }
            return Ok(SessionFolder {
                path,
                _lock: locked.ok().flatten(),
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
}

/// Whether the session lives that made this folder.
pub fn owner(staging: &str, name: &str, machine: &str) -> Owner {
    if !name.starts_with(&prefix(machine)) {
        return Owner::Unknown;
    }
    match files::lock(&format!("{staging}/{name}"), LOCK) {
        Ok(Some(_)) => Owner::Ended,
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
    use super::*;

    #[test]
    fn owner_is_known_on_its_own_machine() {
        let place = tempfile::tempdir().unwrap();
        let staging = place.path().to_str().unwrap();
        let folder = SessionFolder::create(staging, "here").unwrap();
        let name = folder.path().rsplit('/').next().unwrap().to_owned();
        assert!(is_one(&name), "{name}");
        assert_eq!(owner(staging, &name, "here"), Owner::Lives);
        assert_eq!(owner(staging, &name, "there"), Owner::Unknown);
        drop(folder);
        assert_eq!(owner(staging, &name, "here"), Owner::Ended);
        assert_eq!(owner(staging, &name, "there"), Owner::Unknown);
        // A lock that cannot be taken says nothing.
        fs::remove_file(format!("{staging}/{name}/{LOCK}")).unwrap();
        fs::create_dir(format!("{staging}/{name}/{LOCK}")).unwrap();
        assert_eq!(owner(staging, &name, "here"), Owner::Unknown);
    }
}
