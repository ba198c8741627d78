//! The proxies in front of a server, and whom they speak for.
//!
//! A header of a request is worth as much as whoever sent it. So it is read only on connections from
//! addresses that the user named, and in it only as far as such proxies have written it: from its
//! end on, up to the first address that is no such proxy.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
pub use axum::http::HeaderName;
use ipnet::IpNet;

/// Whom to believe. By default nobody.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// The header in which proxies write the address of their client, such as `X-Forwarded-For`.
    pub header: Option<HeaderName>,
    /// Where proxies are.
    pub networks: Vec<IpNet>,
}

impl Proxies {
    /// Whether a proxy is there.
    fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }

    /// The address of the client that sent a request on a connection from this address.
    pub(crate) fn client(&self, connection: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        let (Some(header), Some(mut client)) = (&self.header, connection) else {
            return connection;
        };
        let values: Vec<_> = headers.get_all(header).iter().collect();
        let values = values.iter().rev().filter_map(|value| value.to_str().ok());
        for entry in values.flat_map(|value| value.rsplit(',')) {
            if !self.has(client) {
                break;
            }
            match address(entry.trim()) {
                Some(address) => client = address,
                // What comes before it is no better.
                None => break,
            }
        }
        Some(client)
    }
}

/// An address, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let plain = text.trim_start_matches('[').trim_end_matches(']');
    let with_port = || text.parse::<SocketAddr>().map(|it| it.ip());
    plain.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(networks: &[&str], from: &str, values: &[&'static str]) -> String {
        let header = HeaderName::from_static("x-forwarded-for");
        let networks = networks.iter().map(|text| text.parse().unwrap());
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&header, HeaderValue::from_static(value));
        }
        let proxies = Proxies {
            header: Some(header),
            networks: networks.collect(),
        };
        let from = from.parse().unwrap();
        proxies.client(Some(from), &headers).unwrap().to_string()
    }

    #[test]
    fn only_named_proxies_are_believed() {
        let one = ["10.0.0.5/32"];
        assert_eq!(client(&one, "10.0.0.5", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(client(&one, "::ffff:10.0.0.5", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(client(&one, "10.0.0.6", &["1.2.3.4"]), "10.0.0.6");
        assert_eq!(client(&[], "10.0.0.5", &["1.2.3.4"]), "10.0.0.5");
        assert_eq!(client(&one, "10.0.0.5", &[]), "10.0.0.5");
        // What the client itself wrote is before what the proxy added.
        assert_eq!(client(&one, "10.0.0.5", &["6.6.6.6, 1.2.3.4"]), "1.2.3.4");
        assert_eq!(client(&one, "10.0.0.5", &["6.6.6.6", "1.2.3.4"]), "1.2.3.4");
        // Two proxies, one behind the other.
        let two = ["10.0.0.0/24"];
        assert_eq!(
            client(&two, "10.0.0.5", &["6.6.6.6, 1.2.3.4, 10.0.0.9"]),
            "1.2.3.4"
        );
        assert_eq!(client(&one, "10.0.0.5", &["1.2.3.4:99"]), "1.2.3.4");
        assert_eq!(
            client(&one, "10.0.0.5", &["[2001:4860::1]:99"]),
            "2001:4860::1"
        );
        assert_eq!(client(&one, "10.0.0.5", &["1.2.3.4, unknown"]), "10.0.0.5");
    }

    #[test]
    fn nobody_is_believed_by_default() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("1.2.3.4"));
        let from = Some("127.0.0.1".parse().unwrap());
        assert_eq!(Proxies::default().client(from, &headers), from);
        assert_eq!(Proxies::default().client(None, &headers), None);
    }
}
