//! Plain data: Pyblish's nouns, as every other room uses them.
//!
//! No I/O, no async, no behaviour beyond keeping a value whole. Shapes follow `wit/types.wit`, which
//! says what each field means; here they are Rust's own types, with `data` parsed.

mod context;
mod event;
mod failure;
mod instance;
mod outcome;
mod plugin;
mod record;
mod result;
mod run;
mod time;

pub use context::{Context, Data};
pub use event::{Event, Pair};
pub use failure::{Failure, Location};
pub use instance::{Instance, InstanceId};
pub use outcome::{Change, Outcome, Place};
pub use plugin::{Action, ActionKind, MatchAlgorithm, Plugin, PluginId, Scope};
pub use record::{Level, Record};
pub use result::{Mode, PairResult};
pub use run::{NoRunId, RunId, RunInfo, RunState};
pub use time::seconds;
