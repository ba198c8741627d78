//! One session on its way to the hub.

use std::io;
use std::time::{Duration, Instant};

use super::cursor::{Cursor, CursorFolder};
use super::state::{SessionShipping, ShippingState};

/// How often the file of a cursor is written at most. What is sent again after a crash changes
/// nothing in the hub.
const KEEP: Duration = Duration::from_secs(1);

/// How far the hub is with a session, in memory, on disk and for readers.
pub(crate) struct Lane {
    session: String,
    cursor: Cursor,
    /// Whether the cursor has changed since its file was written.
    unwritten: bool,
    written: Instant,
    /// When the hub last heard of this session, and whether it was told that it is open.
    pub(crate) told: Option<(Instant, bool)>,
    /// Whether the hub has everything of a closed session, and knows that it is closed: it need not be
    /// looked at until the next search.
    pub(crate) is_done: bool,
    /// When its history could not be read or taken, if that was the last time.
    pub(crate) broken: Option<Instant>,
}

impl Lane {
    /// Goes on where the hub stopped with the history of this id. A log that begins is kept before
    /// anything of it is sent, so that it never has two names.
    ///
    /// # Errors
    /// The cursor cannot be read or written.
    pub(crate) fn open(
        folder: &CursorFolder,
        session: &str,
        history: Option<u64>,
    ) -> io::Result<Self> {
        let kept = folder.read(session)?;
        let cursor = match kept.filter(|cursor| cursor.fits(history)) {
            Some(cursor) if cursor.history == history => cursor,
            known => {
                let cursor = match known {
                    Some(cursor) => Cursor { history, ..cursor },
                    None => Cursor::of(history)?,
                };
                folder.write(session, &cursor)?;
                cursor
            }
        };
        Ok(Lane {
            session: session.to_owned(),
            cursor,
            unwritten: false,
            written: Instant::now(),
            told: None,
            is_done: false,
            broken: None,
        })
    }

    /// Whether it is of the history with this id.
    pub(crate) fn is_of(&self, history: Option<u64>) -> bool {
        self.cursor.history == history
    }

    pub(crate) fn log(&self) -> &str {
        &self.cursor.log
    }

    /// The last event that the hub has.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.cursor.acknowledged
    }

    /// The hub has all events up to this one; so many before it were gone.
    pub(crate) fn acknowledge(&mut self, last: u64, gone: u64) {
        self.cursor.acknowledged = last;
        self.cursor.forgotten += gone;
        self.unwritten = true;
    }

    /// Begins another log with all that the history has: the hub has events of this one that the
    /// history never had.
    ///
    /// # Errors
    /// The cursor cannot be written.
    pub(crate) fn begin_again(&mut self, folder: &CursorFolder) -> io::Result<()> {
        self.cursor = Cursor::again(self.cursor.history)?;
        self.unwritten = false;
        folder.write(&self.session, &self.cursor)
    }

    /// Shows it to readers, and writes the file if it is time or `now`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn keep(
        &mut self,
        folder: &CursorFolder,
        state: &ShippingState,
        now: bool,
    ) -> io::Result<()> {
        let shipping = SessionShipping {
            acknowledged: self.cursor.acknowledged,
            forgotten: self.cursor.forgotten,
        };
        state.set(&self.session, shipping);
        if self.unwritten && (now || self.written.elapsed() >= KEEP) {
            folder.write(&self.session, &self.cursor)?;
            self.unwritten = false;
            self.written = Instant::now();
        }
        Ok(())
    }
}
