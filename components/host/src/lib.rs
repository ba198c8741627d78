//! What the adapters of hosts with Python in them share.
//!
//! In such a host runs the bridge (`components/bridge`), which has the plug-ins and the context; its adapter
//! says which host it is for, and everything else is here: it connects, proves that it knows the user's secret,
//! passes on what the runtime asks and what the bridge answers, and has words for whatever goes wrong on the
//! way. It decides nothing.
//!
//! A complete adapter:
//!
//! ```
//! use pyblish_host::Host;
//!
//! struct Painter;
//! impl Host for Painter {
//!     const NAME: &str = "painter";
//!     const VERSION: &str = env!("CARGO_PKG_VERSION");
//!     const DOC: &str = "Publishes from Painter.";
//! }
//! pyblish_host::export!(Painter);
//! # fn main() {}
//! ```

mod frame;
mod greeting;
mod host;
mod link;
mod message;
mod service;
mod shape;
mod socket;

pub use host::{Found, Host};
pub use pyblish_sdk::{
    Description, Failure, Opening, Result, Setting, Settings, bindings, cancelled, fail,
};
pub use socket::Socket;

#[doc(hidden)]
pub use {
    link::Link,
    service::{Exported, Slot},
};
