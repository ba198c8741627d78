//! When to try again what went down. A host that was lost may come back at once, or after the weekend: it is looked for
//! often at first, and then every few seconds. An adapter that failed would probably fail again at once: it is started
//! again after a while, then after longer ones; one that fails again and again stays down until somebody asks for it.

use std::time::Duration;

use tokio::time::Instant;

/// Between two looks for a host.
const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(4);

/// Before an adapter that failed is started again, for the first time, the second, and all others.
const WAITS: [Duration; 3] = [
    Duration::from_secs(2),
    Duration::from_secs(8),
    Duration::from_secs(32),
];

/// An adapter that went on for so long is not failing again and again.
const STEADY: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Search {
    /// None while nothing is waited for.
    next: Option<Next>,
    /// How often an adapter may fail in a row and be started again.
    most: u64,
    /// How often it has, in a row.
    failures: u64,
    /// When it was started.
    since: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Next {
    at: Instant,
    wait: Duration,
    /// The host is looked for; else the adapter is to be started.
    host: bool,
}

impl Search {
    pub(super) fn new(most: u64) -> Self {
        Search {
            next: None,
            most,
            failures: 0,
            since: Instant::now(),
        }
    }

    /// The host is lost.
    pub(super) fn begin(&mut self) {
        self.wait(SHORTEST, true);
    }

    /// It was not there.
    pub(super) fn absent(&mut self) {
        let wait = self.next.filter(|next| next.host).map(|next| next.wait);
        let wait = wait.map_or(SHORTEST, |wait| (wait * 2).min(LONGEST));
        self.wait(wait, true);
    }

    /// The adapter failed; how long until it is started again, or none where it stays down until somebody asks.
    pub(super) fn failed(&mut self) -> Option<Duration> {
        if self.since.elapsed() >= STEADY {
            self.failures = 0;
        }
        self.next = None;
        let place = usize::try_from(self.failures).unwrap_or(usize::MAX);
        self.failures += 1;
        if self.failures > self.most {
            return None;
        }
        let wait = WAITS[place.min(WAITS.len() - 1)];
        self.wait(wait, false);
        Some(wait)
    }

    /// How often the adapter failed in a row.
    pub(super) fn failures(&self) -> u64 {
        self.failures
    }

    /// The adapter runs.
    pub(super) fn started(&mut self) {
        self.next = None;
        self.since = Instant::now();
    }

    /// Somebody asked for the adapter: what was before does not count.
    pub(super) fn asked(&mut self) {
        self.failures = 0;
    }

    /// Nothing is waited for any more.
    pub(super) fn end(&mut self) {
        self.next = None;
    }

    /// Whether the host is looked for.
    pub(super) fn is_for_host(&self) -> bool {
        self.next.is_some_and(|next| next.host)
    }

    /// Waits until it is time to try; for ever, while nothing is waited for.
    pub(super) async fn next(&self) {
        match self.next {
            Some(next) => tokio::time::sleep_until(next.at).await,
            None => std::future::pending().await,
        }
    }

    fn wait(&mut self, wait: Duration, host: bool) {
        let at = Instant::now() + wait;
        self.next = Some(Next { at, wait, host });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_that_fails_again_and_again_stays_down_until_asked() {
        let mut search = Search::new(4);
        for seconds in [2, 8, 32, 32] {
            search.started();
            assert_eq!(search.failed(), Some(Duration::from_secs(seconds)));
        }
        assert_eq!(search.failed(), None);
        assert_eq!(search.next, None);
        search.asked();
        assert_eq!(search.failed(), Some(WAITS[0]));
        assert!(!search.is_for_host());
    }

    #[test]
    fn a_host_is_looked_for_as_long_as_it_takes() {
        let mut search = Search::new(0);
        search.begin();
        for _ in 0..100 {
            search.absent();
            assert!(search.is_for_host());
        }
        assert_eq!(search.next.unwrap().wait, LONGEST);
        search.started();
        assert_eq!(search.next, None);
    }
}
