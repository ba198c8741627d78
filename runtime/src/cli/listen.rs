use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use tokio::net::TcpListener;

use super::Error;
use crate::http::{self, BindError, Door, Place, Secret, Tls};

/// What is said at the start of a server that asks for no token.
pub const OPEN: &str =
    "every program and every user of this machine can publish through this server";

/// Where a server listens, and who may talk to it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Access")]
pub struct ListenOptions {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:6000")]
    listen: SocketAddr,

    /// The port, instead of that of --listen; with auto it is that of --listen where that is free, or else the
    /// next free one above it (of ten; beyond that, any). The first line on stdout and `pyblish-endpoint list`
    /// say which it is
    #[arg(long, value_name = "PORT|auto")]
    port: Option<Port>,

    /// Listen on this unix socket instead of a port; only this user can open it
    #[arg(long, value_name = "PATH", conflicts_with_all = ["listen", "port", "allow_remote", "tls_cert", "allow_name"])]
    socket: Option<PathBuf>,

    /// Let in who comes without a token, as frontends of Pyblish Endpoint 1 do: every program and every user of
    /// this machine
    #[arg(long)]
    no_auth: bool,

    /// Let --listen be an address that other machines reach; asks for --tls-cert and --tls-key
    #[arg(long)]
    allow_remote: bool,

    /// Speak TLS, with the certificates in this PEM file, the server's own first
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The PEM file with the key of the certificate
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Another name under which the server is spoken to, beside the loopback's; may be repeated
    #[arg(long = "allow-name", value_name = "NAME", value_parser = name)]
    names: Vec<String>,
}

fn name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
    let has_port = text.rsplit_once(':').is_some() && !text.ends_with(']');
    match !text.is_empty() && text.chars().all(fits) && !has_port {
        true => Ok(text.to_ascii_lowercase()),
        false => {
            Err("write the name alone, such as studio.example, without scheme and port".into())
        }
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
                .map_err(|_| "it is no port; write a number up to 65535, or auto".into()),
        }
    }
}

impl ListenOptions {
    /// The token to ask for, if one is asked for.
    pub fn token(&self) -> Result<Option<Secret>, Error> {
        if self.no_auth {
            tracing::warn!("--no-auth: {OPEN}");
            return Ok(None);
        }
        Ok(Some(Secret::new()?))
    }

    pub async fn open(&self) -> Result<Place, Error> {
        if let Some(path) = &self.socket {
            return Ok(Place::on_socket(path)?);
        }
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(certificates), Some(key)) => Some(Tls::read(certificates, key)?),
            _ => None,
        };
        let door = Door {
            remote: self.allow_remote,
            guarded: !self.no_auth,
            tls,
            names: self.names.clone(),
        };
        door.allows(self.listen)?;
        Ok(door.open(self.bind().await?)?)
    }

    async fn bind(&self) -> Result<TcpListener, BindError> {
        let mut address = self.listen;
        match self.port {
            None => http::bind(address).await,
            Some(Port::Number(port)) => {
                address.set_port(port);
                http::bind(address).await
            }
            Some(Port::Auto) => next_free(address).await,
        }
    }
}

/// Binds this address, or else the same with the next port that is free.
async fn next_free(mut address: SocketAddr) -> Result<TcpListener, BindError> {
    loop {
        match http::bind(address).await {
            // Somebody else may take it before we do; then it goes on from there.
            Err(BindError::InUse {
                free: Some(free), ..
            }) => address = free,
            Err(BindError::InUse { free: None, .. }) => {
                // Ten neighbours are taken: one that the system picks is as good.
                address.set_port(0);
                return http::bind(address).await;
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
    fn a_name_has_neither_scheme_nor_port() {
        assert_eq!(name("Studio.example"), Ok("studio.example".into()));
        assert_eq!(name("[::2]"), Ok("[::2]".into()));
        for text in ["", "http://a", "a:80", "a/b", "[::2]:80", "a b"] {
            assert!(name(text).is_err(), "{text}");
        }
    }
}
