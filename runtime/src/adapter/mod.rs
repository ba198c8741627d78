//! Everything about a `.wasm`: finding it, compiling it, giving it what was granted and nothing else, and
//! calling it.
//!
//! Only this room names wasmtime. What leaves it are the nouns of [`crate::model`], a [`Description`], and
//! [`AdapterError`]s in words. An adapter that trapped is dropped, never called again.

mod bindings;
mod cache;
mod catalog;
mod component;
mod convert;
mod description;
mod doors;
mod engine;
mod error;
mod examine;
mod grants;
mod guard;
mod instance;
mod limits;
pub mod manifest;
mod sandbox;
mod settings;
mod survey;
mod world;

pub use cache::Cache;
pub use catalog::{Catalog, Found};
pub use component::{Component, Inspected};
pub use description::{Bridge, Description, Folder, Grant, Setting, SettingKind};
pub use engine::Engine;
pub use error::AdapterError;
pub use examine::{Examined, examine};
pub use grants::{Address, BridgeAccess, FolderGrant, Grants};
pub use guard::Force;
pub use instance::{Adapter, Discovery, Identity, Opened, Opening};
pub use limits::{Limit, Limits};
pub use sandbox::Observer;
pub use settings::{Settings, settle};
pub use survey::CacheSurvey;
