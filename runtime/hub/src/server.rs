//! The hub as a server.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use super::api::{self, Cookie, HubState};
use super::database::Database;
use super::error::HubError;
use super::feed::Bell;
use super::jobs::{self, JobSettings, Reaper};
use super::metrics::Metrics;
use super::months;
use super::sequencer::Sequencer;
use super::tokens;
use super::upkeep;
use super::webhooks::{self, WebhookClient, WebhookConfig};
use pyblish_server::{BoundListener, MaxJsonValues, Proxies, ServerLimits, serve_routes};

/// A hub that already listens, and answers once [`serve`](Hub::serve) runs.
pub struct Hub {
    listener: BoundListener,
    database: Database,
    webhooks: WebhookClient,
    keep_months: Option<u32>,
    proxies: Proxies,
    limits: ServerLimits,
    jobs: JobSettings,
}

impl Hub {
    /// A hub on this listener.
    ///
    /// # Errors
    /// The certificates for webhooks cannot be read.
    pub fn new(
        listener: BoundListener,
        database: Database,
        webhooks: WebhookConfig,
    ) -> Result<Self, HubError> {
        Ok(Hub {
            listener,
            database,
            webhooks: webhooks::client(webhooks)?,
            keep_months: None,
            proxies: Proxies::default(),
            limits: limits(),
            jobs: JobSettings::default(),
        })
    }

    /// Drops what arrived before the last so many months, without this one.
    #[must_use]
    pub fn keep_months(mut self, months: Option<u32>) -> Self {
        self.keep_months = months;
        self
    }

    /// Behind these proxies.
    #[must_use]
    pub fn behind(mut self, proxies: Proxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// With at most as many connections as this system allows files, which `allow` arranges.
    #[must_use]
    pub fn within(mut self, allow: impl FnOnce(u64) -> u64) -> Self {
        self.limits = self.limits.within(allow(self.limits.files()));
        self
    }

    /// With these times for the jobs of workers.
    #[must_use]
    pub fn with_jobs(mut self, jobs: JobSettings) -> Self {
        self.jobs = jobs;
        self
    }

    /// Answers requests until `told_to_end` completes; then current requests may finish.
    ///
    /// # Errors
    /// See [`HubError`]: it cannot begin.
    pub async fn serve(self, told_to_end: impl Future<Output = ()>) -> Result<(), HubError> {
        let Hub {
            listener,
            database,
            webhooks,
            keep_months,
            proxies,
            limits,
            jobs: settings,
        } = self;
        let tls = listener.url.starts_with("https:");
        let cookie = Arc::new(Cookie::read(&database, tls).await?);
        let (ending, is_ending) = watch::channel(false);
        // The first batch needs the table of this month. After that it is made ahead.
        if let Err(error) = months::make(&database).await {
            tracing::warn!("the tables of months cannot be made yet: {error}");
        }
        Reaper::start(database.clone(), settings, is_ending.clone());
        upkeep::start(database.clone(), keep_months, is_ending.clone());
        let bell = Bell::start(database.clone());
        webhooks::start(database.clone(), bell.clone(), webhooks, is_ending.clone());
        let state = HubState {
            sequencer: Sequencer::start(database.clone(), is_ending.clone()),
            holders: tokens::holders(database.clone()),
            claims: jobs::claims(database.clone(), settings),
            bell,
            jobs: settings,
            cookie,
            database,
            listeners: Arc::new(Semaphore::new(limits.listeners)),
            most_listeners: limits.listeners,
            metrics: Metrics::default(),
            ending: is_ending,
        };
        let routes = api::routes(state, proxies);
        let told_to_end = async {
            told_to_end.await;
            // Streams of events never end by themselves.
            ending.send_replace(true);
        };
        serve_routes(listener, limits, routes, told_to_end).await;
        Ok(())
    }
}

/// Two hundred machines and their people, from a few addresses: a proxy has one for all.
fn limits() -> ServerLimits {
    ServerLimits {
        connections: 4096,
        requests: 256,
        client_requests: 256,
        listeners: 1200,
        body: 16 << 20,
        answer: 256 << 20,
        values: MaxJsonValues(200_000),
        receive: Duration::from_secs(30),
        send: Duration::from_mins(1),
        drain: Duration::from_secs(10),
    }
}
