//! The hub's metrics, in the text format of OpenMetrics.
//!
//! What this hub itself does is counted as it happens. What the studio does is asked of the database
//! when somebody scrapes, so every hub of a studio says the same of it, also after a restart. No
//! label has the name of an instance, a machine or a person; plug-ins have one, and there are at most
//! [`MOST_PLUGINS`] of them.

use std::collections::HashSet;
use std::fmt::Error as NotWritten;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::database::Database;
use super::error::HubError;
use super::ingest::PluginTime;
use pyblish_rules::Stage;

/// How many plug-ins have a label of their own: those with the most results. The rest is `other`.
pub(crate) const MOST_PLUGINS: u16 = 200;

/// The media type of the text.
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = [(&'static str, String); 1];
type FloatGauge = Gauge<f64, AtomicU64>;
type FloatCounter = Counter<f64, AtomicU64>;

type Durations = Family<[(&'static str, String); 2], Histogram, fn() -> Histogram>;

/// From a millisecond to four minutes, as a runtime has it.
fn durations() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 4.0, 10))
}

/// What one hub counts. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    batches: Counter,
    events: Counter,
    bytes: Counter,
    refused: Family<Labels, Counter>,
    lag: Histogram,
    durations: Durations,
    /// The plug-ins that have a label of their own.
    plugins: Arc<Mutex<HashSet<String>>>,
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics {
            batches: Counter::default(),
            events: Counter::default(),
            bytes: Counter::default(),
            refused: Family::default(),
            // From 10 ms to almost two days, as after a hub was away.
            lag: Histogram::new(exponential_buckets(0.01, 4.0, 13)),
            durations: Family::new_with_constructor(durations as fn() -> Histogram),
            plugins: Arc::default(),
        }
    }
}

/// What a scrape knows besides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Streams of events now.
    pub(crate) listeners: usize,
    /// How many there may be.
    pub(crate) most_listeners: usize,
}

impl Metrics {
    /// Counts a batch that is committed: its compressed bytes, its events, and the seconds since the
    /// last of them happened.
    pub(crate) fn took(&self, bytes: usize, events: usize, lag: Option<f64>) {
        self.batches.inc();
        self.events.inc_by(events as u64);
        self.bytes.inc_by(bytes as u64);
        if let Some(lag) = lag {
            self.lag.observe(lag.max(0.0));
        }
    }

    /// Counts how long plug-ins took.
    pub(crate) fn worked(&self, times: &[PluginTime]) {
        let mut known = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        for time in times {
            let has_label = known.contains(&time.plugin)
                || known.len() < usize::from(MOST_PLUGINS) && known.insert(time.plugin.clone());
            let plugin = if has_label { &time.plugin } else { "other" };
            let stage = time.stage.map_or("unknown", Stage::name);
            self.durations
                .get_or_create(&[("plugin", plugin.to_owned()), ("stage", stage.to_owned())])
                .observe(time.seconds);
        }
    }

    /// Counts a batch that was refused with the problem of this code.
    pub(crate) fn refused(&self, code: &str) {
        self.refused
            .get_or_create(&[("code", code.to_owned())])
            .inc();
    }

    /// All metrics as text.
    ///
    /// # Errors
    /// See [`HubError`].
    pub(crate) async fn text(&self, database: &Database, load: Load) -> Result<String, HubError> {
        let mut registry = Registry::with_prefix("pyblish_hub");
        registry.register(
            "batches",
            "Batches of events that this hub committed",
            self.batches.clone(),
        );
        registry.register(
            "events",
            "Events that this hub committed, also those that were sent again",
            self.events.clone(),
        );
        registry.register(
            "received_bytes",
            "Bytes of these batches, compressed",
            self.bytes.clone(),
        );
        registry.register(
            "refused_batches",
            "Batches that this hub refused, by the code of the problem",
            self.refused.clone(),
        );
        registry.register(
            "lag_seconds",
            "From an event on its machine until it was committed: of the last event of each batch",
            self.lag.clone(),
        );
        registry.register(
            "result_seconds",
            "How long a plug-in took, of the results that this hub committed, by plug-in and stage",
            self.durations.clone(),
        );
        gauge(
            &mut registry,
            "listeners",
            "Streams of events of this hub",
            load.listeners as f64,
        );
        gauge(
            &mut registry,
            "listeners_limit",
            "How many there may be",
            load.most_listeners as f64,
        );
        let pool = database.load();
        let connections = Family::<Labels, FloatGauge>::default();
        for (state, count) in [("used", pool.used), ("idle", pool.idle)] {
            connections
                .get_or_create(&[("state", state.to_owned())])
                .set(count as f64);
        }
        registry.register(
            "database_connections",
            "Connections of this hub to the database",
            connections,
        );
        gauge(
            &mut registry,
            "database_connections_limit",
            "How many there may be",
            pool.most as f64,
        );
        gauge(
            &mut registry,
            "database_waiting",
            "Requests of this hub that wait for a connection",
            pool.waiting as f64,
        );
        studio(database, &mut registry).await?;
        let mut text = String::new();
        encode(&mut text, &registry)
            .map_err(|NotWritten| HubError::Other("the metrics cannot be written".into()))?;
        Ok(text)
    }
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: f64) {
    let gauge = FloatGauge::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

/// What the database knows of the studio.
async fn studio(database: &Database, registry: &mut Registry) -> Result<(), HubError> {
    let client = database.get().await?;
    let query = client
        .prepare_cached(
            "SELECT state, count(*) FROM runs WHERE started > now() - interval '1 day' GROUP BY state",
        )
        .await?;
    let runs = Family::<Labels, FloatGauge>::default();
    for row in client.query(&query, &[]).await? {
        let count: i64 = row.get(1);
        runs.get_or_create(&[("state", row.get(0))])
            .set(count as f64);
    }
    registry.register(
        "runs",
        "Runs of the studio that began in the last 24 hours, by their state",
        runs,
    );
    let query = client
        .prepare_cached(
            "SELECT (SELECT count(*) FROM sessions WHERE is_open),
                 (SELECT count(*) FROM sessions WHERE is_open AND heard < now() - interval '3 minutes'),
                 (SELECT count(*) FROM machines), (SELECT count(*) FROM runs WHERE state = 'running'),
                 (SELECT last FROM feed_head)",
        )
        .await?;
    let row = client.query_one(&query, &[]).await?;
    for (index, name, help) in [
        (0, "open_sessions", "Sessions that machines have open"),
        (
            1,
            "silent_sessions",
            "Open sessions that were not heard of for three minutes",
        ),
        (2, "machines", "Machines with a token"),
        (
            3,
            "running_runs",
            "Runs that are running, as far as is known",
        ),
        (
            4,
            "feed_position",
            "The number of the last batch of the studio",
        ),
    ] {
        gauge(registry, name, help, row.get::<_, i64>(index) as f64);
    }
    plugins(&client, registry).await
}

/// How often plug-ins ran and failed, and how long they took, since the hub has results.
async fn plugins(
    client: &deadpool_postgres::Client,
    registry: &mut Registry,
) -> Result<(), HubError> {
    let query = client
        .prepare_cached(
            "SELECT CASE WHEN place <= $1 THEN plugin ELSE 'other' END, sum(results)::float8,
                 sum(failed)::float8, sum(total) / 1000
             FROM (SELECT plugin, sum(results) AS results, sum(failed) AS failed, sum(total) AS total,
                     row_number() OVER (ORDER BY sum(results) DESC, plugin) AS place
                 FROM plugin_days GROUP BY plugin) of_each
             GROUP BY 1",
        )
        .await?;
    let families: [Family<Labels, FloatCounter>; 3] = Default::default();
    for row in client.query(&query, &[&i64::from(MOST_PLUGINS)]).await? {
        let labels = [("plugin", row.get::<_, String>(0))];
        for (index, family) in families.iter().enumerate() {
            family.get_or_create(&labels).inc_by(row.get(index + 1));
        }
    }
    let [results, failed, seconds] = families;
    registry.register(
        "plugin_results",
        "Results of a plug-in in the studio",
        results,
    );
    registry.register("plugin_failures", "Results of it that failed", failed);
    registry.register(
        "plugin_seconds",
        "How long it took, all results together",
        seconds,
    );
    Ok(())
}
