//! Events: machines post theirs, people listen to all.

use std::convert::Infallible;
use std::fmt::{self, Write};
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::access::{Machine, Viewer, is_still_in};
use super::extract::Query;
use super::problem::HubProblem;
use super::state::HubState;
use crate::database::Database;
use crate::error::HubError;
use crate::feed::Bell;
use crate::ingest::{Batch, Written, write};
use crate::query::Conditions;
use crate::tokens::Holder;
use pyblish_shipping::wire::ENCODING;

/// How many events a stream reads at a time.
const EVENTS: i64 = 500;

/// How many batches it looks through at a time, where most events are filtered out.
const BATCHES: i64 = 100;

/// How long a stream is silent at most. Then it sends a comment, so that the client knows that it is
/// alive, and its token is checked again.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// After how many milliseconds a browser that lost the stream connects again.
const RETRY: u64 = 2000;

/// All events of the batch's log up to this one are on the hub's disk.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AcknowledgedShape {
    last: i64,
}

/// Takes events of a machine. The body is lines of JSON, compressed with zstd: first a line that
/// says of which session they are (`session`, `log`, `first`, `forgotten`, `adapter`,
/// `adapterVersion`, `hosts`, `open`, `program`), and then one line for each event (`n`, `at`, `run`,
/// `name`, `body`), whose numbers follow each other. Sending twice changes nothing.
///
/// 409 with the code `gap`: events are missing before them; `wanted` is the first.
#[utoipa::path(post, path = "/pyblish/hub/v1/events", tag = "events", operation_id = "sendEvents",
    request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, description = "The events are committed.", body = AcknowledgedShape),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn ingest(
    State(hub): State<HubState>,
    Machine(machine): Machine,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<AcknowledgedShape>, HubProblem> {
    let bytes = body.len();
    let taken = take(&hub, machine, &headers, body).await;
    match taken {
        Ok((last, events, at)) => {
            hub.metrics.took(bytes, events, at.map(seconds_since));
            Ok(Json(AcknowledgedShape { last }))
        }
        Err(problem) => {
            hub.metrics.refused(problem.code());
            Err(problem)
        }
    }
}

/// Commits a batch. Returns up to which event the log is there, how many events the batch has, and
/// when the last of them happened: microseconds since 1970.
async fn take(
    hub: &HubState,
    machine: i64,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<(i64, usize, Option<u64>), HubProblem> {
    let encoding = headers.get(header::CONTENT_ENCODING);
    if encoding.is_none_or(|encoding| encoding != ENCODING) {
        return Err(HubProblem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-zstd",
            "Not compressed",
            "send the events compressed, with the header `Content-Encoding: zstd`",
        ));
    }
    // Megabytes of JSON would keep other requests of this thread waiting.
    let read = tokio::task::spawn_blocking(move || Batch::read(&body)).await;
    let batch = read.map_err(|error| HubError::Other(error.to_string()))??;
    match write(&hub.database, machine, &batch).await? {
        Written::Last(last, times) => {
            hub.sequencer.wake();
            hub.metrics.worked(&times);
            let at = batch.events.last().map(|event| event.at);
            Ok((last, batch.events.len(), at))
        }
        Written::Wanted(wanted) => Err(HubProblem::gap(wanted)),
    }
}

/// Seconds since this moment: microseconds since 1970.
fn seconds_since(at: u64) -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0.0, |now| now.as_secs_f64() - at as f64 / 1e6)
}

/// Which events to send. All conditions must be fulfilled.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsQuery {
    /// The `id` of the last event that the client has seen; `0-0` for all events. The header
    /// `Last-Event-ID` takes precedence; without both, the stream starts with the next event.
    after: Option<String>,
    /// Names of events, separated by commas.
    names: Option<String>,
    /// The name of a machine.
    machine: Option<String>,
    /// The id of a session.
    session: Option<i64>,
}

/// The place of an event in the feed: the number of its batch, and its own in its session.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    batch: i64,
    number: i64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.batch, self.number)
    }
}

impl FromStr for Place {
    type Err = HubProblem;

    fn from_str(text: &str) -> Result<Self, HubProblem> {
        let numbers = text
            .trim()
            .split_once('-')
            .and_then(|(batch, number)| Some((batch.parse().ok()?, number.parse().ok()?)));
        let (batch, number) = numbers.ok_or_else(|| {
            HubProblem::bad_request(format!(
                "{text:?} is no id of an event here; 0-0 is before all"
            ))
        })?;
        Ok(Place { batch, number })
    }
}

/// What is sent of an event.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    machine: &'a str,
    session_id: i64,
    session: &'a str,
    /// Seconds since 1970.
    at: f64,
    /// The number of the event in its session.
    sequence: i64,
    run_id: Option<String>,
    body: &'a RawValue,
}

/// What is sent where events were dropped.
#[derive(Serialize)]
struct GapMessage<'a> {
    from: String,
    to: &'a str,
}

/// The events of all machines as they arrive (server-sent events). `event` is the name of the event
/// in REST v2. `data` is JSON with `machine`, `sessionId`, `session`, `at`, `sequence`, `runId`, and
/// the event's `body` as far as its machine sends it. The events of a session are in order and
/// without gaps. `id` is where to go on after a break.
///
/// A message `gap` says that what is between the places `from` and `to` was dropped.
///
/// A message `failed` has no `id`: the hub ends the stream; the problem says why. `retry` says after
/// how many milliseconds to connect again.
#[utoipa::path(get, path = "/pyblish/hub/v1/events", tag = "events", operation_id = "listenToEvents",
    params(("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event that the client has seen."), EventsQuery),
    responses((status = 200, description = "Server-sent events.", body = String, content_type = "text/event-stream"),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn listen(
    State(hub): State<HubState>,
    Viewer(holder): Viewer,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, HubProblem> {
    let permit = hub.listeners.clone().try_acquire_owned().map_err(|_| {
        HubProblem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many",
            "Too many listeners",
            "too many clients listen to events; try again when one has left",
        )
    })?;
    let header = headers.get("last-event-id");
    let header = header.and_then(|value| value.to_str().ok());
    let seen = match header.or(query.after.as_deref()) {
        Some(text) => text.parse()?,
        None => latest(&hub.database).await?,
    };
    let listener = Listener {
        database: hub.database,
        bell: hub.bell,
        ending: hub.ending,
        holder,
        names: query
            .names
            .map(|names| names.split(',').map(str::to_owned).collect()),
        machine: query.machine,
        session: query.session,
        seen,
        before: format!("retry: {RETRY}\n\n"),
        ended: false,
        _permit: permit,
    };
    let messages = stream::unfold(listener, |mut listener| async {
        let text = listener.next().await?;
        Some((Ok::<_, Infallible>(text), listener))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(messages)).into_response())
}

/// The end of the feed.
async fn latest(database: &Database) -> Result<Place, HubError> {
    let rows = Conditions::default()
        .rows(database, "SELECT last FROM feed_head")
        .await?;
    Ok(Place {
        batch: rows.first().map_or(0, |row| row.get(0)),
        number: i64::MAX,
    })
}

/// One stream. It is only a place in the feed, so a slow client costs nothing.
struct Listener {
    database: Database,
    bell: Bell,
    ending: watch::Receiver<bool>,
    holder: Holder,
    names: Option<Vec<String>>,
    machine: Option<String>,
    session: Option<i64>,
    seen: Place,
    /// What to send before the next events.
    before: String,
    ended: bool,
    _permit: OwnedSemaphorePermit,
}

impl Listener {
    /// The next events as text, or a heartbeat; none when the hub ends, or after `failed`.
    async fn next(&mut self) -> Option<String> {
        let until = Instant::now() + HEARTBEAT;
        let mut text = std::mem::take(&mut self.before);
        if !text.is_empty() {
            return Some(text);
        }
        while !self.ended && !*self.ending.borrow() {
            match self.fetch(&mut text).await {
                Ok(()) if !text.is_empty() => return Some(text),
                Ok(()) => {}
                Err(problem) => return Some(self.failed(problem)),
            }
            if Instant::now() >= until {
                return match is_still_in(&self.database, &self.holder).await {
                    Ok(true) => Some(": alive\n\n".into()),
                    Ok(false) => {
                        let removed = HubProblem::unauthorized(
                            "the token was removed, or the browser was forgotten",
                        );
                        Some(self.failed(removed))
                    }
                    Err(error) => Some(self.failed(error.into())),
                };
            }
            tokio::select! {
                () = self.bell.wait() => {}
                _ = self.ending.wait_for(|ending| *ending) => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }
        None
    }

    fn failed(&mut self, problem: HubProblem) -> String {
        self.ended = true;
        // A problem is texts and numbers.
        let problem = serde_json::to_string(&problem).unwrap_or_default();
        format!("event: failed\ndata: {problem}\n\n")
    }

    /// Appends the events after the last one that was seen, some of them at a time.
    async fn fetch(&mut self, text: &mut String) -> Result<(), HubProblem> {
        // Where most events are filtered out, it goes on until it finds some or is at the end.
        while text.is_empty() {
            let mut batches = Conditions::default();
            batches.add("id >= ?", self.seen.batch);
            let query = format!(
                "SELECT max(id), (SELECT max(last_feed) FROM dropped_months)
                 FROM (SELECT id FROM feed{} ORDER BY id LIMIT {BATCHES}) next",
                batches.text()
            );
            let rows = batches.rows(&self.database, &query).await?;
            let column = |index| {
                rows.first()
                    .and_then(|row| row.get::<_, Option<i64>>(index))
            };
            if let Some(dropped) = column(1).filter(|dropped| self.seen.batch < *dropped) {
                return self.pass_dropped(dropped, text);
            }
            let Some(end) = column(0) else {
                return Ok(());
            };
            let count = self.fetch_until(end, text).await?;
            let is_all = count < EVENTS;
            if is_all {
                let at_end = end == self.seen.batch;
                self.seen = Place {
                    batch: end,
                    number: i64::MAX,
                };
                if at_end {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Says that events are gone up to the end of this batch, and goes on after them.
    fn pass_dropped(&mut self, batch: i64, text: &mut String) -> Result<(), HubProblem> {
        let from = self.seen.to_string();
        self.seen = Place {
            batch,
            number: i64::MAX,
        };
        let to = self.seen.to_string();
        let data = serde_json::to_string(&GapMessage { from, to: &to });
        let data = data.map_err(|error| HubError::Other(error.to_string()))?;
        // Writing to a `String` cannot fail.
        let _ = write!(text, "id: {to}\nevent: gap\ndata: {data}\n\n");
        Ok(())
    }

    /// The same up to this batch. Returns how many there were.
    async fn fetch_until(&mut self, end: i64, text: &mut String) -> Result<i64, HubProblem> {
        let mut conditions = Conditions::default();
        conditions.add("f.id <= ?", end);
        let batch = conditions.value(self.seen.batch);
        conditions.add(
            &format!("f.id >= {batch} AND (f.id > {batch} OR e.number > ?)"),
            self.seen.number,
        );
        conditions.add_some("e.name = ANY(?)", self.names.clone());
        conditions.add_some("m.name = ?", self.machine.clone());
        conditions.add_some("s.id = ?", self.session);
        let query = format!(
            "SELECT f.id, e.number, e.name, m.name, s.id, s.name, extract(epoch FROM e.at)::float8,
                 e.run, e.body::text
             FROM feed f JOIN sessions s ON s.id = f.session_id JOIN machines m ON m.id = s.machine_id
             JOIN events e ON e.session_id = f.session_id AND e.month = f.month
                 AND e.number BETWEEN f.first AND f.last{}
             ORDER BY f.id, e.number LIMIT {EVENTS}",
            conditions.text()
        );
        let rows = conditions.rows(&self.database, &query).await?;
        for row in &rows {
            self.seen = Place {
                batch: row.get(0),
                number: row.get(1),
            };
            let body: &str = row.get(8);
            let body = serde_json::from_str(body);
            let message = Message {
                machine: row.get(3),
                session_id: row.get(4),
                session: row.get(5),
                at: row.get(6),
                sequence: row.get(1),
                run_id: row.get::<_, Option<i64>>(7).map(|run| format!("r{run}")),
                body: body.map_err(|error| HubError::Other(error.to_string()))?,
            };
            let data = serde_json::to_string(&message);
            let data = data.map_err(|error| HubError::Other(error.to_string()))?;
            let id = self.seen;
            let name: &str = row.get(2);
            // Writing to a `String` cannot fail. A body may have line breaks between its values,
            // and a name can be anything that a machine sent.
            let _ = write!(
                text,
                "id: {id}\nevent: {}\ndata: {}\n\n",
                name.replace(['\n', '\r'], " "),
                data.replace(['\n', '\r'], " ")
            );
        }
        Ok(i64::try_from(rows.len()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_is_two_numbers() {
        let place = Place {
            batch: 7,
            number: 12,
        };
        assert_eq!("7-12".parse::<Place>().unwrap(), place);
        assert_eq!(place.to_string(), "7-12");
        for wrong in ["", "7", "a-1", "7-1-2"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }
}
