//! Live events. A listener is a number, the last event that it has seen: it gets what came after, from memory
//! or from disk, in order and without a gap, however slow it is, and after a restart of the runtime too.

use std::convert::Infallible;
use std::fmt::Write;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, watch};
use utoipa::IntoParams;

use super::Endpoint;
use super::input::{Path, Query};
use super::problem::Problem;
use crate::history::{History, HistoryError, Part, Told};

/// How many events are sent at once: a thousand listeners hold that many each.
const BATCH: usize = 64;

/// Bytes that so many events usually have as text.
const TEXT: usize = BATCH * 512;

/// How long a stream is silent at most: whoever listens learns that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Where to begin.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct From {
    /// The number of the last event that the client has seen, 0 for all that there are. The header
    /// `Last-Event-ID` counts before it; without both, the stream begins with what happens next.
    after: Option<u64>,
}

/// The number of the last event that the client has seen, where `latest` is the last that there is.
pub(in crate::http) fn cursor(
    header: Option<&HeaderValue>,
    after: Option<u64>,
    latest: u64,
) -> Result<u64, Problem> {
    let number = |value: &HeaderValue| value.to_str().ok()?.trim().parse().ok();
    let seen = match header {
        None => after.unwrap_or(latest),
        Some(value) => number(value).ok_or_else(|| {
            Problem::bad_request(
                "Last-Event-ID is no number of an event; send the last `id` that you saw",
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

/// The session's events as they happen (server-sent events). `id` is the number of an event, which begins
/// with 1 and has no gap; `event` is its name; `data` is JSON. A client that cannot keep up, or comes back late, is
/// told so by `behind`, which has no `id`, and gets what it missed.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{session}/events", tag = "events",
    params(("session" = String, Path), ("Last-Event-ID" = Option<u64>, Header), From),
    responses((status = 200, body = String, content_type = "text/event-stream"),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn listen(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let session = endpoint.session(&id)?;
    let place = endpoint.traffic.listen()?;
    let history = session.history().clone();
    let latest = history.log().latest();
    let seen = cursor(headers.get("last-event-id"), from.after, latest)?;
    let listener = Listener {
        watch: history.log().watch(),
        history,
        seen,
        waiting: Part::default(),
        behind: None,
        _place: place,
    };
    let body = stream::unfold(listener, async |mut listener| {
        let chunk = listener.next().await?;
        Some((Ok::<_, Infallible>(chunk), listener))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// What a client is told when it gets its events from disk: it is `from` there, and `latest` events are
/// behind that. It is no event of the session, and has no `id`.
fn behind(from: u64, latest: u64) -> String {
    format!("event: behind\ndata: {{\"from\":{from},\"latest\":{latest}}}\n\n")
}

struct Listener {
    history: History,
    watch: watch::Receiver<u64>,
    /// The number of the last event that was fetched.
    seen: u64,
    waiting: Part,
    /// Whether it gets its events from disk, and how that is told once.
    behind: Option<String>,
    /// Among those who may listen.
    _place: OwnedSemaphorePermit,
}

impl Listener {
    /// The next events as text, or a sign of life; none when the session is closed, or its history cannot be
    /// read any more: the client comes back and is told why.
    async fn next(&mut self) -> Option<String> {
        if self.waiting.is_empty() {
            match tokio::time::timeout(HEARTBEAT, self.fetch()).await {
                Err(_) => return Some(": alive\n\n".into()),
                Ok(Err(error)) => {
                    tracing::warn!("a listener was cut off: {error}");
                    return None;
                }
                Ok(Ok(())) if self.waiting.is_empty() => return None,
                Ok(Ok(())) => {}
            }
        }
        let mut text = String::with_capacity(TEXT);
        if let Some(behind) = &mut self.behind {
            text += &std::mem::take(behind);
        }
        for Told {
            sequence,
            name,
            body,
            ..
        } in self.waiting.take(BATCH).iter()
        {
            // A body is JSON, which has no line breaks. Writing to a text does not fail.
            let _ = write!(text, "id: {sequence}\nevent: {name}\ndata: {body}\n\n");
        }
        Some(text)
    }

    /// Waits for what comes after the last event; after the end nothing does but what was told before it.
    async fn fetch(&mut self) -> Result<(), HistoryError> {
        let (seen, log) = (self.seen, self.history.log());
        let more = |latest: &u64| *latest > seen || log.ended();
        let gone = self.watch.wait_for(more).await.is_err();
        if gone || log.latest() <= seen {
            return Ok(());
        }
        let part = match self.history.log().after(self.seen) {
            Some(part) => {
                self.behind = None;
                part
            }
            None => {
                // It is behind what is in memory. From here on it catches up from disk.
                let latest = self.history.log().latest();
                self.behind.get_or_insert_with(|| behind(seen, latest));
                let (history, seen) = (self.history.clone(), self.seen);
                let read = tokio::task::spawn_blocking(move || history.events_after(seen));
                read.await.unwrap_or_else(|_| Ok(Part::default()))?
            }
        };
        self.seen = part.last().unwrap_or(self.seen);
        self.waiting = part;
        Ok(())
    }
}
