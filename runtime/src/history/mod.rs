//! What happened, on disk: the events of a session in their order, and its runs.
//!
//! A frontend is told of nothing that is not on disk first: events go to a writer, which commits them in
//! groups and tells them then. A commit survives the end of this process, however sudden; only a machine that
//! loses power may lose the last of them. One file for each session, owned by one process at a time.
//!
//! Only this room names rusqlite.

mod chunk;
mod error;
mod log;
mod queue;
mod reader;
mod store;
mod writer;

pub use chunk::{Part, Told};
pub use error::HistoryError;
pub use log::Log;
pub use queue::{Recorder, RunStart};
pub use reader::History;
pub use store::{Retention, Store};
pub use writer::Writer;
