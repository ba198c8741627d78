//! A session: one adapter instance, the mirror of its context, and the actor that owns both.
//!
//! The actor takes one command at a time; commands queue, reads don't. A reader takes a snapshot of what is
//! known, however busy the host is. What trapped is dropped, and the session says so until it is started anew.

mod actor;
mod command;
mod error;
mod fared;
mod handle;
mod house;
mod launch;
mod messages;
mod mirror;
mod monitor;
mod pair;
mod recovery;
mod results;
mod run;
mod search;
mod snapshot;
mod upcoming;
mod window;

pub use error::SessionError;
pub use fared::PluginFared;
pub use handle::{Expected, Named, Session, Thing};
pub use house::{
    Configured, House, Installed, OpenError, OpenHistory, SessionRequest, StandingGrants,
};
pub use launch::Launch;
pub use messages::Messages;
pub use monitor::Progress;
pub use results::{Came, Results, Standing, State};
pub use run::RunRequest;
pub use snapshot::{Activity, Broken, Downfall, Snapshot};
