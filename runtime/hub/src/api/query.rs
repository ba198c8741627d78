//! A query to the database whose conditions are chosen by the client. Values are always parameters,
//! and never part of the text.

use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::database::Database;
use crate::error::HubError;

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

    /// How many rows of this table fulfil the conditions.
    ///
    /// # Errors
    /// See [`HubError`].
    pub(crate) async fn count(&self, database: &Database, from: &str) -> Result<i64, HubError> {
        let text = format!("SELECT count(*) FROM {from}{}", self.text());
        let rows = self.rows(database, &text).await?;
        Ok(rows.first().map_or(0, |row| row.get(0)))
    }
}
