//! Identifies the client of a request: the requests of one client are counted together, and do not
//! use the limit of another.

use std::net::IpAddr;

use super::browser_sessions::Browser;

/// Who sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ClientId {
    /// The machine; none on a unix socket.
    pub(super) address: Option<IpAddr>,
    pub(super) sender: Sender,
}

/// How a sender has identified itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sender {
    /// Not at all. Either this path needs nothing, or the server has no token.
    Anybody,
    /// The token.
    Program,
    /// The cookie of this browser.
    Browser(Browser),
}

impl ClientId {
    /// Somebody at this address, of whom nothing else is known yet.
    pub(crate) fn unknown(address: Option<IpAddr>) -> Self {
        let sender = Sender::Anybody;
        ClientId { address, sender }
    }

    /// Whether it is on this machine. A proxy on this machine looks as if it were.
    pub(crate) fn is_on_this_machine(&self) -> bool {
        self.address
            .is_none_or(|address| address.to_canonical().is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_and_sockets_are_this_machine() {
        let is_here = |address: Option<&str>| {
            let address = address.map(|text| text.parse().unwrap());
            let sender = Sender::Program;
            ClientId { address, sender }.is_on_this_machine()
        };
        for here in [
            None,
            Some("127.0.0.1"),
            Some("127.9.9.9"),
            Some("::1"),
            Some("::ffff:127.0.0.1"),
        ] {
            assert!(is_here(here), "{here:?}");
        }
        for other in ["10.0.0.1", "128.0.0.1", "0.0.0.0", "::ffff:10.0.0.1", "::2"] {
            assert!(!is_here(Some(other)), "{other}");
        }
    }
}
