//! Why the server cannot listen where the user wants it to. Each message names the flag that helps.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program has the port.
    #[error("{address} is in use by another program; {}", suggestion(.free))]
    InUse {
        /// The address that was asked for.
        address: SocketAddr,
        /// One of the next ports that is free, if any of the next ten is.
        free: Option<SocketAddr>,
    },
    /// Other machines can reach the address, and `--allow-remote` was not given.
    #[error(
        "{0} can be reached from other machines; listen on 127.0.0.1 or [::1], or allow other \
         machines with --allow-remote, --tls-cert and --tls-key"
    )]
    NotLoopback(SocketAddr),
    /// Other machines can reach the address, and no token is needed.
    #[error(
        "{0} can be reached from other machines, and --no-auth gives everybody access; use only \
         one of them"
    )]
    NoToken(SocketAddr),
    /// Other machines can reach the address, and nothing is encrypted.
    #[error(
        "{0} can be reached from other machines, and without TLS others in the network can read \
         the token; give a certificate and its key with --tls-cert and --tls-key"
    )]
    NoTls(SocketAddr),
    /// The address is `0.0.0.0` or `[::]`, which no client can use.
    #[error(
        "{0} stands for every address of this machine, so clients cannot use it as a name; name \
         the server with --allow-name NAME"
    )]
    NoName(SocketAddr),
    /// The address contains a network interface (its scope), which other machines do not know.
    #[error(
        "{0} names a network interface, which other machines do not know; give the name that they \
         use for the server, with --allow-name NAME"
    )]
    NoNameBeyond(SocketAddr),
    /// The system refuses the address.
    #[error("the server cannot listen on {address}: {reason}; choose another with --listen")]
    Refused {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system says.
        reason: io::Error,
    },
    /// A service manager such as systemd handed over something that the server cannot use.
    #[error(
        "the server cannot use what its service manager listens on: {0}; correct its socket unit"
    )]
    Activation(String),
    /// The unix socket cannot be made.
    #[error("the server cannot listen on the socket {}: {reason}; choose another with --socket", .path.display())]
    NoSocket {
        /// Where the socket was to be.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
}

fn suggestion(free: &Option<SocketAddr>) -> String {
    match free {
        Some(free) => {
            format!("{free} is free: use --listen {free}, or any free port with --port auto")
        }
        None => "choose another with --listen".into(),
    }
}
