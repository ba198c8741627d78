//! An address to connect to, `HOST:PORT`: a number, or a name.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

/// The name that stands for this machine, and for no other.
const LOCALHOST: &str = "localhost";

/// An address to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressGrant {
    /// An IPv4 address that is written as an IPv6 one (`::ffff:127.0.0.1`) is the IPv4 address.
    Number(SocketAddr),
    /// In lower case, without a dot at the end.
    Name {
        /// A name of DNS, in lower case.
        host: String,
        /// The port.
        port: u16,
    },
}

impl AddressGrant {
    /// Whether the host is the name for this machine itself.
    pub fn is_localhost(host: &str) -> bool {
        host == LOCALHOST
    }
}

impl fmt::Display for AddressGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AddressGrant::Number(number) => number.fmt(f),
            AddressGrant::Name { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

impl FromStr for AddressGrant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "write it as HOST:PORT, for example 127.0.0.1:7001";
        if let Ok(number) = text.parse::<SocketAddr>() {
            return AddressGrant::number(number)
                .ok_or_else(|| format!("nobody has {text}; {form}"));
        }
        let (host, port) = text.rsplit_once(':').ok_or(form)?;
        let port = port.parse().ok().filter(|port| *port > 0).ok_or(form)?;
        let host = name(host).ok_or(form)?;
        // Systems read `127.1`, `2130706433` and `0x7f.1` as numbers, each in its own way.
        let last = host.rsplit('.').next().unwrap_or_default();
        if last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!(
                "{host} is neither a name nor a number with four parts; {form}"
            ));
        }
        Ok(AddressGrant::Name { host, port })
    }
}

impl AddressGrant {
    /// None for an address that no single machine has: port 0, all addresses of a machine, or a
    /// multicast address.
    fn number(number: SocketAddr) -> Option<Self> {
        let ip = number.ip().to_canonical();
        if number.port() == 0 || ip.is_unspecified() || ip.is_multicast() {
            return None;
        }
        Some(AddressGrant::Number(match number {
            SocketAddr::V6(_) if ip.is_ipv6() => number,
            _ => SocketAddr::new(ip, number.port()),
        }))
    }
}

/// The name of a host as it is compared: in lower case, without the dot at the end that stands for
/// the root.
pub(crate) fn name(text: &str) -> Option<String> {
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Result<AddressGrant, String> {
        text.parse()
    }

    #[test]
    fn address_is_number_or_name() {
        for (text, shown) in [
            ("127.0.0.1:7001", "127.0.0.1:7001"),
            ("[::1]:80", "[::1]:80"),
            ("[0:0:0::1]:80", "[::1]:80"),
            ("[::ffff:127.0.0.1]:80", "127.0.0.1:80"),
            ("Tracker.Studio.:443", "tracker.studio:443"),
            ("localhost:1", "localhost:1"),
            ("3d-farm_1:1", "3d-farm_1:1"),
        ] {
            assert_eq!(address(text).unwrap().to_string(), shown);
        }
        assert!(matches!(address("[::1]:80"), Ok(AddressGrant::Number(_))));
    }

    #[test]
    fn invalid_address_is_refused() {
        for text in [
            "",
            "host",
            "host:",
            ":80",
            "host:0",
            "host:99999",
            "a b:80",
            ".:80",
            "[::1:80",
            "127.0.0.1:0",
            "0.0.0.0:80",
            "[::]:80",
            "[::ffff:0.0.0.0]:80",
            "224.0.0.1:80",
            "[ff02::1]:80",
            "127.1:80",
            "2130706433:80",
            "0x7f000001:80",
            "0x7f.1:80",
            "127.0.0.1.:80",
            "0177.0.0.1:80",
        ] {
            let said = address(text).unwrap_err();
            assert!(said.contains("HOST:PORT"), "{text}: {said}");
        }
    }
}
