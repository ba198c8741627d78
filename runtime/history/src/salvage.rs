//! Recovers a damaged history: renames the file, and copies its undamaged rows to a new file.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, Row};

use super::HistoryError;
use super::claim::HighestNumbers;
use super::clock;
use super::error::StoreError;
use super::form::{self, Found, beside};
use super::pack::Effort;
use super::rows::{
    check_chunk, put_chunk, put_log, put_mark, put_row, read_chunk, read_log, read_mark,
    read_plugins, read_run, run_columns,
};

/// How many damaged files of one history are kept. More of them point to another problem.
const MOST_ASIDE: u32 = 1000;

/// The files that SQLite keeps beside a database.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The outcome of a recovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Salvaged {
    /// The new path of the damaged file.
    pub aside: PathBuf,
    /// How much of it was recovered.
    pub events: u64,
    pub runs: u64,
}

/// How a history is checked.
pub(super) type Check = fn(&Connection) -> Result<(), StoreError>;

/// Checks the whole history: the structure of the file, and the checksum of each row.
pub(super) fn check(connection: &Connection) -> Result<(), StoreError> {
    check_with(connection, |row| check_chunk(row).map(drop))
}

/// Also decompresses everything, which takes longer. Only a file that somebody forged, or a bug in
/// this program, passes the first check and not this one.
pub(super) fn check_thoroughly(connection: &Connection) -> Result<(), StoreError> {
    check_with(connection, |row| read_chunk(row).map(drop))
}

fn check_with(
    connection: &Connection,
    look_at_chunk: fn(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let said: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if said != "ok" {
        return Err(StoreError::Damaged(said));
    }
    let each = |query: &str, look: fn(&Row<'_>) -> Result<(), StoreError>| {
        // If our tables or columns are missing, their names are damaged.
        let mut statement = connection.prepare(query).map_err(StoreError::of_names)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            look(row)?;
        }
        Ok::<_, StoreError>(())
    };
    each("SELECT first, text, sum FROM chunks", look_at_chunk)?;
    each(&format!("SELECT {} FROM runs", run_columns(true)), |row| {
        read_run(row).map(drop)
    })?;
    each("SELECT digest, list FROM plugins", |row| {
        read_plugins(row).map(drop)
    })?;
    each("SELECT name, value FROM counters", |_| Ok(()))?;
    each("SELECT day FROM days", |_| Ok(()))
}

/// Moves the file aside, and copies what can be read of it into a new one. New numbers are higher
/// than all assigned ones.
pub(super) fn set_aside(
    path: &Path,
    given: HighestNumbers,
    why: &HistoryError,
) -> Result<Salvaged, HistoryError> {
    let aside = free_name(path)?;
    let rest = rest(path);
    // Remove what a crash left of an earlier attempt.
    let _ = fs::remove_file(&rest);
    let (mut events, mut runs) = (0, 0);
    form::make_with(&rest, |new| {
        (events, runs) = save(path, new, given)?;
        Ok(())
    })?;
    let moved = (|| {
        for ending in ["-wal", "-shm", ""] {
            let from = beside(path, ending);
            if from.symlink_metadata().is_ok() {
                fs::rename(from, beside(&aside, ending))?;
            }
        }
        fs::rename(&rest, path)
    })();
    moved.map_err(|error| HistoryError::unusable(path, error))?;
    tracing::error!(
        "{why}. It is now {}; {events} events and {runs} runs were recovered",
        aside.display()
    );
    Ok(Salvaged {
        aside,
        events,
        runs,
    })
}

/// The path of the recovered rows until the damaged file is moved aside.
pub(super) fn rest(path: &Path) -> PathBuf {
    beside(path, ".rest")
}

/// Completes a recovery that a crash interrupted after the damaged file was moved aside. Returns
/// whether there was one.
pub(super) fn finish(path: &Path) -> Result<bool, HistoryError> {
    let rest = rest(path);
    let is_saved = form::look(&rest)? == Found::Ours;
    if is_saved {
        fs::rename(&rest, path).map_err(|error| HistoryError::unusable(path, error))?;
    }
    Ok(is_saved)
}

/// Removes the result of a recovery that a crash interrupted before the damaged file was moved
/// aside: the recovery starts again.
pub(super) fn discard(path: &Path) -> Result<(), HistoryError> {
    let rest = rest(path);
    match form::look(&rest)? {
        Found::Ours => fs::remove_file(&rest).map_err(|error| HistoryError::unusable(&rest, error)),
        _ => Ok(()),
    }
}

/// Moves the files beside a missing history aside: SQLite would use its write-ahead log for the new
/// one.
pub(super) fn set_loose_aside(path: &Path) -> Result<(), HistoryError> {
    let aside = free_name(path)?;
    for ending in BESIDE {
        let from = beside(path, ending);
        if from.symlink_metadata().is_ok() {
            let to = beside(&aside, ending);
            fs::rename(&from, &to).map_err(|error| HistoryError::unusable(path, error))?;
            tracing::error!(
                "{} belongs to no history; it was renamed to {}",
                from.display(),
                to.display()
            );
        }
    }
    Ok(())
}

fn free_name(path: &Path) -> Result<PathBuf, HistoryError> {
    let mut names = (1..=MOST_ASIDE).map(|number| beside(path, &format!(".damaged-{number}")));
    let is_free = |name: &PathBuf| {
        let mut all = BESIDE.iter().chain(&[""]);
        all.all(|ending| beside(name, ending).symlink_metadata().is_err())
    };
    let free = names.find(is_free);
    let reason = "it is damaged, and there are too many damaged files already; remove some of them";
    free.ok_or_else(|| HistoryError::unusable(path, reason))
}

/// Copies the undamaged rows; returns how many events and runs these are.
fn save(
    path: &Path,
    new: &mut Connection,
    given: HighestNumbers,
) -> Result<(u64, u64), StoreError> {
    let new = new.transaction()?;
    let (mut events, mut runs) = (0, 0);
    let mut mark = given;
    let old = form::open(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let form = old.as_ref().ok().and_then(|old| form::form(old, path).ok());
    if let (Ok(old), Some(form)) = (&old, form) {
        let has_sums = form::has_sums(form);
        let sum = if has_sums { "sum" } else { "NULL" };
        let known = read_mark(old, has_sums);
        // If the assigned numbers are lost, numbers from the clock are higher.
        mark = mark.max(known.unwrap_or_else(|_| clock::by_clock()));
        each_row(
            old,
            &format!("SELECT first, text, {sum} FROM chunks"),
            "first",
            |row| {
                let chunk = read_chunk(row)?;
                put_chunk(&new, &chunk, Effort::Quick)?;
                events += chunk.len() as u64;
                mark.event = mark.event.max(chunk.last());
                Ok(())
            },
        );
        let columns = run_columns(has_sums);
        each_row(
            old,
            &format!("SELECT {columns} FROM runs"),
            "number",
            |row| {
                let run = read_run(row)?;
                put_row(&new, &run)?;
                runs += 1;
                mark.run = mark.run.max(run.number);
                Ok(())
            },
        );
        each_row(old, "SELECT digest, list FROM plugins", "digest", |row| {
            let (digest, list) = (row.get::<_, Vec<u8>>(0)?, read_plugins(row)?);
            let query = "INSERT OR IGNORE INTO plugins (digest, list) VALUES (?1, ?2)";
            new.prepare_cached(query)?.execute((digest, list))?;
            Ok(())
        });
        // Numbers go on, so it is the same history.
        if let Some(log) = read_log(old).ok().flatten() {
            put_log(&new, log)?;
        }
    } else {
        mark = mark.max(clock::by_clock());
    }
    put_mark(&new, mark)?;
    new.commit()?;
    Ok((events, runs))
}

/// Reads every row that can be read: from the first up to the damaged place, and from the last down
/// to it.
fn each_row(
    old: &Connection,
    query: &str,
    key: &str,
    mut take: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
) {
    for direction in ["ASC", "DESC"] {
        let whole = (|| {
            let mut statement = old.prepare(&format!("{query} ORDER BY {key} {direction}"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                // Skip a row that is damaged, or was already copied from the other side.
                if let Err(fault) = take(row) {
                    tracing::warn!("a row cannot be recovered: {fault:?}");
                }
            }
            Ok::<_, StoreError>(())
        })();
        if whole.is_ok() {
            return;
        }
    }
}
