//! The running servers of this user. Each has a file through which frontends find it, and beside it
//! a file with its token that only this user can read.
//!
//! A file is trusted, and a token sent to the address in it, only if nobody else can have written
//! it: the folder and the file belong to this user, the token file is beside it, and an address
//! without TLS is a loopback address, as it always is for a server.

use std::ffi::OsStr;
use std::fs;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::stderr::Error;
use super::text;
use pyblish_adapter::Description;
use pyblish_platform::trusted::{FileError, Trust, TrustedFolder};
use pyblish_platform::{atomic, private, process, trusted};
use pyblish_server::Secret;

/// The largest size of a server's file, in bytes.
const LARGEST: u64 = 64 << 10;

/// The largest size of a token file, in bytes.
const LARGEST_TOKEN: u64 = 1024;

/// What a frontend needs to know about a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunningServer {
    /// `http://127.0.0.1:6000`, or `unix:PATH`
    pub address: String,
    /// The file with its token; none if it needs no token.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    pub pid: NonZeroU32,
    pub adapter: String,
    pub hosts: Vec<String>,
    /// The process of the host that it worked with when it started.
    #[serde(default)]
    pub host_pid: Option<u32>,
    /// The name of its first session.
    pub session: String,
    /// Seconds since 1970-01-01 UTC.
    pub started: f64,
}

/// A server's file; it is removed when this is dropped.
pub struct Announced(Option<PathBuf>);

/// The file with the token of this process; it is removed when this is dropped.
pub struct TokenFile(pub PathBuf);

impl TokenFile {
    pub fn write(token: &Secret) -> Result<Self, Error> {
        let written = folder().and_then(|folder| TokenFile::write_in(&folder, token));
        written.map_err(|error| {
            format!("the server's token cannot be stored where only you can read it: {error}; or start it with --no-auth").into()
        })
    }

    fn write_in(folder: &Path, token: &Secret) -> Result<Self, Error> {
        let named = |error| format!("{}: {error}", folder.display());
        private::secure_folder(folder).map_err(named)?;
        let path = token_path(folder, std::process::id());
        // Replaces the file of a killed process that had the same id.
        private::write(&path, token.reveal()).map_err(named)?;
        Ok(TokenFile(path))
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::debug!("{} cannot be removed: {error}", self.0.display());
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

    /// The server with this process id, or the only server.
    pub fn meant(mut running: Vec<Self>, pid: Option<NonZeroU32>) -> Result<Self, Error> {
        if let Some(pid) = pid {
            running.retain(|server| server.pid == pid);
        }
        match (running.len(), pid) {
            (0, None) => {
                Err("no server is running; start one with `pyblish-endpoint serve`".into())
            }
            (0, Some(pid)) => Err(format!(
                "no server has the process id {pid}; `pyblish-endpoint list` shows the running ones"
            )
            .into()),
            (1, _) => Ok(running.remove(0)),
            (several, _) => Err(format!(
                "{several} servers are running; choose one with --pid, `pyblish-endpoint list` \
                 shows them"
            )
            .into()),
        }
    }

    /// A new address of its page, which gives access to one browser.
    pub fn page(&self) -> Result<String, Error> {
        let port = self
            .address
            .rsplit(':')
            .next()
            .and_then(|it| it.parse().ok());
        if let Some(port) = port.filter(|port| pyblish_server::browsers_refuse(*port)) {
            return Err(format!(
                "no browser opens a page on port {port}: start the server with another --port"
            )
            .into());
        }
        let Some(file) = &self.token_file else {
            return Ok(format!("{}/", self.address));
        };
        let token = read_token(file)?;
        let page = pyblish_client::new_page(&self.address, &token);
        Ok(page.map_err(|reason| format!("the server at {}: {reason}", self.address))?)
    }

    /// Lets frontends find the server. If this fails, the server still works.
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
        private::write(&path, serde_json::to_vec(self)?)?;
        Ok(path)
    }
}

/// The servers that are running, the oldest first.
pub fn running() -> Result<Vec<RunningServer>, Error> {
    running_in(&folder()?)
}

/// The servers that have a file, and the files without a running server. Removes nothing.
pub struct Looked {
    pub servers: Vec<RunningServer>,
    pub dead: Vec<PathBuf>,
    /// Each with the reason.
    pub broken: Vec<(PathBuf, String)>,
}

/// Finds the running servers, the oldest first.
pub fn look() -> Result<Looked, Error> {
    look_in(&folder()?)
}

fn running_in(folder: &Path) -> Result<Vec<RunningServer>, Error> {
    let looked = look_in(folder)?;
    for path in looked.dead {
        if let Err(error) = fs::remove_file(&path) {
            tracing::debug!("{} is not removed: {error}", path.display());
        }
        // Its token is of no use any more; there may be none.
        let _ = fs::remove_file(path.with_extension("token"));
    }
    for (path, reason) in looked.broken {
        // Users who miss a server must see why it is not listed.
        let said = format!("{} {reason}", path.display());
        eprintln!("pyblish-endpoint: {}", text::one_line(&said));
    }
    Ok(looked.servers)
}

fn look_in(folder: &Path) -> Result<Looked, Error> {
    let mut looked = Looked {
        servers: Vec::new(),
        dead: Vec::new(),
        broken: Vec::new(),
    };
    let folder = match TrustedFolder::open(folder, Trust::Private) {
        Ok(folder) => folder,
        Err(error) if error.is_missing() => return Ok(looked),
        Err(error) => {
            return Err(format!(
                "the folder in which running servers are found cannot be used: {error}"
            )
            .into());
        }
    };
    for name in folder.names()? {
        let path = folder.path().join(name);
        if path.extension().is_none_or(|it| it != "json") {
            if is_left_by_the_dead(&path) {
                looked.dead.push(path);
            }
            continue;
        }
        match read_server(&folder, &path) {
            Ok(Some(server)) if process::alive(server.pid) => looked.servers.push(server),
            Ok(Some(_)) => looked.dead.push(path),
            // A server may end while we look.
            Ok(None) => {}
            Err(reason) => looked.broken.push((path, reason)),
        }
    }
    let order = |a: &RunningServer, b: &RunningServer| a.started.total_cmp(&b.started);
    looked.servers.sort_by(order);
    Ok(looked)
}

/// Whether this is left from a server that was killed before it was announced: a token, or an
/// incomplete file.
fn is_left_by_the_dead(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let Some((pid, ending)) = name.and_then(|name| name.split_once('.')) else {
        return false;
    };
    let is_left = match ending {
        // If the server's file is there, it is removed together with that.
        "token" => path.with_extension("json").symlink_metadata().is_err(),
        _ => ["json", "token"]
            .iter()
            .any(|whole| atomic::is_part_of(OsStr::new(ending), whole)),
    };
    is_left
        && pid.parse().is_ok_and(|pid| !process::alive(pid))
        && path.symlink_metadata().is_ok_and(|it| it.is_file())
}

/// The server that a file of this folder describes; none if the file has been removed meanwhile.
///
/// # Errors
/// The file must not be trusted. The text is the reason, to follow the file's path.
fn read_server(folder: &TrustedFolder, path: &Path) -> Result<Option<RunningServer>, String> {
    let name = Path::new(path.file_name().unwrap_or_default());
    let text = match folder.read_text(name, Trust::Owned, LARGEST) {
        Ok(text) => text,
        Err(error) if error.is_missing() => return Ok(None),
        Err(error) => return Err(format!("cannot be read: {}", error.reason)),
    };
    let server: RunningServer = serde_json::from_str(&text)
        .map_err(|error| format!("does not describe a server: {error}"))?;
    let beside = token_path(folder.path(), server.pid.get());
    if server
        .token_file
        .as_ref()
        .is_some_and(|named| *named != beside)
    {
        return Err("names a token file that is not beside it".into());
    }
    match is_of_a_server(&server.address) {
        true => Ok(Some(server)),
        false => Err(format!(
            "names the address {:?}, but a server without TLS must have a loopback address",
            server.address
        )),
    }
}

/// Whether a server can have written this as its address.
fn is_of_a_server(address: &str) -> bool {
    match address.split_once(':') {
        Some(("http", rest)) => {
            let address = rest.strip_prefix("//").and_then(|it| it.parse().ok());
            address.is_some_and(|address: SocketAddr| address.ip().is_loopback())
        }
        Some(("https", rest)) => rest.starts_with("//"),
        Some(("unix" | "pipe", _)) => true,
        _ => false,
    }
}

/// The token in this file, which only this user may be able to access.
pub fn read_token(file: &Path) -> Result<String, FileError> {
    trusted::read_text(file, Trust::Private, LARGEST_TOKEN)
}

fn folder() -> Result<PathBuf, Error> {
    Ok(pyblish_platform::run_folder()
        .ok_or("this user has no home folder to find running servers in; set HOME")?)
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise;

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
            host_versions: Default::default(),
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
    fn what_killed_servers_left_goes() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("run");
        private::secure_folder(&folder).unwrap();
        let (dead, this) = (NonZeroU32::MAX, std::process::id());
        let left = ["token", "token.AbC123.part", "json.AbC123.part"];
        let of_dead = left.map(|left| folder.join(format!("{dead}.{left}")));
        let others = left.map(|left| folder.join(format!("{this}.{left}")));
        let notes = ["notes.token", "secret", "secret.AbC123.part"].map(|it| folder.join(it));
        for path in of_dead.iter().chain(&others).chain(&notes) {
            fs::write(path, "x").unwrap();
        }
        assert_eq!(running_in(&folder).unwrap(), []);
        promise!("DATA-18", of_dead.iter().all(|path| !path.exists()));
        assert!(others.iter().chain(&notes).all(|path| path.exists()));
    }

    #[test]
    fn a_file_that_another_may_have_written_is_not_believed() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("run");
        private::secure_folder(&folder).unwrap();
        let token = folder.join("1.token");
        let said = |address: &str, token: &Path| {
            let server = serde_json::json!({"address": address, "tokenFile": token, "pid": 1,
                "adapter": "a", "hosts": [], "session": "s", "started": 1.0});
            private::write(&folder.join("1.json"), server.to_string()).unwrap();
            look_in(&folder)
                .unwrap()
                .broken
                .into_iter()
                .map(|(_, reason)| reason)
                .next()
        };
        for address in [
            "http://127.0.0.1:1",
            "http://[::1]:1",
            "https://studio.example:1",
            "unix:/s",
        ] {
            assert_eq!(said(address, &token), None, "{address}");
        }
        for address in [
            "http://192.0.2.1:1",
            "http://127.0.0.1.example:1",
            "http://localhost:1",
            "http://127.0.0.1:1@192.0.2.1",
            "http:127.0.0.1:1",
            "ftp://127.0.0.1:1",
            "",
        ] {
            let reason = said(address, &token).unwrap();
            assert!(
                reason.contains("must have a loopback address"),
                "{address}: {reason}"
            );
        }
        for token in ["/etc/hostname", "1.token", "../1.token", "2.token"]
            .map(|it| folder.join("..").join(it))
        {
            let reason = said("http://127.0.0.1:1", &token).unwrap();
            assert!(reason.contains("that is not beside it"), "{reason}");
        }
        let reason = said("http://127.0.0.1:1", &folder.join("2.token")).unwrap();
        promise!(
            "ACCESS-14",
            reason.contains("that is not beside it"),
            "{reason}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_or_file_of_others_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("run");
        private::secure_folder(&folder).unwrap();
        private::write(&folder.join("1.json"), "{}").unwrap();
        fs::set_permissions(folder.join("1.json"), fs::Permissions::from_mode(0o666)).unwrap();
        let looked = look_in(&folder).unwrap();
        assert!(
            looked.broken[0].1.contains("mode 666"),
            "{:?}",
            looked.broken
        );
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        let message = running_in(&folder).unwrap_err().to_string();
        assert!(message.contains("mode 777"), "{message}");
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
        // This fails if others could read it.
        assert_eq!(read_token(&file.0).unwrap(), token.reveal());
        drop(file);
        assert!(!stale.exists());
    }
}
