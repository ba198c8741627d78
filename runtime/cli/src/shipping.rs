//! What `serve`, `publish` and `watch` send to the studio's hub: the flags, and where the events come
//! from.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::archive::Archive;
use super::launch::Launched;
use crate::stderr::Error;
use pyblish_client::{RemoteAddress, RemoteClient, trust};
use pyblish_history::{History, HistoryError, Store};
use pyblish_platform::trusted::{self, Trust};
use pyblish_session::SessionManager;
use pyblish_shipping::{
    Histories, SendPolicy, SendRule, SessionFacts, Shipper, ShipperConfig, ShippingState,
};

/// The environment variable with the machine's token.
const TOKEN: &str = "PYBLISH_HUB_TOKEN";

/// The largest size of a token file, in bytes.
const LARGEST_TOKEN: u64 = 1024;

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
    /// Send what happens to the studio's hub, such as https://publish.studio.lan; what happened
    /// while the hub was away is sent later. Nothing waits for it
    #[arg(long, value_name = "URL")]
    hub: Option<RemoteAddress>,

    /// The file with this machine's token for the hub, which `hub tokens add --machine` printed;
    /// without it, the token is in PYBLISH_HUB_TOKEN
    #[arg(long, value_name = "FILE", requires = "hub")]
    hub_token_file: Option<PathBuf>,

    /// Trust the certificates in this PEM file for the hub, instead of those of the system
    #[arg(long, value_name = "FILE", requires = "hub")]
    hub_ca: Option<PathBuf>,

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
        let Some(address) = self.hub.clone() else {
            return Ok(None);
        };
        let token = self.token()?;
        let tls = match address.is_encrypted() {
            true => Some(
                trust(self.hub_ca.as_deref())
                    .map_err(|error| format!("--hub: {error} with --hub-ca"))?,
            ),
            false => None,
        };
        let client = RemoteClient::new(address, &token, tls);
        Ok(Some(client.ok_or(
            "the token for the hub has characters that no token has: check the file that it is from",
        )?))
    }

    fn token(&self) -> Result<String, Error> {
        let token = match &self.hub_token_file {
            Some(path) => trusted::read_text(path, Trust::Any, LARGEST_TOKEN)
                .map_err(|error| format!("the token for the hub cannot be read: {error}"))?,
            None => std::env::var(TOKEN).unwrap_or_default(),
        };
        match token.trim() {
            "" => Err(format!(
                "--hub needs this machine's token: name its file with --hub-token-file, or put it into \
                 {TOKEN}; `pyblish-endpoint hub tokens add --machine NAME` makes one"
            )
            .into()),
            token => Ok(token.to_owned()),
        }
    }

    /// Starts to send beside work that neither waits for the hub nor fails without it.
    pub fn beside(self, launched: &Launched) -> Shipping {
        let client = self.client();
        let shipping = client.and_then(|client| self.start(client, launched));
        shipping.unwrap_or_else(|error| {
            tracing::warn!("nothing is sent to the hub, and work goes on: {error}");
            Shipping(None)
        })
    }

    /// Starts to send, if there is a hub.
    pub fn start(
        self,
        client: Option<RemoteClient>,
        launched: &Launched,
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
            archive: launched.archive.clone(),
            manager: Some(launched.manager.clone()),
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
