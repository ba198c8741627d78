//! The next events of a session, as they are sent.

use std::io::Write;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::policy::SendPolicy;
use super::redact::redacted;
use super::source::Source;
use super::wire::{BatchHead, EventLine, MAX_EVENT, TooLarge};
use pyblish_history::{HistoryError, StoredEvent};

/// About how many bytes of events go into one batch, before they are compressed. A hub that is
/// reached again gets a day's work in few of them, and one is in memory at a time.
const BYTES: usize = 1 << 20;

/// How many events go into one batch.
const EVENTS: usize = 5_000;

/// How much the compression tries. For events of pairs this is smaller than zstd's default, which is
/// 3, and takes less time.
const LEVEL: i32 = 1;

/// Why there is no batch.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BatchError {
    #[error(transparent)]
    History(#[from] HistoryError),
    /// An event in the history is no JSON, or the batch cannot be compressed.
    #[error("the events cannot be made ready to be sent: {0}")]
    Io(#[from] std::io::Error),
}

/// Some events, ready to be sent.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The last number in it, or that of the last event before it.
    pub(crate) last: u64,
    /// How many events the history no longer had.
    pub(crate) gone: u64,
    /// Compressed.
    pub(crate) bytes: Vec<u8>,
}

/// The events after this one, as far as they go into one batch. `head` is completed.
///
/// # Errors
/// See [`BatchError`].
pub(crate) fn after(
    source: &Source,
    sequence: u64,
    mut head: BatchHead,
    policy: &SendPolicy,
) -> Result<Batch, BatchError> {
    let mut lines = Vec::new();
    let mut last = sequence;
    let mut count = 0;
    let mut gone = 0;
    head.first = sequence + 1;
    'pages: loop {
        let page = source.events_after(last)?;
        let Some(first) = page.first() else {
            break;
        };
        if first != last + 1 {
            if count > 0 {
                // What is gone can only be said at the beginning of a batch.
                break;
            }
            gone = first - (last + 1);
            (head.first, head.forgotten) = (first, Some(first - 1));
        }
        for event in page.iter() {
            put(&mut lines, event, policy)?;
            last = event.sequence;
            count += 1;
            if lines.len() >= BYTES || count >= EVENTS {
                break 'pages;
            }
        }
    }
    let mut compressed = zstd::Encoder::new(Vec::new(), LEVEL)?;
    serde_json::to_writer(&mut compressed, &head).map_err(std::io::Error::from)?;
    compressed.write_all(b"\n")?;
    compressed.write_all(&lines)?;
    Ok(Batch {
        last,
        gone,
        bytes: compressed.finish()?,
    })
}

/// Appends an event as a line.
fn put(lines: &mut Vec<u8>, event: StoredEvent<'_>, policy: &SendPolicy) -> std::io::Result<()> {
    let made: Box<RawValue>;
    let body = match serde_json::from_str::<&RawValue>(event.body)? {
        body if policy.is_all() => body,
        _ => {
            let value: Value = serde_json::from_str(event.body)?;
            made = to_raw_value(&redacted(policy, event.name, &value))?;
            &made
        }
    };
    let bytes = body.get().len();
    let replaced: Box<RawValue>;
    let body = if bytes > MAX_EVENT {
        replaced = to_raw_value(&TooLarge { too_large: bytes })?;
        &replaced
    } else {
        body
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it was made of a whole number of microseconds"
    )]
    let line = EventLine {
        n: event.sequence,
        at: (event.at * 1e6).round() as u64,
        run: event.run.map(|run| run.0),
        name: event.name,
        body,
    };
    serde_json::to_writer(&mut *lines, &line)?;
    lines.push(b'\n');
    Ok(())
}
