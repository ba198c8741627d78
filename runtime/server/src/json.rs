//! JSON from clients: checked and counted before it becomes values, which take many times the
//! memory of the text.

use axum::http::{Extensions, StatusCode};

use pyblish_model::{Budget, JsonError, check_json};

/// How many values (texts, numbers, lists, objects) the JSON of one request may have:
/// `--max-values`. The connection puts it into the extensions of every request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaxJsonValues(pub usize);

impl MaxJsonValues {
    /// Enough for ten thousand instances, which is the largest page, with twenty values each.
    pub const DEFAULT: MaxJsonValues = MaxJsonValues(200_000);

    /// The limit that the connection set for a request with these extensions.
    pub(crate) fn of(extensions: &Extensions) -> MaxJsonValues {
        extensions.get().copied().unwrap_or(Self::DEFAULT)
    }
}

/// Why the JSON of a request is refused. The message is the end of a sentence: put the name of the
/// JSON, such as "the body", before it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JsonInputError {
    /// It has more values than this limit.
    #[error(
        "has more than {0} values; send fewer at a time, or start the server with a larger \
         --max-values"
    )]
    TooManyValues(usize),
    /// It is malformed, or nested too deeply.
    #[error(transparent)]
    Malformed(JsonError),
}

impl JsonInputError {
    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            JsonInputError::TooManyValues(_) => StatusCode::PAYLOAD_TOO_LARGE,
            JsonInputError::Malformed(_) => StatusCode::BAD_REQUEST,
        }
    }

    /// The title of the problem.
    pub(crate) fn title(&self) -> &'static str {
        match self {
            JsonInputError::TooManyValues(_) => "Too large",
            JsonInputError::Malformed(_) => "Bad request",
        }
    }
}

/// Checks that this is JSON with at most this many values, without creating any of them.
pub(crate) fn check_json_input(json: &[u8], limit: MaxJsonValues) -> Result<(), JsonInputError> {
    check_json(json, &mut Budget::of(limit.0)).map_err(|error| match error {
        JsonError::Values(limit) => JsonInputError::TooManyValues(limit),
        other => JsonInputError::Malformed(other),
    })
}
