//! Where the names that were granted may lead.
//!
//! A name leads wherever the owner of the name says at that moment. So the addresses of a granted
//! name are checked each time, and only those of the internet are accepted by default. Everything
//! else, such as this machine or its neighbours, can be reached if the user granted that very
//! number. Private networks, where a studio has its tracker, can also be reached by name if the
//! user granted the network. The table of networks is in `pyblish-realm`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use super::AddressGrant;
use pyblish_realm::{Realm, is_private, plain, realm};

/// A private network that granted names may resolve into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkGrant {
    /// All of them.
    Private,
    /// This network.
    Only(IpNet),
}

impl NetworkGrant {
    fn holds(&self, ip: IpAddr) -> bool {
        match self {
            NetworkGrant::Private => true,
            NetworkGrant::Only(network) => network.contains(&plain(ip)),
        }
    }
}

/// Whether a granted name may resolve to this address.
pub(crate) fn leads(host: &str, ip: IpAddr, networks: &[NetworkGrant]) -> bool {
    match realm(ip) {
        // `localhost` means this machine, and nothing else.
        realm if AddressGrant::is_localhost(host) => realm == Realm::Loopback,
        Realm::Internet => true,
        Realm::Private => networks.iter().any(|network| network.holds(ip)),
        Realm::Loopback | Realm::LinkLocal | Realm::Metadata | Realm::Reserved => false,
    }
}

impl fmt::Display for NetworkGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NetworkGrant::Private => f.write_str("private"),
            NetworkGrant::Only(network) => network.fmt(f),
        }
    }
}

impl FromStr for NetworkGrant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "write it as a network such as 10.20.0.0/16, or as the word private for all";
        if text == "private" {
            return Ok(NetworkGrant::Private);
        }
        let alone = text.parse::<IpAddr>().map(IpNet::from);
        let network = text.parse::<IpNet>().or(alone);
        let network = network.map_err(|_| format!("{text:?} is no network; {form}"))?;
        if is_private(&network) {
            Ok(NetworkGrant::Only(network.trunc()))
        } else {
            Err(format!(
                "{text} is not in a private network; {form}. Other addresses are granted by their \
                 numbers, with --connect"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn name_reaches_internet_and_granted_networks() {
        let leads = |host: &str, to: &str, networks: &[&str]| {
            let networks: Vec<NetworkGrant> =
                networks.iter().map(|text| text.parse().unwrap()).collect();
            super::leads(host, ip(to), &networks)
        };
        assert!(leads("tracker.studio", "1.1.1.1", &[]));
        assert!(!leads("tracker.studio", "10.1.2.3", &[]));
        assert!(leads("tracker.studio", "10.1.2.3", &["10.1.0.0/16"]));
        assert!(leads("tracker.studio", "10.1.2.3", &["10.1.2.3"]));
        assert!(leads(
            "tracker.studio",
            "64:ff9b::a01:203",
            &["10.1.0.0/16"]
        ));
        assert!(!leads("tracker.studio", "10.2.2.3", &["10.1.0.0/16"]));
        assert!(leads(
            "tracker.studio",
            "fd12::1",
            &["10.1.0.0/16", "private"]
        ));
        for to in [
            "127.0.0.1",
            "::1",
            "::ffff:127.0.0.1",
            "0.0.0.0",
            "169.254.1.1",
            "169.254.169.254",
            "fd00:ec2::254",
        ] {
            assert!(!leads("tracker.studio", to, &["private"]), "{to}");
        }
        assert!(leads("localhost", "127.0.0.1", &[]) && leads("localhost", "::1", &[]));
        assert!(
            !leads("localhost", "1.1.1.1", &[]) && !leads("localhost", "10.1.2.3", &["private"])
        );
    }

    #[test]
    fn public_network_is_refused() {
        for (text, shown) in [
            ("10.1.2.3/16", "10.1.0.0/16"),
            ("192.168.1.9", "192.168.1.9/32"),
            ("fd12::/16", "fd12::/16"),
            ("private", "private"),
        ] {
            assert_eq!(text.parse::<NetworkGrant>().unwrap().to_string(), shown);
        }
        for text in [
            "",
            "studio",
            "10.0.0.0/40",
            "127.0.0.0/8",
            "0.0.0.0/0",
            "::/0",
            "8.0.0.0/6",
            "169.254.169.254",
            "172.0.0.0/8",
        ] {
            let said = text.parse::<NetworkGrant>().unwrap_err();
            assert!(said.contains("such as 10.20.0.0/16"), "{said}");
        }
    }
}
