use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use tokio::net::TcpListener;

use crate::stderr::Error;
use pyblish_server::{
    Activated, AllowedOrigin, BindError, BoundListener, ListenConfig, Secret, Tls, activated,
};

/// The warning at the start of a server that needs no token.
pub const OPEN: &str =
    "every program and every user of this machine can publish through this server";

/// Where a server listens, and who may access it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Access")]
pub struct ListenOptions {
    /// Where to listen; port 0 takes a free one. Avoid 6000, the port of Pyblish Endpoint 1: no
    /// browser opens the page there
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:6001", value_parser = address)]
    listen: SocketAddr,

    /// The port, instead of the one in --listen. With auto, it is the port of --listen if that is
    /// free, or else one of the next ten, or else any. The output and
    /// `pyblish-endpoint list` show the port
    #[arg(long, value_name = "PORT|auto")]
    port: Option<Port>,

    /// Listen on this unix socket instead of a port; only this user can open it
    #[arg(long, value_name = "PATH", conflicts_with_all = ["listen", "port", "allow_remote", "tls_cert", "names", "origins"])]
    socket: Option<PathBuf>,

    /// Need no token, for frontends of Pyblish Endpoint 1. Every program and every user of this
    /// machine can then publish
    #[arg(long)]
    no_auth: bool,

    /// Allow an address for --listen that other machines can reach; needs --tls-cert and --tls-key
    #[arg(long)]
    allow_remote: bool,

    /// Use TLS, with the certificates in this PEM file, the server's own first
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The PEM file with the private key of the certificate
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Another host name that clients use for the server, besides the loopback names; may be
    /// repeated
    #[arg(long = "allow-name", value_name = "NAME", value_parser = name)]
    names: Vec<String>,

    /// Let the pages of this origin use the REST API v2 with the token, such as
    /// https://tools.studio.example; exactly this one, without a slash at the end; may be repeated
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    origins: Vec<AllowedOrigin>,
}

/// An address, in the form that is printed and that clients use.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let local = text.strip_prefix("localhost:");
    let local = local.map(|port| format!("127.0.0.1:{port}"));
    let parsed = local.as_deref().unwrap_or(text).parse::<SocketAddr>();
    let address = parsed.map_err(|_| {
        "it is not an address with a port; write it like 127.0.0.1:6001 or [::1]:6001, or use port \
         0 for a free one"
    })?;
    let ip = address.ip().to_canonical();
    // An IPv4 address that is written as IPv6 counts as IPv4, and the loopback address has no
    // scope.
    Ok(match ip.is_ipv4() || ip.is_loopback() {
        true => SocketAddr::new(ip, address.port()),
        false => address,
    })
}

/// A host name, as clients write it.
pub fn name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
    let has_port = text.rsplit_once(':').is_some() && !text.ends_with(']');
    match !text.is_empty() && text.chars().all(fits) && !has_port {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("write only the name, such as studio.example, without scheme and port".into()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Port {
    Number(u16),
    Auto,
}

impl FromStr for Port {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Port::Auto),
            _ => text
                .parse()
                .map(Port::Number)
                .map_err(|_| "it is not a port; write a number up to 65535, or auto".into()),
        }
    }
}

impl ListenOptions {
    /// The token that requests need, if they need one.
    pub fn token(&self) -> Result<Option<Secret>, Error> {
        if self.no_auth {
            tracing::warn!("--no-auth: {OPEN}");
            return Ok(None);
        }
        Ok(Some(Secret::new()?))
    }

    /// Listens. If a service manager such as systemd listens already, its socket is taken over.
    pub async fn open(&self) -> Result<BoundListener, Error> {
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(certificates), Some(key)) => Some(Tls::read(certificates, key)?),
            _ => None,
        };
        let config = ListenConfig {
            allow_remote: self.allow_remote,
            needs_token: !self.no_auth,
            tls,
            names: self.names.clone(),
            origins: self.origins.clone(),
        };
        let config = match activated(config)? {
            Activated::Yes(listener) => {
                let url = &listener.url;
                tracing::info!(
                    "the service manager listens on {url}: --listen, --port and --socket are ignored"
                );
                return Ok(listener);
            }
            Activated::No(config) => config,
        };
        if let Some(path) = &self.socket {
            return Ok(BoundListener::on_socket(path)?);
        }
        config.check(self.listen)?;
        Ok(config.into_listener(self.bind().await?)?)
    }

    async fn bind(&self) -> Result<TcpListener, BindError> {
        let mut address = self.listen;
        match self.port {
            None => pyblish_server::bind(address).await,
            Some(Port::Number(port)) => {
                address.set_port(port);
                pyblish_server::bind(address).await
            }
            Some(Port::Auto) => next_free(address).await,
        }
    }
}

/// Binds this address, or the same address with the next free port.
async fn next_free(mut address: SocketAddr) -> Result<TcpListener, BindError> {
    loop {
        match pyblish_server::bind(address).await {
            // Another program may take the port first; then try the next one.
            Err(BindError::InUse {
                free: Some(free), ..
            }) => address = free,
            Err(BindError::InUse { free: None, .. }) => {
                // Ten ports are in use; let the system pick one.
                address.set_port(0);
                return pyblish_server::bind(address).await;
            }
            bound => return bound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_or_auto() {
        assert_eq!("auto".parse(), Ok(Port::Auto));
        assert_eq!("6001".parse(), Ok(Port::Number(6001)));
        for text in ["Auto", "70000", "-1", ""] {
            assert!(text.parse::<Port>().unwrap_err().contains("or auto"));
        }
    }

    #[test]
    fn an_address_is_read_as_it_is_spoken_to() {
        for (text, known) in [
            ("127.0.0.2:0", "127.0.0.2:0"),
            ("localhost:6001", "127.0.0.1:6001"),
            ("[::ffff:127.0.0.1]:6001", "127.0.0.1:6001"),
            ("[::1%3]:6001", "[::1]:6001"),
            ("[fe80::1%3]:6001", "[fe80::1%3]:6001"),
        ] {
            assert_eq!(address(text).unwrap().to_string(), known);
        }
        for text in ["", "6001", "localhost", "127.0.0.1", "::1:6001", "a:6001"] {
            assert!(address(text).unwrap_err().contains("[::1]:6001"), "{text}");
        }
    }

    #[test]
    fn a_name_has_neither_scheme_nor_port() {
        assert_eq!(name("Studio.example"), Ok("studio.example".into()));
        assert_eq!(name("[::2]"), Ok("[::2]".into()));
        for text in ["", "http://a", "a:80", "a/b", "[::2]:80", "a b"] {
            assert!(name(text).is_err(), "{text}");
        }
    }
}
