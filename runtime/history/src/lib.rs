//! What happened, on disk: the events of a session in order, and its runs. Each session has one
//! file, which one process at a time writes.
//!
//! **Clients only see what is already saved.** Events go to a writer, which commits them in groups
//! and then publishes them (`writer`, `queue`, `event_log`). A commit survives a crash of this
//! process. Only a power failure of the machine may lose the last ones.
//!
//! **When the disk fails, the work continues.** Data that cannot be written is held in memory,
//! where readers find it, and is written as soon as possible (`unwritten`, `disk`). Meanwhile
//! clients get a warning.
//!
//! **A number is never assigned twice**, not even after a restart. If the file does not have the
//! latest numbers, a mark in the lock file has them (`claim`, `clock`).
//!
//! **Events are compressed**, a few hundred kilobytes of them together (`pack`, `compact`).
//!
//! **The oldest events are removed first**, and no more than the limits require (`retention`).
//!
//! **Only our own files are changed** (`form`). Each row has a checksum (`rows`). A file with a
//! wrong one is moved aside, its good rows are copied to a new file (`salvage`), and damaged rows
//! are never served.
//!
//! Only this crate names rusqlite.

mod chunk;
mod claim;
mod clock;
mod compact;
mod disk;
mod error;
mod event_log;
mod form;
mod open_files;
mod pack;
pub mod parsers;
mod plugin_list;
mod queue;
mod reader;
mod remove;
mod retention;
mod rows;
mod salvage;
mod shared;
mod store;
#[cfg(test)]
mod tests;
mod unwritten;
mod writer;

pub use chunk::{EventPage, StoredEvent};
pub use clock::REVISIONS;
pub use error::HistoryError;
pub use event_log::EventLog;
pub use queue::{Idempotency, Recorder, RunStart};
pub use reader::History;
pub use remove::{is_history, is_in_use, sweep, tidy};
pub use retention::Retention;
pub use store::Store;
pub use writer::Writer;
