//! The runtime of Pyblish Endpoint: loads adapters into a sandbox, keeps a session with each host, and serves
//! the REST API.
//!
//! The rooms, from the ground up; what stands above knows what stands below, never the other way round:
//!
//! - [`model`]: plain data
//! - [`publish`]: Pyblish's rules
//! - [`user`]: what the user has on this machine beside their work
//! - [`bridge`]: hosts that run with the bridge in them
//! - [`adapter`]: everything about a `.wasm`
//! - [`project`]: an adapter as its author begins it
//! - [`history`]: what happened, on disk
//! - [`session`]: the actor that owns an adapter
//! - [`report`]: what a run came to, for people and machines
//! - [`http`]: the REST API
//! - `qml`: Pyblish QML as a frontend
//! - `cli`: the command line

pub mod adapter;
pub mod bridge;
mod cli;
pub mod history;
pub mod http;
pub mod model;
pub mod project;
pub mod publish;
mod qml;
pub mod report;
pub mod session;
pub mod user;

pub use cli::run;
