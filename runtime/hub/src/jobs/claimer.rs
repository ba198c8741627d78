//! Answers workers that ask for a task. Those that ask while the database is busy with others are
//! answered together, in one statement: so a hub with hundreds of workers asks the database only a
//! few times. A worker that asks alone is answered at once.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::claim::claim_together;
use super::settings::JobSettings;
use crate::database::Database;
use crate::error::HubError;
use pyblish_farm::wire::{Claim, ClaimAnswer};

/// How many workers are answered together at most.
const MOST: usize = 64;

/// How many can wait; whoever comes then waits until one is answered.
const WAITING: usize = 256;

/// A worker that waits for its answer.
struct Waiting {
    machine: i64,
    claim: Claim,
    answer: oneshot::Sender<Result<ClaimAnswer, Arc<HubError>>>,
}

/// Answers the claims of one hub. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Claimer(mpsc::Sender<Waiting>);

impl Claimer {
    /// Starts it. It ends with its last clone.
    pub(crate) fn start(database: Database, settings: JobSettings) -> Self {
        let (sender, mut receiver) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            let mut waiting = Vec::new();
            while receiver.recv_many(&mut waiting, MOST).await > 0 {
                // Whoever has gone away must not get a task that nobody does.
                waiting.retain(|one: &Waiting| !one.answer.is_closed());
                while !waiting.is_empty() {
                    let alike = take_alike(&mut waiting);
                    answer(&database, &settings, alike).await;
                }
            }
        });
        Claimer(sender)
    }

    /// The first ready task that this worker may do becomes its own: that with the highest priority,
    /// and of those the oldest.
    ///
    /// # Errors
    /// See [`HubError`].
    pub(crate) async fn claim(
        &self,
        machine: i64,
        claim: Claim,
    ) -> Result<ClaimAnswer, Arc<HubError>> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            machine,
            claim,
            answer,
        };
        let ends = || Arc::new(HubError::Unavailable("the hub ends".into()));
        self.0.send(waiting).await.map_err(|_| ends())?;
        answered.await.map_err(|_| ends())?
    }
}

/// Takes those out that want the same as the first one.
fn take_alike(waiting: &mut Vec<Waiting>) -> Vec<Waiting> {
    let Some(first) = waiting.first().map(|first| first.claim.clone()) else {
        return Vec::new();
    };
    waiting.extract_if(.., |one| one.claim == first).collect()
}

/// Answers workers that want the same.
async fn answer(database: &Database, settings: &JobSettings, alike: Vec<Waiting>) {
    let Some(claim) = alike.first().map(|first| first.claim.clone()) else {
        return;
    };
    let machines: Vec<i64> = alike.iter().map(|one| one.machine).collect();
    match claim_together(database, settings, &machines, &claim).await {
        Ok(answers) => {
            for (one, answer) in alike.into_iter().zip(answers) {
                // A worker that is gone loses the task with its lease.
                let _ = one.answer.send(Ok(answer));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for one in alike {
                let _ = one.answer.send(Err(error.clone()));
            }
        }
    }
}
