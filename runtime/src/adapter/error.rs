use std::io;
use std::path::PathBuf;

use crate::model::Failure;

/// Why an adapter cannot be found, loaded, opened or called. Each says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum AdapterError {
    #[error(
        "there is no adapter {name:?}; {}, and what was looked through is {}. \
         Build the adapters with `cargo xtask build`, or name a .wasm file",
        there_are(.known), listed(.searched)
    )]
    Unknown {
        name: String,
        known: Vec<String>,
        searched: Vec<PathBuf>,
    },

    #[error("the adapter {} cannot be read: {reason}. Check the path", path.display())]
    Unreadable { path: PathBuf, reason: io::Error },

    #[error(
        "{} is no WebAssembly component: {reason}. \
         Build the adapter for wasm32-wasip2, and name the .wasm file that this makes", path.display()
    )]
    NoComponent { path: PathBuf, reason: String },

    #[error(
        "{} is a core module, not a component. Build the adapter for wasm32-wasip2, \
         or make a component of it with `wasm-tools component new`", path.display()
    )]
    CoreModule { path: PathBuf },

    #[error(
        "{} does not fit this runtime: {reason}. This runtime is made for adapters of the world {world}; \
         get the adapter that was built for it", path.display()
    )]
    OtherWorld {
        path: PathBuf,
        reason: String,
        world: &'static str,
    },

    #[error(
        "{} says something else of itself than is written in its file. Do not trust it; if you built it, write it \
         again with `pyblish-endpoint adapters seal`", path.display()
    )]
    OtherManifest { path: PathBuf },

    #[error("the WebAssembly engine does not start here: {0}")]
    Engine(String),

    #[error("the adapter {adapter} has no setting {name:?}; {}", there_are(.known))]
    UnknownSetting {
        adapter: String,
        name: String,
        known: Vec<String>,
    },

    #[error(
        "the setting {name} of the adapter {adapter} must be {kind}, but {value:?} is not; \
         give it as --set {name}=VALUE"
    )]
    IllTypedSetting {
        adapter: String,
        name: String,
        kind: &'static str,
        value: String,
    },

    #[error("the adapter {adapter} needs the setting {name}: {doc} Give it as --set {name}=VALUE")]
    MissingSetting {
        adapter: String,
        name: String,
        doc: String,
    },

    #[error("the folder {}, granted as {guest}, cannot be opened: {reason}. Make it, or name another", host.display())]
    Folder {
        host: PathBuf,
        guest: String,
        reason: String,
    },

    #[error("the adapter {adapter} asks for no folder {guest}; it asks for {}", .asked.join(", "))]
    FolderNotAsked {
        adapter: String,
        guest: String,
        asked: Vec<String>,
    },

    #[error(
        "the adapter {adapter} needs a folder as {guest}: {doc} Grant it with --dir FOLDER={guest}{}",
        if *.writable { "" } else { ":ro" }
    )]
    MissingFolder {
        adapter: String,
        guest: String,
        doc: String,
        writable: bool,
    },

    #[error(
        "the adapter {adapter} connects to {}; let it with --connect {}",
        .addresses.join(" and "), .addresses.join(" --connect ")
    )]
    MissingAddress {
        adapter: String,
        addresses: Vec<String>,
    },

    #[error("the adapter {adapter} asks for no connection to {address}; it asks for {}", .asked.join(", "))]
    AddressNotAsked {
        adapter: String,
        address: String,
        asked: Vec<String>,
    },

    #[error(
        "the adapter {adapter} asks for no environment variable {name}; take it out of the grants"
    )]
    EnvironmentNotAsked { adapter: String, name: String },

    #[error("the address {address} cannot be found: {reason}. Check the name")]
    NoAddress { address: String, reason: io::Error },

    #[error("the adapter {adapter} does not open: {}", .failure.message)]
    Refused {
        adapter: String,
        failure: Box<Failure>,
    },

    #[error(
        "the adapter {adapter} crashed in {call}: {reason}. It is stopped; start the session anew"
    )]
    Trapped {
        adapter: String,
        call: &'static str,
        reason: String,
    },

    /// `limit` says which, how much that is, and how to raise it.
    #[error("the adapter {adapter} was stopped in {call}, for it wanted too much: {limit}")]
    Limit {
        adapter: String,
        call: &'static str,
        limit: String,
    },

    #[error(
        "the adapter {adapter} was stopped by force in {call}, for somebody asked to have it started again"
    )]
    Restarted { adapter: String, call: &'static str },

    #[error(
        "the adapter {adapter} answered {call} with {reason}. It is stopped; start the session anew, \
         and tell its author"
    )]
    Misbehaved {
        adapter: String,
        call: &'static str,
        reason: String,
    },

    #[error(
        "the adapter {adapter} was stopped by force, as the run was cancelled; start the session anew"
    )]
    Forced { adapter: String },

    #[error("the adapter {adapter} was stopped after a crash; start the session anew")]
    Stopped { adapter: String },
}

fn there_are(names: &[String]) -> String {
    match names {
        [] => "there are none".into(),
        _ => format!("there are {}", names.join(", ")),
    }
}

fn listed(paths: &[PathBuf]) -> String {
    let shown = paths.iter().map(|path| path.display().to_string());
    shown.collect::<Vec<_>>().join(", ")
}
