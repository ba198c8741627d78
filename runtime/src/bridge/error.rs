use std::io;
use std::path::PathBuf;

use super::RunningHost;

/// Why a running host cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    #[error("this user has no home folder, so there is no place to find running hosts in")]
    NoHome,

    #[error("the folder {}, in which running hosts are found, cannot be read: {error}", path.display())]
    Folder { path: PathBuf, error: io::Error },

    #[error("the secret in {} cannot be used: {error}. Remove the file, and start the hosts anew", path.display())]
    Secret { path: PathBuf, error: io::Error },

    #[error(
        "no {host} is running with the bridge; start it, after `pyblish-endpoint host install {host}` if that was \
         never done"
    )]
    NotRunning { host: String },

    #[error(
        "no {host} is running as the process {pid} with the bridge; name one that is with --pid:{}",
        listed(.found)
    )]
    NotThis {
        host: String,
        pid: u32,
        /// Never empty.
        found: Vec<RunningHost>,
    },

    #[error("{} {host}s are running with the bridge; name one with --pid:{}", .found.len(), listed(.found))]
    Several {
        host: String,
        found: Vec<RunningHost>,
    },
}

fn listed(found: &[RunningHost]) -> String {
    let lines = found.iter().map(|running| format!("\n  {running}"));
    lines.collect()
}
