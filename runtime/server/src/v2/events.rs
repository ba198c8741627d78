//! Live events, as server-sent events.
//!
//! A listener is only the number of the last event that it has seen. It gets the events after that,
//! from memory or from disk, in order and without gaps, even if it is slow, and even after a
//! restart of the server.

use std::convert::Infallible;
use std::fmt::Write;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, watch};
use utoipa::IntoParams;

use super::extract::{Path, Query};
use super::problem::Problem;
use super::state::V2State;
use pyblish_session::{EventPage, History, StoredEvent};

/// How many bytes of events are sent at a time. Each of a thousand listeners holds this much, even
/// if an event is longer.
const CHUNK: usize = 32 << 10;

/// How long a stream is silent at most. Then it sends a comment, so that the client knows that it
/// is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// After how many milliseconds a browser that lost the stream connects again.
const RETRY: u64 = 2000;

/// Where to start.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsQuery {
    /// The number of the last event that the client has seen, 0 for all events. The header
    /// `Last-Event-ID` takes precedence; without both, the stream starts with the next event.
    after: Option<u64>,
}

/// The number of the last event that the client has seen. `latest` is the number of the latest
/// event.
pub(crate) fn cursor(
    header: Option<&HeaderValue>,
    after: Option<u64>,
    latest: u64,
) -> Result<u64, Problem> {
    let number = |value: &HeaderValue| value.to_str().ok()?.trim().parse().ok();
    let seen = match header {
        None => after.unwrap_or(latest),
        Some(value) => number(value).ok_or_else(|| {
            Problem::bad_request(
                "Last-Event-ID is not the number of an event; send the last `id` that you received",
            )
        })?,
    };
    if seen > latest {
        return Err(Problem::bad_request(format!(
            "there is no event {seen} yet; the latest is {latest}"
        )));
    }
    Ok(seen)
}

/// The session's events as they happen (server-sent events). `id` is the number of an event: the
/// first is 1, and there are no gaps. `event` is its name, `data` is JSON.
///
/// Three kinds of messages have no `id`. `behind`: the client is too slow, or reconnected late; the
/// events that it missed follow. `gap`: events are lost; `from` and `to` are the first and the last
/// number that the history no longer has. `failed`: the server ends the stream; the problem says
/// why.
///
/// `retry` says after how many milliseconds to connect again.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{sessionId}/events", tag = "events",
    params(("sessionId" = String, Path), ("Last-Event-ID" = Option<u64>, Header), EventsQuery),
    responses((status = 200, body = String, content_type = "text/event-stream"),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn listen(
    State(v2): State<V2State>,
    Path(id): Path<String>,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let session = v2.listed(&id)?;
    // Clients take 404 as the end of the session. With any other status they connect again.
    if session.is_closing() {
        let detail = format!("the session {id:?} is closing, and has no more events");
        return Err(Problem::not_found(detail));
    }
    let permit = v2.traffic.listen()?;
    let history = session.history().clone();
    let latest = history.log().latest();
    let seen = cursor(headers.get("last-event-id"), query.after, latest)?;
    let listener = Listener {
        watch: history.log().watch(),
        history,
        seen,
        waiting: EventPage::default(),
        sent: 0,
        before: String::new(),
        behind: false,
        ended: false,
        _permit: permit,
    };
    let events = stream::unfold(listener, async |mut listener| {
        let chunk = listener.next().await?;
        Some((Ok::<_, Infallible>(chunk), listener))
    });
    let retry = stream::iter([Ok(format!("retry: {RETRY}\n\n"))]);
    let body = retry.chain(events);
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// Tells a client that it now gets its events from disk: it is at event `from`, and the latest one
/// is `latest`. This is not an event of the session, so it has no `id`.
fn behind(from: u64, latest: u64) -> String {
    format!("event: behind\ndata: {{\"from\":{from},\"latest\":{latest}}}\n\n")
}

/// Tells a client that the events from `from` to `to`, both included, are lost: the history has
/// removed them, or could not write them. This is not an event of the session, either.
fn gap(from: u64, to: u64) -> String {
    format!("event: gap\ndata: {{\"from\":{from},\"to\":{to}}}\n\n")
}

/// Tells a client why the server ends the stream.
fn failed(error: &str) -> String {
    let problem = Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "No history",
        format!("the events cannot be read: {error}"),
    );
    let problem = serde_json::to_string(&problem).unwrap_or_default();
    format!("event: failed\ndata: {problem}\n\n")
}

/// One stream of events.
struct Listener {
    history: History,
    watch: watch::Receiver<u64>,
    /// The number of the last event that was fetched.
    seen: u64,
    /// Events that were fetched but not completely sent.
    waiting: EventPage,
    /// How many bytes of the first one were sent.
    sent: usize,
    /// What to send before the next events.
    before: String,
    /// Whether it gets its events from disk. The client is informed once.
    behind: bool,
    /// Whether the client was informed that the server ends the stream.
    ended: bool,
    /// Its permit among the allowed streams.
    _permit: OwnedSemaphorePermit,
}

impl Listener {
    /// The next events as text, or a heartbeat; none when the session has ended, or after `failed`.
    async fn next(&mut self) -> Option<String> {
        if self.ended {
            return None;
        }
        if self.waiting.is_empty() {
            match tokio::time::timeout(HEARTBEAT, self.fetch()).await {
                Err(_) => return Some(std::mem::take(&mut self.before) + ": alive\n\n"),
                Ok(Err(error)) => {
                    tracing::warn!(
                        "a stream of events ends, because the history cannot be read: {error}"
                    );
                    self.ended = true;
                    return Some(std::mem::take(&mut self.before) + &failed(&error));
                }
                Ok(Ok(())) if self.waiting.is_empty() && self.before.is_empty() => return None,
                Ok(Ok(())) => {}
            }
        }
        let mut text = String::with_capacity(CHUNK);
        text += &std::mem::take(&mut self.before);
        while text.len() < CHUNK {
            let first = self.waiting.clone().take(1);
            let Some(StoredEvent {
                sequence,
                name,
                body,
                ..
            }) = first.iter().next()
            else {
                break;
            };
            if self.sent == 0 {
                // Writing to a `String` cannot fail.
                let _ = write!(text, "id: {sequence}\nevent: {name}\ndata: ");
            }
            // A body is JSON without line breaks.
            let rest = &body[self.sent..];
            let piece = &rest[..rest.floor_char_boundary(CHUNK)];
            text += piece;
            self.sent += piece.len();
            if piece.len() == rest.len() {
                text += "\n\n";
                self.sent = 0;
                self.waiting.take(1);
            }
        }
        Some(text)
    }

    /// Waits for the events after the last one, and fetches them. Fetches none once the session has
    /// ended.
    async fn fetch(&mut self) -> Result<(), String> {
        let (seen, log) = (self.seen, self.history.log());
        let more = |latest: &u64| *latest > seen || log.ended();
        let gone = self.watch.wait_for(more).await.is_err();
        if gone || log.latest() <= seen {
            return Ok(());
        }
        let part = match self.history.log().after(self.seen) {
            Some(part) => {
                self.behind = false;
                part
            }
            None => {
                // Its next event is no longer in memory. It catches up from disk.
                if !self.behind {
                    self.behind = true;
                    self.before += &behind(seen, self.history.log().latest());
                }
                let (history, seen) = (self.history.clone(), self.seen);
                let read = tokio::task::spawn_blocking(move || history.events_after(seen));
                let read = read.await.map_err(|error| error.to_string())?;
                read.map_err(|error| error.to_string())?
            }
        };
        // If events are lost, it continues with the next existing one.
        let next = part
            .first()
            .unwrap_or_else(|| self.history.log().latest() + 1);
        if next > seen + 1 {
            self.before += &gap(seen + 1, next - 1);
        }
        self.seen = part.last().unwrap_or(next - 1);
        self.waiting = part;
        Ok(())
    }
}
