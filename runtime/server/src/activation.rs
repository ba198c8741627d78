//! Socket activation: a service manager such as systemd listens, and starts the server when the first
//! client connects (`LISTEN_FDS`, see sd_listen_fds(3)).
//!
//! The server takes exactly one socket, a TCP port or a unix socket. For a TCP port the same rules
//! hold as for `--listen`; a unix socket must be this user's own, as with `--socket`.

use super::bind_error::BindError;
use super::listen_config::ListenConfig;
use super::listener::BoundListener;

/// The socket that a service manager listens on for this process; none if nobody does. Call it once,
/// in an async runtime: the socket is taken over.
///
/// # Errors
/// There are several sockets, one of another kind, one that other users can open, or a port that
/// `config` does not allow.
#[cfg(unix)]
pub fn activated(config: ListenConfig) -> Result<Activated, BindError> {
    let mut sockets = listenfd::ListenFd::from_env();
    let failed = |reason: std::io::Error| BindError::Activation(reason.to_string());
    match sockets.len() {
        0 => return Ok(Activated::No(config)),
        1 => {}
        count => {
            let said = format!("there are {count} sockets, and a server has one");
            return Err(BindError::Activation(said));
        }
    }
    // Each of the two refuses a socket of the other kind.
    if let Ok(Some(listener)) = sockets.take_unix_listener(0) {
        let address = listener.local_addr().map_err(failed)?;
        let Some(path) = address.as_pathname() else {
            let said = "a unix socket without a file can be opened by every user";
            return Err(BindError::Activation(said.into()));
        };
        let bound = BoundListener::on_activated(listener, path).map_err(failed)?;
        return Ok(Activated::Yes(bound));
    }
    let listener = sockets.take_tcp_listener(0).map_err(failed)?;
    let Some(listener) = listener else {
        return Ok(Activated::No(config));
    };
    listener.set_nonblocking(true).map_err(failed)?;
    let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
    config.check(listener.local_addr().map_err(failed)?)?;
    Ok(Activated::Yes(
        config.into_listener(listener).map_err(failed)?,
    ))
}

/// Only systems with unix sockets have service managers that do this.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn activated(config: ListenConfig) -> Result<Activated, BindError> {
    Ok(Activated::No(config))
}

/// Whether a service manager listens for this process.
pub enum Activated {
    /// It does, on this socket.
    Yes(BoundListener),
    /// Nobody does: the server listens where this says.
    No(ListenConfig),
}
