use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// A host that runs with the bridge in it, as it describes itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunningHost {
    /// The name that plug-ins use, for example `blender`.
    pub host: String,
    /// Its process.
    pub pid: NonZeroU32,
    /// Where its bridge listens.
    pub address: SocketAddr,
    /// The version of the host.
    pub host_version: Option<String>,
    /// The version of the Python in it.
    pub python_version: Option<String>,
    /// The version of pyblish-base in it.
    pub pyblish: Option<String>,
    /// The version of its bridge.
    pub bridge: Option<String>,
    /// Seconds since 1970-01-01 UTC.
    pub started: f64,
    /// The file that was open when its bridge started.
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
        // Two hosts without a file only differ in this.
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        write!(
            f,
            "  (started {} ago)",
            rough(now.as_secs_f64() - self.started)
        )
    }
}

/// A time in seconds, roughly, for people.
fn rough(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.0} h", s / 3600.0),
    }
}
