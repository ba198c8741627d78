//! The tables of a history, and how our files are recognized.
//!
//! Our files have an application id. Those of earlier versions have none, and are recognized by the
//! exact text of their tables. All other files belong to other programs: they are never written,
//! renamed or removed. SQLite does not even open them, because it creates files beside what it
//! reads.

use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::HistoryError;
use super::claim::{is_left_by_us, lock_path};
use super::error::StoreError;
use super::open_files;
use pyblish_platform::atomic::{self, Readers};
use pyblish_platform::trusted::{self, FileReason, Trust};

/// The format that this version writes. It has the same tables as the one before, but texts may be
/// compressed, which earlier versions cannot read.
pub(super) const FORM: i64 = 4;

/// No text is compressed.
const UNCOMPRESSED: i64 = 3;

/// Likewise, and without application id, sums, counters and days.
const FORMER: i64 = 2;

/// `PyEh`: a history of Pyblish Endpoint.
const APPLICATION: u32 = 0x5079_4568;

/// The size of the header of each SQLite file, and the positions of what we read in it
/// (<https://sqlite.org/fileformat.html>).
const HEAD: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";
const WRITE_VERSION: usize = 18;
const INCREMENTAL_VACUUM: usize = 64;
const USER_VERSION: usize = 60;
const APPLICATION_ID: usize = 68;

/// What was added to the former format, in both new and converted files.
const NEW_TABLES: &str = "
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE days (day INTEGER PRIMARY KEY);";

/// The tables of the former format, as in `sqlite_master` except for white space.
const FORMER_TABLES: [&str; 3] = [
    "CREATE TABLE chunks ( first INTEGER PRIMARY KEY, last INTEGER NOT NULL, at REAL NOT NULL, text TEXT NOT NULL)",
    "CREATE TABLE plugins (digest BLOB PRIMARY KEY, list TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE runs ( number INTEGER PRIMARY KEY, key TEXT UNIQUE, info TEXT NOT NULL, plugins BLOB NOT NULL, \
     first INTEGER NOT NULL, last INTEGER)",
];

/// What exists at the path of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing, or an empty file.
    Nothing,
    /// A history of this program.
    Ours,
    /// A history of this program with a damaged header: the files beside it show that it was one.
    Damaged(String),
    /// Something else, with the reason.
    Foreign(String),
}

/// Checks what exists at this path. Creates and changes nothing.
pub(super) fn look(path: &Path) -> Result<Found, HistoryError> {
    open_files::unless_open(path, || look_into(path)).unwrap_or(Ok(Found::Ours))
}

fn look_into(path: &Path) -> Result<Found, HistoryError> {
    if path
        .symlink_metadata()
        .is_ok_and(|there| there.is_symlink())
    {
        return Ok(Found::Foreign("it is a link".into()));
    }
    let file = match trusted::open(path, Trust::Any) {
        Ok(file) => file,
        Err(error) if error.is_missing() => return Ok(Found::Nothing),
        Err(error) => {
            return match error.reason {
                FileReason::Io(error) => Err(HistoryError::unusable(path, error)),
                reason => Ok(Found::Foreign(reason.to_string())),
            };
        }
    };
    let mut head = Vec::with_capacity(HEAD);
    file.take(HEAD as u64)
        .read_to_end(&mut head)
        .map_err(|error| HistoryError::unusable(path, error))?;
    if head.is_empty() {
        return Ok(Found::Nothing);
    }
    let other = |reason: &str| {
        if is_left_by_us(&lock_path(path)) {
            Ok(Found::Damaged(reason.into()))
        } else {
            Ok(Found::Foreign(reason.into()))
        }
    };
    if head.len() < HEAD || !head.starts_with(MAGIC) {
        return other("it is not an SQLite database");
    }
    let number = |place: usize| {
        let bytes = head[place..place + 4].try_into();
        bytes.map_or(0, u32::from_be_bytes)
    };
    match (number(APPLICATION_ID), i64::from(number(USER_VERSION))) {
        (APPLICATION, _) => Ok(Found::Ours),
        (0, FORMER) if has_former_tables(path, true)? => Ok(Found::Ours),
        // A server of an earlier version was killed early: its tables are only in the write-ahead
        // log.
        (0, 0)
            if head[WRITE_VERSION] == 2
                && number(INCREMENTAL_VACUUM) != 0
                && lock_path(path).is_file()
                && beside(path, "-wal").is_file()
                && beside(path, "-shm").is_file()
                && has_former_tables(path, false)? =>
        {
            Ok(Found::Ours)
        }
        _ => other("it is a database of another program"),
    }
}

/// A file that SQLite or this program keeps beside a database.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn has_former_tables(path: &Path, as_it_is: bool) -> Result<bool, HistoryError> {
    let connection = if as_it_is {
        open_unchanging(path)?
    } else {
        open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?
    };
    // If it cannot be read, it cannot be recognized as ours.
    Ok(tables(&connection).is_ok_and(|tables| tables == FORMER_TABLES))
}

fn tables(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name";
    let mut statement = connection.prepare(query)?;
    let tables = statement.query_map([], |row| row.get::<_, String>(0))?;
    let plain = |sql: String| sql.split_whitespace().collect::<Vec<_>>().join(" ");
    tables.map(|sql| Ok(plain(sql?))).collect()
}

/// Opens a database without following a link.
pub(super) fn open(path: &Path, mode: OpenFlags) -> Result<Connection, HistoryError> {
    let path_there = real(path)?;
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    Connection::open_with_flags(path_there, flags)
        .map_err(|error| StoreError::from(error).named(path))
}

/// Opens a database that nobody writes to, without creating files beside it.
pub(super) fn open_unchanging(path: &Path) -> Result<Connection, HistoryError> {
    let there = real(path)?;
    // These characters have a special meaning in a URI. Windows' paths, such as `\\?\C:\s.sqlite`,
    // have two of them.
    let text = there
        .to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23")
        .replace('\\', "%5c");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(format!("file:{text}?immutable=1"), flags)
        .map_err(|error| StoreError::from(error).named(path))
}

/// The path with the links in its folders resolved: with the flag against links, SQLite refuses
/// them anywhere in a path.
fn real(path: &Path) -> Result<PathBuf, HistoryError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let folder = folder.canonicalize();
    let folder = folder.map_err(|error| HistoryError::unusable(path, error))?;
    Ok(folder.join(path.file_name().unwrap_or_default()))
}

/// Creates an empty history, completely or not at all.
pub(super) fn make(path: &Path) -> Result<(), HistoryError> {
    make_with(path, |_| Ok(()))
}

/// Creates a history with this content, completely or not at all. It replaces an empty or missing
/// file.
pub(super) fn make_with(
    path: &Path,
    fill: impl FnOnce(&mut Connection) -> Result<(), StoreError>,
) -> Result<(), HistoryError> {
    let part = atomic::part(path, Readers::Private)
        .map_err(|error| HistoryError::unusable(path, error))?
        .into_temp_path();
    let mut connection = open(&part, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let filled = connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = MEMORY; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = {APPLICATION};
             BEGIN;
             CREATE TABLE chunks (
                 first INTEGER PRIMARY KEY, last INTEGER NOT NULL, at REAL NOT NULL, text TEXT NOT NULL, sum BLOB);
             CREATE TABLE plugins (digest BLOB PRIMARY KEY, list TEXT NOT NULL) WITHOUT ROWID;
             CREATE TABLE runs (
                 number INTEGER PRIMARY KEY, key TEXT UNIQUE, info TEXT NOT NULL,
                 plugins BLOB NOT NULL, first INTEGER NOT NULL, last INTEGER, request BLOB, sum BLOB);
             {NEW_TABLES}
             PRAGMA user_version = {FORM};
             COMMIT;"
        ))
        .map_err(StoreError::from)
        .and_then(|()| fill(&mut connection));
    filled.map_err(|fault| fault.named(path))?;
    drop(connection);
    part.persist(path)
        .map_err(|error| HistoryError::unusable(path, error.error))
}

/// Converts a history of an earlier version, completely or not at all. Existing rows stay as they
/// are: they are compressed later, a few at a time (`compact`), and at each moment in between the
/// file is one of this format. Rows of the former format have no checksums until then.
pub(super) fn take_up(connection: &mut Connection, form: i64) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    if !has_sums(form) {
        transaction.execute_batch(&format!(
            "{NEW_TABLES}
             ALTER TABLE chunks ADD COLUMN sum BLOB;
             ALTER TABLE runs ADD COLUMN request BLOB;
             ALTER TABLE runs ADD COLUMN sum BLOB;
             INSERT INTO counters SELECT 'event', coalesce(max(last), 0) FROM chunks;
             INSERT INTO counters SELECT 'run', coalesce(max(number), 0) FROM runs;
             PRAGMA application_id = {APPLICATION};"
        ))?;
    }
    transaction.pragma_update(None, "user_version", FORM)?;
    Ok(transaction.commit()?)
}

/// Whether a history of this format has checksums and counters.
pub(super) fn has_sums(form: i64) -> bool {
    form != FORMER
}

/// The format of the tables, if this version can read it.
pub(super) fn form(connection: &Connection, path: &Path) -> Result<i64, HistoryError> {
    let form = connection.pragma_query_value(None, "user_version", |row| row.get(0));
    match form.map_err(|error| StoreError::from(error).named(path))? {
        known @ (FORMER | UNCOMPRESSED | FORM) => Ok(known),
        newer if newer > FORM => Err(HistoryError::Foreign {
            path: path.into(),
            reason: format!(
                "it was written by a newer version of this program (format {newer}, and this one reads up to {FORM}); \
                 use that version"
            ),
        }),
        other => Err(HistoryError::Foreign {
            path: path.into(),
            reason: format!("it was written by another version of this program (format {other})"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise_eq;

    use super::*;

    fn foreign(path: &Path, sql: &str) {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch(sql).unwrap();
    }

    #[test]
    fn file_of_another_program_is_foreign() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        foreign(&path("shots"), "CREATE TABLE shots (name TEXT)");
        // It has the same version number and table names.
        foreign(
            &path("two"),
            "PRAGMA user_version = 2; CREATE TABLE runs (number INTEGER)",
        );
        foreign(
            &path("id"),
            "PRAGMA application_id = 1; PRAGMA user_version = 3; CREATE TABLE runs (number INTEGER)",
        );
        std::fs::write(path("text"), "some words").unwrap();
        for name in ["shots", "two", "id", "text"] {
            let found = look(&path(name)).unwrap();
            assert!(matches!(found, Found::Foreign(_)), "{name}: {found:?}");
        }
        assert_eq!(place.path().read_dir().unwrap().count(), 4);
        promise_eq!("DATA-07", look(&path("none")).unwrap(), Found::Nothing);
    }

    #[test]
    fn former_form_is_known_by_its_tables() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("old.sqlite");
        foreign(
            &path,
            &(FORMER_TABLES.join(";") + "; PRAGMA user_version = 2"),
        );
        assert_eq!(look(&path).unwrap(), Found::Ours);
        foreign(&path, "CREATE TABLE more (x)");
        assert!(matches!(look(&path).unwrap(), Found::Foreign(_)));
    }

    #[test]
    fn history_is_made_whole_and_ours() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("s.sqlite");
        make_with(&path, |_| Err(StoreError::Damaged("not today".into()))).unwrap_err();
        assert_eq!(place.path().read_dir().unwrap().count(), 0);
        make(&path).unwrap();
        assert_eq!(look(&path).unwrap(), Found::Ours);
        assert_eq!(place.path().read_dir().unwrap().count(), 1);
    }
}
