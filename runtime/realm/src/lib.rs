//! Where an address is: on the internet, in a private network, or on this machine.
//!
//! A name leads wherever the owner of the name says at that moment. Whoever connects to a name that
//! somebody else chose, such as an adapter or a webhook, looks here at each address that the name
//! leads to.
//!
//! The table follows IANA's registries of special-purpose addresses (RFC 6890, as of 2025), and
//! adds the addresses at which clouds tell a machine its secrets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use ipnet::{IpNet, Ipv6Net};

/// What kind of place an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Realm {
    /// The internet.
    Internet,
    /// A private network, such as a studio's.
    Private,
    /// This machine itself.
    Loopback,
    /// The machines on the same cable.
    LinkLocal,
    /// Where a cloud tells its machines who they are, and their secrets.
    Metadata,
    /// Set aside for something else.
    Reserved,
}

impl Realm {
    /// As it is called in messages.
    pub fn words(self) -> &'static str {
        match self {
            Realm::Internet => "the internet",
            Realm::Private => "a private network",
            Realm::Loopback => "this machine itself",
            Realm::LinkLocal => "a link-local address",
            Realm::Metadata => "the metadata service of a cloud",
            Realm::Reserved => "a reserved address",
        }
    }
}

/// The first that holds an address counts.
static REALMS: LazyLock<Vec<(IpNet, Realm)>> = LazyLock::new(|| {
    let table = [
        ("169.254.169.254/32", Realm::Metadata),
        ("169.254.170.2/32", Realm::Metadata),
        ("168.63.129.16/32", Realm::Metadata),
        ("100.100.100.200/32", Realm::Metadata),
        ("192.0.0.192/32", Realm::Metadata),
        ("fd00:ec2::/32", Realm::Metadata),
        ("fd20:ce::254/128", Realm::Metadata),
        ("10.0.0.0/8", Realm::Private),
        ("172.16.0.0/12", Realm::Private),
        ("192.168.0.0/16", Realm::Private),
        ("100.64.0.0/10", Realm::Private),
        ("fc00::/7", Realm::Private),
        ("127.0.0.0/8", Realm::Loopback),
        ("::1/128", Realm::Loopback),
        ("169.254.0.0/16", Realm::LinkLocal),
        ("fe80::/10", Realm::LinkLocal),
        // Linux takes these for this machine, too.
        ("0.0.0.0/8", Realm::Reserved),
        ("192.0.0.0/24", Realm::Reserved),
        ("192.0.2.0/24", Realm::Reserved),
        ("192.88.99.0/24", Realm::Reserved),
        ("198.18.0.0/15", Realm::Reserved),
        ("198.51.100.0/24", Realm::Reserved),
        ("203.0.113.0/24", Realm::Reserved),
        // Multicast, what was never given out, and broadcast.
        ("224.0.0.0/3", Realm::Reserved),
        // Teredo and others in which another address can be hidden.
        ("2001::/23", Realm::Reserved),
        ("2001:db8::/32", Realm::Reserved),
        // 6to4: an IPv4 address is in it.
        ("2002::/16", Realm::Reserved),
        ("3fff::/20", Realm::Reserved),
        // The assigned part of IPv6.
        ("2000::/3", Realm::Internet),
        // The rest of it, with all old ways to write an IPv4 address.
        ("::/0", Realm::Reserved),
        ("0.0.0.0/0", Realm::Internet),
    ];
    let read = |(network, realm): (&str, Realm)| {
        // A test looks at each of them.
        (network.parse().expect("the table holds networks"), realm)
    };
    table.map(read).to_vec()
});

/// The IPv4 addresses that a network with IPv6 only shows (NAT64, RFC 6052).
const NAT64: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// The address that is reached in the end: an IPv4 address may be written as an IPv6 one.
pub fn plain(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) if NAT64.contains(&v6) => {
            let [.., a, b, c, d] = v6.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        other => other,
    }
}

/// What kind of place this is.
pub fn realm(ip: IpAddr) -> Realm {
    let ip = plain(ip);
    let known = REALMS.iter().find(|(network, _)| network.contains(&ip));
    known.map_or(Realm::Reserved, |(_, realm)| *realm)
}

/// Whether all addresses of this network are in one private network.
pub fn is_private(network: &IpNet) -> bool {
    let (first, last) = (network.network(), network.broadcast());
    REALMS.iter().any(|(known, realm)| {
        *realm == Realm::Private && known.contains(&first) && known.contains(&last)
    })
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise_eq;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn address_has_its_realm() {
        use Realm::*;
        for (text, expected) in [
            ("1.1.1.1", Internet),
            ("9.255.255.255", Internet),
            ("10.0.0.0", Private),
            ("10.255.255.255", Private),
            ("11.0.0.0", Internet),
            ("100.63.255.255", Internet),
            ("100.64.0.0", Private),
            ("100.100.100.200", Metadata),
            ("100.127.255.255", Private),
            ("100.128.0.0", Internet),
            ("126.255.255.255", Internet),
            ("127.0.0.0", Loopback),
            ("127.255.255.255", Loopback),
            ("128.0.0.0", Internet),
            ("168.63.129.16", Metadata),
            ("169.253.255.255", Internet),
            ("169.254.0.1", LinkLocal),
            ("169.254.169.254", Metadata),
            ("169.254.170.2", Metadata),
            ("172.15.255.255", Internet),
            ("172.16.0.0", Private),
            ("172.31.255.255", Private),
            ("172.32.0.0", Internet),
            ("192.167.255.255", Internet),
            ("192.168.0.0", Private),
            ("192.169.0.0", Internet),
            ("0.0.0.0", Reserved),
            ("0.1.2.3", Reserved),
            ("198.18.0.1", Reserved),
            ("223.255.255.255", Internet),
            ("224.0.0.1", Reserved),
            ("240.0.0.1", Reserved),
            ("255.255.255.255", Reserved),
            ("2606:4700::1", Internet),
            ("::", Reserved),
            ("::1", Loopback),
            ("::127.0.0.1", Reserved),
            ("::ffff:127.0.0.1", Loopback),
            ("::ffff:10.0.0.1", Private),
            ("::ffff:169.254.169.254", Metadata),
            ("::ffff:1.1.1.1", Internet),
            ("64:ff9b::7f00:1", Loopback),
            ("64:ff9b::a00:1", Private),
            ("64:ff9b::a9fe:a9fe", Metadata),
            ("64:ff9b::101:101", Internet),
            ("64:ff9b:1::7f00:1", Reserved),
            ("2001:0:7f00:1::", Reserved),
            ("2001:db8::1", Reserved),
            ("2002:7f00:1::", Reserved),
            ("2002:101:101::", Reserved),
            ("fc00::1", Private),
            ("fdff::1", Private),
            ("fd00:ec2::254", Metadata),
            ("fd20:ce::254", Metadata),
            ("fe80::1", LinkLocal),
            ("fec0::1", Reserved),
            ("ff02::1", Reserved),
            ("4000::1", Reserved),
        ] {
            promise_eq!("SANDBOX-19", realm(ip(text)), expected, "{text}");
        }
    }
}
