//! The listener of a server: a TCP port, or a unix socket.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use tokio::net::{TcpListener, TcpStream};

use super::access::ServerNames;
use super::bind_error::BindError;
use super::socket::{self, Socket};
use super::tls::Tls;

/// Where a server listens.
pub struct BoundListener {
    /// For example `http://127.0.0.1:6001`, or `unix:PATH`.
    pub url: String,
    /// The TCP port; 0 on a unix socket.
    pub port: u16,
    pub(crate) names: ServerNames,
    pub(crate) tls: Option<Tls>,
    pub(crate) listener: Listener,
}

impl BoundListener {
    /// Binds a unix socket that only this user can open.
    ///
    /// # Errors
    /// The path is in use or cannot be written, or the system has no unix sockets.
    pub fn on_socket(path: &Path) -> Result<BoundListener, BindError> {
        let socket = Socket::bind(path).map_err(|reason| BindError::NoSocket {
            path: path.into(),
            reason,
        })?;
        Ok(BoundListener::on(socket, path))
    }

    fn on(socket: Socket, path: &Path) -> BoundListener {
        BoundListener {
            url: format!("unix:{}", path.display()),
            port: 0,
            names: ServerNames::of_socket(),
            tls: None,
            listener: Listener::Socket(socket),
        }
    }
}

#[cfg(unix)]
impl BoundListener {
    /// Takes over a unix socket that a service manager listens on.
    pub(crate) fn on_activated(
        listener: std::os::unix::net::UnixListener,
        path: &Path,
    ) -> io::Result<BoundListener> {
        let socket = Socket::take_over(listener, path)?;
        Ok(BoundListener::on(socket, path))
    }
}

/// What accepts connections.
pub(crate) enum Listener {
    Tcp(TcpListener),
    Socket(Socket),
}

impl Listener {
    /// Waits for the next connection.
    pub(crate) async fn accept(&self) -> io::Result<Stream> {
        match self {
            Listener::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // Answers are small, and clients wait for them.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!("TCP_NODELAY cannot be set on a connection: {error}");
                }
                Ok(Stream::Tcp(stream))
            }
            Listener::Socket(socket) => Ok(Stream::Socket(socket.accept().await?)),
        }
    }
}

/// A connection that was accepted.
pub(crate) enum Stream {
    Tcp(TcpStream),
    Socket(socket::Stream),
}

impl Stream {
    /// The address of the client; none on a unix socket.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        match self {
            Stream::Tcp(stream) => Some(stream.peer_addr().ok()?.ip()),
            Stream::Socket(_) => None,
        }
    }
}

/// Binds this address.
///
/// # Errors
/// The address is in use (the error then suggests a free one), or the system refuses it.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(BindError::InUse {
            address,
            free: next_free(address).await,
        }),
        Err(reason) => Err(BindError::Refused { address, reason }),
    }
}

/// The first free port of the ten after this one.
async fn next_free(address: SocketAddr) -> Option<SocketAddr> {
    for port in (address.port()..).skip(1).take(10) {
        let next = SocketAddr::new(address.ip(), port);
        if TcpListener::bind(next).await.is_ok() {
            return Some(next);
        }
    }
    None
}
