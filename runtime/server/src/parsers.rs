//! The parsers for client input, as plain functions, for the fuzz targets in `tests/fuzz`. The
//! routes use the same parsers. Each error is the message that the client would get.

use axum::http::HeaderValue;

use super::json::MaxJsonValues;
use super::v1::arguments::Arguments;
use super::v1::changes;
use super::v2::events;
use super::v2::problem::Problem;
use pyblish_model::{Change, Context, JsonText};

/// The argument with this name, as v1 reads it from a body and a query.
///
/// # Errors
/// The body does not match its media type.
pub fn v1_argument(
    media_type: Option<&str>,
    body: &[u8],
    query: &str,
    name: &str,
) -> Result<Option<String>, String> {
    let arguments = Arguments::parse(media_type, body, query, MaxJsonValues::DEFAULT);
    let arguments = arguments.map_err(|error| error.message)?;
    Ok(arguments.get(name).map(str::to_owned))
}

/// The argument `changes` of v1: as it was sent, and the changes that this context needs.
///
/// # Errors
/// The text does not have v1's format.
pub fn v1_changes(text: &str, context: &Context) -> Result<(JsonText, Vec<Change>), String> {
    changes::read(text, context, MaxJsonValues::DEFAULT).map_err(|error| error.message)
}

/// The number of the event after which a stream begins: from the header `Last-Event-ID`, or else
/// from `after`, or else the latest.
///
/// # Errors
/// The header is not a number, or there is no such event yet.
pub fn event_cursor(header: Option<&[u8]>, after: Option<u64>, latest: u64) -> Result<u64, String> {
    let header = header.map(HeaderValue::from_bytes).transpose();
    // hyper refuses such a request before any route sees it.
    let header = header.map_err(|error| error.to_string())?;
    events::cursor(header.as_ref(), after, latest).map_err(Problem::into_detail)
}
