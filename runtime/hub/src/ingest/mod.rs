//! Takes batches of events from machines.
//!
//! - `batch` reads a batch, and refuses one that no machine sends;
//! - `meaning` says what its events come to: runs, results, versions;
//! - `rows` copies many rows at once;
//! - `session`, `copies` and `runs` write what each of them is about;
//! - `write` commits it all in one transaction.

mod batch;
mod copies;
mod meaning;
mod rows;
mod runs;
mod session;
mod write;

pub(crate) use batch::{Batch, BatchError};
pub(crate) use write::{PluginTime, Written, write};
