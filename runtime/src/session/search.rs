//! When to look for a host that was lost. It may come back at once, or after the weekend: so often at first, and
//! then every few seconds.

use std::time::Duration;

use tokio::time::Instant;

const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(4);

#[derive(Debug, Default)]
pub(super) struct Search {
    /// None while nothing is looked for.
    next: Option<(Instant, Duration)>,
}

impl Search {
    pub(super) fn begin(&mut self) {
        self.next = Some((Instant::now() + SHORTEST, SHORTEST));
    }

    /// It was not there.
    pub(super) fn failed(&mut self) {
        if let Some((next, wait)) = &mut self.next {
            *wait = (*wait * 2).min(LONGEST);
            *next = Instant::now() + *wait;
        }
    }

    pub(super) fn end(&mut self) {
        self.next = None;
    }

    /// Waits until it is time to look; for ever, while nothing is looked for.
    pub(super) async fn next(&self) {
        match self.next {
            Some((next, _)) => tokio::time::sleep_until(next).await,
            None => std::future::pending().await,
        }
    }
}
