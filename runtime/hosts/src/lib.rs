//! Hosts that run with the bridge in them, and the bridge's files in hosts.
//!
//! A bridge is Python inside a host: see `bridge/PROTOCOL.md`. It and an adapter find
//! each other through a folder of this user ([`HostRegistry`]). There each running host leaves a
//! file that says who it is and where its bridge listens ([`RunningHost`]), and there is a secret
//! by which both sides prove that they belong to this user.
//!
//! Policy: that folder and the secret are private to the user, or they are not used. A host is only
//! believed if its process is alive, and only if its bridge listens on this machine: the secret is
//! proven to nobody else.
//!
//! [`HostRegistry::connect`] connects to one: both sides prove who they are, and then the adapter has
//! the connection. The secret never reaches an adapter.
//!
//! [`install`] puts the bridge into hosts, and takes it away again.

mod connect;
mod error;
pub mod install;
#[doc(hidden)]
pub mod parsers;
mod proof;
mod protocol;
mod registry;
mod running;
mod secret;
#[cfg(test)]
mod tests;

pub use connect::Caller;
pub use error::{BridgeError, ConnectError};
pub use protocol::PROTOCOL;
pub use registry::{HostRegistry, HostSurvey};
pub use running::RunningHost;
