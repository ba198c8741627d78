//! Where the events come from. The command line knows the files and the open sessions.

use std::io;
use std::path::PathBuf;

use pyblish_history::{EventPage, History, HistoryError, Store};

/// What is known of a session besides its events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionFacts {
    /// The adapter's name.
    pub adapter: String,
    /// Its version.
    pub adapter_version: String,
    /// The hosts that the adapter is for.
    pub hosts: Vec<String>,
}

/// The histories of a machine's user. Each call may wait for the disk.
pub trait Histories: Send + Sync + 'static {
    /// The folder that the histories are in.
    fn folder(&self) -> PathBuf;

    /// The sessions that this process has open, by id.
    fn open(&self) -> Vec<(String, History)>;

    /// The ids of all histories in the folder.
    ///
    /// # Errors
    /// The folder cannot be read.
    fn on_disk(&self) -> io::Result<Vec<String>>;

    /// The history of a session that no process has open; none if one has.
    ///
    /// # Errors
    /// It cannot be read.
    fn closed(&self, id: &str) -> Result<Option<Store>, HistoryError>;

    /// The id of the history of this session; none if nothing was written to it yet.
    ///
    /// # Errors
    /// It cannot be read.
    fn log(&self, id: &str) -> Result<Option<u64>, HistoryError>;

    /// What is known of a session.
    fn facts(&self, id: &str) -> SessionFacts;
}

/// The events of one session.
pub(crate) enum Source {
    /// Of a session that this process has open.
    Open(History),
    /// Of a session that nobody has open.
    Closed(Store),
}

impl Source {
    /// Some of the events after this one. If the first is not the next number, those between are
    /// gone.
    pub(crate) fn events_after(&self, sequence: u64) -> Result<EventPage, HistoryError> {
        match self {
            Source::Open(history) => history.events_after(sequence),
            Source::Closed(store) => store.events_after(sequence),
        }
    }

    /// The number of the latest event.
    pub(crate) fn latest(&self) -> Result<u64, HistoryError> {
        match self {
            Source::Open(history) => Ok(history.log().latest()),
            Source::Closed(store) => store.latest(),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Source::Open(_))
    }
}
