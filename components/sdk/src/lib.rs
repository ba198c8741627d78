//! Write an adapter for Pyblish Endpoint in Rust.
//!
//! An adapter knows one kind of host. It is a type that implements [`Adapter`]. Its plug-ins are
//! types with a [`Meta`] and a `process`. [`export!`] turns it into a component, which the runtime
//! loads into a sandbox. Frontends see log messages of the `log` crate's macros and [`progress`] at
//! once. The runtime gets the changes of the context and of instances when a plug-in ends.
//!
//! A complete adapter, with a collector and a validator:
//!
//! ```
//! use pyblish_sdk::{Adapter, Context, ContextPlugin, Description, Instance, InstancePlugin, Meta};
//! use pyblish_sdk::{Opening, Plugins, Result, fail, log};
//!
//! struct CollectCrates;
//! impl ContextPlugin for CollectCrates {
//!     fn meta(&self) -> Meta {
//!         Meta::collector("CollectCrates").doc("Find the crates of the warehouse.")
//!     }
//!     fn process(&self, context: &mut Context) -> Result {
//!         for (name, weight) in [("apples", 12), ("pears", 0)] {
//!             log::info!("Found {name}");
//!             let mut instance = context.create(name);
//!             instance.set("family", "crate");
//!             instance.set("weight", weight);
//!         }
//!         Ok(())
//!     }
//! }
//!
//! struct ValidateWeight;
//! impl InstancePlugin for ValidateWeight {
//!     fn meta(&self) -> Meta {
//!         Meta::validator("ValidateWeight").doc("A crate must not be empty.").families(["crate"])
//!     }
//!     fn process(&self, instance: &mut Instance) -> Result {
//!         match instance.get::<u32>("weight") {
//!             Some(0) | None => fail!("{} is empty: fill it", instance.name()),
//!             Some(_) => Ok(()),
//!         }
//!     }
//! }
//!
//! struct Warehouse;
//! impl Adapter for Warehouse {
//!     fn describe() -> Description {
//!         Description::new("warehouse", env!("CARGO_PKG_VERSION")).host("warehouse")
//!     }
//!     fn open(_: Opening) -> Result<Self> { Ok(Warehouse) }
//!     fn plugins(&self) -> Result<Plugins> {
//!         Ok(Plugins::new().context(CollectCrates).instance(ValidateWeight))
//!     }
//! }
//! pyblish_sdk::export!(Warehouse);
//!
//! // And a test of it, outside the sandbox:
//! # fn main() {
//! let session = pyblish_sdk::testing::Harness::<Warehouse>::open(Default::default()).unwrap();
//! assert!(session.process("CollectCrates", None).failure.is_none());
//! assert!(session.process("ValidateWeight", Some("apples")).failure.is_none());
//! let outcome = session.process("ValidateWeight", Some("pears"));
//! assert_eq!(outcome.failure.unwrap().message, "pears is empty: fill it");
//! # }
//! ```
//!
//! Its `Cargo.toml` has `crate-type = ["cdylib"]`. `cargo build --release --target wasm32-wasip2`
//! builds the `.wasm` file, and `pyblish-endpoint serve --adapter FILE.wasm` uses it.

mod adapter;
pub mod bindings;
mod call;
mod context;
mod failure;
pub mod files;
mod meta;
pub mod movies;
mod plugin;
mod recorded;
#[doc(hidden)]
pub mod session;
mod socket;
pub mod testing;
mod value;

pub use adapter::{
    Adapter, Description, Folder, GrantedFolder, Opening, RunningHost, Setting, Settings,
};
pub use call::{Level, cancelled, lost, progress, record, send_record, stop_if_cancelled};
pub use context::{Context, Instance};
pub use failure::{At, Failure, Result};
pub use files::{CopiedFile, CopyError, CopyErrorCode, CopySide, Copying, FileKind, FileStat};
pub use log;
pub use meta::{
    Action, ActionCondition, COLLECT, EXTRACT, INTEGRATE, MatchAlgorithm, Meta, VALIDATE,
};
pub use plugin::{ContextPlugin, InstancePlugin, Plugin, Plugins, Repair, Target};
// Values of `data`, and what `notify` gets, are its types.
pub use serde_json;
pub use socket::Socket;
pub use value::Data;

/// The adapter of that guide compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/src/guides/drive-a-tool.md")]
mod guide {}
