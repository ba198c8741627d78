//! What `serve`, `publish` and `watch` send to the studio's hub: the flags, and where the events come
//! from.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::archive::Archive;
use super::hub_options::HubOptions;
use super::launch::Launched;
use crate::stderr::Error;
use pyblish_client::RemoteClient;
use pyblish_history::{History, HistoryError, Store};
use pyblish_session::SessionManager;
use pyblish_shipping::{
    Histories, SendPolicy, SendRule, SessionFacts, Shipper, ShipperConfig, ShippingState,
};

/// How long the end of the server waits for the hub. The rest is sent after the next start.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// How long the end of `publish` waits for the hub: this part of the time that it took, but not less
/// and not more than that. The next one sends the rest.
const LAST_PART: u32 = 25;
const SHORTEST_WAIT: Duration = Duration::from_millis(50);

/// Where to send what happens, and what of it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Hub")]
pub struct ShippingOptions {
    #[command(flatten)]
    hub: HubOptions,

    /// Also send records (what plug-ins log), tracebacks, paths (otherwise only their last parts are
    /// sent), data (all values), or data:KEY (the values of one key); may be repeated. By default
    /// none of these leave this machine
    #[arg(long = "hub-send", value_name = "WHAT", requires = "hub")]
    hub_send: Vec<SendRule>,
}

/// The running shipping; none without a hub.
pub struct Shipping(Option<Shipper>);

impl ShippingOptions {
    /// Reads the token and the certificates, before a session is opened.
    pub fn client(&self) -> Result<Option<RemoteClient>, Error> {
        Ok(self.hub.access()?.map(|access| access.remote()))
    }

    /// The hub.
    pub fn hub(&self) -> &HubOptions {
        &self.hub
    }

    /// What may be sent beyond what always is.
    pub fn sends(&self) -> &[SendRule] {
        &self.hub_send
    }

    /// Starts to send beside work that neither waits for the hub nor fails without it.
    pub fn beside(self, launched: &Launched) -> Shipping {
        let client = self.client();
        let shipping =
            client.and_then(|client| self.start(client, &launched.archive, &launched.manager));
        shipping.unwrap_or_else(|error| {
            tracing::warn!("nothing is sent to the hub, and work goes on: {error}");
            Shipping(None)
        })
    }

    /// Starts to send, if there is a hub.
    pub fn start(
        self,
        client: Option<RemoteClient>,
        archive: &Archive,
        manager: &Arc<SessionManager>,
    ) -> Result<Shipping, Error> {
        let Some(client) = client else {
            return Ok(Shipping(None));
        };
        let config = ShipperConfig {
            client,
            policy: SendPolicy::of(self.hub_send),
            program: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let histories = Arc::new(ServedHistories {
            archive: archive.clone(),
            manager: Some(manager.clone()),
        });
        let shipper = Shipper::start(config, histories);
        let shipper =
            shipper.map_err(|error| format!("nothing can be sent to the hub: {error}"))?;
        Ok(Shipping(Some(shipper)))
    }
}

impl Shipping {
    /// Sends what is left after a publish that took this time, as far as that goes while nobody notices.
    pub async fn stop_after(self, took: Duration) {
        if let Some(shipper) = self.0
            && !shipper.stop(last_wait(took)).await
        {
            tracing::debug!("the next publish sends the rest to the hub");
        }
    }

    /// How far it is; none without a hub.
    pub fn state(&self) -> Option<ShippingState> {
        self.0.as_ref().map(Shipper::state)
    }

    /// Sends what is left, as far as that goes at once.
    pub async fn stop(self) {
        if let Some(shipper) = self.0
            && !shipper.stop(LAST_WAIT).await
        {
            tracing::warn!(
                "the hub does not answer in time; the rest is sent after the next start"
            );
        }
    }
}

/// The histories in a folder, and the sessions of a manager that are open.
pub struct ServedHistories {
    pub archive: Archive,
    pub manager: Option<Arc<SessionManager>>,
}

impl Histories for ServedHistories {
    fn folder(&self) -> PathBuf {
        self.archive.folder().to_owned()
    }

    fn open(&self) -> Vec<(String, History)> {
        let sessions = self.manager.iter().flat_map(|manager| manager.sessions());
        let open = sessions.map(|(id, session)| (id, session.history().clone()));
        open.collect()
    }

    fn on_disk(&self) -> io::Result<Vec<String>> {
        let ids = self.archive.sessions();
        ids.map_err(|error| io::Error::other(error.to_string()))
    }

    fn closed(&self, id: &str) -> Result<Option<Store>, HistoryError> {
        let former = self.archive.read(id)?;
        Ok(former.into_closed())
    }

    fn log(&self, id: &str) -> Result<Option<u64>, HistoryError> {
        self.archive.log(id)
    }

    fn facts(&self, id: &str) -> SessionFacts {
        let card = self.archive.card(id);
        SessionFacts {
            adapter: card.adapter,
            adapter_version: card.adapter_version,
            hosts: card.hosts,
        }
    }
}

/// How long to wait for the hub after work that took this time.
fn last_wait(took: Duration) -> Duration {
    (took / LAST_PART).clamp(SHORTEST_WAIT, LAST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hub_is_waited_for_in_proportion() {
        for (took, wait) in [(0, 50), (1_250, 50), (10_000, 400), (3_600_000, 2_000)] {
            let waits = last_wait(Duration::from_millis(took));
            assert_eq!(waits, Duration::from_millis(wait), "{took}");
        }
    }
}
