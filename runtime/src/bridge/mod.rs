//! Hosts that run with the bridge in them: the files by which they are found, and the secret by which a bridge
//! and an adapter know each other.
//!
//! The other side of both is Python: see `components/bridge/PROTOCOL.md`. `install` puts it into hosts.

mod error;
pub mod install;
mod running;
mod secret;

use std::path::PathBuf;

pub use error::BridgeError;
pub use running::{Looked, RunningHost};

use crate::user;

/// Where bridges and runtimes of this user meet.
#[derive(Debug, Clone)]
pub struct Meeting {
    folder: PathBuf,
}

impl Meeting {
    /// The one of this user.
    pub fn of_user() -> Result<Self, BridgeError> {
        let folder = user::run_folder().ok_or(BridgeError::NoHome)?;
        Ok(Meeting { folder })
    }

    /// The hosts that are running, the one that started first comes first.
    pub fn hosts(&self) -> Result<Vec<RunningHost>, BridgeError> {
        running::list(&self.folder.join("hosts"))
    }

    /// Likewise, and the files that tell of none; none is removed.
    pub fn look(&self) -> Result<Looked, BridgeError> {
        running::look(&self.folder.join("hosts"))
    }

    /// The running host of this name, and of this process if one is named; none where none is running.
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

    /// Why [`Meeting::find`] has found none: whoever named a process is told of those that they could have named.
    pub fn not_running(&self, host: &str, pid: Option<u32>) -> BridgeError {
        let mut found = self.hosts().unwrap_or_default();
        found.retain(|running| running.host == host);
        let host = host.to_owned();
        match pid {
            Some(pid) if !found.is_empty() => BridgeError::NotThis { host, pid, found },
            _ => BridgeError::NotRunning { host },
        }
    }

    /// The secret of this user, which is made where there is none yet.
    pub fn secret(&self) -> Result<String, BridgeError> {
        let path = self.folder.join("secret");
        secret::read_or_make(&path).map_err(|error| BridgeError::Secret { path, error })
    }
}

#[cfg(test)]
mod tests;
