//! What the hub has of each session, in a file beside the histories, so that a restart goes on
//! where the hub stopped.
//!
//! The file also names the log, as which the hub knows the history: it is the history's own id. A
//! history that is gone takes its numbers with it: the next one of that session begins at 1 again,
//! with another id, and so as another log.

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
    /// The id of the history that it is of. None where an earlier version wrote the file, or the
    /// history has no id yet.
    #[serde(default)]
    pub(crate) history: Option<u64>,
    /// The last event that the hub has acknowledged.
    pub(crate) acknowledged: u64,
    /// How many events were gone before they could be sent.
    #[serde(default)]
    pub(crate) forgotten: u64,
}

impl Cursor {
    /// Of the log of this history. If the file of a cursor is lost, the hub knows the log all the
    /// same.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub(crate) fn of(history: Option<u64>) -> io::Result<Self> {
        match history {
            Some(id) => Ok(Cursor::at_the_beginning(format!("{id:016x}"), history)),
            None => Cursor::again(None),
        }
    }

    /// Of another log of this history, which the hub has nothing of.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub(crate) fn again(history: Option<u64>) -> io::Result<Self> {
        let mut bytes = [0; LOG];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let log = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Cursor::at_the_beginning(log, history))
    }

    fn at_the_beginning(log: String, history: Option<u64>) -> Self {
        Cursor {
            log,
            history,
            acknowledged: 0,
            forgotten: 0,
        }
    }

    /// Whether it can be of this history.
    pub(crate) fn fits(&self, history: Option<u64>) -> bool {
        match (self.history, history) {
            (Some(known), Some(history)) => known == history,
            // It had no id when the cursor was written, or still has none.
            (None, _) => true,
            // It had one, so this is another one, to which nothing was written yet.
            (Some(_), None) => false,
        }
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
    fn cursor_is_of_one_history() {
        let cursor = Cursor::of(Some(0xabc)).unwrap();
        assert_eq!(cursor.log, "0000000000000abc");
        assert!(cursor.fits(Some(0xabc)) && !cursor.fits(Some(1)) && !cursor.fits(None));
        let again = Cursor::again(Some(0xabc)).unwrap();
        assert!(again.log != cursor.log && again.fits(Some(0xabc)));
        // An earlier version did not know ids.
        let former: Cursor = serde_json::from_str(r#"{"log": "l", "acknowledged": 7}"#).unwrap();
        assert!(former.fits(Some(1)) && former.fits(None));
    }

    #[test]
    fn cursor_lives_as_long_as_its_history() {
        let place = tempfile::tempdir().unwrap();
        let folder = CursorFolder::of(place.path());
        assert_eq!(folder.read("a").unwrap(), None);
        folder.tidy(&BTreeSet::new()).unwrap();
        let cursor = Cursor {
            acknowledged: 7,
            ..Cursor::of(Some(12)).unwrap()
        };
        folder.write("a", &cursor).unwrap();
        folder.write("b", &Cursor::of(None).unwrap()).unwrap();
        assert_eq!(folder.read("a").unwrap(), Some(cursor));
        folder.tidy(&BTreeSet::from(["a".to_owned()])).unwrap();
        assert!(folder.read("a").unwrap().is_some());
        assert_eq!(folder.read("b").unwrap(), None);
        fs::write(place.path().join("hub/a.json"), "{").unwrap();
        assert!(folder.read("a").is_err());
    }
}
