//! What is in the folder, and since when each file is as it is.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::exit::UsageError;
use crate::launch::Launched;
use crate::stderr::Error;
use pyblish_model::Instance;
use pyblish_session::GrantedFolder;

/// How deep folders are looked into, so that a loop of mounts ends.
const MOST_DEPTH: usize = 64;

/// What changes when a file is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
}

/// Files by their paths in the folder, with `/`.
pub type Files = BTreeMap<String, Stamp>;

/// A file, and when it was first seen like this.
struct Seen {
    stamp: Stamp,
    since: Instant,
    is_locked: bool,
}

/// The folder, as it was at the last look.
pub struct HotFolder {
    folders: Arc<[GrantedFolder]>,
    index: usize,
    /// Its path on this machine, as the members of instances begin.
    host: String,
    settle: Duration,
    seen: BTreeMap<String, Seen>,
}

impl HotFolder {
    /// The granted folder of this path.
    pub fn of(launched: &Launched, guest: &str, settle: Duration) -> Result<Self, Error> {
        let folders = launched.manager.folders(&launched.id);
        let Some(index) = folders.iter().position(|folder| folder.guest == guest) else {
            let known: Vec<_> = folders.iter().map(|it| it.guest.as_str()).collect();
            return Err(UsageError(format!(
                "there is no granted folder {guest} to watch; granted are: {}. Grant it with \
                 --dir FOLDER={guest}, or name another one with --inbox",
                known.join(", ")
            ))
            .into());
        };
        let host = folders[index].host_path().to_string_lossy().into_owned();
        Ok(HotFolder {
            index,
            host: with_slashes(&host).trim_end_matches('/').to_owned(),
            folders,
            settle,
            seen: BTreeMap::new(),
        })
    }

    /// Looks at the folder again.
    pub async fn look(&mut self) -> Result<(), Error> {
        let (folders, index) = (self.folders.clone(), self.index);
        let found = tokio::task::spawn_blocking(move || list(&folders[index]));
        let found = found.await?.map_err(|error| {
            format!(
                "the folder {} cannot be read ({error}): check that it is there, then start again",
                self.host
            )
        })?;
        let now = Instant::now();
        let mut before = std::mem::take(&mut self.seen);
        for (path, (stamp, is_locked)) in found {
            let old = before.remove(&path);
            let old = old.filter(|old| old.stamp == stamp && !old.is_locked);
            let since = old.map_or(now, |old| old.since);
            let seen = Seen {
                stamp,
                since,
                is_locked,
            };
            self.seen.insert(path, seen);
        }
        Ok(())
    }

    /// The files that have settled.
    pub fn settled(&self) -> Files {
        let seen = self.seen.iter();
        let settled = seen.filter(|(_, seen)| self.has_settled(seen));
        settled
            .map(|(path, seen)| (path.clone(), seen.stamp.clone()))
            .collect()
    }

    /// Whether all of them have.
    pub fn is_settled(&self) -> bool {
        self.seen.values().all(|seen| self.has_settled(seen))
    }

    /// The files of an instance, if all have settled. For one that names no file of the folder: all
    /// files, once all have settled.
    pub fn files(&self, instance: &Instance) -> Option<Files> {
        let members = instance.members.iter().filter_map(|member| {
            let member = with_slashes(member);
            let rest = member.strip_prefix(&self.host)?.strip_prefix('/')?;
            Some(rest.to_owned())
        });
        // The adapter `folder` says here which other files belong to these.
        let parts = instance.data.get("parts");
        let parts = parts.and_then(|parts| serde_json::from_str::<Vec<String>>(parts.text()).ok());
        let paths: Vec<String> = members.chain(parts.unwrap_or_default()).collect();
        if paths.is_empty() {
            return self.is_settled().then(|| self.settled());
        }
        let files = paths.into_iter().map(|path| {
            let seen = self.seen.get(&path)?;
            let stamp = self.has_settled(seen).then(|| seen.stamp.clone())?;
            Some((path, stamp))
        });
        files.collect()
    }

    fn has_settled(&self, seen: &Seen) -> bool {
        !seen.is_locked && seen.since.elapsed() >= self.settle
    }
}

/// The files in the folder and below, and whether a program has locked each.
fn list(folder: &GrantedFolder) -> io::Result<BTreeMap<String, (Stamp, bool)>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(String::new(), 0)];
    while let Some((path, depth)) = folders.pop() {
        let entries = match path.as_str() {
            "" => folder.dir.entries(),
            path => folder.dir.read_dir(path),
        };
        let entries = match entries {
            Ok(entries) => entries,
            // Folders below may go, and may be somebody else's.
            Err(_) if !path.is_empty() => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = match path.as_str() {
                "" => name,
                above => format!("{above}/{name}"),
            };
            let Ok(about) = entry.metadata() else {
                continue;
            };
            if about.is_dir() && depth < MOST_DEPTH {
                folders.push((path, depth + 1));
            } else if about.is_file() {
                let stamp = Stamp {
                    size: about.len(),
                    modified: match about.modified() {
                        Ok(time) => Some(time.into_std()),
                        Err(_) => None,
                    },
                };
                let is_locked = is_locked(match entry.open() {
                    Ok(file) => Ok(file.into_std()),
                    Err(error) => Err(error),
                });
                found.insert(path, (stamp, is_locked));
            }
        }
    }
    Ok(found)
}

/// Whether a program has locked a file. On Windows it cannot be opened then.
fn is_locked(file: io::Result<std::fs::File>) -> bool {
    match file {
        Ok(file) => matches!(
            file.try_lock_shared(),
            Err(std::fs::TryLockError::WouldBlock)
        ),
        Err(_) => cfg!(windows),
    }
}

fn with_slashes(path: &str) -> String {
    match std::path::MAIN_SEPARATOR {
        '/' => path.to_owned(),
        other => path.replace(other, "/"),
    }
}
