use std::fmt;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::BridgeError;
use crate::user::process;

/// A host that runs with the bridge in it, in its own words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunningHost {
    /// The name that plug-ins use, for example `blender`.
    pub host: String,
    pub pid: NonZeroU32,
    /// Where its bridge listens.
    pub address: SocketAddr,
    pub host_version: Option<String>,
    pub python_version: Option<String>,
    /// The version of pyblish-base in it.
    pub pyblish: Option<String>,
    /// The version of its bridge.
    pub bridge: Option<String>,
    /// Seconds since 1970-01-01 UTC.
    pub started: f64,
    /// What was open in it as its bridge started.
    pub file: Option<String>,
}

impl fmt::Display for RunningHost {
    /// For people who choose among several.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--pid {}  {}", self.pid, self.host)?;
        if let Some(version) = &self.host_version {
            write!(f, " {version}")?;
        }
        if let Some(file) = &self.file {
            write!(f, "  {file}")?;
        }
        // Two without a file can be told apart by nothing else.
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        write!(
            f,
            "  (started {} ago)",
            rough(now.as_secs_f64() - self.started)
        )
    }
}

/// A time in seconds, as somebody tells it who remembers it.
fn rough(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.0} h", s / 3600.0),
    }
}

/// The hosts that have a file in this folder, and live. The files of the dead are removed.
pub(super) fn list(folder: &Path) -> Result<Vec<RunningHost>, BridgeError> {
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

/// The hosts that have a file, the first that started comes first, and the files that tell of none that lives.
#[derive(Debug, Default)]
pub struct Looked {
    pub hosts: Vec<RunningHost>,
    pub dead: Vec<PathBuf>,
    /// Each with what is wrong with it.
    pub broken: Vec<(PathBuf, String)>,
}

/// Looks without removing anything.
pub(super) fn look(folder: &Path) -> Result<Looked, BridgeError> {
    let mut looked = Looked::default();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(looked),
        Err(error) => {
            let path = folder.to_path_buf();
            return Err(BridgeError::Folder { path, error });
        }
    };
    let paths = entries.flatten().map(|entry| entry.path());
    for path in paths.filter(|path| path.extension().is_some_and(|it| it == "json")) {
        // One may end while we look.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        match serde_json::from_str::<RunningHost>(&text) {
            // A secret must not be proven to another machine, whatever the file says.
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
