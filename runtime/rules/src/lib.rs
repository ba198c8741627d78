//! Pyblish's rules: which plug-ins run, on what, in which order, and when a run stops.
//!
//! Everything here is a pure function of its input: no I/O, no async, no clock, no random numbers,
//! and no types but those of `model`. So a test can compare these rules with the original's, pair
//! by pair, and a run that was interrupted gets the same plan again.
//!
//! [`Run`] is the plan of one run. The session asks it for the next [`Step`], runs the pair, and
//! reports the result back. A [`Run`] puts the other modules together: `matching` and `families`
//! say which plug-ins fit which instances, `order` sorts them, `stage` and [`Until`] say which of
//! them belong to the run, and `stop` ends it. [`action_offer`] says when a frontend shows an
//! action.
//!
//! The original is pyblish-base 1.8.12. Each rule names the place that it was read from, and a test
//! with its name shows it. Three defects of the original are not copied:
//! - its `progress` can exceed 1; [`Run::progress`] never does, and never falls;
//! - it emits `published` after a failed validation as if the publish were good; here
//!   [`Run::succeeded`] goes with [`Run::ended_event`];
//! - it ends with a `TypeError` when `families` cannot be read; here the run ends at the same
//!   place, with [`StopReason::BadFamilies`], which names the instance and says how to mend it.

mod actions;
mod attributes;
mod events;
mod families;
mod matching;
mod options;
mod order;
mod progress;
mod run;
mod session_view;
mod skip;
mod stage;
mod stop;
mod turn;
mod until;

#[cfg(test)]
mod fixtures;

pub use actions::{ActionOffer, ActionOn, PluginState, UnknownActionOn, action_offer};
pub use attributes::{RESERVED_KEYS, attributes_for, wrong_declaration, wrong_value};
pub use events::PyblishEvent;
pub use families::{BadFamilies, DEFAULT_FAMILY, Families, new_instance_data};
pub use matching::{
    DEFAULT_TARGET, compatible_instances, compatible_plugins, families_match, hosts_match,
    session_targets, targets_match,
};
pub use options::RunOptions;
pub use order::{Order, by_order, collectors_first};
pub use run::{Run, Step};
pub use session_view::SessionView;
pub use skip::is_skipped;
pub use stage::{Stage, UnknownStage};
pub use stop::{StopReason, stop_test};
pub use until::Until;
