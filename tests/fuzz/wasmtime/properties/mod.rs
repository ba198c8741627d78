//! The same for crates that need wasmtime.

pub mod adapter;
pub mod server;
