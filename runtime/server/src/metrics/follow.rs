//! Counts what sessions report, as one more listener of their events. It delays nobody: a session
//! does not know that it is there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use super::counts::Metrics;
use pyblish_session::{EventPage, History, Session, SessionManager, StoredEvent};

/// How often to look for new sessions. Each is counted from its beginning all the same.
const LOOK: Duration = Duration::from_millis(500);

/// Follows all sessions, until it is dropped.
pub(crate) async fn follow(sessions: Arc<SessionManager>, metrics: Metrics) {
    let mut followed: HashMap<String, tokio::task::AbortHandle> = HashMap::new();
    let mut tasks = tokio::task::JoinSet::new();
    loop {
        let open = sessions.sessions();
        let ids: HashSet<&str> = open.iter().map(|(id, _)| id.as_str()).collect();
        followed.retain(|id, task| ids.contains(id.as_str()) || !task.is_finished());
        for (id, session) in open {
            let follow = || tasks.spawn(follow_one(session, metrics.clone()));
            followed.entry(id).or_insert_with(follow);
        }
        while tasks.try_join_next().is_some() {}
        tokio::time::sleep(LOOK).await;
    }
}

/// Counts the events of a session until it ends.
async fn follow_one(session: Session, metrics: Metrics) {
    let history = session.history().clone();
    let mut watch = history.log().watch();
    let mut seen = history.log().begun();
    loop {
        let log = history.log();
        let more = |latest: &u64| *latest > seen || log.ended();
        if watch.wait_for(more).await.is_err() || log.latest() <= seen {
            return;
        }
        let Some(page) = after(&history, seen).await else {
            return;
        };
        let next = page.first().unwrap_or(log.latest() + 1);
        metrics.lost_events.inc_by(next.saturating_sub(seen + 1));
        for event in page.iter() {
            count(&metrics, &event);
        }
        seen = page.last().unwrap_or(next - 1);
    }
}

/// Some events after this one; none if the history cannot be read.
async fn after(history: &History, seen: u64) -> Option<EventPage> {
    if let Some(page) = history.log().after(seen) {
        return Some(page);
    }
    let of_disk = history.clone();
    let read = tokio::task::spawn_blocking(move || of_disk.events_after(seen)).await;
    match read.ok()? {
        Ok(page) => Some(page),
        Err(error) => {
            tracing::warn!(
                "the metrics of a session end, because its history cannot be read: {error}"
            );
            None
        }
    }
}

/// What is read of a result.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResultBody<'a> {
    #[serde(borrow)]
    result: ResultPart<'a>,
    stage: Option<std::borrow::Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResultPart<'a> {
    plugin: std::borrow::Cow<'a, str>,
    success: bool,
    duration: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RunPart<'a> {
    state: std::borrow::Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LostPart<'a> {
    restart_after: Option<f64>,
    limit: Option<std::borrow::Cow<'a, str>>,
}

fn count(metrics: &Metrics, event: &StoredEvent<'_>) {
    // Events are in a form that this version has written itself.
    match event.name {
        "result" => {
            if let Ok(ResultBody { result, stage }) = serde_json::from_str(event.body) {
                let stage = stage.as_deref().unwrap_or("unknown");
                metrics.stepped(&result.plugin, stage, result.duration, result.success);
            }
        }
        "runEnded" => {
            if let Ok(RunPart { state }) = serde_json::from_str(event.body) {
                metrics.ended(&state);
            }
        }
        "hostLost" => {
            if let Ok(LostPart {
                restart_after,
                limit,
            }) = serde_json::from_str(event.body)
            {
                metrics.lost(restart_after.is_some(), limit.as_deref());
            }
        }
        _ => {}
    }
}
