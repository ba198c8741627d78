//! The servers of this user that are running: a file for each, through which a frontend finds it.

use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::Error;
use crate::adapter::Description;
use crate::user::{self, private, process};

/// What a frontend needs to know of a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunningServer {
    /// `http://127.0.0.1:6000`
    pub address: String,
    pub pid: NonZeroU32,
    pub adapter: String,
    pub hosts: Vec<String>,
    /// The name of its first session.
    pub session: String,
    /// Seconds since 1970-01-01 UTC.
    pub started: f64,
}

/// A server's file; it goes when this does.
pub struct Announced(Option<PathBuf>);

impl Drop for Announced {
    fn drop(&mut self) {
        if let Some(path) = &self.0
            && let Err(error) = fs::remove_file(path)
        {
            tracing::debug!("{} is not removed: {error}", path.display());
        }
    }
}

impl RunningServer {
    /// This process.
    pub fn this(address: String, adapter: &Description, session: &str) -> Self {
        let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        RunningServer {
            address,
            pid: NonZeroU32::new(std::process::id()).unwrap_or(NonZeroU32::MAX),
            adapter: adapter.name.clone(),
            hosts: adapter.hosts.clone(),
            session: session.to_owned(),
            started: since.as_secs_f64(),
        }
    }

    /// Lets frontends find it. One that cannot be found serves all the same.
    pub fn announce(&self) -> Announced {
        match folder().and_then(|folder| self.announce_in(&folder)) {
            Ok(path) => Announced(Some(path)),
            Err(error) => {
                tracing::warn!("`pyblish-endpoint list` will not show this server: {error}");
                Announced(None)
            }
        }
    }

    fn announce_in(&self, folder: &Path) -> Result<PathBuf, Error> {
        private::secure_folder(folder)?;
        let path = folder.join(format!("{}.json", self.pid));
        private::write(&path, &serde_json::to_string(self)?)?;
        Ok(path)
    }
}

/// The servers that are running, the oldest first.
pub fn running() -> Result<Vec<RunningServer>, Error> {
    running_in(&folder()?)
}

fn running_in(folder: &Path) -> Result<Vec<RunningServer>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            let folder = folder.display();
            return Err(format!("the folder {folder} cannot be read: {error}").into());
        }
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut servers = Vec::new();
    for path in paths.filter(|path| path.extension().is_some_and(|it| it == "json")) {
        // One may end while we look.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        match serde_json::from_str::<RunningServer>(&text) {
            Ok(server) if process::alive(server.pid) => servers.push(server),
            Ok(_) => {
                if let Err(error) = fs::remove_file(&path) {
                    tracing::debug!("{} is not removed: {error}", path.display());
                }
            }
            Err(error) => tracing::warn!("{} tells of no server: {error}", path.display()),
        }
    }
    servers.sort_by(|a, b| a.started.total_cmp(&b.started));
    Ok(servers)
}

fn folder() -> Result<PathBuf, Error> {
    Ok(user::run_folder().ok_or("this user has no home folder")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dead_are_not_shown_and_removed() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("run");
        assert_eq!(running_in(&folder).unwrap(), []);
        let adapter = Description {
            name: "folder".into(),
            version: "1.0.0".into(),
            doc: String::new(),
            hosts: vec!["disk".into()],
            settings: Vec::new(),
            grants: Vec::new(),
        };
        let this = RunningServer::this("http://127.0.0.1:1".into(), &adapter, "folder-1");
        let dead = RunningServer {
            pid: NonZeroU32::MAX,
            ..this.clone()
        };
        let announced = Announced(Some(this.announce_in(&folder).unwrap()));
        let stale = dead.announce_in(&folder).unwrap();
        fs::write(folder.join("other.json"), "{}").unwrap();
        assert_eq!(running_in(&folder).unwrap(), [this]);
        assert!(!stale.exists());
        drop(announced);
        assert_eq!(running_in(&folder).unwrap(), []);
    }
}
