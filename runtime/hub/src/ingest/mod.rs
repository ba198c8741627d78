//! Takes batches of events from machines.
//!
//! - `batch` reads a batch, and refuses one that no machine sends;
//! - `meaning` says what its events come to: runs, results, versions;
//! - `rows` copies many rows at once;
//! - `write` commits it all in one transaction.

mod batch;
mod meaning;
mod rows;
mod write;

pub(crate) use batch::{Batch, BatchError};
pub(crate) use write::{Written, write};
