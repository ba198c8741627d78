//! Parses a chunk of events in its forms on disk. Public for the fuzz tests.

use std::sync::Arc;

use super::chunk::{Chunk, EventPage};
use super::pack;

/// The events in this text, whose first one has this number.
pub fn chunk(first: u64, text: String) -> EventPage {
    EventPage::behind(first.saturating_sub(1), Arc::new(Chunk::read(first, text)))
}

/// Compresses the text of a chunk, if it can be.
pub fn pack(text: &str) -> Option<Vec<u8>> {
    pack::pack(text, pack::Effort::Thorough)
}

/// The text that was compressed to these bytes, if it was one.
pub fn unpack(packed: &[u8]) -> Option<String> {
    pack::unpack(packed, "they").ok()
}

/// The most bytes that a text may have.
pub const MOST: usize = pack::MOST;
