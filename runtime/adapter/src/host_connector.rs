//! Who connects an adapter to the host that the user granted.

use std::pin::Pin;

use tokio::net::TcpStream;

use pyblish_model::Failure;

/// An open connection, on which both sides have proven who they are.
#[derive(Debug)]
pub struct HostConnection {
    /// The connection.
    pub stream: TcpStream,
    /// The process of the host.
    pub pid: u32,
    /// The version of the bridge's protocol that is spoken on it.
    pub protocol: u32,
}

/// How a connection to a host ends up: none where no such host is running.
pub type ConnectResult = Result<Option<HostConnection>, Failure>;

/// Connects an adapter to the host that the user granted.
pub trait HostConnector: Send + Sync {
    /// Connects to the host that the session is for, or to the one in this process.
    fn connect(&self, pid: Option<u32>)
    -> Pin<Box<dyn Future<Output = ConnectResult> + Send + '_>>;
}
