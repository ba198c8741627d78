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
