//! The rows of a history. Each has a checksum, so that accidental changes are noticed when the row
//! is read, and never served.

use rusqlite::types::{ToSqlOutput, Type, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::chunk::Chunk;
use super::claim::HighestNumbers;
use super::error::StoreError;
use super::pack::{self, Effort};
use super::plugin_list;
use super::queue::RunEntry;
use pyblish_model::RunInfo;

/// Bytes of a checksum. It finds accidental damage; it does not protect against forgery.
const SUM: usize = 16;

pub(super) type Sum = [u8; SUM];

/// The bytes that a text takes in its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// As it is.
    Plain(usize),
    /// Compressed.
    Packed(usize),
}

/// A run as it is written in one row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RunRow {
    pub number: u64,
    pub key: Option<String>,
    /// The digest of the request that started it.
    pub request: Option<Vec<u8>>,
    /// JSON.
    pub info: String,
    /// The digest of its plug-ins.
    pub plugins: Vec<u8>,
    /// The event before its first one, and its last one.
    pub first: u64,
    pub last: Option<u64>,
}

impl RunRow {
    pub(crate) fn info(&self) -> Result<RunInfo, StoreError> {
        Ok(serde_json::from_str(&self.info)?)
    }

    fn sum(&self) -> Sum {
        let last = self.last.map(|last| last.to_string());
        sum(&[
            &self.number.to_le_bytes(),
            self.key.as_deref().unwrap_or_default().as_bytes(),
            self.request.as_deref().unwrap_or_default(),
            self.info.as_bytes(),
            &self.plugins,
            &self.first.to_le_bytes(),
            last.unwrap_or_default().as_bytes(),
        ])
    }
}

fn sum(parts: &[&[u8]]) -> Sum {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut sum = Sum::default();
    sum.copy_from_slice(&hasher.finalize().as_bytes()[..SUM]);
    sum
}

pub(super) fn chunk_sum(first: u64, stored: ValueRef<'_>) -> Sum {
    let first = &first.to_le_bytes();
    match stored {
        ValueRef::Blob(packed) => sum(&[first, packed, b"zstd"]),
        stored => sum(&[first, stored.as_bytes().unwrap_or_default()]),
    }
}

/// The bytes of a text or blob. They are not checked, because damaged data may not be valid text.
fn bytes<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a [u8], StoreError> {
    match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Ok(bytes),
        other => Err(StoreError::Damaged(format!(
            "it has {} where a text should be",
            other.data_type()
        ))),
    }
}

fn text(row: &Row<'_>, column: usize, what: &str) -> Result<String, StoreError> {
    let text = String::from_utf8(bytes(row, column)?.to_vec());
    text.map_err(|_| StoreError::Damaged(format!("{what} is not a text")))
}

/// Whether this is the checksum of the row; rows of earlier versions have none.
fn is_sum(row: &Row<'_>, column: usize, expected: Sum) -> Result<bool, StoreError> {
    match row.get_ref(column)?.data_type() {
        Type::Null => Ok(true),
        _ => Ok(bytes(row, column)? == expected),
    }
}

/// A chunk, from its columns `first`, `text` and `sum`. Its text is compressed if it is a blob.
pub(super) fn read_chunk(row: &Row<'_>) -> Result<Chunk, StoreError> {
    let (first, what) = check_chunk(row)?;
    let text = match row.get_ref(1)? {
        ValueRef::Blob(packed) => pack::unpack(packed, &what)?,
        _ => text(row, 1, &what)?,
    };
    Ok(Chunk::read(first, text))
}

/// Checks that a chunk is as it was written, from the same columns, without decompressing it.
/// Returns the number of its first event, and its name for errors.
pub(super) fn check_chunk(row: &Row<'_>) -> Result<(u64, String), StoreError> {
    let first: u64 = number(row, 0)?;
    let what = format!("the events from {first} on");
    // It must be a text or a blob.
    bytes(row, 1)?;
    if is_sum(row, 2, chunk_sum(first, row.get_ref(1)?))? {
        Ok((first, what))
    } else {
        Err(StoreError::Damaged(format!(
            "{what} have changed since they were written"
        )))
    }
}

/// The columns that [`read_run`] reads, in a history of this format or an earlier one.
pub(super) fn run_columns(has_sums: bool) -> &'static str {
    if has_sums {
        "number, key, request, info, plugins, first, last, sum"
    } else {
        "number, key, NULL, info, plugins, first, last, NULL"
    }
}

pub(super) fn read_run(row: &Row<'_>) -> Result<RunRow, StoreError> {
    let number = number(row, 0)?;
    let what = format!("the run r{number}");
    let maybe = |column: usize| match row.get_ref(column)?.data_type() {
        Type::Null => Ok::<_, StoreError>(None),
        _ => Ok(Some(bytes(row, column)?.to_vec())),
    };
    let key = maybe(1)?.map(String::from_utf8).transpose();
    let read = RunRow {
        number,
        key: key
            .map_err(|_| StoreError::Damaged(format!("{what} has a key that is not a text")))?,
        request: maybe(2)?,
        info: text(row, 3, &what)?,
        plugins: bytes(row, 4)?.to_vec(),
        first: self::number(row, 5)?,
        last: match row.get_ref(6)?.data_type() {
            Type::Null => None,
            _ => Some(self::number(row, 6)?),
        },
    };
    if is_sum(row, 7, read.sum())? {
        Ok(read)
    } else {
        Err(StoreError::Damaged(format!(
            "{what} has changed since it was written"
        )))
    }
}

/// A number that cannot be negative.
fn number(row: &Row<'_>, column: usize) -> Result<u64, StoreError> {
    match row.get_ref(column)? {
        ValueRef::Integer(number) if number >= 0 => Ok(number.cast_unsigned()),
        other => Err(StoreError::Damaged(format!(
            "it has {other:?} where a number should be"
        ))),
    }
}

/// A list of plug-ins, from its columns `digest` and `list`.
pub(super) fn read_plugins(row: &Row<'_>) -> Result<String, StoreError> {
    let (digest, list) = (bytes(row, 0)?, bytes(row, 1)?);
    if Sha256::digest(list).as_slice() == digest {
        text(row, 1, "a list of plug-ins")
    } else {
        Err(StoreError::Damaged(
            "a list of plug-ins has changed since it was written".into(),
        ))
    }
}

/// Whether these events are in the history: an earlier try, whose result is unknown, may have
/// written them already, and since then they may be in one row with others.
pub(super) fn has_chunk(connection: &Connection, chunk: &Chunk) -> Result<bool, StoreError> {
    let query = "SELECT last FROM chunks WHERE first <= ?1 ORDER BY first DESC LIMIT 1";
    let mut statement = connection.prepare_cached(query)?;
    let last = statement.query_row([chunk.first], |row| row.get::<_, u64>(0));
    Ok(last.optional()?.is_some_and(|last| last >= chunk.last()))
}

/// Writes a chunk, compressed or not. Returns how many bytes that took.
pub(super) fn put_chunk(
    connection: &Connection,
    chunk: &Chunk,
    effort: Effort,
) -> Result<Stored, StoreError> {
    let packed = pack::pack(&chunk.text, effort);
    let (stored, size) = match &packed {
        Some(packed) => (ValueRef::Blob(packed), Stored::Packed(packed.len())),
        None => (
            ValueRef::Text(chunk.text.as_bytes()),
            Stored::Plain(chunk.text.len()),
        ),
    };
    let query =
        "INSERT OR REPLACE INTO chunks (first, last, at, text, sum) VALUES (?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(query)?.execute(params![
        chunk.first,
        chunk.last(),
        chunk.at(),
        ToSqlOutput::Borrowed(stored),
        chunk_sum(chunk.first, stored)
    ])?;
    Ok(size)
}

/// Writes the current state of a run, after the event with this number.
pub(super) fn put_run(
    connection: &Connection,
    run: &RunEntry,
    behind: u64,
) -> Result<(), StoreError> {
    let number = run.info.id.0;
    let info = serde_json::to_string(&*run.info)?;
    let last = run.info.state.ended().then_some(behind);
    let Some(start) = &run.start else {
        let query = format!("SELECT {} FROM runs WHERE number = ?1", run_columns(true));
        let mut statement = connection.prepare_cached(&query)?;
        let row = statement.query_row([number], |row| Ok(read_run(row)));
        // A run that was already removed is not written again.
        return match row.optional()?.transpose()? {
            None => Ok(()),
            Some(row) => put_row(connection, &RunRow { info, last, ..row }),
        };
    };
    let list = plugin_list::write(&start.discovered)?;
    let plugins = Sha256::digest(&list).to_vec();
    connection
        .prepare_cached("INSERT OR IGNORE INTO plugins (digest, list) VALUES (?1, ?2)")?
        .execute(params![plugins, list])?;
    let (key, request) = start.idempotency.as_ref().map_or((None, None), |known| {
        (Some(known.key.clone()), Some(known.request.to_vec()))
    });
    let row = RunRow {
        number,
        key,
        request,
        info,
        plugins,
        first: behind,
        last,
    };
    put_row(connection, &row)
}

/// Writes a run and replaces its earlier state. If two runs have the same key, only the later one
/// keeps it.
pub(super) fn put_row(connection: &Connection, row: &RunRow) -> Result<(), StoreError> {
    if row.key.is_some() {
        let other = format!(
            "SELECT {} FROM runs WHERE key = ?1 AND number <> ?2",
            run_columns(true)
        );
        let mut statement = connection.prepare_cached(&other)?;
        let other = statement.query_row(params![row.key, row.number], |row| Ok(read_run(row)));
        if let Some(other) = other.optional()?.transpose()? {
            put_row(connection, &RunRow { key: None, ..other })?;
        }
    }
    let query =
        "INSERT OR REPLACE INTO runs (number, key, request, info, plugins, first, last, sum)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    connection.prepare_cached(query)?.execute(params![
        row.number,
        row.key,
        row.request,
        row.info,
        row.plugins,
        row.first,
        row.last,
        row.sum()
    ])?;
    Ok(())
}

/// The name of the counter that counts nothing: the id of the history.
const LOG: &str = "log";

/// The highest numbers that were ever assigned, as far as the history shows.
pub(super) fn read_mark(
    connection: &Connection,
    has_counters: bool,
) -> Result<HighestNumbers, StoreError> {
    let counted = |name: &str| {
        if has_counters {
            format!("coalesce((SELECT value FROM counters WHERE name = '{name}'), 0)")
        } else {
            "0".to_owned()
        }
    };
    let query = format!(
        "SELECT max({}, coalesce((SELECT max(last) FROM chunks), 0)),
                max({}, coalesce((SELECT max(number) FROM runs), 0)), {}",
        counted("event"),
        counted("run"),
        counted("revision"),
    );
    let mut statement = connection.prepare_cached(&query)?;
    let mark = statement.query_row([], |row| {
        Ok(HighestNumbers {
            event: row.get(0)?,
            run: row.get(1)?,
            revision: row.get(2)?,
        })
    });
    Ok(mark?)
}

/// Saves the highest numbers; they never decrease.
pub(super) fn put_mark(connection: &Connection, mark: HighestNumbers) -> Result<(), StoreError> {
    let query = "INSERT INTO counters (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)";
    let mut statement = connection.prepare_cached(query)?;
    for (name, value) in [
        ("event", mark.event),
        ("run", mark.run),
        ("revision", mark.revision),
    ] {
        statement.execute(params![name, value])?;
    }
    // Histories of earlier versions have no id yet.
    let query = format!(
        "INSERT OR IGNORE INTO counters (name, value) VALUES ('{LOG}', random() & {})",
        i64::MAX
    );
    connection.prepare_cached(&query)?.execute([])?;
    Ok(())
}

/// The id of the history; none if nothing was written to it since it has one.
pub(super) fn read_log(connection: &Connection) -> Result<Option<u64>, StoreError> {
    let query = format!("SELECT value FROM counters WHERE name = '{LOG}'");
    let mut statement = connection.prepare_cached(&query)?;
    Ok(statement.query_row([], |row| row.get(0)).optional()?)
}

/// Gives a history the id of the one that it continues.
pub(super) fn put_log(connection: &Connection, log: u64) -> Result<(), StoreError> {
    let query = format!("INSERT OR REPLACE INTO counters (name, value) VALUES ('{LOG}', ?1)");
    connection.prepare_cached(&query)?.execute([log])?;
    Ok(())
}
