//! Pyblish's rules: what runs, on what, in which order, and when it stops.
//!
//! Everything here is a pure function of its input: no I/O, no async, no clock, no chance, nothing but
//! the nouns of `model`. So the rules can be compared with those of the original, pair by pair, and
//! whoever runs a plan can be killed and asked again without another answer.
//!
//! The original is pyblish-base 1.8.12; each rule names the place that it was read from and has a test
//! of its name. Three of its defects are not copied:
//! - its `progress` can exceed 1; [`Run::progress`] never does, and never falls;
//! - it says `published` after a failed validation as after a good publish; here [`Run::succeeded`]
//!   goes with [`Run::ended_event`];
//! - `families` that cannot be read end it with a `TypeError` out of the blue; here the run ends at the
//!   same place, with [`Stop::BadFamilies`] saying which instance is wrong, and how to mend it.

mod actions;
mod events;
mod families;
mod matching;
mod options;
mod order;
mod progress;
mod run;
mod skip;
mod stage;
mod stop;
mod turn;
mod until;

#[cfg(test)]
mod fixtures;

pub use actions::{Offer, Offered, PluginState, UnknownOffered, offer};
pub use events::Event;
pub use families::{BadFamilies, DEFAULT_FAMILY, Families, new_instance_data};
pub use matching::{
    DEFAULT_TARGET, compatible_instances, compatible_plugins, families_match, hosts_match,
    session_targets, targets_match,
};
pub use options::RunOptions;
pub use order::{Order, by_order, collectors_first};
pub use run::{Run, Step};
pub use skip::is_skipped;
pub use stage::{Stage, UnknownStage};
pub use stop::{Stop, stop_test};
pub use until::Until;
