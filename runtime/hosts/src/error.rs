use std::io;
use std::net::SocketAddr;

use super::RunningHost;
use super::install::SUPPORTED_HOSTS;
use pyblish_platform::trusted::FileError;

/// Why a running host cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// The user has no home folder.
    #[error(
        "this user has no home folder, so there is no place to find running hosts in; set HOME"
    )]
    NoHome,

    /// The folder of running hosts cannot be used.
    #[error("the folder in which running hosts are found cannot be used: {0}")]
    Folder(FileError),

    /// The secret cannot be used.
    #[error(
        "the secret of this user cannot be used: {0}. Or remove the file, and start the hosts anew"
    )]
    Secret(FileError),

    /// No such host is running.
    #[error("no {host} is running with the bridge{}", how_to_start(.host, .start.as_deref()))]
    NotRunning {
        /// The name of the host.
        host: String,
        /// What the adapter says about how to start one, as one sentence.
        start: Option<String>,
    },

    /// Such hosts are running, but not as this process.
    #[error(
        "no {host} is running as the process {pid} with the bridge; name one that is with --pid:{}",
        listed(.found)
    )]
    NotThis {
        /// The name of the host.
        host: String,
        /// The process that was asked for.
        pid: u32,
        /// Never empty.
        found: Vec<RunningHost>,
    },

    /// Several are running, and none was chosen.
    #[error("{} {host}s are running with the bridge; name one with --pid:{}", .found.len(), listed(.found))]
    Several {
        /// The name of the host.
        host: String,
        /// The running hosts to choose from.
        found: Vec<RunningHost>,
    },
}

/// What the user does next. Only a host that `host install` knows gets that command; of any other,
/// the adapter knows best.
fn how_to_start(host: &str, start: Option<&str>) -> String {
    if SUPPORTED_HOSTS.iter().any(|known| known.name == host) {
        return format!(
            "; start it, after `pyblish-endpoint host install {host}` if that was never done"
        );
    }
    match start {
        Some(start) => format!(". {start}"),
        None => "; start the bridge there, as the guide \"Connect a tool of your own\" says".into(),
    }
}

fn listed(found: &[RunningHost]) -> String {
    let lines = found.iter().map(|running| format!("\n  {running}"));
    lines.collect()
}

/// Why there is no connection to the bridge in a running host.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The secret cannot be used.
    #[error(transparent)]
    Secret(#[from] BridgeError),

    /// Nothing listens at the address of its file.
    #[error("{host} no longer listens at {address}; start the bridge there again")]
    NotListening {
        /// The host and its process.
        host: String,
        /// Where its bridge listened.
        address: SocketAddr,
    },

    /// The system gave up.
    #[error(
        "{host} accepts no connections at {address}: its process is paused, as in a debugger, or too many programs \
         connect to it; open the session again later"
    )]
    NotAccepting {
        /// The host and its process.
        host: String,
        /// Where its bridge listens.
        address: SocketAddr,
    },

    /// Something else went wrong when connecting.
    #[error("{host} cannot be reached at {address}: {reason}")]
    Unreachable {
        /// The host and its process.
        host: String,
        /// Where its bridge listens.
        address: SocketAddr,
        /// What the system says.
        reason: io::Error,
    },

    /// The program there sends something that no bridge sends.
    #[error(
        "the program at {address} is not the bridge of {host}; start the bridge there again, and if that does not \
         help, find out which program has that port"
    )]
    NoBridge {
        /// The host and its process.
        host: String,
        /// Where its bridge should listen.
        address: SocketAddr,
    },

    /// It closes the connection without an answer.
    #[error(
        "the program at {address} closes each connection without an answer: it is the bridge of {host} and too many \
         programs connect to it, or it is another program; open the session again, and if that does not help, start \
         the bridge there again"
    )]
    Speechless {
        /// The host and its process.
        host: String,
        /// Where its bridge should listen.
        address: SocketAddr,
    },

    /// It keeps the connection open and does not answer.
    #[error(
        "the program at {address} has not answered for {seconds} seconds: {host} is paused, as in a debugger, or \
         another program has that port; start the bridge in {host} again"
    )]
    Silent {
        /// The host and its process.
        host: String,
        /// Where its bridge should listen.
        address: SocketAddr,
        /// How long it was waited for.
        seconds: u64,
    },

    /// The bridge uses another version of the protocol.
    #[error(
        "this runtime uses protocol {own}, but the bridge in {host} uses {bridge}; {}",
        if bridge < own {
            "the bridge is older: update pyblish_endpoint_bridge.py there (`pyblish-endpoint host install HOST`, or \
             by hand), and restart the host"
        } else {
            "the runtime is older: update pyblish-endpoint"
        }
    )]
    OtherProtocol {
        /// The host and its process.
        host: String,
        /// The version of the runtime.
        own: u32,
        /// The version of the bridge.
        bridge: u32,
    },

    /// The bridge has not proven that it knows the user's secret.
    #[error(
        "the program at {address} does not know this user's secret, so it is not the bridge; start the bridge in \
         {host} again"
    )]
    WrongProof {
        /// The host and its process.
        host: String,
        /// Where its bridge should listen.
        address: SocketAddr,
    },

    /// The bridge refuses, in its own words.
    #[error("{message}")]
    Refused {
        /// What the bridge says.
        message: String,
        /// Whether it has too many connections at the moment.
        is_crowded: bool,
    },

    /// The system gives no random bytes.
    #[error("the system gives no random bytes for the handshake: {0}")]
    Random(#[from] getrandom::Error),

    /// The connection failed during the handshake.
    #[error("the connection to the bridge failed: {0}")]
    Io(#[from] io::Error),
}

impl ConnectError {
    /// Whether another attempt may succeed in a moment.
    pub(super) fn may_pass(&self) -> bool {
        matches!(
            self,
            ConnectError::Speechless { .. }
                | ConnectError::Refused {
                    is_crowded: true,
                    ..
                }
        )
    }
}
