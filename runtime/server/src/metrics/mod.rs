//! The metrics of this runtime, in the text format of OpenMetrics, for whoever asks for them
//! (`--metrics-token-file`). Without that nothing is counted.
//!
//! `follow` counts what sessions report; the rest is looked up when somebody scrapes. No label has
//! the name of an instance, a user or a session. Plug-ins have one, and there are at most
//! two hundred of them: so a scraper's memory stays bounded.

mod counts;
mod follow;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::access::METRICS;
use super::error_format::refused;
use super::hub_progress::{HubLookup, HubProgress};
use super::refusal::Refusal;
use super::traffic_limits::TrafficLimits;
use pyblish_session::{Activity, History, SessionManager};

pub(crate) use counts::Metrics;
pub(crate) use follow::follow;

const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type StateLabel = [(&'static str, &'static str); 1];
type FloatGauge = Gauge<f64, AtomicU64>;

/// Says how many bytes the histories on this machine have. May wait for the disk.
pub type HistoryBytes = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What a scrape looks up.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) metrics: Metrics,
    pub(crate) sessions: Arc<SessionManager>,
    pub(crate) hub: Option<HubLookup>,
    pub(crate) traffic: TrafficLimits,
    pub(crate) history: HistoryBytes,
}

/// The route of the metrics; without sources it says how to get some.
pub(crate) fn routes(sources: Option<Sources>) -> Router {
    match sources {
        Some(sources) => Router::new().route(METRICS, get(read)).with_state(sources),
        None => Router::new().route(METRICS, get(off)),
    }
}

async fn off() -> Response {
    let detail = "this server counts nothing; start it with --metrics-token-file FILE".to_owned();
    let refusal = Refusal::new(StatusCode::NOT_FOUND, "No metrics", detail);
    refused(refusal, METRICS)
}

async fn read(State(sources): State<Sources>) -> Response {
    // The size of the histories is asked of the disk.
    match tokio::task::spawn_blocking(move || sources.text()).await {
        Ok(text) => ([(header::CONTENT_TYPE, MEDIA_TYPE)], text).into_response(),
        Err(error) => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            refused(
                Refusal::new(status, "No metrics", error.to_string()),
                METRICS,
            )
        }
    }
}

impl Sources {
    fn text(&self) -> String {
        let mut registry = Registry::with_prefix("pyblish");
        let counted = self.metrics.clone();
        registry.register("runs", "Runs that ended, by their state", counted.runs);
        registry.register(
            "plugin_seconds",
            "How long a plug-in worked, on an instance or the context, by plug-in and stage",
            counted.steps,
        );
        registry.register("plugin_failures", "How often it failed", counted.failures);
        registry.register(
            "adapters_lost",
            "How often an adapter or its host went away",
            counted.adapters_lost,
        );
        registry.register(
            "adapter_restarts",
            "How often an adapter was started again by itself after that",
            counted.restarts,
        );
        registry.register(
            "adapter_limits_met",
            "How often an adapter ended because it met a limit, by the limit",
            counted.adapter_limits,
        );
        registry.register(
            "metrics_missed_events",
            "Events that these metrics do not count, because the history has lost them",
            counted.lost_events,
        );
        self.sessions(&mut registry);
        self.traffic(&mut registry);
        let gauge = FloatGauge::default();
        gauge.set((self.history)() as f64);
        registry.register(
            "history_bytes",
            "Bytes of all histories on this machine",
            gauge,
        );
        let mut text = String::new();
        // Writing to a `String` cannot fail.
        let _ = encode(&mut text, &registry);
        text
    }

    fn sessions(&self, registry: &mut Registry) {
        let states = Family::<StateLabel, FloatGauge>::default();
        for state in ["idle", "busy", "down"] {
            states.get_or_create(&[("state", state)]).set(0.0);
        }
        let (mut instances, mut queued) = (0, 0);
        let mut unsent = Unsent::default();
        for (id, session) in self.sessions.sessions() {
            let state = session.look(|snapshot| {
                instances += snapshot.context.instances.len();
                match snapshot.activity {
                    Activity::Idle => "idle",
                    Activity::Busy { .. } => "busy",
                    Activity::Down { .. } => "down",
                }
            });
            states.get_or_create(&[("state", state)]).inc_by(1.0);
            queued += session.queued();
            if let Some(hub) = &self.hub {
                let progress = hub(&id);
                unsent.add(session.history(), &progress);
            }
        }
        registry.register("sessions", "Open sessions, by what they do", states);
        let gauge = FloatGauge::default();
        gauge.set(instances as f64);
        registry.register("instances", "Instances in all contexts", gauge);
        let gauge = FloatGauge::default();
        gauge.set(queued as f64);
        registry.register(
            "queued_commands",
            "Commands that wait until their session comes to them",
            gauge,
        );
        if self.hub.is_some() {
            unsent.register(registry);
        }
    }

    fn traffic(&self, registry: &mut Registry) {
        let now = self.traffic.now();
        let limits = self.traffic.limits();
        for (name, help, value) in [
            ("requests", "Requests in progress", now.requests),
            ("requests_limit", "How many there may be", limits.requests),
            ("listeners", "Streams of events", now.listeners),
            ("listeners_limit", "How many there may be", limits.listeners),
        ] {
            let gauge = FloatGauge::default();
            gauge.set(value as f64);
            registry.register(name, help, gauge);
        }
        let refused = Family::<StateLabel, Counter>::default();
        for (limit, count) in now.refused {
            refused.get_or_create(&[("limit", limit)]).inc_by(count);
        }
        registry.register(
            "limits_met",
            "Requests that were refused because of a limit of the server",
            refused,
        );
    }
}

/// What the hub has not yet of all open sessions.
#[derive(Default)]
struct Unsent {
    events: u64,
    bytes: u64,
    lost: u64,
}

impl Unsent {
    fn add(&mut self, history: &History, progress: &HubProgress) {
        let latest = history.log().latest();
        self.events += latest.saturating_sub(progress.acknowledged);
        self.lost += progress.lost;
        match history.bytes_after(progress.acknowledged) {
            Ok(bytes) => self.bytes += bytes,
            Err(error) => tracing::warn!("the bytes that are unsent are not known: {error}"),
        }
    }

    fn register(&self, registry: &mut Registry) {
        for (name, help, value) in [
            (
                "hub_unsent_events",
                "Events of open sessions that the hub has not yet",
                self.events,
            ),
            (
                "hub_unsent_bytes",
                "What they take in the history: compressed, and in whole chunks",
                self.bytes,
            ),
            (
                "hub_lost_events",
                "Events that were gone before they could be sent",
                self.lost,
            ),
        ] {
            let gauge = FloatGauge::default();
            gauge.set(value as f64);
            registry.register(name, help, gauge);
        }
    }
}
