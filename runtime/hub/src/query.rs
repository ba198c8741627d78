//! A query to the database whose conditions are chosen by the client. Values are always parameters,
//! and never part of the text.

use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::database::Database;
use crate::error::HubError;

/// Up to how many rows are counted. A million take seconds, and no reader waits for that.
const COUNTED: i64 = 10_000;

/// How many items there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) count: i64,
    /// Whether it is only about so many.
    pub(crate) estimated: bool,
}

impl Total {
    pub(crate) fn exact(count: i64) -> Self {
        Total {
            count,
            estimated: false,
        }
    }
}

/// How many rows a plan expects, from its first line: `Seq Scan on runs  (cost=0.00..1.10 rows=10
/// width=4)`.
fn expected_rows(line: &str) -> Option<i64> {
    let (_, rest) = line.split_once(" rows=")?;
    rest.split(' ').next()?.parse().ok()
}

/// Conditions with their values.
#[derive(Default)]
pub(crate) struct Conditions {
    texts: Vec<String>,
    values: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Conditions {
    /// Adds a condition. Each `?` in it stands for this value.
    pub(crate) fn add(&mut self, condition: &str, value: impl ToSql + Sync + Send + 'static) {
        let place = self.value(value);
        self.texts.push(condition.replace('?', &place));
    }

    /// The same if there is a value.
    pub(crate) fn add_some(
        &mut self,
        condition: &str,
        value: Option<impl ToSql + Sync + Send + 'static>,
    ) {
        if let Some(value) = value {
            self.add(condition, value);
        }
    }

    /// Adds a value, and returns how the text of the query names it.
    pub(crate) fn value(&mut self, value: impl ToSql + Sync + Send + 'static) -> String {
        self.values.push(Box::new(value));
        format!("${}", self.values.len())
    }

    /// `WHERE …`, or nothing.
    pub(crate) fn text(&self) -> String {
        match self.texts.is_empty() {
            true => String::new(),
            false => format!(" WHERE {}", self.texts.join(" AND ")),
        }
    }

    /// The rows of this query, which has the conditions in it.
    ///
    /// # Errors
    /// See [`HubError`].
    pub(crate) async fn rows(&self, database: &Database, text: &str) -> Result<Vec<Row>, HubError> {
        let client = database.get().await?;
        let query = client.prepare_cached(text).await?;
        let values: Vec<&(dyn ToSql + Sync)> = self
            .values
            .iter()
            .map(|value| value.as_ref() as &(dyn ToSql + Sync))
            .collect();
        Ok(client.query(&query, &values).await?)
    }

    /// How many rows of this table fulfil the conditions. The database's planner says how many it
    /// expects; where that is not many more than are quickly counted, they are counted.
    ///
    /// # Errors
    /// See [`HubError`].
    pub(crate) async fn count(&self, database: &Database, from: &str) -> Result<Total, HubError> {
        let conditions = self.text();
        let text = format!("EXPLAIN SELECT 1 FROM {from}{conditions}");
        let rows = self.rows(database, &text).await?;
        let expected = rows.first().and_then(|row| expected_rows(row.get(0)));
        let estimated = |count| Total {
            count,
            estimated: true,
        };
        if let Some(expected) = expected.filter(|expected| *expected > 2 * COUNTED) {
            return Ok(estimated(expected));
        }
        let text = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {from}{conditions} LIMIT {}) counted",
            COUNTED + 1
        );
        let rows = self.rows(database, &text).await?;
        let counted = rows.first().map_or(0, |row| row.get(0));
        match counted <= COUNTED {
            true => Ok(Total::exact(counted)),
            false => Ok(estimated(expected.unwrap_or_default().max(counted))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_from_a_plan() {
        let line = "Hash Join  (cost=1.09..26.19 rows=1234 width=4)";
        assert_eq!(expected_rows(line), Some(1234));
        for other in ["", "Limit", "rows=1", "x rows=many width=4"] {
            assert_eq!(expected_rows(other), None, "{other}");
        }
    }
}
