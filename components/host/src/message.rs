//! The messages of `components/bridge/PROTOCOL.md`.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::shape::{Broken, Change, Failure, Plugin, Record};

/// The version of the protocol that is spoken here.
pub const PROTOCOL: u64 = 1;

/// From the adapter, before it is let in.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Greeting<'a> {
    Hello {
        protocol: u64,
        adapter: &'a str,
        nonce: &'a str,
    },
    Proof {
        proof: &'a str,
        owner: &'a str,
    },
}

/// From the bridge, before it has let the adapter in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reply {
    /// `nonce` and the rest are those of this version of the protocol.
    Challenge {
        protocol: u64,
        nonce: Option<String>,
    },
    Welcome {
        proof: String,
    },
    /// The message is for people, and says all that the reason does.
    Refused {
        message: String,
    },
}

/// What is asked of the bridge; the answer carries the same `id`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Request<'a> {
    Open {
        id: u64,
        user: &'a str,
        machine: &'a str,
        paths: &'a [String],
    },
    Reset {
        id: u64,
    },
    Discover {
        id: u64,
    },
    Process {
        id: u64,
        plugin: &'a str,
        instance: Option<&'a str>,
        /// What to go on with, as long as nothing happens.
        then: Vec<(&'a str, Option<&'a str>)>,
    },
    Repair {
        id: u64,
        plugin: &'a str,
        instance: Option<&'a str>,
    },
    Act {
        id: u64,
        plugin: &'a str,
        action: &'a str,
    },
    Apply {
        id: u64,
        changes: Vec<Change>,
    },
    Notify {
        id: u64,
        event: &'a str,
        arguments: &'a RawValue,
    },
    Close {
        id: u64,
    },
    Cancel {
        id: u64,
    },
}

/// What the bridge says of a call.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    Opened {
        id: u64,
        host: Vec<(String, Box<RawValue>)>,
        context: Vec<Change>,
    },
    Outcome {
        id: u64,
        failure: Option<Failure>,
        changes: Vec<Change>,
        /// Whether the bridge goes on with the next pair that it was handed.
        #[serde(default)]
        next: bool,
        /// Milliseconds.
        #[serde(default)]
        took: Option<f64>,
    },
    /// The pairs that came in one request are over; each has been answered.
    Ran {},
    Discovery {
        id: u64,
        plugins: Vec<Plugin>,
        broken: Vec<Broken>,
    },
    Failed {
        id: u64,
        failure: Failure,
    },
    Closed {
        id: u64,
    },
    Error {
        reason: String,
        message: String,
    },
    Record {
        record: Record,
    },
    Progress {
        fraction: f64,
        message: String,
    },
}

impl Request<'_> {
    /// What is done, for people to read; with the names of plug-ins by their ids.
    pub fn words(&self, names: &HashMap<String, String>) -> String {
        let name = |id: &str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
        match self {
            Request::Open { .. } => "opening the session".into(),
            Request::Reset { .. } => "resetting the context".into(),
            Request::Discover { .. } => "discovering the plug-ins".into(),
            Request::Process { plugin, .. } => format!("the plug-in {}", name(plugin)),
            Request::Repair { plugin, .. } => format!("the repair of {}", name(plugin)),
            Request::Act { plugin, .. } => format!("an action of {}", name(plugin)),
            Request::Apply { .. } => "taking over changes".into(),
            Request::Notify { event, .. } => format!("hearing {event}"),
            Request::Close { .. } => "closing the session".into(),
            Request::Cancel { .. } => "being asked to stop".into(),
        }
    }
}

impl Answer {
    /// Of the request, where it is about one.
    pub fn id(&self) -> Option<u64> {
        match self {
            Answer::Opened { id, .. }
            | Answer::Outcome { id, .. }
            | Answer::Discovery { id, .. }
            | Answer::Failed { id, .. }
            | Answer::Closed { id } => Some(*id),
            Answer::Ran {}
            | Answer::Error { .. }
            | Answer::Record { .. }
            | Answer::Progress { .. } => None,
        }
    }
}
