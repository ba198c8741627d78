//! Shared by the adapters of hosts with Python.
//!
//! The bridge (`bridge`) runs in such a host, and has the plug-ins and the context. An adapter only
//! says which host it is for. Everything else is here: passing on requests and answers, and error
//! messages. It makes no decisions. The runtime makes the connection, on which both sides have
//! proven who they are; no secret reaches an adapter.
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
mod host;
mod link;
mod message;
mod outcome;
#[doc(hidden)]
pub mod parsers;
mod service;
mod shape;
mod stream;

pub use host::Host;
pub use pyblish_sdk::{
    Description, Failure, Opening, Result, RunningHost, Setting, Settings, Socket, bindings,
    cancelled, fail, stop_if_cancelled,
};

#[doc(hidden)]
pub use service::Exported;
