//! When to start an adapter again that went down.
//!
//! A host that was lost may come back at once, or after the weekend: it is looked for often at
//! first, then every few seconds. An adapter that failed would probably fail again at once: it is
//! started again after a pause, and each further failure makes the pause longer. After too many
//! failures in a row (the limit `restarts`) it stays down until a user asks for it.

use std::time::Duration;

use tokio::time::Instant;

/// The first pause between two looks for a host; each pause is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause between two looks for a host.
const MAX_PAUSE: Duration = Duration::from_secs(4);

/// The pauses before an adapter that failed is started again: the first, the second, and all
/// others.
const WAITS: [Duration; 3] = [
    Duration::from_secs(2),
    Duration::from_secs(8),
    Duration::from_secs(32),
];

/// A failure after the adapter has worked for so long is the first one of a new row.
const STEADY: Duration = Duration::from_mins(1);

/// Why an adapter went down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum DownCause {
    /// It trapped, met a limit or broke the contract: it is started again after a pause.
    Failed,
    /// Its host is gone: the host is looked for.
    HostLost,
    /// A user stopped it by force: it stays down until a user restarts or resets it.
    Stopped,
}

/// When to try next, and how often the adapter has failed.
#[derive(Debug)]
pub(crate) struct RestartBackoff {
    /// None while nothing is to be tried.
    next: Option<Attempt>,
    /// How many failures in a row are followed by a restart.
    max_failures: u64,
    /// How many failures there were in a row.
    failures: u64,
    /// When the adapter was started.
    started: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Attempt {
    at: Instant,
    /// The pause before it.
    pause: Duration,
    /// Whether to look for the host. If not, the adapter is to be started.
    for_host: bool,
}

impl RestartBackoff {
    pub(crate) fn new(max_failures: u64) -> Self {
        RestartBackoff {
            next: None,
            max_failures,
            failures: 0,
            started: Instant::now(),
        }
    }

    /// The adapter went down. Returns the pause after which it is started again, if it is. A host
    /// that was lost may be there at any time, so there is none for that.
    pub(crate) fn went_down(&mut self, cause: DownCause) -> Option<Duration> {
        match cause {
            DownCause::Failed => self.failed(),
            DownCause::HostLost => {
                self.schedule(FIRST_PAUSE, true);
                None
            }
            DownCause::Stopped => {
                self.next = None;
                None
            }
        }
    }

    fn failed(&mut self) -> Option<Duration> {
        if self.started.elapsed() >= STEADY {
            self.failures = 0;
        }
        self.next = None;
        let row = usize::try_from(self.failures).unwrap_or(usize::MAX);
        self.failures += 1;
        if self.failures > self.max_failures {
            return None;
        }
        let pause = WAITS[row.min(WAITS.len() - 1)];
        self.schedule(pause, false);
        Some(pause)
    }

    /// The host was looked for and not found.
    pub(crate) fn host_absent(&mut self) {
        let last = self.next.filter(|next| next.for_host);
        let pause = last.map_or(FIRST_PAUSE, |last| (last.pause * 2).min(MAX_PAUSE));
        self.schedule(pause, true);
    }

    /// How often the adapter failed in a row.
    pub(crate) fn failures(&self) -> u64 {
        self.failures
    }

    /// The adapter runs.
    pub(crate) fn started(&mut self) {
        self.next = None;
        self.started = Instant::now();
    }

    /// A user asked for the adapter: earlier failures no longer count.
    pub(crate) fn reset_failures(&mut self) {
        self.failures = 0;
    }

    /// Whether the host is looked for.
    pub(crate) fn is_for_host(&self) -> bool {
        self.next.is_some_and(|next| next.for_host)
    }

    /// Waits until it is time to try; for ever, while nothing is to be tried.
    pub(crate) async fn until_next(&self) {
        match self.next {
            Some(next) => tokio::time::sleep_until(next.at).await,
            None => std::future::pending().await,
        }
    }

    fn schedule(&mut self, pause: Duration, for_host: bool) {
        self.next = Some(Attempt {
            at: Instant::now() + pause,
            pause,
            for_host,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failing_adapter_stays_down_until_asked() {
        let mut backoff = RestartBackoff::new(4);
        for seconds in [2, 8, 32, 32] {
            backoff.started();
            let pause = backoff.went_down(DownCause::Failed);
            assert_eq!(pause, Some(Duration::from_secs(seconds)));
        }
        assert_eq!(backoff.went_down(DownCause::Failed), None);
        assert_eq!(backoff.next, None);
        backoff.reset_failures();
        assert_eq!(backoff.went_down(DownCause::Failed), Some(WAITS[0]));
        assert!(!backoff.is_for_host());
    }

    #[test]
    fn host_search_does_not_give_up() {
        let mut backoff = RestartBackoff::new(0);
        backoff.went_down(DownCause::HostLost);
        for _ in 0..100 {
            backoff.host_absent();
            assert!(backoff.is_for_host());
        }
        assert_eq!(backoff.next.unwrap().pause, MAX_PAUSE);
        backoff.started();
        assert_eq!(backoff.next, None);
    }

    #[test]
    fn stopped_adapter_is_not_started_again() {
        let mut backoff = RestartBackoff::new(4);
        backoff.went_down(DownCause::Failed);
        assert_eq!(backoff.went_down(DownCause::Stopped), None);
        assert_eq!(backoff.next, None);
    }
}
