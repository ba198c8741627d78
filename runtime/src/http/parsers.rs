//! The parsers of what clients send, each as a function of what was sent: for those who try to break them. What is
//! refused is the text that a client reads. Requests come to the same functions by way of their routes.

use axum::http::HeaderValue;
use serde_json::Value;

use super::v2::Problem;
use super::{v1, v2};
use crate::model::{Change, Context};

/// The argument of this name, as v1 takes it from a body and a query.
///
/// # Errors
/// The body is not what its media type says.
pub fn v1_argument(
    media_type: Option<&str>,
    body: &[u8],
    query: &str,
    name: &str,
) -> Result<Option<String>, String> {
    let arguments = v1::arguments::Arguments::parse(media_type, body, query);
    let arguments = arguments.map_err(|error| error.message)?;
    Ok(arguments.get(name).map(str::to_owned))
}

/// The changes that v1 is asked to make: as they were sent, and those that this context needs.
///
/// # Errors
/// They are not in the form that v1 takes.
pub fn v1_changes(text: &str, context: &Context) -> Result<(Value, Vec<Change>), String> {
    v1::changes::read(text, context).map_err(|error| error.message)
}

/// The number of the event after which a stream begins: from the header `Last-Event-ID`, or else from `after`, or
/// else what comes next.
///
/// # Errors
/// The header is no number, or there is no such event yet.
pub fn event_cursor(header: Option<&[u8]>, after: Option<u64>, latest: u64) -> Result<u64, String> {
    let header = header.map(HeaderValue::from_bytes).transpose();
    // Such a request is refused before any route sees it.
    let header = header.map_err(|error| error.to_string())?;
    v2::events::cursor(header.as_ref(), after, latest).map_err(Problem::into_detail)
}
