//! Where the server listens: on the loopback, on a unix socket, or beyond this machine, where both sides ask for
//! it: with a flag, with a token, and with TLS.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use tokio::net::{TcpListener, TcpStream};

use super::access::Names;
use super::socket::{self, Socket};
use super::tls::Tls;

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("{address} is in use by another program; {}", suggestion(.free))]
    InUse {
        address: SocketAddr,
        free: Option<SocketAddr>,
    },
    #[error(
        "{0} can be reached from other machines; listen on 127.0.0.1 or [::1], or say that this is meant, with \
         --allow-remote, --tls-cert and --tls-key"
    )]
    NotLoopback(SocketAddr),
    #[error(
        "{0} can be reached from other machines, and --no-auth lets everybody in; leave one of them out"
    )]
    NoToken(SocketAddr),
    #[error(
        "{0} can be reached from other machines, and without TLS everybody on the way reads the token; give a \
         certificate and its key with --tls-cert and --tls-key"
    )]
    NoTls(SocketAddr),
    #[error(
        "{0} stands for every address of this machine, and is no name to reach it by; say which there are, with \
         --allow-name NAME"
    )]
    NoName(SocketAddr),
    #[error("the certificate {} cannot be used: {reason}; give a PEM file with --tls-cert", .path.display())]
    NoCertificate { path: PathBuf, reason: String },
    #[error("the key {} cannot be used: {reason}; give a PEM file with --tls-key", .path.display())]
    NoKey { path: PathBuf, reason: String },
    #[error("the server cannot listen on {address}: {reason}; choose another with --listen")]
    Refused {
        address: SocketAddr,
        reason: io::Error,
    },
    #[error("the server cannot listen on the socket {}: {reason}; choose another with --socket", .path.display())]
    NoSocket { path: PathBuf, reason: io::Error },
}

fn suggestion(free: &Option<SocketAddr>) -> String {
    match free {
        Some(free) => {
            format!("{free} is free, take it with --listen {free}, or any with --port auto")
        }
        None => "choose another with --listen".into(),
    }
}

/// Who is to reach the server.
pub struct Door {
    /// Whether other machines may.
    pub remote: bool,
    /// Whether a token is asked for.
    pub guarded: bool,
    pub tls: Option<Tls>,
    /// Under which names, beside the loopback's.
    pub names: Vec<String>,
}

impl Door {
    /// Whether it may be at this address.
    pub fn allows(&self, address: SocketAddr) -> Result<(), BindError> {
        if address.ip().is_loopback() {
            return Ok(());
        }
        match () {
            () if !self.remote => Err(BindError::NotLoopback(address)),
            () if !self.guarded => Err(BindError::NoToken(address)),
            () if self.tls.is_none() => Err(BindError::NoTls(address)),
            () if address.ip().is_unspecified() && self.names.is_empty() => {
                Err(BindError::NoName(address))
            }
            () => Ok(()),
        }
    }

    /// Opens it here.
    pub fn open(self, listener: TcpListener) -> io::Result<Place> {
        let address = listener.local_addr()?;
        let (ip, port) = (address.ip(), address.port());
        let mut names = self.names;
        if !ip.is_loopback() && !ip.is_unspecified() {
            let ip = SocketAddr::new(ip, 0).to_string();
            names.push(ip.trim_end_matches(":0").to_owned());
        }
        let host = match names.first() {
            Some(name) if !ip.is_loopback() => format!("{name}:{port}"),
            _ => address.to_string(),
        };
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        Ok(Place {
            url: format!("{scheme}://{host}"),
            names: Names::new(self.tls.is_some(), port, &names),
            port,
            tls: self.tls,
            listener: Listener::Port(listener),
        })
    }
}

/// Where a server listens.
pub struct Place {
    /// Such as `http://127.0.0.1:6000`, or `unix:PATH`.
    pub url: String,
    /// 0 on a socket.
    pub port: u16,
    pub(super) names: Names,
    pub(super) tls: Option<Tls>,
    pub(super) listener: Listener,
}

impl Place {
    /// Binds a unix socket, which is this user's alone.
    pub fn on_socket(path: &Path) -> Result<Place, BindError> {
        let socket = Socket::bind(path).map_err(|reason| BindError::NoSocket {
            path: path.into(),
            reason,
        })?;
        Ok(Place {
            url: format!("unix:{}", path.display()),
            port: 0,
            names: Names::of_socket(),
            tls: None,
            listener: Listener::Socket(socket),
        })
    }
}

pub(super) enum Listener {
    Port(TcpListener),
    Socket(Socket),
}

/// Who has come.
pub(super) enum Stream {
    Port(TcpStream),
    Socket(socket::Stream),
}

impl Stream {
    /// Where it comes from; none on a socket.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Stream::Port(stream) => Some(stream.peer_addr().ok()?.ip()),
            Stream::Socket(_) => None,
        }
    }
}

impl Listener {
    pub async fn accept(&self) -> io::Result<Stream> {
        match self {
            Listener::Port(listener) => {
                let (stream, _) = listener.accept().await?;
                // Answers are small and waited for.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!("a connection keeps its delay: {error}");
                }
                Ok(Stream::Port(stream))
            }
            Listener::Socket(socket) => Ok(Stream::Socket(socket.accept().await?)),
        }
    }
}

/// Binds this address; where it is taken, the error names one that is free.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(BindError::InUse {
            address,
            free: free_after(address).await,
        }),
        Err(reason) => Err(BindError::Refused { address, reason }),
    }
}

/// The first free port of the ten after this one.
async fn free_after(address: SocketAddr) -> Option<SocketAddr> {
    for port in (address.port()..).skip(1).take(10) {
        let next = SocketAddr::new(address.ip(), port);
        if TcpListener::bind(next).await.is_ok() {
            return Some(next);
        }
    }
    None
}
