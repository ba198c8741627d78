//! The bridge, for those who deliver it into hosts.
//!
//! The bridge is Python and runs inside a host. Its source is a package of modules, beside this
//! crate's manifest. A host gets one file, which can be installed, sent through a command port, and
//! imported from any start-up script. `build.rs` makes that file with `src/bundle.rs`, so a plain
//! `cargo build` embeds what the modules say, and needs no Python for it.
//!
//! The runtime's `host install`, the adapter for Maya and `cargo xtask build` take it from here.

#[cfg(test)]
mod bundle;

/// The bridge as one file: what hosts import as `pyblish_endpoint_bridge`.
pub const BRIDGE: &str = include_str!(concat!(env!("OUT_DIR"), "/pyblish_endpoint_bridge.py"));
