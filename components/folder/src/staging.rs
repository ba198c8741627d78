//! Staging: the folder of the copies until they become a version, `<root>/.staging/<unique>/`.
//!
//! It is inside the root, so that publishing is one rename on the same disk. A staging folder is
//! removed after any error. It only contains copies, so removing it loses nothing.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pyblish_sdk::{Failure, Instance, Result, log};
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::disk::{self, Kind};
use crate::paths;

/// The beginning of the names of staging folders.
const PREFIX: &str = "stage-";

/// Older staging folders were left behind by killed programs, and are removed.
const OLDEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How many names are tried before giving up; each is practically unique.
const TRIES: usize = 8;

/// A staged file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    pub file: String,
    /// In bytes.
    pub size: u64,
    /// In hexadecimal digits.
    pub sha256: String,
}

/// A new staging folder. It is removed when this is dropped, unless it was kept.
#[derive(Debug)]
pub struct Staging {
    path: String,
    kept: bool,
}

impl Staging {
    pub fn create(config: &Config) -> Result<Self> {
        let folder = folder(config);
        let refused = |path: &str, error: &io::Error| disk::cannot_write(path, &config.root, error);
        disk::make_folders(&folder).map_err(|error| refused(&folder, &error))?;
        for _ in 0..TRIES {
            let path = format!("{folder}/{}", unique());
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Staging { path, kept: false }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(refused(&path, &error)),
            }
        }
        Err(Failure::new(format!(
            "no free name was found in {}: remove its content, and try again",
            config.shown(&folder)
        )))
    }

    /// Creates the folders of these files.
    pub fn make_folders(&self, config: &Config, files: &[String]) -> Result {
        let folders = files
            .iter()
            .filter_map(|file| Some(file.rsplit_once('/')?.0));
        for folder in folders.collect::<BTreeSet<_>>() {
            let path = format!("{}/{folder}", self.path);
            disk::make_folders(&path)
                .map_err(|error| disk::cannot_write(&path, &config.root, &error))?;
        }
        Ok(())
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    /// Keeps the folder for the integrator.
    pub fn keep(mut self) -> String {
        self.kept = true;
        std::mem::take(&mut self.path)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.kept {
            remove(&self.path);
        }
    }
}

/// The staging folder of an instance, if it has one. The path in its data is checked, because
/// frontends can change data, and the returned folder will be moved or removed.
pub fn of(config: &Config, instance: &Instance) -> Option<String> {
    // In data it is a path of the machine, which people see.
    let path = paths::inside(&instance.get::<String>("staging")?);
    let name = path.strip_prefix(&folder(config))?.strip_prefix('/')?;
    is_ours(name).then_some(path)
}

/// Removes the staging folder of an instance, if it has one.
pub fn discard(config: &Config, instance: &Instance) {
    if let Some(path) = of(config, instance) {
        remove(&path);
    }
}

/// Removes old staging folders. In a session that is open for longer than [`OLDEST`], users must
/// extract again.
pub fn sweep(config: &Config) {
    let folder = folder(config);
    let entries = disk::list(&folder)
        .unwrap_or_default()
        .into_iter()
        .flatten();
    for entry in entries.filter(|entry| entry.kind == Kind::Folder && is_ours(&entry.name)) {
        let path = format!("{folder}/{}", entry.name);
        let changed = fs::symlink_metadata(&path).and_then(|found| found.modified());
        let age = changed
            .ok()
            .and_then(|time| SystemTime::now().duration_since(time).ok());
        if age.is_some_and(|age| age > OLDEST) {
            let shown = paths::shown(&path);
            log::debug!("Removed {shown}, which was left behind more than a week ago");
            remove(&path);
        }
    }
}

fn folder(config: &Config) -> String {
    format!("{}/.staging", config.root)
}

/// A name that is unique across sessions, threads and machines.
fn unique() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |time| time.as_millis());
    // std seeds each state from the system's randomness.
    let random = RandomState::new().hash_one(millis);
    format!("{PREFIX}{millis:x}-{random:016x}")
}

fn is_ours(name: &str) -> bool {
    let rest = name.strip_prefix(PREFIX);
    rest.is_some_and(|rest| {
        rest.bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    })
}

fn remove(path: &str) {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            log::warn!(
                "{} could not be removed ({error}): remove it by hand; it only contains copies",
                paths::shown(path)
            );
        }
        _ => {}
    }
}
