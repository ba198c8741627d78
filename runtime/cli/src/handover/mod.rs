//! Hands publishes of open sessions over to workers, through the studio's hub: for `publish --farm`,
//! and for clients of a server.
//!
//! `source.rs` knows the sessions and where their files are for other machines; `maker.rs` makes a
//! job of a session, and `choices.rs` what its users chose; `submit.rs` brings a job to the hub and to
//! the farm, which `farm_kind.rs` describes; `again.rs` is the command that publishes in the
//! background here. `desk.rs` does all of this for the server.

mod again;
mod choices;
mod desk;
mod farm_kind;
mod maker;
mod source;
mod submit;

pub use self::again::WorkerCommand;
pub use self::desk::HubDesk;
pub use self::farm_kind::{FarmKind, FarmSettings};
pub use self::maker::JobMaker;
pub use self::source::JobSource;
pub use self::submit::{Handing, key_of};
