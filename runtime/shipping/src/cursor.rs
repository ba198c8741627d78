//! What the hub has of each session, in a file beside the histories, so that a restart goes on
//! where the hub stopped.
//!
//! The file also names the log. A history that is gone takes its numbers with it: the next one of
//! that session begins at 1 again, as another log. The file of a session without a history is
//! removed, so that this happens.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use pyblish_platform::private;

/// The folder of these files, in the folder of the histories.
const FOLDER: &str = "hub";

/// Random bytes in the name of a log.
const LOG: usize = 12;

/// How far the hub is with one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// The name of the log.
    pub(crate) log: String,
    /// The last event that the hub has acknowledged.
    pub(crate) acknowledged: u64,
    /// How many events were gone before they could be sent.
    #[serde(default)]
    pub(crate) forgotten: u64,
}

impl Cursor {
    /// Of a log that begins.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub(crate) fn new() -> io::Result<Self> {
        let mut bytes = [0; LOG];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Cursor {
            log: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            acknowledged: 0,
            forgotten: 0,
        })
    }
}

/// The files of all sessions.
#[derive(Debug, Clone)]
pub(crate) struct CursorFolder(PathBuf);

impl CursorFolder {
    /// Of the histories in this folder.
    pub(crate) fn of(histories: &Path) -> Self {
        CursorFolder(histories.join(FOLDER))
    }

    fn path(&self, session: &str) -> PathBuf {
        self.0.join(format!("{session}.json"))
    }

    /// What is known of this session; none if nothing is.
    ///
    /// # Errors
    /// The file is there and cannot be used.
    pub(crate) fn read(&self, session: &str) -> io::Result<Option<Cursor>> {
        match fs::read_to_string(self.path(session)) {
            Ok(text) => Ok(Some(serde_json::from_str(&text)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps this.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write(&self, session: &str, cursor: &Cursor) -> io::Result<()> {
        private::folder(&self.0)?;
        private::write(&self.path(session), serde_json::to_string(cursor)?)
    }

    /// Removes the files of sessions that have no history any more.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(crate) fn tidy(&self, histories: &BTreeSet<String>) -> io::Result<()> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let session = name.and_then(|name| name.strip_suffix(".json"));
            if session.is_some_and(|session| !histories.contains(session)) {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_lives_as_long_as_its_history() {
        let place = tempfile::tempdir().unwrap();
        let folder = CursorFolder::of(place.path());
        assert_eq!(folder.read("a").unwrap(), None);
        folder.tidy(&BTreeSet::new()).unwrap();
        let cursor = Cursor {
            acknowledged: 7,
            ..Cursor::new().unwrap()
        };
        folder.write("a", &cursor).unwrap();
        folder.write("b", &Cursor::new().unwrap()).unwrap();
        assert_eq!(folder.read("a").unwrap(), Some(cursor));
        folder.tidy(&BTreeSet::from(["a".to_owned()])).unwrap();
        assert!(folder.read("a").unwrap().is_some());
        assert_eq!(folder.read("b").unwrap(), None);
        fs::write(place.path().join("hub/a.json"), "{").unwrap();
        assert!(folder.read("a").is_err());
    }
}
