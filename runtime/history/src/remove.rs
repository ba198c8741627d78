//! Removes whole histories: those in which nothing ever happened, and those that were not used for
//! longer than the retention age. It only removes files that are recognized as a history of this
//! program, and the files that belong to a history.
//!
//! It also removes the leftovers of killed processes. It always claims the history first, so that
//! no process is writing what it removes.

use std::fs;
use std::path::Path;

use super::HistoryError;
use super::claim::{Claim, is_left_by_us, lock_path};
use super::clock::now;
use super::form::{self, Found, beside};
use super::retention::Retention;
use super::salvage;
use super::store::Store;
use pyblish_platform::atomic;

/// Whether this file is a history of this program. Creates and changes nothing.
///
/// # Errors
/// It cannot be read.
pub fn is_history(path: &Path) -> Result<bool, HistoryError> {
    Ok(matches!(form::look(path)?, Found::Ours | Found::Damaged(_)))
}

/// Whether a process writes to this history now. Creates and changes nothing.
pub fn is_in_use(path: &Path) -> bool {
    Claim::is_taken(path)
}

/// Removes what killed processes left of this history: incomplete files, and the lock of a missing
/// history. Removes nothing while a process has the history open. `rest` does the same for the
/// caller's files beside it, while no other process can create the history; its argument says
/// whether there is a history.
///
/// # Errors
/// A file is not a history, or cannot be removed.
pub fn tidy(path: &Path, rest: impl FnOnce(bool)) -> Result<(), HistoryError> {
    let lock = lock_path(path);
    // An empty file may belong to another program.
    if lock.symlink_metadata().is_ok() && !is_left_by_us(&lock) {
        return Ok(());
    }
    let claim = match Claim::take_now(path) {
        Err(HistoryError::InUse(_)) => return Ok(()),
        claim => claim?,
    };
    let saved = salvage::rest(path);
    for file in [path, &saved] {
        atomic::sweep(file).map_err(|error| HistoryError::unusable(file, error))?;
    }
    let is_there = match path.symlink_metadata() {
        Ok(_) => salvage::discard(path).map(|()| true)?,
        Err(_) => salvage::finish(path)?,
    };
    rest(is_there);
    // With a mark, the lock file says which numbers were assigned in a history that was removed.
    if is_there || claim.mark().is_of_events() {
        return Ok(());
    }
    remove(claim, path)
}

fn remove(claim: Claim, history: &Path) -> Result<(), HistoryError> {
    let removed = claim.remove();
    removed.map_err(|error| HistoryError::unusable(history, error))
}

/// Removes this history if it is old enough and nobody has it open. Returns whether it was removed.
/// `rest` then removes the caller's files beside it, before anybody can create it again.
///
/// # Errors
/// It cannot be read or removed.
pub fn sweep(path: &Path, retention: Retention, rest: impl FnOnce()) -> Result<bool, HistoryError> {
    let oldest = now() - retention.age.as_secs_f64();
    let is_old = |store: &Store| Ok::<_, HistoryError>(store.last_used()? < oldest);
    // Most histories are neither empty nor old, so only read them first.
    let store = Store::open(path)?;
    if !store.is_blank()? && !is_old(&store)? {
        return Ok(false);
    }
    drop(store);
    let claim = match Claim::take_now(path) {
        Err(HistoryError::InUse(_)) => return Ok(false),
        claim => claim?,
    };
    let (mut store, _) = Store::own(path, &claim, Store::PATIENCE, salvage::check)?;
    // Events that could not be written did happen, and their numbers must not be assigned again.
    if !store.is_blank()? || claim.mark().is_of_events() {
        // The clock may be wrong on one day.
        let agreed = store.look_at(now())?;
        let oldest = agreed.map(|today| today - retention.age.as_secs_f64());
        let last_used = store.last_used()?;
        if oldest.is_none_or(|oldest| last_used >= oldest) {
            return Ok(false);
        }
    }
    drop(store);
    for ending in ["-wal", "-shm", ""] {
        let file = beside(path, ending);
        if file.symlink_metadata().is_ok() {
            fs::remove_file(&file).map_err(|error| HistoryError::unusable(&file, error))?;
        }
    }
    rest();
    remove(claim, path)?;
    Ok(true)
}
