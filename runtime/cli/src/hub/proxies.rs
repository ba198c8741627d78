//! The proxies in front of a hub.

use std::net::IpAddr;

use clap::Args;
use ipnet::IpNet;

use pyblish_server::{HeaderName, Proxies};

#[derive(Debug, Args)]
pub struct ProxyOptions {
    /// The header in which the proxies in front of the hub write the address of their client, such as
    /// X-Forwarded-For. Without it, each client has the address of its connection
    #[arg(long, value_name = "NAME", requires = "proxies")]
    proxy_header: Option<HeaderName>,

    /// Where such a proxy is: an address or a network, such as 10.20.0.0/24. The header counts only on
    /// connections from there; may be repeated
    #[arg(long = "proxy", value_name = "ADDRESS|NETWORK", requires = "proxy_header", value_parser = network)]
    proxies: Vec<IpNet>,
}

fn network(text: &str) -> Result<IpNet, String> {
    let alone = text.parse::<IpAddr>().map(IpNet::from);
    let network = text.parse::<IpNet>().or(alone);
    network
        .map_err(|_| "write an address such as 10.20.0.5, or a network such as 10.20.0.0/24".into())
}

impl ProxyOptions {
    pub fn proxies(&self) -> Proxies {
        Proxies {
            header: self.proxy_header.clone(),
            networks: self.proxies.clone(),
        }
    }
}
