//! The lease of a task, and the thread that renews it.
//!
//! The thread has nothing to do with the publish, so no plug-in can keep it from renewing. It tells
//! the hub what the worker does, and the worker what the hub says: that the job was cancelled, or
//! that the lease is lost. If the hub is silent for as long as the lease, the lease is lost without
//! its word: then another worker may have the task already.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::timeout;

use super::client::{HubAccess, JobsClient};
use super::wire::{Claimed, Heartbeat};

/// How many times a lease is renewed before it would run out.
const RENEWALS: u32 = 6;

/// How often it is renewed: a cancel must reach the worker soon.
const LONGEST_REST: Duration = Duration::from_secs(3);
const SHORTEST_REST: Duration = Duration::from_millis(100);

/// How it stands with a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseState {
    /// The task is the worker's.
    Held,
    /// The same, and somebody has cancelled the job.
    Cancelled,
    /// The task is not the worker's any more, for this reason: what it does must stop at once.
    Lost(String),
}

/// A lease that is renewed until this is dropped.
pub struct Lease {
    state: watch::Receiver<LeaseState>,
    telling: Arc<Mutex<Heartbeat>>,
    _stop: watch::Sender<bool>,
}

impl Lease {
    /// Holds the task, which was claimed by a request that was sent at this moment.
    ///
    /// # Errors
    /// The system has no room for a thread or its event loop.
    pub fn hold(access: &HubAccess, claimed: &Claimed, sent: Instant) -> io::Result<Self> {
        let telling = Arc::new(Mutex::new(Heartbeat {
            epoch: claimed.identity.epoch,
            ..Heartbeat::default()
        }));
        let (tell, state) = watch::channel(LeaseState::Held);
        let (stop, stopping) = watch::channel(false);
        let event_loop = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let keeper = Keeper {
            access: access.clone(),
            task: claimed.id,
            telling: telling.clone(),
            tell,
            stopping,
            lease: seconds(claimed.lease),
            renewed: sent,
        };
        thread::Builder::new()
            .name("lease".into())
            .spawn(move || event_loop.block_on(keeper.run()))?;
        Ok(Lease {
            state,
            telling,
            _stop: stop,
        })
    }

    /// How it stands.
    pub fn state(&self) -> LeaseState {
        self.state.borrow().clone()
    }

    /// To wait for a change.
    pub fn watch(&self) -> watch::Receiver<LeaseState> {
        self.state.clone()
    }

    /// Changes what the hub is told with the next renewal.
    pub fn tell(&self, change: impl FnOnce(&mut Heartbeat)) {
        change(&mut self.telling.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

struct Keeper {
    access: HubAccess,
    task: i64,
    telling: Arc<Mutex<Heartbeat>>,
    tell: watch::Sender<LeaseState>,
    stopping: watch::Receiver<bool>,
    lease: Duration,
    /// When the request was sent that renewed it last.
    renewed: Instant,
}

impl Keeper {
    async fn run(mut self) {
        let mut client = self.access.client();
        loop {
            let rest = (self.lease / RENEWALS).clamp(SHORTEST_REST, LONGEST_REST);
            // An error means that the lease was dropped.
            if let Ok(_ended) = timeout(rest, self.stopping.changed()).await {
                return;
            }
            if let Some(reason) = self.renew(&mut client).await {
                tracing::debug!("the lease of the task is lost: {reason}");
                self.tell.send_replace(LeaseState::Lost(reason));
                return;
            }
        }
    }

    /// What the hub is told. The lock is not held while it is: whoever tells must never wait.
    fn heartbeat(&self) -> Heartbeat {
        let telling = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        telling.clone()
    }

    /// Renews it once. Returns why it is lost, if it is.
    async fn renew(&mut self, client: &mut JobsClient) -> Option<String> {
        let left = self.lease.saturating_sub(self.renewed.elapsed());
        if left.is_zero() {
            return Some(format!("the hub was silent for {:?}", self.lease));
        }
        let heartbeat = self.heartbeat();
        let sent = Instant::now();
        match client.heartbeat(self.task, &heartbeat, left).await {
            Ok(answer) => {
                (self.lease, self.renewed) = (seconds(answer.lease), sent);
                if answer.cancelled {
                    self.tell.send_if_modified(|state| {
                        let is_new = *state == LeaseState::Held;
                        if is_new {
                            *state = LeaseState::Cancelled;
                        }
                        is_new
                    });
                }
                None
            }
            Err(error) if error.is_lease_lost() => Some(error.to_string()),
            Err(error) => {
                tracing::debug!("the lease is not renewed yet: {error}");
                None
            }
        }
    }
}

/// A time that the hub says, within reason.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
