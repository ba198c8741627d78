//! Sends what happened on this machine to the studio's hub.
//!
//! # Policy
//!
//! - **A publish never waits for the hub.** A thread of its own reads the histories and sends them.
//!   A hub that is away, slow or broken costs nothing but a new try from time to time.
//! - **Only what is in a history is sent**, each session from the last event that the hub has
//!   acknowledged. That number is kept in a file beside the histories ([`cursor`]), so what happened
//!   before a restart is sent after it, and so is what `publish` did without a server.
//! - **The key is the machine, the session's log and the event's number.** Sending twice changes
//!   nothing. A hub that misses events answers the number that it wants.
//! - **What may leave the machine is the user's choice** ([`SendPolicy`]). By default these stay:
//!   records, tracebacks, values of data, and the folders of files.
//! - **What the history no longer has cannot be sent.** It is logged and counted, and the hub is
//!   told which numbers are gone.
//!
//! # How the parts work together
//!
//! [`Shipper`] starts the thread. It asks [`Histories`] for the open sessions and for the histories
//! on disk, reads the next events of one after the other (`source`), leaves out what must stay
//! (`redact`), and makes a compressed batch of them (`batch`) in the shapes of [`wire`]. The answer
//! moves the `cursor`. [`ShippingState`] is how far it is, for readers.

mod backoff;
mod batch;
mod cursor;
mod delivery;
mod lane;
mod policy;
mod redact;
mod shipper;
mod source;
mod state;
mod text;
mod unsent;
pub mod wire;

pub use policy::{SendPolicy, SendRule};
pub use shipper::{Shipper, ShipperConfig};
pub use source::{Histories, SessionFacts};
pub use state::{SessionShipping, ShippingState};
pub use unsent::{Unsent, unsent};
