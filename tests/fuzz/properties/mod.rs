//! Properties that each parser must have for any bytes. A panic is a finding, and so is a wrong
//! answer. There is one module for each crate with parsers. A fuzz target uses one,
//! `tests/fuzz/main.rs` all.

pub mod bridge;
pub mod client;
pub mod folder;
pub mod history;
pub mod hosts;
pub mod model;
pub mod scenario;
