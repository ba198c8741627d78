//! Changes of data from clients, for the context and for instances.

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::problem::Problem;
use pyblish_model::{Change, Data, DataKey, JsonText};
use pyblish_session::{Precondition, Resource, Session, SessionError};

/// How many keys times instances one request may change: the host gets each of these changes.
const MAX_CHANGES: usize = 100_000;

/// How many bytes the keys and values of all these changes may have.
const MAX_BYTES: usize = 64 << 20;

/// Data to change, as the client saw it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DataChange {
    /// The session's revision that the client has read; newer changes are not overwritten.
    pub(super) revision: u64,
    /// Values to set, by their keys.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) set: Data,
    /// Keys to remove.
    #[serde(default)]
    pub(super) unset: Vec<String>,
    /// Whether a user chose this. It is then made again after a reset, once the instance of that
    /// name is there again.
    #[serde(default)]
    pub(super) remember: bool,
}

impl DataChange {
    /// Refuses a change that is too large for this many instances at once.
    pub(super) fn check_size(&self, instances: usize) -> Result<(), Problem> {
        let set_bytes = self
            .set
            .iter()
            .map(|(key, value)| key.len() + value.text().len());
        let unset_bytes = self.unset.iter().map(String::len);
        let bytes = instances * set_bytes.chain(unset_bytes).sum::<usize>();
        let keys = instances * (self.set.len() + self.unset.len());
        if keys > MAX_CHANGES || bytes > MAX_BYTES {
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Too large",
                format!(
                    "{keys} changes with {bytes} bytes are too many at once: send at most \
                     {MAX_CHANGES} changes with {MAX_BYTES} bytes"
                ),
            ));
        }
        Ok(())
    }

    /// Changes all of these resources; or none, if one of them was changed after the client read
    /// it.
    pub(super) async fn apply(
        self,
        session: &Session,
        resources: Vec<Resource>,
    ) -> Result<(), SessionError> {
        let mut changes = Vec::new();
        for resource in &resources {
            let place = |key: &String| DataKey {
                instance: match resource {
                    Resource::Instance(id) => Some(id.clone()),
                    Resource::Context | Resource::Plugin(_) => None,
                },
                key: key.clone(),
            };
            let set = self.set.iter().map(|(key, value)| Change::DataSet {
                place: place(key),
                value: value.clone(),
            });
            let unset = self.unset.iter();
            let unset = unset.map(|key| Change::DataUnset { place: place(key) });
            changes.extend(set.chain(unset));
        }
        let expected = Precondition {
            resources,
            revision: self.revision,
        };
        if self.remember {
            session.choose(changes, Some(expected)).await
        } else {
            session.apply(changes, Some(expected)).await
        }
    }
}

/// If the error is a conflict, adds the current value of what the client wanted to change.
pub(super) fn with_current(
    applied: Result<(), SessionError>,
    current: impl FnOnce() -> JsonText,
) -> Result<(), Problem> {
    applied.map_err(|error| {
        let problem = Problem::from(error);
        if problem.is_conflict() {
            problem.with_current(Some(current()))
        } else {
            problem
        }
    })
}
