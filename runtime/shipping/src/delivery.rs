//! One batch to the hub, and what the hub answers.

use std::io;
use std::time::Duration;

use super::batch::BatchError;
use super::wire::{Acknowledged, ENCODING, EVENTS_PATH, GAP, MEDIA_TYPE, Refused};
use pyblish_client::{RemoteBody, RemoteClient};

/// How long the hub may take for a batch. After that it is sent again.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the hub says of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// It has all events of this log up to this one.
    Has(u64),
    /// Events are missing before the batch: it wants this one next.
    Wants(u64),
}

/// Why nothing can be sent now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("it cannot be reached: {0}")]
    Unreachable(io::Error),
    #[error(
        "it refuses this machine's token ({0}): have another made with `pyblish-endpoint hub tokens add`"
    )]
    Token(String),
    #[error("it answers {0}: {1}")]
    Refused(u16, String),
    #[error("how far the hub is cannot be kept: {0}")]
    Files(io::Error),
    #[error(transparent)]
    Batch(#[from] BatchError),
}

impl Trouble {
    /// Whether other sessions can be sent all the same: a history cannot be read, or the hub refuses
    /// what is in it.
    pub(crate) fn is_of_one_session(&self) -> bool {
        matches!(
            self,
            Trouble::Batch(_) | Trouble::Refused(400 | 413 | 415 | 422, _)
        )
    }
}

/// Sends a batch.
///
/// # Errors
/// The hub has not taken it, or nobody knows whether it has.
pub(crate) async fn deliver(
    client: &mut RemoteClient,
    bytes: Vec<u8>,
) -> Result<Delivered, Trouble> {
    let body = RemoteBody {
        media_type: MEDIA_TYPE,
        encoding: Some(ENCODING),
        bytes: bytes.into(),
    };
    let answer = client.post(EVENTS_PATH, body, PATIENCE).await;
    let answer = answer.map_err(Trouble::Unreachable)?;
    if answer.status == 200 {
        let read = serde_json::from_slice::<Acknowledged>(&answer.body);
        let read =
            read.map_err(|error| Trouble::Refused(200, format!("what no hub answers ({error})")))?;
        return Ok(Delivered::Has(read.last));
    }
    // Something between here and the hub may answer in its own words.
    let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
    match (answer.status, refused.wanted) {
        (409, Some(wanted)) if refused.code == GAP => Ok(Delivered::Wants(wanted)),
        (401 | 403, _) => Err(Trouble::Token(refused.detail)),
        (status, _) => Err(Trouble::Refused(status, refused.detail)),
    }
}
