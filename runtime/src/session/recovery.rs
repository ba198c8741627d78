//! What comes of an adapter that goes down: it is dropped, whoever reads the session is told why, and another one is started,
//! after a while or when somebody asks. See `search.rs` for when.

use std::num::NonZeroU32;
use std::time::SystemTime;

use super::SessionError;
use super::actor::Actor;
use super::snapshot::{Activity, Downfall};
use crate::model::{Event, RunState};

/// Why an adapter goes down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cause {
    /// It trapped, met a limit or broke the contract: it is started again after a while.
    Failed,
    /// Its host is gone: that is looked for.
    HostLost,
    /// Somebody ended it by force: it stays down until somebody begins anew.
    Asked,
}

impl Actor {
    /// The adapter is dropped; what comes of it depends on the cause.
    pub(super) fn down(&mut self, reason: String, cause: Cause) -> SessionError {
        self.adapter = None;
        self.ahead = 0;
        self.host = None;
        self.downs += 1;
        let wait = match cause {
            Cause::Failed => self.search.failed(),
            Cause::HostLost => {
                self.search.begin();
                None
            }
            Cause::Asked => {
                self.search.end();
                None
            }
        };
        self.recorder.event(Event::HostLost {
            reason: reason.clone(),
            restart: wait.map(|wait| wait.as_secs_f64()),
        });
        let at = SystemTime::now();
        self.mirror.set_downfall(Some(Downfall {
            message: reason.clone(),
            at,
            failures: self.search.failures(),
            restart: wait.map(|wait| at + wait),
            searching: cause == Cause::HostLost,
        }));
        self.mirror.set_activity(Activity::Down {
            reason: reason.clone(),
        });
        SessionError::Down(reason)
    }

    /// Somebody began anew: what was before does not count any more.
    pub(super) fn forgive<T>(&mut self, begun: &Result<T, SessionError>) {
        if begun.is_ok() {
            self.search.asked();
            self.mirror.set_downfall(None);
        }
    }

    /// The host went while nobody asked anything of it.
    pub(super) fn host_ended(&mut self) {
        let hosts = self.launch.description.hosts.join(", ");
        let pid = self.host.map_or(0, NonZeroU32::get);
        let reason = format!("{hosts} (pid {pid}) has ended");
        tracing::warn!("{reason}");
        self.down(reason, Cause::HostLost);
        self.show();
    }

    /// Begins anew with a host that was lost, if it is there again, or with another adapter after one that failed.
    pub(super) async fn try_again(&mut self) {
        if let Err(error) = self.launch.bridge() {
            tracing::debug!("still lost: {error}");
            return self.search.absent();
        }
        let (for_host, downs) = (self.search.is_for_host(), self.downs);
        match self.begin_again().await {
            Ok(()) => self.settle(),
            // It went down, and said so.
            Err(_) if self.downs != downs => {}
            Err(error) if for_host => {
                tracing::debug!("the host is there, but: {error}");
                self.adapter = None;
                self.host = None;
                self.search.absent();
                self.mirror.set_activity(Activity::Down {
                    reason: error.to_string(),
                });
            }
            Err(error) => {
                tracing::error!("{error}");
                self.down(error.to_string(), Cause::Failed);
            }
        }
        self.show();
    }

    /// Starts another adapter, as somebody asked for it.
    pub(super) async fn restart(&mut self) -> Result<(), SessionError> {
        self.adapter = None;
        if let Some(run) = self.run.take() {
            let reason = "somebody asked to have the adapter started again";
            self.end_run(run, RunState::Lost(reason.into())).await;
        }
        self.search.asked();
        let downs = self.downs;
        match self.begin_again().await {
            Ok(()) => {
                self.mirror.set_downfall(None);
                Ok(())
            }
            Err(error) if self.downs != downs => Err(error),
            Err(error) => {
                self.down(error.to_string(), Cause::Failed);
                Err(error)
            }
        }
    }

    /// Begins, and tells what is there now and was not.
    async fn begin_again(&mut self) -> Result<(), SessionError> {
        let before = self.version.clone();
        let kept = self.begin().await?;
        let version = self.version.clone();
        let formerly = before.filter(|before| version.as_ref().is_some_and(|now| now != before));
        if let (Some(now), Some(before)) = (&version, &formerly) {
            tracing::warn!("the host is another version now: {now}, and was {before}");
        }
        self.recorder.event(Event::HostFound {
            kept,
            version,
            formerly,
        });
        Ok(())
    }
}
