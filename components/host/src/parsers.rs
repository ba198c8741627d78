//! The parsers for messages of a bridge, as functions of bytes, for fuzz tests.

use crate::frame::{self, Frames, TooLong};
use crate::message::Answer;

/// A message as a frame; none if it is longer than the protocol allows.
pub fn frame(json: Vec<u8>) -> Option<Vec<u8>> {
    frame::frame(json)
}

/// The frames in these bytes, which arrive in these pieces; and the length of the last one, if it
/// is refused.
pub fn frames(pieces: &[&[u8]], limit: usize) -> (Vec<Vec<u8>>, Option<usize>) {
    let mut frames = Frames::default();
    frames.limit = limit;
    let mut found = Vec::new();
    for piece in pieces {
        frames.push(piece);
        loop {
            match frames.next() {
                Ok(Some(frame)) => found.push(frame.to_vec()),
                Ok(None) => break,
                Err(TooLong(length)) => return (found, Some(length)),
            }
        }
    }
    (found, None)
}

/// Whether this is a message of a bridge, after the handshake.
pub fn is_message(json: &[u8]) -> bool {
    serde_json::from_slice::<Answer>(json).is_ok()
}
