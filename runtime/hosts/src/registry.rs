//! The folder in which running hosts leave their files, and in which the secret of this user is.

use std::fs;
use std::path::{Path, PathBuf};

use super::secret::{self, Secret};
use super::{BridgeError, RunningHost};
use pyblish_platform::process;
use pyblish_platform::trusted::{Trust, TrustedFolder};

/// Bytes that the file of a host may have; the path of its scene is in it.
const LARGEST: u64 = 256 << 10;

/// The folder through which bridges and runtimes of this user find each other.
#[derive(Debug, Clone)]
pub struct HostRegistry {
    pub(crate) folder: PathBuf,
}

impl HostRegistry {
    /// The registry of this user.
    pub fn of_user() -> Result<Self, BridgeError> {
        let folder = pyblish_platform::run_folder().ok_or(BridgeError::NoHome)?;
        Ok(HostRegistry { folder })
    }

    /// The hosts that are running, the one that started first comes first.
    pub fn hosts(&self) -> Result<Vec<RunningHost>, BridgeError> {
        list(&self.folder.join("hosts"))
    }

    /// The running hosts, and files without one. No file is removed.
    pub fn look(&self) -> Result<HostSurvey, BridgeError> {
        look(&self.folder.join("hosts"))
    }

    /// The running host of this name, and of this process if one is named; none where none is
    /// running.
    pub fn find(&self, host: &str, pid: Option<u32>) -> Result<Option<RunningHost>, BridgeError> {
        let mut found = self.hosts()?;
        found.retain(|running| {
            running.host == host && pid.is_none_or(|pid| running.pid.get() == pid)
        });
        match found.len() {
            0 | 1 => Ok(found.pop()),
            _ => Err(BridgeError::Several {
                host: host.into(),
                found,
            }),
        }
    }

    /// Why [`HostRegistry::find`] found none. If a process was named, the error lists those that
    /// could have been. `start` is what the adapter says about how to start one.
    pub fn not_running(&self, host: &str, pid: Option<u32>, start: Option<&str>) -> BridgeError {
        let mut found = self.hosts().unwrap_or_default();
        found.retain(|running| running.host == host);
        let host = host.to_owned();
        match pid {
            Some(pid) if !found.is_empty() => BridgeError::NotThis { host, pid, found },
            _ => BridgeError::NotRunning {
                host,
                start: start.map(str::to_owned),
            },
        }
    }

    /// The secret of this user, which is made where there is none yet.
    pub(crate) fn secret(&self) -> Result<Secret, BridgeError> {
        let path = self.folder.join("secret");
        secret::read_or_make(&path).map_err(BridgeError::Secret)
    }

    /// Whether [`HostRegistry::secret`] would answer one. Nothing is changed.
    pub fn look_at_secret(&self) -> Result<(), BridgeError> {
        secret::look(&self.folder.join("secret")).map_err(BridgeError::Secret)
    }
}

/// The hosts that have a file in this folder, and live. The files of the dead are removed.
fn list(folder: &Path) -> Result<Vec<RunningHost>, BridgeError> {
    let looked = look(folder)?;
    for path in looked.dead {
        if let Err(error) = fs::remove_file(&path) {
            tracing::debug!("{} is not removed: {error}", path.display());
        }
    }
    for (path, reason) in looked.broken {
        tracing::warn!("{} {reason}", path.display());
    }
    Ok(looked.hosts)
}

/// The hosts that have a file, the first that started comes first, and the files without a running
/// host.
#[derive(Debug, Default)]
pub struct HostSurvey {
    /// The hosts that are running.
    pub hosts: Vec<RunningHost>,
    /// Files of hosts that have ended, complete or partial.
    pub dead: Vec<PathBuf>,
    /// Each with what is wrong with it.
    pub broken: Vec<(PathBuf, String)>,
}

/// Lists without removing anything.
fn look(folder: &Path) -> Result<HostSurvey, BridgeError> {
    let mut looked = HostSurvey::default();
    let folder = match TrustedFolder::open(folder, Trust::Private) {
        Ok(folder) => folder,
        Err(error) if error.is_missing() => return Ok(looked),
        Err(error) => return Err(BridgeError::Folder(error)),
    };
    for name in folder.names().map_err(BridgeError::Folder)? {
        let path = folder.path().join(&name);
        if path.extension().is_none_or(|it| it != "json") {
            if is_left_by_the_dead(&path) {
                looked.dead.push(path);
            }
            continue;
        }
        let text = match folder.read_text(Path::new(&name), Trust::Owned, LARGEST) {
            Ok(text) => text,
            // One may end while we look.
            Err(error) if error.is_missing() => continue,
            Err(error) => {
                let reason = format!("is not read: {}", error.reason);
                looked.broken.push((path, reason));
                continue;
            }
        };
        match serde_json::from_str::<RunningHost>(&text) {
            // The secret must not be proven to another machine, whatever the file says.
            Ok(host) if !host.address.ip().is_loopback() => {
                let reason = "names an address that is not of this machine".into();
                looked.broken.push((path, reason));
            }
            Ok(host) if process::alive(host.pid) => looked.hosts.push(host),
            Ok(_) => looked.dead.push(path),
            Err(error) => {
                let reason = format!("tells of no host: {error}");
                looked.broken.push((path, reason));
            }
        }
    }
    let order = |a: &RunningHost, b: &RunningHost| a.started.total_cmp(&b.started);
    looked.hosts.sort_by(order);
    Ok(looked)
}

/// Whether this is a partial host file that its bridge cannot finish. Until it is complete,
/// `run_folder.new_file` of the bridge calls it `NAME.json.PID.tmp`.
fn is_left_by_the_dead(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let written = name.and_then(|name| name.strip_suffix(".tmp")?.rsplit_once(".json."));
    let pid = written.and_then(|(_, pid)| pid.parse().ok());
    pid.is_some_and(|pid| !process::alive(pid))
        && path.symlink_metadata().is_ok_and(|it| it.is_file())
}
