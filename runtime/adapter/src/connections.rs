//! Which addresses an adapter can connect to at this moment.
//!
//! A number that was granted stays what it is. A name is looked up by the runtime: as the adapter
//! starts, and again each time the adapter asks. The adapter gets, and can connect to, the addresses
//! that it leads to then and may lead to; earlier addresses are closed. So a name cannot change
//! between the check and the connection, and no other name can be looked up.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use super::AdapterError;
use super::grants::{self, ActiveGrants, AddressGrant, NetworkGrant, leads};
use pyblish_realm::{Realm, realm};

/// The addresses that an adapter can connect to. Clones share what names resolve to.
#[derive(Debug, Clone, Default)]
pub(super) struct Connections(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    numbers: Vec<SocketAddr>,
    /// Hosts and ports.
    names: Vec<(String, u16)>,
    networks: Vec<NetworkGrant>,
    /// What each name led to when it was last looked up.
    found: Mutex<HashMap<String, Vec<IpAddr>>>,
}

/// Why a name cannot be looked up.
#[derive(Debug)]
pub(super) enum LookupError {
    NotGranted,
    /// It leads only where no name may lead, such as here.
    Elsewhere(IpAddr),
    Unknown(io::Error),
}

impl Connections {
    /// What was granted. Each name must lead somewhere.
    pub(crate) async fn of(
        granted: &ActiveGrants,
        is_host_running: bool,
    ) -> Result<Connections, AdapterError> {
        let mut shared = Shared {
            networks: granted.networks().to_vec(),
            ..Shared::default()
        };
        for address in granted.addresses(is_host_running)? {
            match address {
                AddressGrant::Number(number) => shared.numbers.push(*number),
                AddressGrant::Name { host, port } => shared.names.push((host.clone(), *port)),
            }
        }
        let reach = Connections(Arc::new(shared));
        for (host, port) in &reach.0.names {
            let address = || format!("{host}:{port}");
            match reach.look_up(host).await {
                Ok(_) => {}
                Err(LookupError::Elsewhere(found)) => return Err(elsewhere(host, *port, found)),
                Err(LookupError::Unknown(reason)) => {
                    let address = address();
                    return Err(AdapterError::NoAddress { address, reason });
                }
                // It is in the list.
                Err(LookupError::NotGranted) => {}
            }
        }
        Ok(reach)
    }

    /// Whether there is no address at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.numbers.is_empty() && self.0.names.is_empty()
    }

    /// Whether it can connect to this address now.
    pub(crate) fn allows(&self, address: SocketAddr) -> bool {
        if self.0.numbers.contains(&address) {
            return true;
        }
        let found = self.0.found.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.names.iter().any(|(host, port)| {
            let ips = found.get(host).into_iter().flatten();
            // Whole addresses are compared: an IPv6 one has a scope too.
            ips.map(|ip| SocketAddr::new(*ip, *port))
                .any(|known| known == address)
        })
    }

    /// What the name leads to, as far as it may lead there. A number is itself.
    pub(crate) async fn look_up(&self, name: &str) -> Result<Vec<IpAddr>, LookupError> {
        if let Ok(number) = name.parse() {
            return Ok(vec![number]);
        }
        let host = grants::name(name).ok_or(LookupError::NotGranted)?;
        if self.0.names.iter().all(|(known, _)| *known != host) {
            return Err(LookupError::NotGranted);
        }
        let resolved = tokio::net::lookup_host((host.as_str(), 0)).await;
        let resolved = resolved.map_err(LookupError::Unknown)?;
        let ips = resolved.map(|address| address.ip()).collect();
        self.found(host, ips)
    }

    /// The name was resolved to these; keeps and answers those that it may lead to.
    fn found(&self, host: String, ips: Vec<IpAddr>) -> Result<Vec<IpAddr>, LookupError> {
        let first = ips.first().copied();
        let (mut good, refused): (Vec<IpAddr>, Vec<IpAddr>) = ips
            .into_iter()
            .partition(|ip| leads(&host, *ip, &self.0.networks));
        for ip in &refused {
            let realm = realm(*ip).words();
            tracing::debug!("{host} leads to {ip}, {realm}, where the adapter may not connect");
        }
        // In the order in which the system prefers them.
        let mut seen = Vec::new();
        good.retain(|ip| {
            let new = !seen.contains(ip);
            seen.push(*ip);
            new
        });
        let mut found = self.0.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.insert(host, good.clone());
        match (good.is_empty(), first) {
            (false, _) => Ok(good),
            (true, Some(ip)) => Err(LookupError::Elsewhere(ip)),
            (true, None) => Err(LookupError::Unknown(io::Error::other("it leads nowhere"))),
        }
    }
}

/// The error for a name that leads where it may not.
fn elsewhere(host: &str, port: u16, found: IpAddr) -> AdapterError {
    let advice = match realm(found) {
        Realm::Private => format!(
            "if that is where it belongs, let names lead there with --network {found}, or with the network that it is in"
        ),
        _ => format!(
            "a name may not lead there. If you mean {found}, write that in place of {host}, in the setting and in \
             --connect"
        ),
    };
    AdapterError::NameLeadsElsewhere {
        address: format!("{host}:{port}"),
        found,
        realm: realm(found).words(),
        advice,
    }
}

#[cfg(test)]
mod tests {
    use pyblish_promise::{promise, promise_eq};

    use super::*;

    fn reach(names: &[(&str, u16)], networks: &[&str]) -> Connections {
        let networks = networks.iter().map(|text| text.parse().unwrap());
        Connections(Arc::new(Shared {
            numbers: vec!["127.0.0.1:7001".parse().unwrap()],
            names: names
                .iter()
                .map(|(host, port)| ((*host).to_owned(), *port))
                .collect(),
            networks: networks.collect(),
            ..Shared::default()
        }))
    }

    fn found(reach: &Connections, host: &str, ips: &[&str]) -> Result<Vec<String>, LookupError> {
        let ips = ips.iter().map(|ip| ip.parse().unwrap()).collect();
        let good = reach.found(host.into(), ips)?;
        Ok(good.iter().map(IpAddr::to_string).collect())
    }

    fn allows(reach: &Connections, address: &str) -> bool {
        reach.allows(address.parse().unwrap())
    }

    #[test]
    fn name_is_resolved_at_connect() {
        let reach = reach(&[("tracker", 443)], &[]);
        assert!(!allows(&reach, "1.1.1.1:443"), "it was never looked up");
        let twice = ["1.1.1.1", "1.1.1.2", "1.1.1.1"];
        assert_eq!(found(&reach, "tracker", &twice).unwrap(), twice[..2]);
        assert!(allows(&reach, "1.1.1.1:443") && allows(&reach, "1.1.1.2:443"));
        assert!(!allows(&reach, "1.1.1.1:80") && !allows(&reach, "1.1.1.3:443"));
        found(&reach, "tracker", &["1.1.1.3"]).unwrap();
        assert!(allows(&reach, "1.1.1.3:443") && !allows(&reach, "1.1.1.1:443"));
    }

    #[test]
    fn name_turned_inwards_is_refused() {
        let reach = reach(&[("tracker", 7002)], &["10.0.0.0/8"]);
        let mixed = ["127.0.0.1", "1.1.1.1", "10.1.2.3", "192.168.1.1"];
        let good = found(&reach, "tracker", &mixed).unwrap();
        promise_eq!("SANDBOX-19", good, ["1.1.1.1", "10.1.2.3"]);
        assert!(!allows(&reach, "127.0.0.1:7002") && allows(&reach, "10.1.2.3:7002"));
        for inwards in [
            "127.0.0.1",
            "::ffff:127.0.0.1",
            "169.254.169.254",
            "192.168.1.1",
        ] {
            let refused = found(&reach, "tracker", &[inwards]);
            promise!(
                "SANDBOX-19",
                matches!(refused, Err(LookupError::Elsewhere(_))),
                "{inwards}"
            );
            promise!(
                "SANDBOX-19",
                !allows(&reach, "1.1.1.1:7002"),
                "an earlier address is closed"
            );
        }
    }

    #[test]
    fn number_is_used_as_given() {
        let reach = reach(&[], &[]);
        assert!(allows(&reach, "127.0.0.1:7001"));
        for other in [
            "127.0.0.1:7002",
            "127.0.0.2:7001",
            "[::1]:7001",
            "[::ffff:127.0.0.1]:7001",
        ] {
            assert!(!allows(&reach, other), "{other}");
        }
    }

    #[tokio::test]
    async fn only_granted_names_are_resolved() {
        let reach = reach(&[("localhost", 80)], &[]);
        for other in ["localhost.localdomain", "local", "example.com", "", "a b"] {
            let refused = reach.look_up(other).await;
            assert!(matches!(refused, Err(LookupError::NotGranted)), "{other}");
        }
        let found = reach.look_up("LOCALHOST.").await.unwrap();
        assert!(!found.is_empty() && found.iter().all(IpAddr::is_loopback));
        assert!(allows(&reach, "127.0.0.1:80") || allows(&reach, "[::1]:80"));
        assert_eq!(reach.look_up("1.1.1.1").await.unwrap().len(), 1);
        promise!(
            "SANDBOX-20",
            !allows(&reach, "1.1.1.1:80"),
            "a number is not looked up"
        );
    }
}
