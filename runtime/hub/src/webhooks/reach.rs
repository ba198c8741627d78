//! Where messages may be sent.
//!
//! Whoever may add a webhook must not reach with it what only this machine can reach: its own
//! services, its neighbours on the cable, the secrets that a cloud tells it. A name leads wherever
//! its owner says at that moment, so the addresses are looked at each time they are looked up, and
//! only those are connected to. A studio's own network is fine: its chat is there.

use std::collections::BTreeSet;
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::whom::WebhookUrl;
use pyblish_realm::{Realm, realm};

/// Why nothing is sent to an address.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReachError {
    #[error(
        "{host} leads to {ip}, which is {}; the hub sends there only with --webhook-allow {host}",
        realm(*ip).words()
    )]
    Refused { host: String, ip: IpAddr },
    #[error("{host} has no https; the hub sends in the clear only with --webhook-allow {host}")]
    Clear { host: String },
    #[error("{host} leads nowhere")]
    Nowhere { host: String },
}

/// The hosts that may be anywhere, and may be reached without TLS. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Reach(Arc<BTreeSet<String>>);

impl Reach {
    /// With these hosts, as they are in addresses: names, or numbers without brackets.
    pub(super) fn new(allowed: impl IntoIterator<Item = String>) -> Self {
        let allowed = allowed.into_iter().map(|host| host.to_ascii_lowercase());
        Reach(Arc::new(allowed.collect()))
    }

    fn is_allowed(&self, host: &str) -> bool {
        self.0.contains(&host.to_ascii_lowercase())
    }

    /// What can be said before a name is looked up. A number is never looked up, so it is checked
    /// here.
    pub(super) fn check(&self, url: &WebhookUrl) -> Result<(), ReachError> {
        let host = url.host();
        if self.is_allowed(host) {
            return Ok(());
        }
        let host = || host.to_owned();
        if let Ok(ip) = url.host().parse::<IpAddr>()
            && !is_open(ip)
        {
            return Err(ReachError::Refused { host: host(), ip });
        }
        match url.is_encrypted() {
            true => Ok(()),
            false => Err(ReachError::Clear { host: host() }),
        }
    }

    /// Those of the addresses of this host that may be connected to.
    fn among(&self, host: &str, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, ReachError> {
        if self.is_allowed(host) {
            return Ok(found);
        }
        let (good, refused): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|address| is_open(address.ip()));
        let host = host.to_owned();
        match (good.is_empty(), refused.first()) {
            (false, _) => Ok(good),
            (true, Some(address)) => Err(ReachError::Refused {
                host,
                ip: address.ip(),
            }),
            (true, None) => Err(ReachError::Nowhere { host }),
        }
    }
}

/// Whether anybody's messages may go there.
fn is_open(ip: IpAddr) -> bool {
    match realm(ip) {
        Realm::Internet | Realm::Private => true,
        Realm::Loopback | Realm::LinkLocal | Realm::Metadata | Realm::Reserved => false,
    }
}

impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.clone();
        Box::pin(async move {
            let boxed = |error: ReachError| Box::new(error) as Box<dyn Error + Send + Sync>;
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let good = reach.among(&host, found.collect()).map_err(boxed)?;
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ips: &[&str]) -> Vec<SocketAddr> {
        let of = |ip: &&str| SocketAddr::new(ip.parse().unwrap(), 0);
        ips.iter().map(of).collect()
    }

    #[test]
    fn name_leads_out_or_into_the_studio_only() {
        let reach = Reach::new(["Chat.Studio".to_owned()]);
        for bad in [
            "127.0.0.1",
            "::1",
            "0.0.0.0",
            "169.254.1.1",
            "169.254.169.254",
            "fd00:ec2::254",
            "fe80::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "224.0.0.1",
            "255.255.255.255",
        ] {
            let refused = reach.among("evil.example", found(&[bad])).unwrap_err();
            let said = refused.to_string();
            assert!(said.contains("--webhook-allow evil.example"), "{said}");
            // One good address among them does not open the others.
            let some = reach.among("evil.example", found(&[bad, "1.1.1.1"]));
            assert_eq!(some.unwrap(), found(&["1.1.1.1"]));
            // A host that is named may be anywhere.
            assert_eq!(reach.among("chat.studio", found(&[bad])).unwrap().len(), 1);
        }
        for good in [
            "10.1.2.3",
            "192.168.1.1",
            "1.1.1.1",
            "fd12::1",
            "2606:4700::1",
        ] {
            assert!(
                reach.among("chat.example", found(&[good])).is_ok(),
                "{good}"
            );
        }
        let nowhere = reach.among("chat.example", Vec::new()).unwrap_err();
        assert!(nowhere.to_string().contains("leads nowhere"));
    }

    #[test]
    fn number_and_scheme_are_checked_before_anything() {
        let check = |allowed: &[&str], url: &str| {
            let reach = Reach::new(allowed.iter().map(|host| (*host).to_owned()));
            let checked = reach.check(&url.parse().unwrap());
            checked.map_err(|error| error.to_string())
        };
        for refused in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]:8065/",
            "https://[::ffff:169.254.169.254]/",
            "https://169.254.169.254/latest",
        ] {
            assert!(
                check(&[], refused).unwrap_err().contains("--webhook-allow"),
                "{refused}"
            );
        }
        assert!(check(&["127.0.0.1"], "http://127.0.0.1:8065/").is_ok());
        assert!(check(&["::1"], "http://[::1]/").is_ok());
        assert!(check(&[], "https://10.1.2.3/").is_ok());
        let clear = check(&[], "http://chat.studio.lan/").unwrap_err();
        assert!(clear.contains("in the clear"), "{clear}");
        assert!(check(&["chat.studio.lan"], "http://chat.studio.lan/").is_ok());
    }
}
