//! A session: one running adapter, a mirror of the context that it holds, and the actor that owns
//! both.
//!
//! # What it is for
//!
//! An adapter can do one thing at a time, and it may take minutes, fail, or never return. Clients
//! want answers at once. A session stands between them: it gives the adapter one command after the
//! other, and gives everybody who reads a snapshot of what is known.
//!
//! # Policy
//!
//! - **Readers never wait**, neither for the adapter nor for the disk. A [`Snapshot`] may be a
//!   moment old.
//! - **Clients only see what is saved.** Answers and snapshots are sent by the history's recorder,
//!   once the events that they stand on are on disk.
//! - **A failed adapter is dropped** and never called again. Another one is started after a pause,
//!   when its host is there again, or when a user asks for it. Other sessions do not notice: each
//!   has a thread of its own.
//! - **A run takes turns with commands.** Between two pairs of a run, commands that change data
//!   have their turn; what a run forbids is refused at once, and never waits for the end of the
//!   run.
//! - **Only the user grants.** A client opens sessions with what the user has granted already
//!   ([`ClientRequest`]).
//!
//! # How the parts work together
//!
//! [`SessionManager`] opens sessions and limits their number. [`Session`] is a handle: it sends
//! commands to the actor, and reads what the actor shares (`shared`). From there each file knows
//! only those below it:
//!
//! - `thread` runs the actor, and `supervise` says what becomes of the session if it panics;
//! - `actor` takes the next command, or the next pair of the run, and owns the parts below;
//! - `runs` starts, steps and ends a run (`active_run`), and asks `past_runs` which one to
//!   continue;
//! - `recovery` starts the adapter again, when `restart_backoff` says so;
//! - `pair` processes one plug-in on one instance, while `inbox` refuses or defers the commands
//!   that come in;
//! - `adapter_driver` calls the adapter in its `adapter_slot`, and takes over what it changes;
//! - `journal` updates the `mirror`, records the event, and has `snapshot_publisher` show the
//!   result to readers.

mod active_run;
mod actor;
mod adapter_driver;
mod adapter_slot;
mod attributes;
mod batch;
mod choices;
mod command;
mod config;
mod error;
#[cfg(test)]
mod fixtures;
mod freshness;
mod history_store;
mod inbox;
mod installed_adapter;
mod journal;
mod launch;
mod lifecycle;
mod loader;
mod lookahead;
mod manager;
mod memory_size;
mod messages;
mod mirror;
mod monitor;
mod observer;
mod open_error;
mod other_host;
mod pair;
mod pair_times;
pub mod parsers;
mod past_runs;
mod plugin_stats;
mod policy;
mod process_step;
mod recollection;
mod recovery;
mod reference;
mod request;
mod resource;
mod restart_backoff;
mod restore;
mod results;
mod run_facts;
mod run_request;
mod runs;
mod scene_watch;
mod session;
mod shared;
mod single_pair;
mod slots;
mod snapshot;
mod snapshot_publisher;
mod stages;
mod standing_grants;
mod states;
mod supervise;
mod tally;
mod thread;
mod toggle;
mod user_choices;
mod validation;

pub use config::{MAX_SESSIONS, SessionConfig};
pub use error::SessionError;
pub use history_store::HistoryStore;
pub use installed_adapter::InstalledAdapter;
pub use launch::Launch;
pub use manager::SessionManager;
pub use messages::Messages;
pub use monitor::CallProgress;
pub use open_error::OpenError;
pub use plugin_stats::PluginStats;
pub use policy::{Policy, PolicyRule};
pub use reference::{InstanceRef, PluginRef};
pub use request::{ClientRequest, RequestDenied, SessionRequest};
pub use resource::{Precondition, Resource};
pub use results::Results;
pub use run_request::RunRequest;
pub use session::Session;
pub use snapshot::{Activity, AdapterFailure, Snapshot};
pub use stages::InstanceStages;
pub use standing_grants::StandingGrants;
pub use states::{InstanceState, ResultState, StageState};
pub use tally::Tally;
pub use user_choices::{ChosenData, UserChoices};
pub use validation::NotValidated;

// Plain types that the API of a session takes or gives, so that crates above need neither
// `pyblish-adapter` nor `pyblish-history` for them.
pub use pyblish_adapter::{
    AdapterLimits, AddressGrant, CatalogEntry, Description, FolderGrant, GrantRequest,
    GrantedFolder, Setting,
};
pub use pyblish_history::{EventPage, History, HistoryError, Idempotency, StoredEvent};
