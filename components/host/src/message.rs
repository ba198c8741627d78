//! The messages of `bridge/PROTOCOL.md`.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::shape::{Broken, Change, Failure, LeftOut, Plugin, Record, Stop};

/// The version of the protocol that is used here.
pub const PROTOCOL: u32 = 2;

/// A request to the bridge; the answer has the same `id`.
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
        /// The pairs to continue with, as long as there are no failures or changes.
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

/// Messages of the bridge about a call.
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
        /// Whether the bridge continues with the next pair that it was given.
        #[serde(default)]
        next: bool,
        /// Milliseconds.
        #[serde(default)]
        took: Option<f64>,
    },
    /// All pairs of one request have been answered.
    Ran {},
    Discovery {
        id: u64,
        plugins: Vec<Plugin>,
        broken: Vec<Broken>,
        #[serde(default, rename = "left-out")]
        left_out: Vec<LeftOut>,
        #[serde(default)]
        hosts: Vec<String>,
        #[serde(default)]
        targets: Vec<String>,
        /// None: Pyblish's own.
        #[serde(default, rename = "stop-test")]
        stop_test: Option<Vec<Stop>>,
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
    /// The work of a request, for messages; with the names of plug-ins by their ids.
    pub fn words(&self, names: &HashMap<String, String>) -> String {
        let name = |id: &str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
        match self {
            Request::Open { .. } => "opening the session".into(),
            Request::Reset { .. } => "resetting the context".into(),
            Request::Discover { .. } => "discovering the plug-ins".into(),
            Request::Process { plugin, .. } => format!("the plug-in {}", name(plugin)),
            Request::Repair { plugin, .. } => format!("the repair of {}", name(plugin)),
            Request::Act { plugin, .. } => format!("an action of {}", name(plugin)),
            Request::Apply { .. } => "applying changes".into(),
            Request::Notify { event, .. } => format!("hearing {event}"),
            Request::Close { .. } => "closing the session".into(),
            Request::Cancel { .. } => "cancelling".into(),
        }
    }
}

impl Answer {
    /// The id of the request, if it is about one.
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
