//! What a machine and the hub say to each other: a batch is lines of JSON, compressed with zstd.
//! The first line is a [`BatchHead`], each other line an [`EventLine`].

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Where batches are posted.
pub const EVENTS_PATH: &str = "/pyblish/hub/v1/events";

/// The media type of a batch, before it is compressed.
pub const MEDIA_TYPE: &str = "application/x-ndjson";

/// How a batch is compressed, as `Content-Encoding` says it.
pub const ENCODING: &str = "zstd";

/// Bytes of the longest event's body. A longer one is replaced by [`TooLarge`].
pub const MAX_EVENT: usize = 4 << 20;

/// Bytes of the longest batch, before it is compressed.
pub const MAX_BATCH: usize = 16 << 20;

/// Events of the longest batch.
pub const MAX_EVENTS: usize = 20_000;

/// Of which session a batch is, and which events are in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchHead {
    /// The session's id on its machine.
    pub session: String,
    /// Which log of that session: another one begins where the history was lost, and its numbers
    /// begin again.
    pub log: String,
    /// The number of the first event of this batch; the others follow without a gap. Without events
    /// it is the number of the next one.
    pub first: u64,
    /// The last number that the history no longer has, if the hub has not got it: events up to
    /// there are gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgotten: Option<u64>,
    /// The adapter's name.
    pub adapter: String,
    /// Its version.
    pub adapter_version: String,
    /// The hosts that the adapter is for.
    pub hosts: Vec<String>,
    /// Whether a server has the session open.
    pub open: bool,
    /// The version of the program that sends.
    pub program: String,
}

/// One event.
#[derive(Debug, Serialize, Deserialize)]
pub struct EventLine<'a> {
    /// Its number in the log.
    pub n: u64,
    /// When it happened: microseconds since 1970-01-01 UTC.
    pub at: u64,
    /// The number of the run that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u64>,
    /// Its name in REST v2.
    pub name: &'a str,
    /// Its body in REST v2, as far as it may leave the machine.
    #[serde(borrow)]
    pub body: &'a RawValue,
}

/// The body of an event that is too large to be sent.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TooLarge {
    /// How many bytes it has.
    pub too_large: usize,
}

/// The hub has these events, on its disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The number of the last event of this log that it has.
    pub last: u64,
}

/// What a machine reads of a problem that the hub answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Refused {
    /// The stable code.
    pub code: String,
    /// What is wrong, in words.
    pub detail: String,
    /// With the code `gap`: the number of the event that the hub wants next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted: Option<u64>,
}

/// The code of the problem that events are missing before a batch.
pub const GAP: &str = "gap";
