//! Everything about a `.wasm`: finding it, compiling it, granting it what the user allows, and
//! calling it.
//!
//! Only this crate names wasmtime. Other crates see the types of [`pyblish_model`], a
//! [`Description`], and [`AdapterError`]s, each of which names the adapter, the reason and the next
//! step.
//!
//! The way of an adapter from file to call:
//! 1. A [`Catalog`] finds its file. [`read_manifest`] reads what the file says of itself, and
//!    [`examine`] checks it without compiling it.
//! 2. [`Component::load`] reads the file, compiles it in a child process or takes the code from the
//!    [`Cache`], and checks its types against the contract.
//! 3. [`Component::describe`] runs it once with no grants, and gets its [`Description`]: its
//!    settings, and what it asks for. [`resolve_settings`] checks the user's settings against it.
//! 4. [`Grants`] is what the user allows. [`ActiveGrants`] is what both the adapter asks for and
//!    the user allows, with its folders open.
//! 5. [`Component::open`] starts the sandbox with that, and gives an [`Adapter`] to call. An
//!    [`Observer`] hears what the adapter says meanwhile.
//!
//! Policy:
//! - An adapter gets nothing by default.
//! - Every limit is on by default ([`AdapterLimits`]). An adapter that meets one is told so, or is
//!   stopped, and the message names the limit and how to raise it.
//! - An adapter that trapped, broke the contract or ran out of time is dropped, and never called
//!   again.
//! - What an adapter answers is checked and counted before anything else sees it.

mod answer_budget;
mod batch;
#[allow(
    missing_docs,
    reason = "wasmtime makes it of `wit/`, which says what each field means"
)]
mod bindings;
mod cache;
mod call_types;
mod catalog;
mod compile;
mod compiler;
mod component;
mod component_file;
mod connect;
mod connection;
mod connections;
mod contract;
mod convert;
mod declared;
mod description;
mod disks;
mod engine;
mod error;
mod examine;
mod fd_quota;
mod ffmpeg;
mod file_lock;
mod files;
mod grants;
mod host_access;
mod host_channel;
mod host_connector;
mod host_versions;
mod instance;
mod interfaces;
mod limiter;
mod limits;
mod link;
mod longest_name;
mod lookup;
pub mod manifest;
mod meter;
mod movies;
mod output;
pub mod parsers;
mod pinned_file;
mod sandbox;
mod settings;
mod survey;
mod temporary;
mod tool;
mod trap;
mod versioned_name;
mod work;
mod world;
mod write_quota;

pub use batch::Finished;
pub use cache::Cache;
pub use call_types::{Discovery, Identity, OpenArguments, OpenedSession, PairIds};
pub use catalog::{Catalog, CatalogEntry};
pub use compile::{COMMAND as COMPILE_COMMAND, compile_for_parent};
pub use component::{Component, Inspection};
pub use contract::{CONTRACT_VERSION, speaks_contract};
pub use description::{
    BridgeRequest, Description, FolderRequest, GrantRequest, Setting, SettingKind,
};
pub use engine::Engine;
pub use error::AdapterError;
pub use examine::{Examination, SealedFile, examine, read_manifest, read_sealed};
pub use grants::{
    ActiveGrants, AddressGrant, FolderGrant, GrantedFolder, GrantedFolders, Grants, NetworkGrant,
    location_settings,
};
pub use host_channel::HostChannel;
pub use host_connector::{ConnectResult, HostConnection, HostConnector};
pub use host_versions::{HostVersions, VersionRange, compare_versions};
pub use instance::Adapter;
pub use limits::{AdapterLimits, Limit};
pub use meter::ForceStop;
pub use pinned_file::{Origin, PinRule, PinnedFile};
pub use sandbox::Observer;
pub use settings::{Settings, resolve_settings};
pub use survey::CacheSurvey;
pub use tool::{COMMAND as TOOL_COMMAND, ToolGrant, become_tool};
pub use versioned_name::{split_version, with_version, without_version};
