//! The servers of this user that are running: a file for each, through which a frontend finds it, and beside it
//! one with its token, which only this user can read.

use std::fs;
use std::io::Write;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::Error;
use crate::adapter::Description;
use crate::http::{self, Secret};
use crate::user::{self, private, process};

/// What a frontend needs to know of a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunningServer {
    /// `http://127.0.0.1:6000`, or `unix:PATH`
    pub address: String,
    /// Where its token is; none where it lets everybody in.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    pub pid: NonZeroU32,
    pub adapter: String,
    pub hosts: Vec<String>,
    /// The process of the host that it drives, as it was when it started.
    #[serde(default)]
    pub host_pid: Option<u32>,
    /// The name of its first session.
    pub session: String,
    /// Seconds since 1970-01-01 UTC.
    pub started: f64,
}

/// A server's file; it goes when this does.
pub struct Announced(Option<PathBuf>);

/// The file with the token of this process; it goes when this does.
pub struct TokenFile(pub PathBuf);

impl TokenFile {
    pub fn write(token: &Secret) -> Result<Self, Error> {
        let written = folder().and_then(|folder| TokenFile::write_in(&folder, token));
        written.map_err(|error| {
            format!("the server's token cannot be kept where only you can read it: {error}; or start it with --no-auth").into()
        })
    }

    fn write_in(folder: &Path, token: &Secret) -> Result<Self, Error> {
        let named = |error| format!("{}: {error}", folder.display());
        private::secure_folder(folder).map_err(named)?;
        let path = token_path(folder, std::process::id());
        // A process of the same id that was killed has left it.
        let _ = fs::remove_file(&path);
        let mut file = private::new_file(&path).map_err(named)?;
        file.write_all(token.reveal().as_bytes()).map_err(named)?;
        Ok(TokenFile(path))
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::debug!("{} is not removed: {error}", self.0.display());
        }
    }
}

fn token_path(folder: &Path, pid: u32) -> PathBuf {
    folder.join(format!("{pid}.token"))
}

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
    pub fn this(
        address: String,
        token_file: Option<PathBuf>,
        adapter: &Description,
        host_pid: Option<u32>,
        session: &str,
    ) -> Self {
        let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        RunningServer {
            address,
            token_file,
            pid: NonZeroU32::new(std::process::id()).unwrap_or(NonZeroU32::MAX),
            adapter: adapter.name.clone(),
            hosts: adapter.hosts.clone(),
            host_pid,
            session: session.to_owned(),
            started: since.as_secs_f64(),
        }
    }

    /// The one of this process, or the only one.
    pub fn meant(mut running: Vec<Self>, pid: Option<NonZeroU32>) -> Result<Self, Error> {
        if let Some(pid) = pid {
            running.retain(|server| server.pid == pid);
        }
        match (running.len(), pid) {
            (0, None) => {
                Err("no server is running; start one with `pyblish-endpoint serve`".into())
            }
            (0, Some(pid)) => Err(format!(
                "no server runs as the process {pid}; `pyblish-endpoint list` shows those that run"
            )
            .into()),
            (1, _) => Ok(running.remove(0)),
            (several, _) => Err(format!(
                "{several} servers are running; say which with --pid, `pyblish-endpoint list` shows them"
            )
            .into()),
        }
    }

    /// A new address of its page, which lets one browser in.
    pub fn page(&self) -> Result<String, Error> {
        let port = self
            .address
            .rsplit(':')
            .next()
            .and_then(|it| it.parse().ok());
        if let Some(port) = port.filter(|port| http::browsers_refuse(*port)) {
            return Err(format!(
                "no browser opens a page on port {port}: start the server with another --port"
            )
            .into());
        }
        let Some(file) = &self.token_file else {
            return Ok(format!("{}/", self.address));
        };
        let token = private::read(file);
        let token = token.map_err(|error| format!("{}: {error}", file.display()))?;
        let page = http::new_page(&self.address, &token);
        Ok(page.map_err(|reason| format!("the server at {}: {reason}", self.address))?)
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

/// The servers that have a file, and those files that tell of none that lives. Nothing is removed.
pub struct Looked {
    pub servers: Vec<RunningServer>,
    pub dead: Vec<PathBuf>,
    /// Each with what is wrong with it.
    pub broken: Vec<(PathBuf, String)>,
}

/// Looks for the servers that are running, the oldest first.
pub fn look() -> Result<Looked, Error> {
    look_in(&folder()?)
}

fn running_in(folder: &Path) -> Result<Vec<RunningServer>, Error> {
    let looked = look_in(folder)?;
    for path in looked.dead {
        if let Err(error) = fs::remove_file(&path) {
            tracing::debug!("{} is not removed: {error}", path.display());
        }
        // Its token opens nothing any more; it may have had none.
        let _ = fs::remove_file(path.with_extension("token"));
    }
    for (path, reason) in looked.broken {
        tracing::warn!("{} {reason}", path.display());
    }
    Ok(looked.servers)
}

fn look_in(folder: &Path) -> Result<Looked, Error> {
    let mut looked = Looked {
        servers: Vec::new(),
        dead: Vec::new(),
        broken: Vec::new(),
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(looked),
        Err(error) => {
            let folder = folder.display();
            return Err(format!("the folder {folder} cannot be read: {error}").into());
        }
    };
    let paths = entries.flatten().map(|entry| entry.path());
    for path in paths.filter(|path| path.extension().is_some_and(|it| it == "json")) {
        // One may end while we look.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        match serde_json::from_str::<RunningServer>(&text) {
            Ok(server) if process::alive(server.pid) => looked.servers.push(server),
            Ok(_) => looked.dead.push(path),
            Err(error) => {
                let reason = format!("tells of no server: {error}");
                looked.broken.push((path, reason));
            }
        }
    }
    let order = |a: &RunningServer, b: &RunningServer| a.started.total_cmp(&b.started);
    looked.servers.sort_by(order);
    Ok(looked)
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
        let this = RunningServer::this(
            "http://127.0.0.1:1".into(),
            None,
            &adapter,
            None,
            "folder-1",
        );
        let dead = RunningServer {
            pid: NonZeroU32::MAX,
            ..this.clone()
        };
        let announced = Announced(Some(this.announce_in(&folder).unwrap()));
        let stale = dead.announce_in(&folder).unwrap();
        let its_token = token_path(&folder, dead.pid.get());
        fs::write(&its_token, "x").unwrap();
        fs::write(folder.join("other.json"), "{}").unwrap();
        assert_eq!(running_in(&folder).unwrap(), [this]);
        assert!(!stale.exists() && !its_token.exists());
        drop(announced);
        assert_eq!(running_in(&folder).unwrap(), []);
    }

    #[test]
    fn a_token_is_the_users_alone_and_goes_with_its_server() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("run");
        let token = Secret::new().unwrap();
        let stale = token_path(&folder, std::process::id());
        private::secure_folder(&folder).unwrap();
        fs::write(&stale, "of another").unwrap();
        let file = TokenFile::write_in(&folder, &token).unwrap();
        // Which says so where others could read it.
        assert_eq!(private::read(&file.0).unwrap(), token.reveal());
        drop(file);
        assert!(!stale.exists());
    }
}
