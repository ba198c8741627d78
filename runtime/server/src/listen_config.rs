//! Where the user wants the server to listen, and whether that is safe.
//!
//! By default the server only listens on the loopback. For other machines the user must allow it
//! (`--allow-remote`), and the server needs a token, TLS, and a name that other machines know.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpListener;

use super::access::{AllowedOrigin, AllowedOrigins, ServerNames};
use super::bind_error::BindError;
use super::listener::{BoundListener, Listener};
use super::tls::Tls;

/// The user's choice of who may reach the server.
pub struct ListenConfig {
    /// Whether other machines may reach it.
    pub allow_remote: bool,
    /// Whether clients need the token.
    pub needs_token: bool,
    /// The TLS settings, if any.
    pub tls: Option<Tls>,
    /// The names that clients may use for the server, besides the loopback names.
    pub names: Vec<String>,
    /// The pages of other sites that may use the API with the token.
    pub origins: Vec<AllowedOrigin>,
}

impl ListenConfig {
    /// Checks that the server may listen at this address.
    ///
    /// # Errors
    /// Other machines can reach the address, but a requirement for that is missing.
    pub fn check(&self, address: SocketAddr) -> Result<(), BindError> {
        if address.ip().is_loopback() {
            return Ok(());
        }
        if !self.allow_remote {
            return Err(BindError::NotLoopback(address));
        }
        if !self.needs_token {
            return Err(BindError::NoToken(address));
        }
        if self.tls.is_none() {
            return Err(BindError::NoTls(address));
        }
        if address.ip().is_unspecified() && self.names.is_empty() {
            return Err(BindError::NoName(address));
        }
        if has_scope(address) && self.names.is_empty() {
            return Err(BindError::NoNameBeyond(address));
        }
        Ok(())
    }

    /// Turns this TCP listener into the listener of a server.
    ///
    /// # Errors
    /// The system does not say which address the listener has.
    pub fn into_listener(self, listener: TcpListener) -> io::Result<BoundListener> {
        let address = listener.local_addr()?;
        let (ip, port) = (address.ip(), address.port());
        let mut names = self.names;
        if !ip.is_unspecified() {
            // 127.0.0.2, for example, is a loopback address, but not one of the default names of a
            // server.
            names.push(host_of(ip));
        }
        // The URL that is printed has a name that the server accepts.
        let host = match names.first() {
            Some(name) if !ip.is_loopback() => format!("{name}:{port}"),
            _ => format!("{}:{port}", host_of(ip)),
        };
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        Ok(BoundListener {
            url: format!("{scheme}://{host}"),
            names: ServerNames::new(self.tls.is_some(), port, &names)
                .with_allowed(AllowedOrigins::new(self.origins)),
            port,
            tls: self.tls,
            listener: Listener::Tcp(listener),
        })
    }
}

/// Whether the address belongs to one network interface, such as `[fe80::1%2]`. Then the address
/// alone does not reach it.
fn has_scope(address: SocketAddr) -> bool {
    matches!(address, SocketAddr::V6(address) if address.scope_id() != 0)
}

/// The address as the host of a URL: IPv6 in brackets.
fn host_of(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}
