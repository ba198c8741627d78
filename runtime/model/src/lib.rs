//! Plain data: Pyblish's nouns, as every other crate uses them.
//!
//! No I/O, no async, and no behaviour beyond keeping a value consistent. So every crate may depend
//! on this one, and this one depends on none of ours.
//!
//! The shapes follow `wit/model.wit`, which says what each field means; here they are Rust's own
//! types. A session has one [`Context`] with its [`Instance`]s, and a list of [`Plugin`]s. Running
//! a plug-in on an instance, or on the context, is a [`Pair`]; it gives an [`Outcome`], which is a
//! list of [`Change`]s and perhaps a [`Failure`], and is kept as a [`PairResult`]. An [`Event`]
//! tells frontends what happened.
//!
//! Values of `data` stay the JSON text that they came as ([`JsonText`]): most of them are only
//! passed on.
//!
//! Types that derive `Serialize` are written to frontends and to the history in that form. A change
//! of their fields is a change of the REST API, and of files on users' disks.

mod change;
mod context;
mod data;
mod event;
mod failure;
mod ids;
mod instance;
mod json;
mod outcome;
mod pair;
mod plugin;
mod plugin_set;
mod record;
mod result;
mod run;
mod run_asked;
mod run_facts;
mod scene;
mod source_location;
mod stop_test;
mod time;
mod visible;

pub use change::Change;
pub use context::Context;
pub use data::{Data, DataKey};
pub use event::Event;
pub use failure::Failure;
pub use ids::{InstanceId, InvalidRunId, PluginId, RunId};
pub use instance::{Instance, Selection};
pub use json::{Budget, Items, JsonError, JsonText, Members, NESTING, Shape, check_json};
pub use outcome::Outcome;
pub use pair::Pair;
pub use plugin::{Action, ActionKind, MatchAlgorithm, Plugin, Scope};
pub use plugin_set::{BrokenPlugin, LeftOutPlugin, PluginSet};
pub use record::{Level, Record};
pub use result::{Mode, PairResult};
pub use run::{RunInfo, RunState};
pub use run_asked::Asked;
pub use run_facts::{LeftOutPart, PolicyChange, PublishedVersion, RunFacts};
pub use scene::SceneState;
pub use source_location::SourceLocation;
pub use stop_test::{Stop, StopTest};
pub use time::seconds;
pub use visible::{Visible, is_hidden, is_hidden_between, visible, visible_json};

/// The text of an id or a name, which results repeat: a copy allocates nothing.
pub use smol_str::SmolStr;
