//! The parsers for what a bridge sends before it is trusted, as functions of bytes, for fuzz tests.

use super::connect::Reply;

/// Whether this is a message of a bridge during the handshake.
pub fn is_reply(json: &[u8]) -> bool {
    serde_json::from_slice::<Reply>(json).is_ok()
}
