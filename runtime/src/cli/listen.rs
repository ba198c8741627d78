use std::net::SocketAddr;
use std::str::FromStr;

use clap::Args;
use tokio::net::TcpListener;

use crate::http::{self, BindError};

/// Where a server listens.
#[derive(Debug, Args)]
pub struct ListenOptions {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:6000")]
    listen: SocketAddr,

    /// The port, instead of that of --listen; with auto it is that of --listen where that is free, or else the
    /// next free one above it (of ten; beyond that, any). The first line on stdout and `pyblish-endpoint list`
    /// say which it is
    #[arg(long, value_name = "PORT|auto")]
    port: Option<Port>,
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
    pub async fn bind(&self) -> Result<TcpListener, BindError> {
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
}
