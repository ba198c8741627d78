//! Compresses events that were written as they are, because there were only a few of them.
//!
//! Each step takes events that follow each other, until there are enough of them for one row, and
//! puts that row in the place of theirs, in one transaction. So each event is in one row at each
//! moment, and is read the same before and after. The rows of an earlier version, of which none is
//! compressed, go the same way.
//!
//! A row has the events of one day at most: what is too old is removed in whole rows.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::HistoryError;
use super::chunk::Chunk;
use super::error::StoreError;
use super::pack::{self, Effort};
use super::rows::{put_chunk, read_chunk};
use super::store::Store;

/// The longest time between two events in one row, in seconds.
const LONGEST: f64 = 86_400.0;

/// The size of compressed events in a row to which more may be added.
const SMALL: usize = pack::FULL / 4;

impl Store {
    /// Compresses the next events that are not compressed, as many as make one row. The last events
    /// wait for others, unless this is `all` that there is. Returns how many bytes of text it
    /// compressed, or none if there is nothing left to do.
    pub(super) fn compact(&mut self, all: bool) -> Result<Option<usize>, HistoryError> {
        let (from, mut done) = (self.compacted, None);
        self.transaction(|connection| {
            let Some(mut gathered) = gather(connection, from, all)? else {
                return Ok(());
            };
            if let Some(mut before) = read_before(connection, &gathered.chunk)? {
                before.append(&gathered.chunk);
                gathered.chunk = before;
            }
            let Gathered { chunk, last_row } = gathered;
            let replaced = "DELETE FROM chunks WHERE first > ?1 AND first <= ?2";
            let mut statement = connection.prepare_cached(replaced)?;
            statement.execute([chunk.first, last_row])?;
            put_chunk(connection, &chunk, Effort::Thorough)?;
            done = Some((chunk.text.len(), last_row));
            Ok(())
        })?;
        Ok(done.map(|(bytes, last_row)| {
            self.compacted = last_row + 1;
            bytes
        }))
    }
}

/// Events of one or more rows.
struct Gathered {
    chunk: Chunk,
    /// The first event of the last of these rows.
    last_row: u64,
}

/// The events from this one on that are not compressed and can be in one row, if they are enough or
/// no more can be added.
fn gather(connection: &Connection, from: u64, all: bool) -> Result<Option<Gathered>, StoreError> {
    let query = "SELECT first, text, sum FROM chunks
                 WHERE first >= ?1 AND typeof(text) = 'text' AND octet_length(text) <= ?2
                 ORDER BY first";
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query(params![from, pack::MOST])?;
    let mut gathered: Option<Gathered> = None;
    while let Some(row) = rows.next()? {
        let next = read_chunk(row)?;
        let last_row = next.first;
        match &mut gathered {
            None => {
                let chunk = next;
                gathered = Some(Gathered { chunk, last_row });
            }
            Some(gathered) if belong_together(&gathered.chunk, &next) => {
                gathered.chunk.append(&next);
                gathered.last_row = last_row;
            }
            Some(_) => return Ok(gathered),
        }
    }
    Ok(gathered.filter(|gathered| all || gathered.chunk.text.len() >= pack::FULL))
}

fn belong_together(before: &Chunk, next: &Chunk) -> bool {
    let time = next.at() - before.begin();
    before.has_room_for(next, pack::FULL) && time.abs() <= LONGEST
}

/// The compressed events in the row before these, if there is room for these in it: the last
/// process ended before the row was full.
fn read_before(connection: &Connection, chunk: &Chunk) -> Result<Option<Chunk>, StoreError> {
    let query = "SELECT first, text, sum FROM
                     (SELECT * FROM chunks WHERE first < ?1 ORDER BY first DESC LIMIT 1)
                 WHERE typeof(text) = 'blob' AND octet_length(text) <= ?2";
    let mut statement = connection.prepare_cached(query)?;
    let read = |row: &Row<'_>| {
        let packed = row.get_ref(1)?.as_bytes().unwrap_or_default();
        let length = pack::length(packed).unwrap_or(pack::FULL);
        // Most rows are full: do not decompress them.
        Ok((length + chunk.text.len() <= pack::FULL).then(|| read_chunk(row)))
    };
    let before = statement.query_row(params![chunk.first, SMALL], read);
    let before = before.optional()?.flatten().transpose()?;
    Ok(before.filter(|before| belong_together(before, chunk)))
}
