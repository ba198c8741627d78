//! Writes a history to its file, and tries again later while that fails.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::HistoryError;
use super::claim::{Claim, HighestNumbers};
use super::clock::{self, REVISIONS, now};
use super::form::{self, Found};
use super::pack;
use super::retention::Retention;
use super::salvage::{self, Salvaged};
use super::store::{Group, Store};

/// How long to wait before the next try after a failure: at first, and at most.
const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(10);

/// How long a later try waits for another program that locks the file. A client that waits for an
/// answer also waits for this.
const BRIEF: Duration = Duration::from_millis(20);

/// After how long without a write the file is settled.
const IDLE: Duration = Duration::from_secs(1);

/// How long compressing may take when the file is settled: the end of a session waits for it.
const LAST: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Disk {
    path: PathBuf,
    retention: Retention,
    claim: Option<Claim>,
    store: Option<Store>,
    /// Whether somebody removed the file while it was open.
    is_gone: bool,
    /// The highest numbers assigned.
    given: HighestNumbers,
    /// Bytes written since the retention was last applied.
    untrimmed: usize,
    /// Bytes written that are not compressed, since everything was.
    plain: usize,
    /// Whether there may be something to compress.
    is_compacting: bool,
    /// When there is work on the file that nobody waits for.
    tidy_at: Option<Instant>,
    /// Whether a reader found damage that may not show before everything is decompressed.
    is_doubtful: bool,
    wait: Duration,
    next: Instant,
}

/// A history that is open, if possible.
pub(super) struct Opened {
    pub disk: Disk,
    /// The highest numbers that were assigned before; new ones are higher.
    pub given: HighestNumbers,
    /// Why nothing can be written for now.
    pub trouble: Option<HistoryError>,
    pub salvaged: Option<Salvaged>,
}

impl Disk {
    /// Claims the history in this file for this process, and opens it.
    ///
    /// # Errors
    /// Another process owns it, or the file is not a history. If the file cannot be read or written
    /// for another reason, that is not an error: it is tried again.
    pub(crate) fn own(path: &Path, retention: Retention) -> Result<Opened, HistoryError> {
        if let Ok(Found::Foreign(reason)) = form::look(path) {
            // Do not leave a lock file beside it.
            let path = path.into();
            return Err(HistoryError::Foreign { path, reason });
        }
        let mut disk = Disk {
            path: path.into(),
            retention,
            claim: None,
            store: None,
            is_gone: false,
            given: HighestNumbers::default(),
            untrimmed: 0,
            plain: 0,
            is_compacting: false,
            tidy_at: None,
            is_doubtful: false,
            wait: SHORTEST,
            next: Instant::now(),
        };
        let (trouble, salvaged) = match disk.open(Store::PATIENCE) {
            Ok(salvaged) => (None, salvaged),
            Err(error @ (HistoryError::InUse(_) | HistoryError::Foreign { .. })) => {
                return Err(error);
            }
            Err(error) => {
                disk.later();
                (Some(error), None)
            }
        };
        let before = disk.known();
        let revision = clock::first_revision(before.revision);
        let given = HighestNumbers { revision, ..before };
        disk.given = given;
        let mut opened = Opened {
            disk,
            given,
            trouble,
            salvaged,
        };
        let reserved = opened.disk.write(&Group {
            mark: HighestNumbers {
                revision: revision + REVISIONS,
                ..given
            },
            ..Group::default()
        });
        if let Err(error) = reserved {
            opened.trouble.get_or_insert(error);
        }
        Ok(opened)
    }

    /// Opens the file for writing, if it is not open. Does not wait for another program that locks
    /// it. Moves a damaged file aside.
    pub(crate) fn open_again(&mut self) -> Result<Option<Salvaged>, HistoryError> {
        self.open(BRIEF)
    }

    fn open(&mut self, patience: Duration) -> Result<Option<Salvaged>, HistoryError> {
        if self.store.is_some() {
            return Ok(None);
        }
        let claim = match self.claim.take().filter(Claim::is_in_place) {
            Some(claim) => claim,
            None => Claim::take(&self.path)?,
        };
        let claim = self.claim.insert(claim);
        if let Err(error) = claim.raise(self.given) {
            tracing::debug!("the assigned numbers cannot be marked: {error}");
        }
        let check = match self.is_doubtful {
            true => salvage::check_thoroughly,
            false => salvage::check,
        };
        let (store, salvaged) = Store::own(&self.path, claim, patience, check)?;
        self.is_doubtful = false;
        // An earlier version or a killed process left something uncompressed.
        self.is_compacting = true;
        self.tidy_at = Some(Instant::now());
        let store = self.store.insert(store);
        if let Err(error) = store.trim(self.retention, now()) {
            tracing::warn!("old events could not be removed: {error}");
        }
        Ok(salvaged)
    }

    /// Closes the file until it is opened again.
    pub(crate) fn close(&mut self) {
        self.store = None;
    }

    /// Closes the file, because a reader found it to be damaged. The next look at it is thorough.
    pub(crate) fn doubt(&mut self) {
        self.is_doubtful = true;
        self.close();
    }

    /// Whether the file was removed or replaced while it was open, since the last call.
    pub(crate) fn take_gone(&mut self) -> bool {
        std::mem::take(&mut self.is_gone)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.store.is_some()
    }

    /// The highest numbers that an earlier process may have assigned.
    fn known(&self) -> HighestNumbers {
        let left = self.claim.as_ref().map(Claim::mark).unwrap_or_default();
        let keeps_marks = self.claim.as_ref().is_some_and(Claim::keeps_marks);
        let written = match (&self.store, form::look(&self.path)) {
            (Some(store), _) => store.mark().ok(),
            (None, Ok(Found::Nothing)) => Some(HighestNumbers::default()),
            (None, _) => Store::open(&self.path).and_then(|store| store.mark()).ok(),
        };
        match written {
            Some(mark) if self.is_open() || keeps_marks => mark.max(left),
            // Numbers may have been assigned without leaving a trace.
            mark => mark.unwrap_or_default().max(left).max(clock::by_clock()),
        }
    }

    /// Writes this, all of it or nothing. After a failure it is tried again later.
    pub(crate) fn write(&mut self, group: &Group) -> Result<(), HistoryError> {
        if group.mark != HighestNumbers::default() {
            // Also reserve numbers in case the next start cannot read the history, for example on a
            // full disk.
            self.mark(group);
        }
        let Some(store) = &mut self.store else {
            self.mark(group);
            return Err(HistoryError::unusable(&self.path, "it is not open"));
        };
        let is_claimed = self.claim.as_ref().is_some_and(Claim::is_in_place);
        let in_place = store.is_in_place().and_then(|()| {
            if is_claimed {
                Ok(())
            } else {
                Err(HistoryError::unusable(&self.path, "its lock was removed"))
            }
        });
        if let Err(gone) = in_place {
            self.is_gone |= !store.is_there();
            // Move the content of a removed write-ahead log into the file.
            self.finish();
            self.close();
            self.mark(group);
            self.later();
            return Err(gone);
        }
        let written = store.write(group);
        match written {
            Ok(written) => {
                self.wait = SHORTEST;
                self.untrimmed += written.bytes;
                self.plain += written.plain;
                self.is_compacting |= self.plain >= pack::FULL;
                let wait = if self.is_compacting {
                    Duration::ZERO
                } else {
                    IDLE
                };
                self.tidy_at = Some(Instant::now() + wait);
                Ok(())
            }
            Err(error) => {
                self.mark(group);
                self.later();
                Err(error)
            }
        }
    }

    /// Marks the numbers that are assigned but not in the history.
    pub(crate) fn mark(&mut self, group: &Group) {
        let last = group.chunks.last().map(|chunk| chunk.last());
        let run = group.runs.iter().map(|(run, _)| run.info.id.0).max();
        self.given = self.given.max(group.mark).max(HighestNumbers {
            event: last.unwrap_or(0),
            run: run.unwrap_or(0),
            revision: 0,
        });
        if let Some(claim) = &mut self.claim
            && let Err(error) = claim.raise(self.given)
        {
            tracing::warn!("event numbers may be assigned again after a restart: {error}");
        }
    }

    /// The highest numbers assigned.
    pub(crate) fn given(&self) -> HighestNumbers {
        self.given
    }

    /// How long until the next try after a failure.
    pub(crate) fn due_in(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }

    pub(crate) fn later(&mut self) {
        self.next = Instant::now() + self.wait;
        self.wait = (self.wait * 2).min(LONGEST);
    }

    /// Sets how long statements wait for another program from now on: only briefly if clients wait
    /// for each try.
    pub(crate) fn hurry(&self, hurry: bool) {
        if let Some(store) = &self.store {
            let patience = if hurry { BRIEF } else { Store::PATIENCE };
            // If this fails, the next write will show it.
            let _ = store.wait(patience);
        }
    }

    /// How long until there is work on the file that nobody waits for, if there is any.
    pub(crate) fn tidy_in(&self) -> Option<Duration> {
        let at = self.tidy_at.filter(|_| self.is_open())?;
        Some(at.saturating_duration_since(Instant::now()))
    }

    /// Does a part of that work: compresses some of the events that are not compressed yet, or
    /// settles the file.
    ///
    /// # Errors
    /// The file is damaged. If it cannot be written, that is tried again later.
    pub(crate) fn tidy(&mut self) -> Result<(), HistoryError> {
        if self.tidy_in().is_none_or(|wait| !wait.is_zero()) {
            return Ok(());
        }
        // Events that come now wait for this.
        self.hurry(true);
        let wait = match self.is_compacting {
            true => self.compact(),
            false => Ok((!self.settle()).then_some(LONGEST)),
        };
        self.hurry(false);
        self.tidy_at = wait?.map(|wait| Instant::now() + wait);
        self.trim_if_due();
        Ok(())
    }

    /// Compresses some of the events that are not compressed yet. Returns how long until the next
    /// work.
    fn compact(&mut self) -> Result<Option<Duration>, HistoryError> {
        let Some(store) = &mut self.store else {
            return Ok(None);
        };
        match store.compact(false) {
            Ok(Some(bytes)) => {
                // The space of what was compressed is free now, and is given back.
                self.untrimmed += bytes;
                Ok(Some(Duration::ZERO))
            }
            Ok(None) => {
                (self.is_compacting, self.plain) = (false, 0);
                Ok(Some(IDLE))
            }
            Err(error) if error.is_damage() => {
                self.doubt();
                Err(error)
            }
            Err(error) => {
                tracing::debug!("events are not compressed yet: {error}");
                Ok(Some(LONGEST))
            }
        }
    }

    /// Applies the retention when enough was written.
    pub(crate) fn trim_if_due(&mut self) {
        if (self.untrimmed as u64) < self.retention.step() {
            return;
        }
        self.untrimmed = 0;
        if let Some(store) = &mut self.store
            && let Err(error) = store.trim(self.retention, now())
        {
            tracing::warn!("old events could not be removed: {error}");
        }
    }

    /// Makes the file as small as it can be, because nothing is written for a while, or the session
    /// ends: compresses everything, also the last events, and empties the write-ahead log. What an
    /// earlier version left may be more than there is time for. Returns whether all was done.
    pub(crate) fn settle(&mut self) -> bool {
        let (mut is_done, deadline) = (true, Instant::now() + LAST);
        while let Some(store) = &mut self.store {
            match store.compact(true) {
                Ok(Some(_)) if Instant::now() < deadline => {}
                Ok(None) => {
                    (self.is_compacting, self.plain) = (false, 0);
                    break;
                }
                stopped => {
                    tracing::debug!("not all events are compressed: {:?}", stopped.err());
                    is_done = false;
                    break;
                }
            }
        }
        self.finish();
        // A reader may still use a part of the log.
        let log = form::beside(&self.path, "-wal").metadata();
        is_done && log.is_ok_and(|log| log.len() == 0)
    }

    /// Closes the file with as little unused space as possible.
    pub(crate) fn finish(&mut self) {
        if let Some(store) = &mut self.store
            && let Err(error) = store.give_back()
        {
            tracing::debug!("the write-ahead log stays: {error}");
        }
    }
}
