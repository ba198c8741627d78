//! Write an adapter for Pyblish Endpoint in Rust.
//!
//! An adapter knows one kind of host. It is a type that implements [`Adapter`]; its plug-ins are types with
//! their [`Meta`] and a `process`; [`export!`] makes a component of it, which the runtime loads into a
//! sandbox. What a plug-in logs with the `log` crate's macros reaches frontends at once, and so does
//! [`progress`]; whatever it changes in the context or an instance is told to the runtime when it ends.
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
//! Its `Cargo.toml` says `crate-type = ["cdylib"]`; `cargo build --release --target wasm32-wasip2` makes the
//! `.wasm` file, and `pyblish-endpoint serve --adapter FILE.wasm` serves it.

mod adapter;
pub mod bindings;
mod context;
mod failure;
mod meta;
mod plugin;
mod runtime;
#[doc(hidden)]
pub mod session;
pub mod testing;

pub use adapter::{Adapter, Description, Folder, Opening, Setting, Settings};
pub use context::{Context, Data, Instance};
pub use failure::{Failure, Result};
pub use log;
pub use meta::{Action, COLLECT, EXTRACT, INTEGRATE, MatchAlgorithm, Meta, VALIDATE};
pub use plugin::{ContextPlugin, InstancePlugin, Plugin, Plugins, Repair, Target};
pub use runtime::{
    CRITICAL, cancelled, lost, progress, record, send_record, stop_if_cancelled, upcoming,
};
