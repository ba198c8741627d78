//! Whether an address is of this machine: the only place where plain HTTP may go.

use std::net::IpAddr;

/// Whether this host is the loopback.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_address = address
        .parse::<IpAddr>()
        .is_ok_and(|it| it.to_canonical().is_loopback());
    host.eq_ignore_ascii_case("localhost") || is_address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_loopback_is_this_machine() {
        for host in ["localhost", "127.0.0.1", "127.9.0.1", "[::1]", "::1"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["localhost.lan", "10.0.0.1", "127.0.0.1.lan", "[::2]", ""] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
