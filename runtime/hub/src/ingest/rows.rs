//! Many rows at once, by `COPY` in its binary form.

use std::error::Error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{BufMut, Bytes, BytesMut};
use deadpool_postgres::Transaction;
use futures_util::SinkExt;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::super::error::HubError;

/// The latest time that is stored: the end of the year 9999, in seconds since 1970.
const LATEST: u64 = 253_402_300_799;

/// JSON that is stored as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Json<'a>(pub(super) &'a str);

impl ToSql for Json<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::JSON
    }

    to_sql_checked!();
}

/// A time in microseconds since 1970, as the database takes it. The clock of a machine can be wrong
/// by centuries.
pub(super) fn time(micros: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(micros.min(LATEST * 1_000_000))
}

/// The same of seconds.
pub(super) fn time_of_seconds(seconds: f64) -> SystemTime {
    let limited = seconds.clamp(0.0, LATEST as f64);
    UNIX_EPOCH + Duration::from_secs_f64(if limited.is_nan() { 0.0 } else { limited })
}

/// A text without what PostgreSQL cannot store, and with at most this many bytes.
pub(super) fn text(text: &str, most: usize) -> String {
    let end = text.floor_char_boundary(most);
    text[..end].replace('\0', "\u{fffd}")
}

/// Rows in the binary form of `COPY`. They are made before the copy begins, so that nothing of them
/// is borrowed while it waits.
pub(super) struct Rows {
    types: &'static [Type],
    bytes: BytesMut,
}

/// How the binary form begins: its signature, no flags, no extension.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// How it ends: a row with this number of columns.
const END: i16 = -1;

impl Rows {
    /// No rows, with columns of these types.
    pub(super) fn new(types: &'static [Type]) -> Self {
        let mut bytes = BytesMut::new();
        bytes.put_slice(HEAD);
        Rows { types, bytes }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// A value cannot be stored.
    pub(super) fn add(&mut self, columns: &[&(dyn ToSql + Sync)]) -> Result<(), HubError> {
        let wrong = |reason: String| HubError::Data(reason);
        let count = i16::try_from(columns.len()).map_err(|error| wrong(error.to_string()))?;
        self.bytes.put_i16(count);
        for (column, kind) in columns.iter().zip(self.types) {
            let start = self.bytes.len();
            self.bytes.put_i32(-1);
            let written = column.to_sql_checked(kind, &mut self.bytes);
            let written = written.map_err(|error| wrong(error.to_string()))?;
            if let IsNull::No = written {
                let length = self.bytes.len() - start - size_of::<i32>();
                let length = i32::try_from(length).map_err(|error| wrong(error.to_string()))?;
                self.bytes[start..start + size_of::<i32>()].copy_from_slice(&length.to_be_bytes());
            }
        }
        Ok(())
    }

    /// Copies them into a table. `COPY` takes no row that is there already, so the caller must know
    /// that none is.
    ///
    /// # Errors
    /// See [`HubError`].
    pub(super) async fn copy(
        mut self,
        transaction: &Transaction<'_>,
        statement: &str,
    ) -> Result<(), HubError> {
        self.bytes.put_i16(END);
        let statement = transaction.prepare(statement).await?;
        let sink = transaction.copy_in::<_, Bytes>(&statement).await?;
        let mut sink = std::pin::pin!(sink);
        sink.send(self.bytes.freeze()).await?;
        sink.finish().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_times_and_texts_are_stored_as_near_as_they_can_be() {
        let latest = UNIX_EPOCH + Duration::from_secs(LATEST);
        assert_eq!(time(u64::MAX), latest);
        assert_eq!(time_of_seconds(f64::INFINITY), latest);
        assert_eq!(time_of_seconds(-5.0), UNIX_EPOCH);
        assert_eq!(time_of_seconds(f64::NAN), UNIX_EPOCH);
        assert_eq!(text("a\0b", 10), "a\u{fffd}b");
        assert_eq!(text("äöü", 3), "ä");
    }
}
