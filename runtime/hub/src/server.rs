//! The hub as a server.

use std::time::Duration;

use super::api;
use super::database::Database;
use super::error::HubError;
use pyblish_server::{BoundListener, MaxJsonValues, ServerLimits, serve_routes};

/// A hub that already listens, and answers once [`serve`](Hub::serve) runs.
pub struct Hub {
    listener: BoundListener,
    database: Database,
    limits: ServerLimits,
}

impl Hub {
    /// A hub on this listener.
    pub fn new(listener: BoundListener, database: Database) -> Self {
        Hub {
            listener,
            database,
            limits: limits(),
        }
    }

    /// With at most as many connections as this system allows files, which `allow` arranges.
    #[must_use]
    pub fn within(mut self, allow: impl FnOnce(u64) -> u64) -> Self {
        self.limits = self.limits.within(allow(self.limits.files()));
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
            limits,
        } = self;
        let tls = listener.url.starts_with("https:");
        let (ending, routes) = api::routes(database, limits.listeners, tls).await?;
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
