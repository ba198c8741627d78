//! Staging: the folder of the copies until they become a version,
//! `<root>/.staging/<session>/<unique>/`.
//!
//! It is inside the root, so that publishing is one rename on the same disk. A staging folder is
//! removed after any error. It only contains copies, so removing it loses nothing.
//!
//! A program that is killed leaves its copies behind. So a session holds a lock beside its folder,
//! which the system releases when its process ends: what nobody holds any more is removed by the
//! next session on this machine. What another machine left cannot be told by a lock, because not all
//! network drives pass them on; it goes after a week.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::time::{Duration, SystemTime};

use pyblish_sdk::{Instance, Result, log};
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::disk::{self, Kind};
use crate::paths;
use crate::session_folder::{self, Owner, SessionFolder};

/// The beginning of the names of staging folders.
const STAGE: &str = "stage-";

/// Older folders were left behind by killed programs, and are removed whoever made them.
const OLDEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

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
pub struct Staging<'a> {
    config: &'a Config,
    path: String,
    kept: bool,
}

/// What stands for the machine in the folder of a session whose copies another session integrates:
/// no machine takes them for left behind when this session ends.
const HANDED_OVER: &str = "\nhanded over";

impl<'a> Staging<'a> {
    /// `is_handed_over` says that another session integrates the copies.
    pub fn create(config: &'a Config, is_handed_over: bool) -> Result<Self> {
        let mut session = config.staging.borrow_mut();
        let folder = match &mut *session {
            Some(folder) => folder,
            None => {
                let staging = self::folder(config);
                let refused = |error: io::Error| disk::cannot_write(&staging, &config.root, &error);
                disk::make_folders(&staging).map_err(refused)?;
                let machine = match is_handed_over {
                    true => HANDED_OVER,
                    false => &config.machine,
                };
                let created = SessionFolder::create(&staging, machine);
                session.insert(created.map_err(refused)?)
            }
        };
        // Practically unique.
        let path = format!("{}/{STAGE}{}", folder.path(), session_folder::unique());
        fs::create_dir(&path).map_err(|error| disk::cannot_write(&path, &config.root, &error))?;
        folder.add(&path);
        Ok(Staging {
            config,
            path,
            kept: false,
        })
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

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        if !self.kept {
            remove(&self.path);
            gone(self.config, &self.path);
        }
    }
}

/// The staging folder of an instance, if it has one. The path in its data is checked, because
/// frontends can change data, and the returned folder will be moved or removed.
pub fn of(config: &Config, instance: &Instance) -> Option<String> {
    // In data it is a path of the machine, which people see.
    let path = paths::inside(&instance.get::<String>("staging")?);
    let name = path.strip_prefix(&folder(config))?.strip_prefix('/')?;
    let (session, stage) = name.split_once('/')?;
    (session_folder::is_one(session) && is_ours(stage)).then_some(path)
}

/// Removes the staging folder of an instance, if it has one.
pub fn discard(config: &Config, instance: &Instance) {
    if let Some(path) = of(config, instance) {
        remove(&path);
        gone(config, &path);
    }
}

/// A staging folder was moved or removed. With the last one goes the folder of the session.
pub fn gone(config: &Config, stage: &str) {
    let mut session = config.staging.borrow_mut();
    if let Some(folder) = &mut *session
        && folder.remove(stage)
        && folder.is_empty()
        && let Some(folder) = session.take()
    {
        let (path, lock) = folder.end();
        remove(&path);
        session_folder::release(&path, lock);
    }
}

/// Removes what killed programs left behind.
pub fn sweep(config: &Config) {
    let staging = folder(config);
    let entries = disk::list(&staging).unwrap_or_default();
    for entry in entries.into_iter().flatten() {
        let path = format!("{staging}/{}", entry.name);
        if let Some(name) = session_folder::of_lock(&entry.name) {
            let is_alone = fs::symlink_metadata(format!("{staging}/{name}")).is_err();
            if is_alone && is_old(&path) {
                let _ = fs::remove_file(&path);
            }
            continue;
        }
        // Those without a session are from earlier versions.
        let is_ours = session_folder::is_one(&entry.name) || is_ours(&entry.name);
        if entry.kind != Kind::Folder || !is_ours {
            continue;
        }
        let (reason, lock) = match session_folder::owner(&staging, &entry.name, &config.machine) {
            Owner::Lives => continue,
            Owner::Ended(lock) => ("whose program has ended", Some(lock)),
            Owner::Unknown if is_old(&path) => ("which was left behind more than a week ago", None),
            Owner::Unknown => continue,
        };
        log::debug!("Removed {}, {reason}", paths::shown(&path));
        remove(&path);
        session_folder::release(&path, lock);
    }
}

/// Whether nothing has changed in a folder for a long time.
fn is_old(path: &str) -> bool {
    let changed = fs::symlink_metadata(path).and_then(|found| found.modified());
    let age = changed
        .ok()
        .and_then(|time| SystemTime::now().duration_since(time).ok());
    age.is_some_and(|age| age > OLDEST)
}

fn folder(config: &Config) -> String {
    format!("{}/.staging", config.root)
}

/// Whether this is the name of a staging folder.
fn is_ours(name: &str) -> bool {
    let rest = name.strip_prefix(STAGE);
    rest.is_some_and(session_folder::is_unique)
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
