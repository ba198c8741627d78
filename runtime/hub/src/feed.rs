//! Says that something is new. `NOTIFY` of any hub rings; a look from time to time finds what a
//! lost ring did not say.

use std::time::Duration;

use tokio::sync::watch;
use tokio_postgres::AsyncMessage;

use super::channel::CHANNEL;
use super::database::Database;
use super::error::HubError;

/// How long after a ring may have been lost listeners look by themselves.
pub(crate) const LOOK: Duration = Duration::from_secs(2);

/// How long to wait before the bell is connected again.
const PAUSE: Duration = Duration::from_secs(1);

/// The bell of one hub. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Bell(watch::Receiver<u64>);

impl Bell {
    /// Connects it, and keeps it connected for as long as anybody has it.
    pub(crate) fn start(database: Database) -> Self {
        let (ring, rung) = watch::channel(0);
        tokio::spawn(async move {
            while !ring.is_closed() {
                if let Err(error) = listen(&database, &ring).await {
                    tracing::debug!("listeners look by themselves for now: {error}");
                }
                // What was committed meanwhile did not ring.
                ring.send_modify(|rings| *rings += 1);
                tokio::time::sleep(PAUSE).await;
            }
        });
        Bell(rung)
    }

    /// Waits for the next ring, for a while at most.
    pub(crate) async fn wait(&mut self) {
        let _ = tokio::time::timeout(LOOK, self.0.changed()).await;
    }
}

async fn listen(database: &Database, ring: &watch::Sender<u64>) -> Result<(), HubError> {
    let (_client, mut messages) = database.listen(CHANNEL).await?;
    loop {
        tokio::select! {
            message = messages.recv() => match message {
                Some(AsyncMessage::Notification(_)) => ring.send_modify(|rings| *rings += 1),
                Some(_) => {}
                None => return Err(HubError::Unavailable("the connection has ended".into())),
            },
            () = ring.closed() => return Ok(()),
        }
    }
}
