//! Sends the messages that wait. Each hub has one courier; `SKIP LOCKED` gives each message to one
//! of them.
//!
//! A message is claimed by moving its next try into the future, and is sent without holding
//! anything in the database. A hub that ends meanwhile leaves a message that is due again a minute
//! later. So a message can arrive twice, with the same `webhook-id`.
//!
//! Each webhook has its messages sent one after the other, and all webhooks at the same time: one
//! that hangs keeps only its own messages waiting.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_postgres::types::ToSql;

use super::message::TRIES;
use super::reach::Reach;
use super::signature::{SigningSecret, signatures};
use super::whom::WebhookUrl;
use crate::database::Database;
use crate::error::{HubError, with_reasons};
use crate::feed::Bell;

/// How long a try may take.
const TRY: Duration = Duration::from_secs(15);

/// How long to wait after each try that failed, as Standard Webhooks propose: in seconds, and a
/// fifth more or less.
const WAITS: [f64; TRIES as usize - 1] = [5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 36000.0];

/// Bytes of an answer that are kept as the reason why a try failed.
const REASON: usize = 300;

/// How long to wait at least before the messages are looked at again: the bell rings for each batch
/// of events.
const PAUSE: Duration = Duration::from_millis(100);

/// How often old messages that nobody took are removed.
const TIDY: Duration = Duration::from_hours(1);

/// How messages are sent.
#[derive(Debug, Clone, Default)]
pub struct WebhookConfig {
    /// Hosts that may be anywhere, also on this machine, and may be reached without TLS.
    pub allowed: Vec<String>,
    /// A PEM file with the certificates that receivers are trusted by, instead of the system's.
    pub ca: Option<PathBuf>,
}

/// What messages are sent with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct WebhookClient {
    /// Or why there is none: then every try fails for this reason.
    http: Result<reqwest::Client, String>,
    reach: Reach,
}

/// What messages are sent with.
///
/// # Errors
/// The certificates that the user names cannot be read. A system without any is no error: a hub may
/// have no webhooks.
pub(crate) fn client(config: WebhookConfig) -> Result<WebhookClient, HubError> {
    let reach = Reach::new(config.allowed);
    let trusted = match pyblish_client::trust(config.ca.as_deref()) {
        Ok(trusted) => trusted,
        Err(error) if config.ca.is_some() => return Err(HubError::WebhookTls(error)),
        Err(error) => {
            let http = Err(format!("{error}; name them with --webhook-ca"));
            return Ok(WebhookClient { http, reach });
        }
    };
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured((*trusted).clone())
        .dns_resolver(reach.clone())
        // A proxy would look names up by itself.
        .no_proxy()
        .redirect(Policy::none())
        .timeout(TRY)
        .user_agent(concat!("pyblish-endpoint/", env!("CARGO_PKG_VERSION")))
        .build();
    let http = http.map_err(|error| HubError::Unsuited(with_reasons(&error)))?;
    Ok(WebhookClient {
        http: Ok(http),
        reach,
    })
}

/// Sends until the hub ends.
pub(crate) fn start(
    database: Database,
    bell: Bell,
    client: WebhookClient,
    ending: watch::Receiver<bool>,
) {
    let courier = Courier { database, client };
    tokio::spawn(courier.run(bell, ending));
}

#[derive(Clone)]
struct Courier {
    database: Database,
    client: WebhookClient,
}

/// A message that this hub tries now.
struct Claimed {
    id: i64,
    message: String,
    body: String,
    media_type: String,
    tries_left: i32,
    name: String,
    url: String,
    secrets: Vec<SigningSecret>,
}

impl Courier {
    async fn run(self, mut bell: Bell, mut ending: watch::Receiver<bool>) {
        let mut tasks = JoinSet::new();
        let mut working = BTreeSet::new();
        let mut tidied: Option<Instant> = None;
        while !*ending.borrow() {
            match self.due().await {
                Ok(due) => {
                    for webhook in due {
                        if working.insert(webhook) {
                            let courier = self.clone();
                            tasks.spawn(async move {
                                if let Err(error) = courier.send_all(webhook).await {
                                    tracing::debug!("a webhook has to wait: {error}");
                                }
                                webhook
                            });
                        }
                    }
                }
                Err(error) => tracing::debug!("webhooks have to wait: {error}"),
            }
            if tidied.is_none_or(|at| at.elapsed() > TIDY) {
                tidied = Some(Instant::now());
                if let Err(error) = self.tidy().await {
                    tracing::debug!("old messages to webhooks are not removed: {error}");
                }
            }
            tokio::select! {
                () = bell.wait() => {}
                Some(Ok(webhook)) = tasks.join_next(), if !tasks.is_empty() => {
                    working.remove(&webhook);
                }
                _ = ending.wait_for(|ending| *ending) => {}
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The webhooks that have messages to be tried now.
    async fn due(&self) -> Result<Vec<i64>, HubError> {
        let client = self.database.get().await?;
        let query = client
            .prepare_cached(
                "SELECT w.id FROM webhooks w WHERE EXISTS (SELECT 1 FROM deliveries d
                     WHERE d.webhook_id = w.id AND d.tries_left > 0 AND d.due <= now())",
            )
            .await?;
        let rows = client.query(&query, &[]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Removes what nobody took for a month.
    async fn tidy(&self) -> Result<(), HubError> {
        let client = self.database.get().await?;
        let statement =
            "DELETE FROM deliveries WHERE tries_left = 0 AND due < now() - interval '30 days'";
        let removed = client.execute(statement, &[]).await?;
        if removed > 0 {
            tracing::warn!(
                "messages to webhooks that nobody took for 30 days were removed: {removed}"
            );
        }
        Ok(())
    }

    /// Sends what this webhook has to get now, the oldest first.
    async fn send_all(&self, webhook: i64) -> Result<(), HubError> {
        while let Some(claimed) = self.claim(webhook).await? {
            let sent = self.send(&claimed).await;
            self.settle(&claimed, sent).await?;
        }
        Ok(())
    }

    /// Takes a message, so that no other hub tries it.
    async fn claim(&self, webhook: i64) -> Result<Option<Claimed>, HubError> {
        let client = self.database.get().await?;
        let query = client
            .prepare_cached(
                "UPDATE deliveries d SET due = now() + interval '1 minute',
                     tries_left = d.tries_left - 1, failure = 'the hub ended while it was sent'
                 FROM webhooks w WHERE w.id = d.webhook_id AND d.id = (
                     SELECT id FROM deliveries WHERE webhook_id = $1 AND tries_left > 0
                         AND due <= now() ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED)
                 RETURNING d.id, d.message, d.body, d.media_type, d.tries_left, w.name, w.url, w.secret,
                     CASE WHEN w.former_until > now() THEN w.former_secret END",
            )
            .await?;
        let row = client.query_opt(&query, &[&webhook]).await?;
        Ok(row.map(|row| {
            let former: Option<Vec<u8>> = row.get(8);
            let secrets = [Some(row.get(7)), former].into_iter().flatten();
            Claimed {
                id: row.get(0),
                message: row.get(1),
                body: row.get(2),
                media_type: row.get(3),
                tries_left: row.get(4),
                name: row.get(5),
                url: row.get(6),
                secrets: secrets.map(SigningSecret::of).collect(),
            }
        }))
    }

    /// Sends a message.
    async fn send(&self, claimed: &Claimed) -> Result<(), Failure> {
        let url: WebhookUrl = claimed.url.parse().map_err(Failure::of)?;
        self.client.reach.check(&url).map_err(Failure::of)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default().as_secs();
        let signature = signatures(&claimed.secrets, &claimed.message, now, &claimed.body);
        let http = self.client.http.as_ref().map_err(|reason| Failure {
            reason: reason.clone(),
            is_final: false,
        })?;
        let request = http
            .post(url.reveal())
            .header(CONTENT_TYPE, &claimed.media_type)
            .header("webhook-id", &claimed.message)
            .header("webhook-timestamp", now)
            .header("webhook-signature", signature)
            .body(claimed.body.clone());
        // What the library says of an address would show all of it.
        let answer = request.send().await;
        let mut answer = answer.map_err(|error| Failure::of(error.without_url()))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let mut said = Vec::new();
        while said.len() < REASON
            && let Ok(Some(more)) = answer.chunk().await
        {
            said.extend_from_slice(&more);
        }
        said.truncate(REASON);
        let said = String::from_utf8_lossy(&said).replace('\0', "\u{fffd}");
        let advice = match status.is_redirection() {
            true => {
                ", a redirect, which is not followed: add a webhook with the address it leads to"
            }
            false => "",
        };
        Err(Failure {
            reason: format!("it answers {}{advice}: {said}", status.as_u16()),
            is_final: status == StatusCode::GONE,
        })
    }

    /// Keeps what became of it.
    async fn settle(&self, claimed: &Claimed, sent: Result<(), Failure>) -> Result<(), HubError> {
        let client = self.database.get().await?;
        let Err(Failure { reason, is_final }) = sent else {
            let statement = client
                .prepare_cached("DELETE FROM deliveries WHERE id = $1")
                .await?;
            client.execute(&statement, &[&claimed.id]).await?;
            return Ok(());
        };
        let left = if is_final { 0 } else { claimed.tries_left };
        let done = usize::try_from(TRIES - left).unwrap_or_default();
        let wait = WAITS.get(done.saturating_sub(1)).filter(|_| left > 0);
        let wait = wait.copied().unwrap_or_default();
        let statement = client
            .prepare_cached(
                "UPDATE deliveries SET tries_left = $2, failure = $3,
                     due = now() + $4 * (0.8 + 0.4 * random()) * interval '1 second' WHERE id = $1",
            )
            .await?;
        let values: [&(dyn ToSql + Sync); 4] = [&claimed.id, &left, &reason, &wait];
        client.execute(&statement, &values).await?;
        let (name, message) = (&claimed.name, &claimed.message);
        match left {
            0 => tracing::warn!(
                "the webhook {name} did not take {message}: {reason}; `pyblish-endpoint hub webhooks \
                 failed` lists such messages, and `resend` sends them again"
            ),
            _ => tracing::debug!("the webhook {name} did not take {message}: {reason}"),
        }
        Ok(())
    }
}

/// Why a try failed.
struct Failure {
    reason: String,
    /// Whether another try makes no sense.
    is_final: bool,
}

impl Failure {
    fn of(error: impl std::error::Error) -> Self {
        Failure {
            reason: with_reasons(&error),
            is_final: false,
        }
    }
}
