//! Parses a chunk of events in its form on disk. Public for the fuzz tests.

use std::sync::Arc;

use super::chunk::{Chunk, EventPage};

/// The events in this text, whose first one has this number.
pub fn chunk(first: u64, text: String) -> EventPage {
    EventPage::behind(first.saturating_sub(1), Arc::new(Chunk::read(first, text)))
}
